"""What the queue says of an alert's way: who will be told when, and what Keepwell does if nobody does anything."""

import re

import pytest
from sqlalchemy import text

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import GATEWAY_HOME
from tests.support.alerts_on_a_site import ANN, BEN, CALLED, PEOPLE, raises
from tests.support.browser import DESKTOP, chromium, served, until, window
from tests.support.site import VisitedSite

ROSE = {"name": "Rose", "channels": ["announce:"], "phone": "01632 960111"}


async def words(site: VisitedSite, alert: int) -> str:
    """The alert's own page, from its state to what can be done."""
    name = f"Reader {site.now}"
    async with site.visitor("staff", name=name) as carer:
        page = (await carer.get(f"/alerts/{alert}")).text
    state = page.partition('<div id="state"')[2].partition("What you can do")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", state))


async def test_what_waits_for_the_morning_is_said_to(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    site.clock.advance_to(site.now + 10 * HOUR)
    alert = await raises(site, rule="pacing", priority=3, explanation="Pacing.")
    assert "Ann is called at 08:00 on Tuesday." in await words(site, alert)


async def test_who_has_quiet_hours_is_said_to_be_called_after_them(site: VisitedSite) -> None:
    quiet = ANN | {"quiet_hours": "11:00-15:00"}
    steps = [{"contacts": ["Ben"], "wait": 120}, {"contacts": ["Ann", "Ben"], "wait": 300}]
    site.registers("ELM-12", contacts=[quiet, BEN], escalation=steps)
    alert = await raises(site, rule="pacing", priority=3, explanation="Pacing.")
    assert "Ben is called in 2 min. Ann is called at 15:00." in await words(site, alert)
    site.clock.advance_to(site.now + SECOND)
    urgent = await raises(site)
    assert "Ann and Ben are called in 2 min." in await words(site, urgent)


async def test_a_task_stands_in_the_digest(site: VisitedSite) -> None:
    site.registers("ELM-12", devices=[{"address": "z:1", "quantities": ["battery"]}], **PEOPLE)
    alert = await raises(site, rule="battery", subject="z:1", priority=4, concerns="equipment", explanation="Low.")
    assert "Will be told: Ann at 09:00" in await words(site, alert)


async def test_that_who_lives_there_is_asked_first_is_said_and_they_are_first_to_call(site: VisitedSite) -> None:
    called = [{"contacts": ["Rose"], "wait": 60}, *CALLED]
    site.registers("ELM-12", contacts=[ANN, BEN, ROSE], escalation=called)
    alert = await raises(site, rule="inactivity", priority=2, explanation="Quiet.")
    said = await words(site, alert)
    assert "Whoever lives there is being asked. Ann is called in 1 min." in said
    assert said.index("Call 01632 960111") < said.index("Call 01632 960123") < said.index("Call +44 1632 960456")


async def test_what_is_put_off_over_or_accepted_says_when_it_comes_back(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    alert = await raises(site, rule="not_up", priority=2, explanation="Not up.")
    await site.desk.snooze(alert, "Mia", site.now + 2 * HOUR, "Asleep", site.now)
    assert "Put off until 14:00. The calls begin again at 14:00." in await words(site, alert)
    await site.desk.accept(alert, "Mia", site.now)
    site.clock.advance_to(site.now + SECOND)
    assert "Mia accepted it at 12:00. The calls begin again in 29 min unless it is closed." in await words(site, alert)
    await raises(site, rule="not_up", priority=2, kind="clear", explanation="Up.")
    site.clock.advance_to(site.now + SECOND)
    said = await words(site, alert)
    assert "Mia accepted it. The sensors say since 12:00 that it is over. It closes by itself in 29 min." in said


async def test_who_was_told_and_who_could_not_be_is_said(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[ANN, BEN], escalation=[{"contacts": ["Ann", "Ben"], "wait": 120}])
    alert = await raises(site)
    with site.database.transaction() as session:
        session.execute(text("UPDATE outbox SET state = 'sent', finished_at = :at WHERE contact_name = 'Ann'"),
                        {"at": site.now})  # fmt: skip
        session.execute(text("UPDATE outbox SET state = 'failed' WHERE contact_name = 'Ben'"))
    said = await words(site, alert)
    assert "Told: Ann at 12:00. Could not reach Ben. Ann and Ben are called again in 2 min." in said
    assert "Call 01632 960123 told at 12:00" in said


async def test_an_alert_of_a_home_without_people_says_so(site: VisitedSite) -> None:
    site.registers("ELM-12")
    site.clock.advance_to(site.now + MINUTE)
    assert "Nobody is on record to call for this home." in await words(site, await raises(site))
    own = await raises(site, GATEWAY_HOME, "gateway", subject="disk", priority=2, concerns="equipment")
    site.clock.advance_to(site.now + MINUTE)
    assert "Keepwell itself" in await words(site, own)


async def test_a_page_that_somebody_may_type_on_does_not_reload_by_itself(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    alert = await raises(site)
    async with site.visitor("staff") as carer:
        assert 'http-equiv="refresh"' in (await carer.get("/queue")).text
        for path in (f"/queue?alert={alert}", f"/alerts/{alert}", "/homes/ELM-12"):
            assert 'http-equiv="refresh"' not in (await carer.get(path)).text


@pytest.mark.server
async def test_a_new_emergency_comes_up_by_itself_and_the_note_that_is_being_typed_stays(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    site.registers("OAK-3", **PEOPLE)
    first = await raises(site)
    async with (
        served(site.application) as address,
        chromium() as browser,
        site.visitor("staff") as carer,
        window(browser, address, site, carer, viewport=DESKTOP) as shown,
    ):
        page = await shown.opens_live(f"/queue?alert={first}")
        await page.click("text=Write a note")
        await page.fill("textarea[name=text]", "Her neighbour has a key")
        second = await raises(site, "OAK-3")
        site.site.live.tell("alerts", "OAK-3")
        await until(page, f"document.querySelector('[data-alert=\"{second}\"]') !== null")
        await until(page, "document.title.startsWith('(1) New: priority 1')")
        assert await page.input_value("textarea[name=text]") == "Her neighbour has a key"
        await page.click("text=Add the note")
        await page.wait_for_url("**done=alert-noted")
        await page.focus(f"#alert-{second} a")
        await page.keyboard.press("a")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**done=alert-accepted")
        assert shown.errors == []
        site.site.live.close()
    assert (await site.desk.alert(second)).accepted_by == "Staff"
    assert (await site.desk.timeline(first))[-1].detail["text"] == "Her neighbour has a key"
