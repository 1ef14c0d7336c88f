"""What care workers do with alerts, from the queue and from the alert's own page."""

import asyncio
import re

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import AlertState
from tests.support.alerts_on_a_site import PEOPLE, raises
from tests.support.site import VisitedSite

ODD = 'Näh: "5 < 6" & so\u202e on\r\nnext line 🙂 \x00'


@pytest.fixture
async def alert(site: VisitedSite) -> int:
    site.registers("ELM-12", area="North", **PEOPLE)
    return await raises(site)


async def test_accepting_stops_the_calls_and_comes_back_to_the_queue(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Mia Stone") as carer:
        answer = await site.sends(carer, f"/alerts/{alert}/accept", back=f"/queue?area=North&alert={alert}")
        page = (await carer.get(answer.headers["location"])).text
    assert answer.status_code == 303
    assert "Accepted." in page
    assert "The calls begin again in 30 min unless it is closed." in page
    assert "Mia Stone accepted it at 12:00." in page
    assert (await site.desk.alert(alert)).accepted_by == "Mia Stone"


async def test_who_accepts_in_the_list_has_whom_to_call_at_hand(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Mia Stone") as carer:
        answer = await site.sends(carer, f"/alerts/{alert}/accept", back="/queue?area=North")
        assert answer.headers["location"] == f"/queue?area=North&alert={alert}&done=alert-accepted"
        assert 'href="tel:01632960123"' in (await carer.get(answer.headers["location"])).text
        again = await site.sends(carer, f"/alerts/{alert}/accept", back=f"/alerts/{alert}")
    assert again.headers["location"].startswith(f"/alerts/{alert}?")


async def test_of_two_who_accept_at_once_one_is_told_who_was_quicker(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Mia") as mia, site.visitor("staff", name="Joe") as joe:
        answers = await asyncio.gather(*(site.sends(one, f"/alerts/{alert}/accept") for one in (mia, joe)))
        first = str((await site.desk.alert(alert)).accepted_by)
        again = await site.sends(mia if first == "Mia" else joe, f"/alerts/{alert}/accept")
    assert sorted(one.status_code for one in answers) == [303, 409]
    slower = next(one for one in answers if one.status_code == 409)
    assert f"{first} accepted it at 12:00." in slower.text
    assert again.status_code == 303  # a second tap of the same person is no mistake


async def test_what_was_closed_meanwhile_is_said_and_what_was_typed_is_kept(site: VisitedSite, alert: int) -> None:
    await site.desk.close(alert, "Ben", "false", None, site.now)
    async with site.visitor("staff") as carer:
        for back in (f"/queue?alert={alert}", f"/alerts/{alert}"):
            late = await site.sends(carer, f"/alerts/{alert}/close", outcome="genuine", note=ODD, back=back)
            assert late.status_code == 409
            assert "Ben closed it at 12:00, outcome: false." in late.text
        gone = await site.sends(carer, f"/alerts/{alert}/accept", back="/queue")
        noted = await site.sends(carer, f"/alerts/{alert}/note", text="It was the cat.", back=f"/alerts/{alert}")
    assert gone.status_code == 409
    assert noted.status_code == 303  # also afterwards there may be something to say


async def test_a_note_keeps_every_letter(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff") as carer:
        await site.sends(carer, f"/alerts/{alert}/note", text=ODD, back=f"/alerts/{alert}")
        page = (await carer.get(f"/alerts/{alert}")).text
    assert (await site.desk.timeline(alert))[-1].detail["text"] == ODD.strip()
    assert "Näh: &#34;5 &lt; 6&#34; &amp; so" in page


async def test_handing_over_calls_the_other_and_the_queue_says_so(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Mia") as carer:
        await site.sends(carer, f"/alerts/{alert}/accept")
        choices = (await carer.get(f"/queue?alert={alert}")).text
        answer = await site.sends(carer, f"/alerts/{alert}/hand-over", to="Ben", reason="End of my day")
        page = (await carer.get(f"/queue?alert={alert}")).text
    assert re.findall(r'<option value="(Ann|Ben|Mia)"', choices) == ["Ann", "Ben"]
    assert answer.status_code == 303
    assert "Ben is asked to take it on; if they do not, the calls begin again in" in page
    assert "Take it on" in page


async def test_putting_off_is_for_as_long_as_its_priority_allows(site: VisitedSite, alert: int) -> None:
    usual = await raises(site, rule="not_up", priority=2)
    async with site.visitor("staff") as carer:
        page = (await carer.get(f"/queue?alert={alert}")).text
        assert re.findall(r'<option value="(\d+)"', page) == ["15", "30"]
        too_long = await site.sends(carer, f"/alerts/{alert}/snooze", lasting="720", why="She is asleep")
        assert too_long.status_code == 422
        assert "Choose for how long." in too_long.text
        assert 'value="She is asleep"' in too_long.text
        assert (await site.sends(carer, f"/alerts/{usual}/snooze", lasting="240", why="On holiday")).status_code == 303
    assert (await site.desk.alert(usual)).snoozed_until == site.now + 4 * HOUR
    site.clock.advance_to(site.now + 241 * MINUTE)
    await site.desk.tick(site.now)
    assert (await site.desk.alert(usual)).state is AlertState.RAISED


async def test_closing_says_what_it_was_and_puts_it_aside(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Mia") as carer:
        answer = await site.sends(carer, f"/alerts/{alert}/close", outcome="genuine", note="Helped up.",
                                  back=f"/queue?area=North&alert={alert}")  # fmt: skip
        assert answer.headers["location"] == "/queue?area=North&done=alert-closed"
        page = (await carer.get(f"/alerts/{alert}")).text
    assert (await site.desk.alert(alert)).outcome == "genuine"
    assert "Mia closed it, outcome &#34;genuine&#34;: Helped up." in page


@pytest.mark.parametrize(
    ("form", "fields", "told"),
    [
        ("note", {"text": "  "}, "Write what others should know."),
        ("note", {"text": "x" * 2001}, "Please keep it under 2,000 characters."),
        ("hand-over", {"reason": "Tired"}, "Choose who takes it on."),
        ("hand-over", {"to": "Ben", "reason": "..."}, "Say why, as others will ask."),
        ("hand-over", {"to": "Nobody known", "reason": "Tired"}, "Nobody known is no contact of this home"),
        ("snooze", {"lasting": "15"}, "Say why, as others will ask."),
        ("snooze", {"lasting": "-1", "why": "x"}, "Choose for how long."),
        ("close", {"note": "Fine now"}, "Choose what it was."),
        ("close", {"outcome": "nonsense", "note": "Fine now"}, "Choose what it was."),
    ],
)
async def test_bad_input_is_told_beside_the_field_and_nothing_typed_is_lost(
    site: VisitedSite, alert: int, form: str, fields: dict[str, str], told: str
) -> None:
    await site.desk.accept(alert, "Ann", site.now)
    before = await site.desk.alert(alert)
    async with site.visitor("staff") as carer:
        for back in (f"/alerts/{alert}", f"/queue?alert={alert}"):
            answer = await site.sends(carer, f"/alerts/{alert}/{form}", back=back, **fields)
            assert answer.status_code == 422
            assert told in answer.text
            assert "--" not in re.sub(r"<!--.*?-->", "", answer.text.partition("<main")[2])
            assert "keepwell alerts" not in answer.text
            for typed in (value for name, value in fields.items() if name not in {"outcome", "lasting"}):
                assert typed.strip() in answer.text
    assert await site.desk.alert(alert) == before


async def test_what_was_not_accepted_cannot_be_handed_over_and_the_page_says_so(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff") as carer:
        answer = await site.sends(carer, f"/alerts/{alert}/hand-over", to="Ben", reason="Tired")
    assert answer.status_code == 409
    assert "Nobody has accepted it now: accept it first." in answer.text


async def test_nobody_acts_on_what_is_out_of_sight_and_no_form_leads_away(site: VisitedSite, alert: int) -> None:
    async with site.visitor("staff", name="Joe", areas=["South"]) as other, site.visitor("staff") as carer:
        for form in ("accept", "note", "hand-over", "snooze", "close"):
            assert (await site.sends(other, f"/alerts/{alert}/{form}")).status_code == 404
            assert (await site.sends(carer, f"/alerts/9999/{form}")).status_code == 404
        for back in ("https://evil.example/", "//evil.example/queue", "/sign-out", "/alerts/7?x", "/queue\\evil"):
            answer = await site.sends(carer, f"/alerts/{alert}/note", text="x", back=back)
            assert answer.headers["location"] == "/queue?done=alert-noted"
