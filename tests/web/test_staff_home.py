"""A home as care workers see it, and the list of homes."""

import re

from sqlalchemy import text

from devices.instant import DAY, HOUR, MINUTE
from gateway.errors import TryLater
from gateway.model import Point, RuleState, RuleStatus
from tests.support.alerts_on_a_site import PEOPLE, looks, raises
from tests.support.site import NOON, VisitedSite

KITCHEN = {"address": "zigbee2mqtt:a", "room": "kitchen", "quantities": ["motion"]}
ROOMS = [{"name": "kitchen", "kind": "kitchen"}]
DAY_BEGAN = NOON - DAY - 7 * HOUR


async def states(site: VisitedSite, home: str, **rules: RuleState) -> None:
    told = [RuleStatus(home, rule, state, f"because of {rule}", site.now) for rule, state in rules.items()]
    await site.desk.commit(cursor=0, states={}, verdicts=[], facts=[], statuses=told, heard={}, now=site.now)


async def test_a_home_shows_its_alerts_rules_and_devices_and_no_names(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", rooms=ROOMS, devices=[KITCHEN], **PEOPLE)
    await states(site, "ELM-12", not_up=RuleState.BLIND, inactivity=RuleState.DEGRADED, pendant=RuleState.ARMED)
    over = await raises(site)
    await site.desk.close(over, "Ben", "false", None, site.now)
    site.clock.advance_to(site.now + 5 * MINUTE)
    present = await raises(site, rule="not_up", priority=2, explanation="Not up by 10:30.")
    async with site.visitor("staff") as carer:
        page = (await carer.get("/homes/ELM-12")).text
    assert f'<a class="alone" href="/alerts/{present}"><strong>No sign of being up</strong></a>' in page
    assert "2 alerts in 28 days, 1 false, 1 still open or ended by itself." in page
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "No sign of being up ▲ blind because of not_up" in words
    assert words.index("blind because") < words.index("degraded because") < words.index("armed because")
    assert "motion sensor in the kitchen kitchen ? never heard not told never" in words
    assert "Rose" not in page
    assert "01632" not in page
    assert ("ELM-12", "home", 1) in looks(site)


async def test_names_and_numbers_are_shown_once_for_a_reason_that_is_put_on_record(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    async with site.visitor("staff") as carer:
        for fields, told in (
            ({}, "Choose why you need them."),
            ({"why": "other", "reason": " "}, "Say in a few words why you need them."),
            ({"why": "records", "reason": "x" * 41}, "Please keep it under 40 characters."),
        ):
            refused = await site.sends(carer, "/homes/ELM-12/details", **fields)
            assert refused.status_code == 422
            assert told in refused.text
            assert fields.get("reason", "") in refused.text
            assert "Rose" not in refused.text
        page = (await site.sends(carer, "/homes/ELM-12/details", why="other", reason="Parcel for her")).text
        afterwards = (await carer.get("/homes/ELM-12")).text
    assert "<strong>Rose</strong>, consent by Rose (written)" in page
    assert 'href="tel:01632960123">Call 01632 960123</a>' in page
    assert "Rose" not in afterwards
    assert [what for _, what, _ in looks(site)] == ["home", "details: other, Parcel for her"]


async def test_details_of_a_home_out_of_sight_are_not_there(site: VisitedSite) -> None:
    site.registers("OAK-3", area="South", **PEOPLE)
    async with site.visitor("staff", areas=["North"]) as carer:
        assert (await site.sends(carer, "/homes/OAK-3/details", why="records")).status_code == 404
    assert looks(site) == []


async def test_the_last_days_are_told_and_what_was_not_seen_is_not_known(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    about = {"home": "ELM-12"}
    await site.store.write([
        Point("daily", about, {"coverage": 0.98, "up_at": 452.0, "bed_at": 1470.0, "visits_kitchen": 6.0,
                               "night_bathroom": 1.0, "out_min": 95.0, "temperature": 19.54}, DAY_BEGAN),
        Point("daily_activity", about, {"h07": 4.0, "h08": 12.0, "h09": 0.0}, DAY_BEGAN),
        Point("daily", about, {"coverage": 0.3}, DAY_BEGAN - DAY),
        Point("daily", about, {"coverage": 1.0}, DAY_BEGAN - 20 * DAY),
        Point("daily", {"home": "OAK-3"}, {"coverage": 1.0, "up_at": 61.0}, DAY_BEGAN),
    ])  # fmt: skip
    async with site.visitor("staff") as carer:
        page = (await carer.get("/homes/ELM-12")).text
        site.store.down = TryLater("the store is away")
        without = (await carer.get("/homes/ELM-12")).text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Sunday 11 January movement in 2 of 3 hours, most from 08:00 07:32 00:30 6 1 1 h 35 min 19.5 °C 98%" in words
    assert "Saturday 10 January not known not known not known not known not known not known not known ? 30%" in words
    assert "December" not in words
    assert '<rect class="tone-info" x="30" y="0.0" width="8" height="36.0"/>' in page
    assert "The days cannot be read just now." in without


async def test_days_are_shown_only_as_far_as_the_residents_agreed(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    await site.store.write([Point("daily", {"home": "ELM-12"}, {"coverage": 0.98, "up_at": 452.0}, DAY_BEGAN)])
    for change, why in (
        ("UPDATE resident SET consent_purposes = '[\"alerts\"]'", "agreed to alerts, and not to care planning"),
        ("UPDATE resident SET consent_withdrawn_at = 1", "There is no consent on record"),
    ):
        with site.database.transaction() as session:
            session.execute(text(change))
        async with site.visitor("staff", name=why) as carer:
            page = (await carer.get("/homes/ELM-12")).text
        assert why in page
        assert "07:32" not in page


async def test_how_a_home_is_set_and_what_is_overdue_is_said(site: VisitedSite) -> None:
    site.registers("ELM-12", mode="away")
    with site.database.transaction() as session:
        session.execute(text("UPDATE resident SET consent_review_on = '2026-01-11'"))
    site.registers("OAK-3", residents=[{"name": "Ida"}])
    async with site.visitor("staff") as carer:
        away, without = (await carer.get("/homes/ELM-12")).text, (await carer.get("/homes/OAK-3")).text
    assert "away" in away
    assert "the consent review is overdue" in away
    assert "no consent on record: no data is taken in" in without
    assert "there is no consent on record" in without


async def test_a_home_is_set_to_away_and_back_and_that_is_on_record(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("staff") as carer:
        wrong = await site.sends(carer, "/homes/ELM-12/away", away_until="2026-01-12T11:00")
        assert wrong.status_code == 422
        assert "This is not after it begins, or is over already." in wrong.text
        assert 'value="2026-01-12T11:00"' in wrong.text
        await site.sends(carer, "/homes/ELM-12/away", away_until="2026-01-20T14:30")
        away = (await carer.get("/homes/ELM-12")).text
        assert "away until 14:30 on 20 January" in away
        await site.sends(carer, "/homes/ELM-12/back")
        assert "They are at home" not in (await carer.get("/homes/ELM-12")).text
        with site.database.transaction() as session:
            session.execute(text("UPDATE home SET mode = 'paused'"))
        paused = await site.sends(carer, "/homes/ELM-12/away")
    assert paused.status_code == 409
    assert "This home is paused or still being set up" in paused.text
    assert [what for _, what, _ in looks(site)] == ["home", "set to away", "set to at home"]


async def test_homes_are_found_by_reference_area_and_state(site: VisitedSite) -> None:
    for number in range(60):
        site.registers(f"ELM-{number:02}", area="North")
    site.registers("OAK-3", area="South % side", mode="away")
    site.registers("YEW-1")
    await raises(site, "YEW-1")
    await raises(site, "YEW-1", "not_up", priority=2)
    await states(site, "ELM-07", not_up=RuleState.BLIND, inactivity=RuleState.BLIND)
    async with site.visitor("staff") as carer, site.visitor("supervisor", areas=["North"]) as north:

        async def found(query: str) -> list[str]:
            return re.findall(r'<th scope="row"><a href="/homes/([^"]+)">', (await carer.get(f"/homes?{query}")).text)

        assert len(await found("")) == 50
        assert await found("page=2") == [*(f"ELM-{number}" for number in range(50, 60)), "OAK-3", "YEW-1"]
        assert await found("page=99999999999999999999") == await found("")
        assert await found("q=lm-07") == ["ELM-07"]
        assert await found("q=%25") == ["OAK-3"]
        assert await found("q=south") == ["OAK-3"]
        assert await found("area=-") == ["YEW-1"]
        assert await found("only=open") == ["YEW-1"]
        assert await found("only=blind") == ["ELM-07"]
        assert await found("only=away&area=North") == []
        page = (await carer.get("/homes?q=-07")).text + (await carer.get("/homes?q=yew")).text
        assert "2 cannot see" in page
        assert "2 open, priority 1" in page
        assert "No home is found by that." in (await carer.get("/homes?q=nothing")).text
        assert "YEW-1" not in (await north.get("/homes")).text
