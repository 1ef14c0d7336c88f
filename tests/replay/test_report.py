"""What a run reports: alerts from what rules concluded, and what each could see, as the running gateway tells it."""

from dataclasses import replace

from devices.instant import DAY, HOUR
from gateway.model import HUB_DEVICE, Device, Journaled, Rule, Verdict
from gateway.replay.report import Run, alerts_of
from tests.support.history import at, life, plain_home

NOON = 1_768_000_000_000_000
RAISED = Verdict("trigger", "ELM-12", "door_open", "x:door", NOON, "home", 3, "The door is open.")


def test_the_report_says_of_a_day_what_the_gateway_tells_of_it():
    home = plain_home(at(-1, "00:00"), rules=(Rule("inactivity"), Rule("hub_silent"), Rule("hazard"), Rule("pendant")))
    devices = {device.address: device for device in home.devices} | {HUB_DEVICE: Device("hub", HUB_DEVICE)}
    run = Run(home, at(0, "00:00"))
    begins, ends = at(1, "05:00"), at(2, "05:00")
    heard = [one for one in life(range(3)) if one.at < ends and not at(1, "20:00") < one.at < at(2, "01:00")]
    for one in sorted(heard, key=lambda one: one.at):
        if run.watch.time < begins <= one.at:
            run.open(begins)
            run.watch.facts.clear()
            run.gap(begins, begins + HOUR)
        device = devices[one.device]
        run.watch.take(Journaled(0, replace(one, room=device.room, role=device.role)))
    report = run.close(ends, 0)
    told = {fact.tags["rule"]: fact.fields for fact in run.watch.facts if fact.measurement == "coverage"}
    assert report.end - report.start == DAY
    assert set(told) == set(report.shares) == {"inactivity", "hub_silent", "hazard", "pendant"}
    for rule, shares in report.shares.items():
        assert told[rule] == {name: round(share, 4) for name, share in shares._asdict().items()}
    assert report.shares["inactivity"].blind > 0.2


def test_a_concern_is_one_alert_until_it_is_over_and_as_urgent_as_it_became():
    worse = replace(RAISED, at=NOON + HOUR, priority=2, explanation="The door is open, and it is night.")
    shut = replace(RAISED, kind="clear", at=NOON + 2 * HOUR)
    again = replace(RAISED, at=NOON + 3 * HOUR)
    other = replace(RAISED, subject="x:back")
    first, another, second = alerts_of([RAISED, other, worse, shut, shut, again])
    assert (first.verdict.at, first.verdict.priority, first.cleared_at) == (NOON, 2, NOON + 2 * HOUR)
    assert (another.verdict.subject, another.cleared_at) == ("x:back", None)
    assert (second.verdict.at, second.cleared_at) == (NOON + 3 * HOUR, None)


def test_every_press_is_an_alert_and_one_word_ends_them_all():
    press = replace(RAISED, rule="pendant")
    cancelled = replace(press, kind="cancel", at=NOON + HOUR)
    over = replace(press, kind="clear", at=NOON + 2 * HOUR)
    assert [one.cleared_at for one in alerts_of([press, press, cancelled, over])] == [NOON + 2 * HOUR] * 2
