"""The link in a message: it answers one alert, for one contact, and looking at it changes nothing."""

import asyncio
import re
from collections.abc import Sequence

import httpx
import pytest

from devices.instant import DAY, MINUTE
from gateway.database.access import LookRow
from gateway.database.tables import AlertRow
from gateway.model import AlertState, Evidence, Notice, Verdict
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy
from gateway.registry import contacts
from gateway.web.access import messagelink
from gateway.web.access.messagelink import Meant
from tests.support.site import ORIGIN, VisitedSite

BEN = {"name": "Ben", "channels": ["ntfy://bens-topic"], "sees": "alerts"}
ANN = {"name": "Ann", "channels": ["ntfy://anns-topic"], "sees": "rooms"}
STEPS = [{"contacts": ["Ben", "Ann"], "wait": "5 min"}]


async def called(site: VisitedSite, rule: str = "pendant", home: str = "ELM-12", **about: object) -> Sequence[Notice]:
    """An alert is raised in a home with Ben and Ann; the calls that went out for it."""
    if home not in site.site.directory().homes:
        site.registers(home, contacts=[BEN, ANN], escalation=STEPS)
        await site.takes_up()
    before = len(site.channel.notices)
    values = {"explanation": "The pendant was pressed at 12:00.", "priority": 1, "concerns": "person"} | about
    verdict = Verdict("trigger", home, rule, None, site.now, evidence=Evidence(), **values)  # type: ignore[arg-type]
    await site.desk.report([verdict], site.now)
    link = messagelink.links(site.site.key, ORIGIN, site.wall.now)
    notifier = Notifier(site.database, [site.channel], site.clock, policy=Policy(chance=lambda: 0.5), link=link)
    await notifier.drain(site.now)
    return site.channel.notices[before:]


def path(notice: Notice) -> str:
    """Of the link in a message."""
    found = re.search(rf"{ORIGIN}(/m/\S+)$", notice.body, re.MULTILINE)
    assert found, notice.body
    return found[1]


async def links(site: VisitedSite) -> tuple[str, str]:
    """Ben's and Ann's."""
    ben, ann = sorted(await called(site), key=lambda one: one.contact.name == "Ann")
    return path(ben), path(ann)


async def state(site: VisitedSite, number: int = 1) -> AlertState:
    return (await site.desk.alert(number)).state


async def test_a_call_ends_with_a_link_in_place_of_the_request_to_tell_the_team(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[BEN], escalation=[{"contacts": ["Ben"]}])
    await site.takes_up()
    (notice,) = await called(site)
    assert notice.body.splitlines()[-1].startswith(f"Answer here: {ORIGIN}/m/")
    assert "care team" not in notice.body
    assert "Ben" not in notice.body.splitlines()[-1]
    assert "ELM" not in notice.body.splitlines()[-1]


async def test_every_link_fetched_five_times_by_a_scanner_accepts_nothing_and_still_works(site: VisitedSite) -> None:
    both = await links(site)
    async with site.visitor() as scanner:
        for link in both:
            for _ in range(5):
                assert (await scanner.get(link)).status_code == 200
                assert (await scanner.head(link)).status_code == 200
                assert (await scanner.get(f"{link}/accept")).status_code == 405
    assert await state(site) is AlertState.RAISED
    async with site.visitor() as ben:
        answer = await site.sends(ben, f"{both[0]}/accept")
        assert answer.status_code == 303
        page = (await ben.get(answer.headers["location"])).text
    assert "You have accepted this" in page
    assert (await site.desk.alert(1)).accepted_by == "Ben"


async def test_the_page_says_what_happened_and_who_has_been_told(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        page = (await ben.get(link)).text
    assert "Pendant pressed" in page
    assert "The pendant was pressed at 12:00." in page
    assert "Ann" in page
    assert "Nobody has accepted this yet." in page
    assert "Rose" not in page
    for button in ("Accept: I will see to it", "m calling", "it was a false alarm", "help was needed"):
        assert button in page


async def test_two_people_tapping_at_once_get_one_acceptance_and_a_clear_word(site: VisitedSite) -> None:
    both = await links(site)
    async with site.visitor() as ben, site.visitor() as ann:
        first, second = await asyncio.gather(
            *(site.sends(one, f"{link}/accept") for one, link in zip((ben, ann), both, strict=True))
        )
        pages = [(await one.get(answer.headers["location"])).text for one, answer in ((ben, first), (ann, second))]
    by = (await site.desk.alert(1)).accepted_by
    winner, other = pages if by == "Ben" else pages[::-1]
    assert "You accepted this at 12:00" in winner
    assert f"{by} accepted this at 12:00; you need do nothing." in other
    assert "Somebody else was quicker" in other
    accepted = [entry.by for entry in await site.desk.timeline(1) if entry.what == "accepted"]
    assert accepted == [by]


async def test_who_accepted_reads_when_the_calls_begin_again_and_no_old_thanks_say_otherwise(site: VisitedSite) -> None:
    bens, anns = await links(site)
    async with site.visitor() as ben, site.visitor() as ann:
        thanked = (await site.sends(ben, f"{bens}/accept")).headers["location"]
        page = (await ben.get(thanked)).text
        assert "nobody else is called until 12:30. Say before then how it ended, or we call again." in page
        assert "If nobody does by 12:30, we call again." in (await ann.get(anns)).text
        site.clock.advance_to(site.now + 31 * MINUTE)
        await site.desk.tick(site.now)
        page = (await ben.get(thanked)).text
    assert "Nobody has accepted this yet." in page
    assert "nobody else is called" not in page


async def test_tapping_twice_is_as_good_as_once(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        for _ in range(2):
            answer = await site.sends(ben, f"{link}/accept")
            assert "done=family-accepted" in answer.headers["location"]
        for _ in range(2):
            answer = await site.sends(ben, f"{link}/calling")
            assert "done=family-calling" in answer.headers["location"]
        for _ in range(2):
            answer = await site.sends(ben, f"{link}/well", outcome="genuine")
            assert "done=family-well" in answer.headers["location"]
    assert [entry.what for entry in await site.desk.timeline(1)].count("note") == 1


async def test_who_says_that_they_are_calling_has_accepted(site: VisitedSite) -> None:
    bens, anns = await links(site)
    async with site.visitor() as ben, site.visitor() as ann:
        await site.sends(ben, f"{bens}/calling")
        assert (await site.desk.alert(1)).accepted_by == "Ben"
        assert "Ben is calling." in (await ann.get(anns)).text
        answer = await site.sends(ann, f"{anns}/calling")
        assert "done=family-calling-too" in answer.headers["location"]
    assert (await site.desk.alert(1)).accepted_by == "Ben"


async def test_all_is_well_closes_and_the_others_page_says_how_it_ended(site: VisitedSite) -> None:
    bens, anns = await links(site)
    async with site.visitor() as ben, site.visitor() as ann:
        await site.sends(ben, f"{bens}/well", outcome="false")
        page = (await ann.get(anns)).text
        assert "Ben ended this at 12:00: it was a false alarm. You need do nothing." in page
        assert "<form" not in page
        answer = await site.sends(ann, f"{anns}/accept")
        assert "This had ended before" in (await ann.get(answer.headers["location"])).text
    assert (await site.desk.alert(1)).outcome == "false"


async def test_an_outcome_that_is_none_changes_nothing(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        for outcome in ("", "no one reached", "<b>"):
            answer = await site.sends(ben, f"{link}/well", outcome=outcome)
            assert "done=family-choose" in answer.headers["location"]
    assert await state(site) is AlertState.RAISED


@pytest.mark.parametrize("change", ["alert", "contact", "time", "signature", "shorter", "longer", "rubbish"])
async def test_a_forged_link_gets_a_kind_page_without_detail(site: VisitedSite, change: str) -> None:
    link, _ = await links(site)
    signed, alert, contact, minute = link.removeprefix("/m/").split(".")
    forged = {
        "alert": f"{signed}.2.{contact}.{minute}",
        "contact": f"{signed}.{alert}.2.{minute}",
        "time": f"{signed}.{alert}.{contact}.zzzzz",
        "signature": f"{'B' if signed[0] == 'A' else 'A'}{signed[1:]}.{alert}.{contact}.{minute}",
        "shorter": link.removeprefix("/m/")[:-1],
        "longer": f"{link.removeprefix('/m/')}.1",
        "rubbish": "é" * 40,
    }[change]
    await works_no_more(site, f"/m/{forged}")


async def works_no_more(site: VisitedSite, link: str) -> None:
    before = (await site.desk.alert(1)).state
    async with site.visitor() as somebody:
        answers: list[httpx.Response] = [await somebody.get(link)]
        answers += [
            await site.sends(somebody, f"{link}/{what}", outcome="false") for what in ("accept", "calling", "well")
        ]
    for answer in answers:
        assert answer.status_code == 404
        assert "This link no longer works" in answer.text
        assert "pendant" not in answer.text.lower()
        assert "ELM-12" not in answer.text
    assert (await site.desk.alert(1)).state is before


async def test_a_link_works_for_seven_days(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        site.wall.advance_to(site.wall.now() + 7 * DAY - 2 * MINUTE)
        assert (await ben.get(link)).status_code == 200
    site.wall.advance_to(site.wall.now() + 2 * MINUTE)
    await works_no_more(site, link)


async def test_whoever_is_no_contact_any_more_cannot_answer(site: VisitedSite) -> None:
    link, _ = await links(site)
    await site.registry.change(lambda session: contacts.remove_contact(session, "ELM-12", "Ben"))
    await works_no_more(site, link)


async def test_a_contact_answers_for_their_own_home_alone(site: VisitedSite) -> None:
    await links(site)
    site.registers(
        "OAK-3", contacts=[{"name": "Zoe", "channels": ["ntfy://zoes-topic"]}], escalation=[{"contacts": ["Zoe"]}]
    )
    await site.takes_up()
    (notice,) = await called(site, home="OAK-3")
    mixed = messagelink.token(site.site.key, Meant(1, notice.contact.id), site.wall.now())
    await works_no_more(site, f"/m/{mixed}")


async def test_looking_is_put_on_record_by_the_name_of_the_contact(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        await ben.head(link)
        await ben.get(link)
        await ben.get(link)
    with site.database.transaction() as session:
        (look,) = session.query(LookRow).all()
    assert (look.who, look.person, look.role, look.home, look.what, look.times) == (
        "Ben", None, "family", "ELM-12", "alert 1", 2,
    )  # fmt: skip


async def test_a_form_of_another_site_is_refused(site: VisitedSite) -> None:
    link, _ = await links(site)
    async with site.visitor() as ben:
        answer = await ben.post(f"{link}/accept", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert await state(site) is AlertState.RAISED


async def test_a_test_is_said_to_be_one_and_ends_by_being_accepted(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[BEN], escalation=[{"contacts": ["Ben"]}])
    await site.takes_up()
    (notice,) = await called(site)
    with site.database.transaction() as session:
        row = session.get_one(AlertRow, 1)
        row.evidence = {**row.evidence, "test": True, "tester": "Ina"}
    async with site.visitor() as ben:
        assert "This is a test: nobody needs help." in (await ben.get(path(notice))).text
        for _ in range(2):
            answer = await site.sends(ben, f"{path(notice)}/accept")
            assert "done=family-accepted" in answer.headers["location"]
        assert "it was a test" in (await ben.get(path(notice))).text


async def test_who_still_reads_of_a_test_does_not_take_on_the_real_call_that_it_has_become(site: VisitedSite) -> None:
    link, _ = await links(site)
    with site.database.transaction() as session:
        row = session.get_one(AlertRow, 1)
        row.evidence = {**row.evidence, "test": True, "tester": "Ina"}
    async with site.visitor() as ben:
        page = (await ben.get(link)).text
        assert 'name="as_test" value="yes"' in page
        await called(site)  # pressed again
        answer = await ben.post(f"{link}/accept", data={"as_test": "yes"})
        assert "done=family-no-test" in answer.headers["location"]
        assert await state(site) is AlertState.RAISED
        assert 'name="as_test"' not in (await ben.get(link)).text
        await ben.post(f"{link}/accept")
    assert await state(site) is AlertState.ACCEPTED
