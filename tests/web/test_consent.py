"""Consent on pages: recorded with all that belongs to it, withdrawn, given again."""

from datetime import date
from typing import Any

from gateway.registry import homes
from tests.support.site import VisitedSite

GIVEN: dict[str, Any] = {
    "resident": "Rose",
    "by": "Rose herself",
    "basis": "signed form",
    "basis_other": "",
    "purpose_alerts": "on",
    "purpose_family": "on",
    "review_on": "2027-01-12",
}
PATH = "/homes/ELM-12/consent"


def new_home(site: VisitedSite, occupants: int = 1) -> None:
    with site.registry.changing() as session:
        homes.add_home(session, "ELM-12", "Europe/London", occupants=occupants, live_at=None)


async def consents(site: VisitedSite) -> bool:
    await site.takes_up()
    return site.directory.homes["ELM-12"].consent


async def test_consent_is_recorded_with_its_purposes_and_who_sees_what(site: VisitedSite) -> None:
    site.registers("ELM-12", residents=[], contacts=[{"name": "Ann", "channels": ["console:"]}])
    assert not await consents(site)
    number = site.registry.reading
    with number() as session:
        ann = homes.get_home(session, "ELM-12").contacts[0].id
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, PATH, **GIVEN, **{f"sees_{ann}": "rooms"})
        assert answer.status_code == 303
        page = (await installer.get(PATH)).text
    assert await consents(site)
    file = site.registry.export_home("ELM-12")
    consent = file.residents[0].consent
    assert consent is not None
    assert (file.residents[0].name, consent.by, consent.basis) == ("Rose", "Rose herself", "signed form")
    assert consent.purposes == ("alerts", "daily picture for family")
    assert consent.review_on == "2027-01-12"
    assert file.contacts[0].sees == "rooms"
    assert "Ann: the day by room, and alerts" in page
    assert "12 January 2027" in page


async def test_each_wrong_field_says_so_and_nothing_typed_is_lost(site: VisitedSite) -> None:
    new_home(site)
    wrong: dict[str, list[str]] = {
        "resident": ["", "x" * 129],
        "by": [""],
        "basis": ["", "other"],
        "purpose_alerts": [""],
        "review_on": ["", "soon", "2026-01-12", "2099-01-01", "12/01/2027"],
    }
    async with site.visitor("installer") as installer:
        for field, values in wrong.items():
            for value in values:
                answer = await site.sends(installer, PATH, **GIVEN | {field: value})
                told = "basis_other" if value == "other" else field
                assert answer.status_code == 422, (field, value)
                assert f'id="{told}-problem"' in answer.text, (field, value)
                if field != "by":
                    assert 'value="Rose herself"' in answer.text
                if field != "purpose_family":
                    assert 'name="purpose_family" value="on" checked' in answer.text
    assert not await consents(site)


async def test_nobody_sees_more_than_the_consent_is_for(site: VisitedSite) -> None:
    site.registers("ELM-12", residents=[], contacts=[{"name": "Ann", "channels": ["console:"]}])
    with site.registry.reading() as session:
        ann = homes.get_home(session, "ELM-12").contacts[0].id
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, PATH, **{**GIVEN, "purpose_family": "", f"sees_{ann}": "rooms"})
        assert answer.status_code == 422
        assert "let Ann see" in answer.text
        assert not await consents(site), "all of it or nothing"


async def test_of_two_who_live_there_both_have_to_consent(site: VisitedSite) -> None:
    new_home(site, occupants=2)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, PATH, **GIVEN)
        assert answer.status_code == 422
        assert 'id="others-problem"' in answer.text
        await site.sends(installer, PATH, **GIVEN, others="Bob\n")
        assert not await consents(site)
        page = (await installer.get(PATH)).text
        assert 'name="resident" type="text" value="Bob"' in page
        await site.sends(installer, PATH, **GIVEN | {"resident": "Bob", "by": "Bob"})
    assert await consents(site)


async def test_consent_is_withdrawn_and_given_again(site: VisitedSite) -> None:
    new_home(site)
    async with site.visitor("installer") as installer:
        await site.sends(installer, PATH, **GIVEN)
        refused = await site.sends(installer, f"{PATH}/withdraw", withdrawn_by="Rose")
        assert refused.status_code == 422
        assert 'id="sure-problem"' in refused.text
        assert await consents(site)
        assert (await site.sends(installer, f"{PATH}/withdraw", withdrawn_by="Nobody", sure="on")).status_code == 422
        await site.sends(installer, f"{PATH}/withdraw", withdrawn_by="Rose", sure="on")
        assert not await consents(site)
        page = (await installer.get(PATH)).text
        assert "Withdrawn" in page
        assert "No data is kept" in page
        assert 'value="Rose"' in page, "the form is ready to be sent again"
        await site.sends(installer, PATH, **GIVEN)
    assert await consents(site)


async def test_a_review_that_is_due_is_a_task_and_stops_nothing(site: VisitedSite) -> None:
    consent = {
        "by": "Rose", "basis": "written", "at": "2025-01-01", "purposes": ["alerts"], "review_on": date(2026, 1, 12)
    }  # fmt: skip
    site.registers("ELM-12", residents=[{"name": "Rose", "consent": consent}])
    assert await consents(site)
    async with site.visitor("installer") as installer:
        assert "Ask again about consent" in (await installer.get("/install")).text
        assert "Ask again" in (await installer.get("/homes/ELM-12/install")).text
        assert "That stops nothing by itself" in (await installer.get(PATH)).text


async def test_who_looked_at_names_is_on_record(site: VisitedSite) -> None:
    new_home(site)
    async with site.visitor("installer", name="Ivo") as installer:
        await installer.get(PATH)
        await installer.get("/homes/ELM-12/contacts")
        await installer.get("/homes/ELM-12/escalation")
    with site.database.engine.connect() as connection:
        looks = connection.exec_driver_sql("SELECT who, home, what FROM look ORDER BY id").all()
    assert [tuple(one) for one in looks] == [("Ivo", "ELM-12", "consent"), ("Ivo", "ELM-12", "contacts")]
