"""What a consent is for, who may see what, and when to ask again; and homes that are not in service yet."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.registry import contacts, homes
from gateway.registry.homefile import dump_home, read_home
from gateway.registry.registry import SqlRegistry

NOW = 1_767_600_000_000_000
OLD = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
[[home.residents]]
name = "Ada"
consent = { by = "Ada", basis = "signed form", at = "2026-01-01T10:00:00Z" }
[[home.contacts]]
name = "Anna"
channels = ["console:"]
"""
NEW = OLD.replace(
    '00Z" }', '00Z", purposes = ["alerts", "daily picture for family"], review_on = 2027-01-31 }'
).replace('["console:"]', '["console:"]\nsees = "rooms"')


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[SqlRegistry]:
    database = Database.open(tmp_path)
    yield SqlRegistry(database)
    database.close()


def test_a_file_carries_what_the_consent_is_for_and_who_sees_what(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    exported = registry.export_home("ELM-12")
    assert (exported.residents, exported.contacts) == (read_home(NEW).residents, read_home(NEW).contacts)
    assert read_home(dump_home(exported)) == exported
    consent = exported.residents[0].consent
    assert consent is not None
    assert (consent.purposes, consent.review_on) == (("alerts", "daily picture for family"), "2027-01-31")
    assert exported.contacts[0].sees == "rooms"


def test_an_older_file_takes_nothing_of_it_away(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    assert registry.import_home(read_home(OLD), NOW) == "unchanged"
    assert registry.export_home("ELM-12").contacts[0].sees == "rooms"


def test_an_exported_file_brings_back_that_somebody_sees_less(registry: SqlRegistry):
    registry.import_home(read_home(OLD), NOW)
    text = dump_home(registry.export_home("ELM-12"))
    registry.import_home(read_home(NEW), NOW)
    registry.import_home(read_home(text), NOW)
    assert registry.export_home("ELM-12").contacts[0].sees == "alerts"


def test_a_file_in_which_somebody_sees_more_than_was_agreed_is_refused(registry: SqlRegistry):
    with pytest.raises(BadInput, match="did not agree"):
        registry.import_home(read_home(NEW.replace(', "daily picture for family"', "")), NOW)


def test_of_a_couple_the_narrower_consent_counts(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    with registry.changing() as session:
        narrowed = homes.record_consent(session, "ELM-12", "Bob", "Bob", "signed form", NOW, purposes=["alerts"])
        assert narrowed == ["Anna"]
        with pytest.raises(BadInput, match="did not agree"):
            contacts.set_contact(session, "ELM-12", "Anna", sees="rooms")


def test_somebody_who_lives_there_too_stops_data_until_they_consent(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    with registry.changing() as session:
        homes.add_resident(session, "ELM-12", "Bob")
        assert homes.consent_problem(homes.get_home(session, "ELM-12")) == "the consent of Bob is not recorded"


def test_a_review_that_is_due_stops_nothing(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    with registry.reading() as session:
        home = homes.get_home(session, "ELM-12")
        ada = home.residents[0]
        assert not homes.is_review_due(ada, date(2027, 1, 30))
        assert homes.is_review_due(ada, date(2027, 1, 31))
        assert homes.consent_problem(home) is None
    with registry.changing() as session:
        homes.withdraw_consent(session, "ELM-12", "Ada", NOW)
        assert not homes.is_review_due(homes.get_home(session, "ELM-12").residents[0], date(2027, 2, 1)), "ask whom?"


def test_a_contact_can_be_renamed_and_stays_where_they_stand(registry: SqlRegistry):
    registry.import_home(read_home(NEW + '[[home.escalation]]\ncontacts = ["Anna"]\n'), NOW)
    with registry.changing() as session:
        contacts.add_contact(session, "ELM-12", "Ben", ["console:"])
        contacts.set_contact(session, "ELM-12", "Anna", new_name="Annie")
        with pytest.raises(BadInput, match="there already"):
            contacts.set_contact(session, "ELM-12", "Annie", new_name="Ben")
    assert registry.export_home("ELM-12").escalation[0].contacts == ("Annie",)


def test_commands_and_files_make_homes_that_are_in_service_and_pages_do_not(registry: SqlRegistry):
    registry.import_home(read_home(NEW), NOW)
    with registry.changing() as session:
        homes.add_home(session, "OAK-3", "UTC")
        homes.add_home(session, "FIR-1", "UTC", live_at=None)
        found = {one: homes.get_home(session, one) for one in ("ELM-12", "OAK-3", "FIR-1")}
        assert {one: (row.live_at is None, row.mode) for one, row in found.items()} == {
            "ELM-12": (False, "at home"),
            "OAK-3": (False, "at home"),
            "FIR-1": (True, "paused"),
        }
