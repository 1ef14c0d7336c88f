"""An alert's own page: why, what happened, and whether its rule is noisy."""

from devices.instant import HOUR, MINUTE
from tests.support.alerts_on_a_site import PEOPLE, raises
from tests.support.site import VisitedSite

SENSORS = [
    {"address": "zigbee2mqtt:a", "room": "kitchen", "quantities": ["motion"]},
    {"address": "zigbee2mqtt:b", "room": "hall", "role": "front-door", "quantities": ["contact"]},
]
ROOMS = [{"name": "kitchen", "kind": "kitchen"}, {"name": "hall", "kind": "hall"}]


async def test_the_evidence_is_told_in_plain_words(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=SENSORS, **PEOPLE)
    await site.takes_up()
    alert = await raises(
        site, rule="not_up", priority=2, explanation="Not up by 10:30.",
        details={
            "usual": {"low": 425.0, "median": 450.0, "high": 520.0, "most": 600.0, "n": 25}, "expected_by": "10:30",
            "last_movement": "2026-01-11T21:14:00Z", "last_room": "kitchen", "whereabouts": "unknown",
            "readings": [{"device": "zigbee2mqtt:b", "room": "hall", "quantity": "contact", "value": True,
                          "at": "2026-01-11T21:14:00Z"}],
            "odd": {"deeper": 1}, "nothing": None,
        },
    )  # fmt: skip
    async with site.visitor("staff") as carer:
        page = (await carer.get(f"/alerts/{alert}")).text
    assert "Not up by 10:30." in page
    assert "9 of the 11 sensors behind it are heard; not heard: motion sensor in the kitchen and front door." in page
    assert "front door: open, 21:14 yesterday" in page
    for name, value in (
        ("Usual in this home", "between 07:05 and 08:40 (days seen: 25)"),
        ("Last movement", "21:14 yesterday"),
        ("Last seen in", "the kitchen"),
        ("Whereabouts", "not known"),
        ("Expected by", "10:30"),
    ):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page
    assert "Raised with priority 2: Not up by 10:30." in page
    assert "Keepwell calls Ann: step 1." in page
    assert "Still to go out to Ann by ntfy, the call." in page


async def test_whether_a_rule_is_noisy_is_said_with_what_its_alerts_were(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    for outcome in ("false", "false", "genuine"):
        one = await raises(site, explanation=f"Pressed, {outcome}.")
        await site.desk.close(one, "Ben", outcome, None, site.now)
        site.clock.advance_to(site.now + HOUR)
    present = await raises(site)
    async with site.visitor("staff") as carer:
        page = (await carer.get(f"/alerts/{present}")).text
        first = (await carer.get("/alerts/1")).text
    assert "this rule has called 4 times in this home: 2 false, 1 genuine, 1 of which nobody has said" in page
    assert page.count("<td>Pressed, false.</td><td>false</td>") == 2
    assert "This is the first of its kind." in first


async def test_an_alarm_about_another_alert_leads_to_it_and_speaks_of_no_commands(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[], escalation=[])
    urgent = await raises(site)
    site.clock.advance_to(site.now + 10 * MINUTE)
    await site.desk.tick(site.now)
    alarm = (await site.desk.alerts(home="gateway"))[0]
    async with site.visitor("staff") as carer:
        page = (await carer.get(f"/alerts/{alarm.id}")).text
        queue = (await carer.get(f"/queue?alert={alarm.id}")).text
    assert f'<a href="/alerts/{urgent}">See that alert.</a>' in page
    assert "Home ELM-12 needs somebody" in page
    assert "--by" not in page.partition("What happened")[0] + queue.partition("What happened")[0]


async def test_of_a_home_that_is_gone_the_alert_is_still_told_to_who_sees_all(site: VisitedSite) -> None:
    alert = await raises(site, "GONE-1")
    async with site.visitor("supervisor") as all_seeing, site.visitor("staff", areas=["North"]) as carer:
        page = await all_seeing.get(f"/alerts/{alert}")
        assert (await carer.get(f"/alerts/{alert}")).status_code == 404
    assert "GONE-1 (no longer registered)" in page.text
