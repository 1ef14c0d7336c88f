"""Installers and families change what is registered while the gateway runs."""

from collections.abc import Iterable

import pytest

from devices.instant import DAY, MINUTE
from gateway.model import Verdict
from gateway.registry import devices, homes
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.rules import RULES
from gateway.watch.view import HomeView, Seen
from tests.support.house import DEVICES, House, Person, moves_in
from tests.support.street import Street


class FallsOver(RuleType[Parameters]):
    """A rule with a fault of ours in it, which the kitchen of ELM-12 brings to light."""

    name = "falls_over"
    concerns = "person"
    priority = 3
    reads = frozenset({"motion"})

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: int) -> Iterable[Verdict]:
        if seen.reading.room == "kitchen" and view.home.reference == "ELM-12":
            raise ZeroDivisionError
        return ()


def test_withdrawn_consent_stops_everything(street: Street, home: House, family: Person, neighbour: Person):
    home.potters(until="22:30").at("23:10").opens()
    street.change(homes.withdraw_consent, "ELM-12", "R", street.clock.now())
    kept = street.run(street.journal.end())
    home.at("23:20").presses().says("smoke", "smoke", True).at("09:00").opens().falls_silent()
    neighbour.hears_nothing(until="12:00", days=1)
    assert street.run(street.journal.end()) == kept
    assert family.told() == []


def test_a_press_stays_open_after_consent_was_withdrawn_until_a_person_closes_it(
    street: Street, home: House, family: Person, neighbour: Person
):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    street.change(homes.withdraw_consent, "ELM-12", "R", street.clock.now())
    neighbour.hears("pendant pressed", "Told before you: Daughter.").at("14:05")
    neighbour.closes("genuine")
    family.hears("closed").at("14:05")
    neighbour.hears("closed").at("14:05")


def test_a_door_that_is_open_is_called_no_more_once_consent_is_withdrawn(
    street: Street, home: House, family: Person, neighbour: Person
):
    home.potters(until="22:30").at("23:10").opens()
    family.hears("door left open").at("23:13")
    street.change(homes.withdraw_consent, "ELM-12", "R", street.clock.now())
    family.hears("closed, door left open", "because there is no consent for this home any more").between(
        "23:13", "23:18"
    )
    neighbour.hears_nothing(until="09:00")


def test_a_quiet_sensor_that_is_retired_is_quiet_for_good(street: Street, home: House, family: Person):
    home.falls_silent("smoke")
    while not family.told():
        home.potters(until="22:30").at("08:00").moves("kitchen")
    assert "a sensor has gone quiet" in family.told()[0].text
    street.change(devices.retire_device, "ELM-12", "smoke")
    home.after(6 * MINUTE)
    assert street.alerts("ELM-12") == []
    assert "because its sensor is no longer registered" in family.told()[-1].text
    for told in street.phones.told:
        told.expected = True
    home.after(11 * MINUTE)
    family.hears_nothing()


def test_consent_given_again_starts_afresh(street: Street, home: House, family: Person):
    home.potters(until="22:30").at("23:10").opens()
    street.change(homes.withdraw_consent, "ELM-12", "R", street.clock.now())
    home.closes().at("12:10", days=1)
    consent_again(street, family)


def test_consent_given_again_after_a_restart_starts_afresh_too(street: Street, home: House, family: Person):
    home.potters(until="22:30").at("23:10").opens()
    street.change(homes.withdraw_consent, "ELM-12", "R", street.clock.now())
    home.closes().at("12:10", days=1)
    street.dies()
    street.starts()
    consent_again(street, family)


def consent_again(street: Street, family: Person) -> None:
    street.change(homes.record_consent, "ELM-12", "R", "the resident", "written", street.clock.now())
    family.house.speaks_again()
    family.hears_nothing(until="12:20")
    family.house.presses()
    family.hears("pendant pressed").at("12:20")
    family.closes("test")
    family.hears("closed").at("12:20")


def test_a_hub_plugged_in_two_days_after_it_was_registered_accuses_no_sensor(street: Street):
    home = moves_in(street, "ELM-12", "Daughter", registered_ago=2 * DAY, hub_is_there=False)
    home.falls_silent(*DEVICES).at("13:20").speaks_again("elm-12")
    home.person("Daughter").hears_nothing(until="13:30")


def test_nobody_is_told_that_a_rule_is_armed_which_is_not_there(street: Street):
    moves_in(street, "ELM-12", "Daughter", rules=[{"type": "pendant"}, {"type": "door_open"}])
    street.change(homes.remove_rule, "ELM-12", "door_open")
    street.until(street.clock.now() + MINUTE)
    before = street.clock.now()
    street.run(street.desk.restate(before))
    facts = [fact for _, fact in street.run(street.desk.read_facts(0, 1_000)) if fact.measurement == "rule_state"]
    assert [fact.tags["rule"] for fact in facts if fact.at == before and fact.fields["armed"]] == ["pendant"]


def test_a_new_pull_cord_works_once_it_is_registered(home: House, family: Person):
    home.at("14:00").says("cord", "button", "press")
    family.hears_nothing(until="14:10")
    home.gets("cord", room="bathroom", role="pull-cord").presses("cord")
    family.hears("pendant pressed", "The pull cord in the bathroom was pulled at 14:10").at("14:10")
    family.closes("test")
    family.hears("closed").at("14:10")


def test_a_changed_rule_takes_effect_and_the_door_that_is_open_stays_open(street: Street):
    rules = [{"type": "pendant"}, {"type": "door_open"}]
    home = moves_in(street, "ELM-12", "Daughter", rules=rules)
    family = home.person("Daughter")
    home.at("23:10").opens()
    street.change(homes.set_rule, "ELM-12", "door_open", {"by_night": "10 min"})
    family.hears_nothing(until="23:19")
    family.hears("door left open", "open since 23:10, for 10 min").at("23:20")
    home.closes()
    family.hears("cleared").at("23:20")
    street.change(homes.remove_rule, "ELM-12", "door_open")
    home.opens()
    family.hears_nothing(until="07:00")
    home.presses()
    family.hears("pendant pressed").at("07:00")
    family.closes("test")
    family.hears("closed").at("07:00")


def test_a_rule_that_falls_over_is_reported_and_all_the_others_go_on(
    street: Street, family: Person, home: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(RULES, "falls_over", FallsOver)
    oak = moves_in(street, "OAK-3", "Son")
    street.change(homes.set_pack, "ELM-12", "living-alone")
    street.change(homes.set_rule, "ELM-12", "falls_over", {})
    home.at("14:00").moves("kitchen")
    family.hears("a rule stopped", "The rule falls_over stopped after an error of ours").at("14:00")
    family.closes("other")
    family.hears("closed").at("14:00")
    home.at("14:05").presses()
    oak.presses().moves("kitchen")
    family.hears("ELM-12: pendant pressed").at("14:05")
    oak.person("Son").hears("OAK-3: pendant pressed").at("14:05")
    family.closes("test")
    family.hears("closed").at("14:05")
    oak.person("Son").closes("test")
    oak.person("Son").hears("closed").at("14:05")
    home.at("14:10").moves("kitchen").moves("kitchen")
    family.hears_nothing()
