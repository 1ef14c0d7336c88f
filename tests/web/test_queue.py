"""The queue: what comes first, who sees what, and what the page says of each alert."""

import re

from devices.instant import SECOND
from tests.support.alerts_on_a_site import PEOPLE, looks, raises, street
from tests.support.site import VisitedSite

MINUTE = 60 * SECOND


def order(page: str) -> list[int]:
    """The alerts of the lines, from the top."""
    return [int(number) for number in re.findall(r'<li id="[a-z]+-\d+" data-alert="(\d+)"', page)]


def line(page: str, alert: int) -> str:
    """The words of one line."""
    found = re.search(rf'<li id="alert-{alert}" data-alert.*?</li>', page, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


async def test_whoever_waits_comes_first_then_the_more_urgent_then_who_has_waited_longest(site: VisitedSite) -> None:
    for home in ("ELM-1", "ELM-2", "ELM-3", "ELM-4", "ELM-5"):
        site.registers(home, **PEOPLE)
    accepted = await raises(site, "ELM-1")
    await site.desk.accept(accepted, "Ben", site.now)
    routine = await raises(site, "ELM-1", "battery", subject="d", priority=4, concerns="equipment")
    later = await raises(site, "ELM-2", "not_up", priority=2)
    site.clock.advance_to(site.now + MINUTE)
    latest = await raises(site, "ELM-3", "not_up", priority=2)
    emergency = await raises(site, "ELM-4")
    today = await raises(site, "ELM-5", "pacing", priority=3)
    async with site.visitor("staff") as carer:
        page = (await carer.get("/")).text
        assert (await carer.get("/queue")).status_code == 200
    assert order(page) == [emergency, later, latest, today, accepted, routine]
    assert "4 alerts wait for an answer, 1 of them of priority 1." in page


async def test_each_line_says_what_it_is_how_long_it_waits_who_was_told_and_what_comes_next(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", **PEOPLE)
    alert = await raises(site)
    async with site.visitor("staff") as carer:
        at_once = line((await carer.get("/queue")).text, alert)
        site.clock.advance_to(site.now + 61 * SECOND)
        after_a_minute = line((await carer.get("/queue")).text, alert)
        site.clock.advance_to(site.now + 120 * SECOND)
        await site.desk.tick(site.now)
        late = line((await carer.get("/queue")).text, alert)
        await site.desk.accept(alert, "Ben", site.now)
        accepted = line((await carer.get("/queue")).text, alert)
    assert "1 · Emergency" in at_once
    assert "Pendant pressed ELM-12 North" in at_once
    assert "The pendant was pressed at 12:00." in at_once
    assert "answer within 60 s" in at_once
    assert "On its way to Ann. Ben is called in 2 min." in at_once
    assert "over 60 s" in after_a_minute
    assert "Ben is called in 59 s." in after_a_minute
    assert "over 180 s" in late
    assert "Ann is called again in 5 min." in late
    assert "Ben accepted it at 12:03." in accepted
    assert "Accept " not in accepted


async def test_only_what_is_in_their_areas_is_shown_and_what_is_about_keepwell_itself(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", **PEOPLE)
    site.registers("OAK-3", area="South", **PEOPLE)
    site.registers("YEW-1", **PEOPLE)
    north, south, nowhere = [await raises(site, home) for home in ("ELM-12", "OAK-3", "YEW-1")]
    own = await raises(site, "gateway", "gateway", subject="disk", priority=2, concerns="equipment")
    async with site.visitor("staff", areas=["North"]) as carer, site.visitor("supervisor") as all_seeing:
        assert order((await carer.get("/queue")).text) == [north, own]
        assert order((await all_seeing.get("/queue")).text) == [north, south, nowhere, own]
        assert f"alert-{south}" not in (await carer.get(f"/queue?alert={south}")).text


async def test_what_is_shown_is_chosen_by_the_address(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", **PEOPLE)
    site.registers("OAK-3", area="South", **PEOPLE)
    site.registers("YEW-1", **PEOPLE)
    person = await raises(site, "ELM-12")
    equipment = await raises(site, "OAK-3", "tamper", subject="d", priority=3, concerns="equipment")
    cold = await raises(site, "YEW-1", "temperature", subject="hall, low", priority=3, concerns="home")
    own = await raises(site, "gateway", "gateway", subject="disk", priority=2, concerns="equipment")
    async with site.visitor("staff", name="Mia Stone") as carer:
        await site.sends(carer, f"/alerts/{cold}/accept")
        shown = {query: order((await carer.get(f"/queue?{query}")).text) for query in (
            "area=North", "area=South", "area=-", "area=No+such", "about=person", "about=equipment", "about=home",
            "about=gateway", "mine=1", "about=nonsense&page=99&alert=x",
        )}  # fmt: skip
        page = (await carer.get("/queue?area=South")).text
    assert shown == {
        "area=North": [person], "area=South": [equipment], "area=-": [cold], "area=No+such": [],
        "about=person": [person], "about=equipment": [own, equipment], "about=home": [cold], "about=gateway": [own],
        "mine=1": [cold], "about=nonsense&page=99&alert=x": [person, own, equipment, cold],
    }  # fmt: skip
    assert '<option value="South" selected>' in page
    assert "<details open><summary>Choose what is shown" in page


async def test_a_choice_that_hides_alerts_never_says_that_nobody_waits(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", **PEOPLE)
    site.registers("OAK-3", area="South", **PEOPLE)
    async with site.visitor("staff") as carer:
        assert "Nobody waits for an answer." in (await carer.get("/queue?area=South")).text
        await raises(site)
        for path in ("/queue?area=South", "/queue?about=equipment", "/queue?mine=1", "/queue?area=Nowhere"):
            page = (await carer.get(path)).text
            assert "Nobody of those you chose waits for an answer. 1 alert not shown here waits too." in page, path
            assert "Nobody waits for an answer." not in page
        assert "not shown here" not in (await carer.get("/queue")).text
        await raises(site, "OAK-3")
        page = (await carer.get("/queue?area=South")).text
        assert "1 alert waits for an answer, 1 of them of priority 1. 1 alert not shown here waits too." in page
    async with site.visitor("staff", name="Sue", areas=["South"]) as southern:
        assert "not shown here" not in (await southern.get("/queue?area=South")).text, "nor told of other areas"


async def test_an_empty_queue_is_kind(site: VisitedSite) -> None:
    async with site.visitor("staff") as carer:
        assert "Nobody waits for an answer." in (await carer.get("/queue")).text
        assert "Nothing is open that you asked for." in (await carer.get("/queue?mine=1")).text


async def test_a_street_whose_hubs_are_silent_is_one_line_and_all_of_it_is_accepted_at_once(site: VisitedSite) -> None:
    await street(site, "Elm", 40)
    await street(site, "Oak", 2)
    person = await raises(site, "OAK-1")
    async with site.visitor("staff") as carer:
        page = (await carer.get("/queue")).text
        assert len(order(page)) == 4  # the emergency, one line for the street, two lines for what are but two
        assert order(page)[0] == person
        assert "40 homes" in page
        assert "Accept all 40" in page
        numbers = re.findall(r'<input type="hidden" name="alert" value="(\d+)">', page)
        assert len(numbers) == 40
        await site.desk.accept(int(numbers[7]), "Ben", site.now)
        answer = await site.sends(carer, "/queue/accept", alert=numbers, back="/queue?area=Elm")
        assert answer.status_code == 409
        assert f"Alert {numbers[7]}: Ben accepted it at 12:00." in answer.text
        again = await carer.get("/queue?area=Elm")
    assert {(await site.desk.alert(int(one))).accepted_by for one in numbers} == {"Ben", "Staff"}
    assert "Accept all" not in again.text


async def test_accepting_a_street_leaves_alone_what_is_out_of_sight(site: VisitedSite) -> None:
    site.registers("OAK-3", area="South", **PEOPLE)
    south = await raises(site, "OAK-3")
    async with site.visitor("staff", areas=["North"]) as carer:
        answer = await site.sends(carer, "/queue/accept", alert=[str(south), "999", "x", "9" * 30])
    assert answer.status_code == 303
    assert (await site.desk.alert(south)).accepted_by is None


async def test_two_hundred_alerts_are_all_on_the_page_and_more_on_the_next(site: VisitedSite) -> None:
    for number in range(130):
        site.registers(f"ELM-{number}", **PEOPLE)
    numbers = [
        await raises(site, f"ELM-{n}", rule, priority=2) for n in range(130) for rule in ("not_up", "out_of_bed")
    ]
    async with site.visitor("staff") as carer:
        page, rest = (await carer.get("/queue")).text, (await carer.get("/queue?page=2")).text
    assert order(page) + order(rest) == numbers
    assert len(order(page)) == 250
    assert "260 alerts wait for an answer." in page
    assert "/queue?page=2" in page


async def test_the_alert_in_hand_has_who_to_call_and_everything_that_can_be_done(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    alert = await raises(site)
    async with site.visitor("staff") as carer:
        page = (await carer.get(f"/queue?alert={alert}")).text
        assert 'href="tel:01632960123">Call 01632 960123</a>' in page
        assert 'href="tel:+441632960456">' in page
        for form in ("accept", "note", "snooze", "close"):
            assert f'action="/alerts/{alert}/{form}"' in page
        assert f'action="/alerts/{alert}/hand-over"' not in page  # nobody has it who could hand it over
        assert page.count("Keepwell calls Ann") == 1
        other = (await carer.get("/queue")).text
    assert "tel:" not in other  # numbers are shown of the alert in hand only


async def test_what_is_looked_at_is_on_record(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    alert = await raises(site)
    async with site.visitor("staff") as carer:
        await carer.get("/queue")
        await carer.get(f"/queue?alert={alert}")
    assert looks(site) == [(None, "queue", 2), ("ELM-12", f"alert {alert}", 1)]


async def test_nothing_that_a_name_or_an_explanation_holds_becomes_part_of_the_page(site: VisitedSite) -> None:
    bad = "<script>alert('x')</script>\"'"
    site.registers("ELM-12", area=bad, contacts=[{"name": bad, "channels": ["ntfy://x"], "phone": "999"}])
    alert = await raises(site, explanation=bad, subject=bad, details={"odd": bad, "rooms": [bad]})
    async with site.visitor("staff", name=bad) as carer:
        await site.sends(carer, f"/alerts/{alert}/accept")
        await site.sends(carer, f"/alerts/{alert}/note", text=bad)
        for path in (
            "/queue",
            f"/queue?alert={alert}&area=%3Cscript%3E",
            f"/alerts/{alert}",
            "/homes",
            "/homes/ELM-12",
        ):
            page = (await carer.get(path)).text
            assert "<script>alert" not in page, path
            assert "'x'" not in page, path
