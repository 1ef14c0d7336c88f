"""What the Watch floor has to show: who needs somebody at the simulated present."""

from collections import Counter
from collections.abc import Callable
from math import floor

import pytest

from devices.instant import DAY, HOUR, MILLISECOND, SECOND, Instant
from tests.dashboards.expected.checks import Panels, Shown, said
from tests.dashboards.residents import BLIND, NOW, OFFLINE, PRESSED_NOW, UNANSWERED
from tests.dashboards.town import FACTS_SINCE, Town, restatements

PANELS = Panels()
_MIDNIGHT = NOW - NOW % DAY
_LAST = max(restatements())


def _open(priority: int) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        assert shown.only() == sum(one.priority == priority for one in town.open_alerts())

    return check


PANELS["Priority 1: at once"] = _open(1)
PANELS["Priority 2: call"] = _open(2)
PANELS["Priority 3: tell by day"] = _open(3)
PANELS["Priority 4: digest"] = _open(4)


@PANELS("Homes with blind rules")
def _(town: Town, shown: Shown) -> None:
    blind = {home for (home,), fact in town.latest("home_state", "home").items() if fact.fields["sight"] == "blind"}
    assert {f"ELM-{number:02}" for number in (OFFLINE, BLIND)} <= blind
    assert shown.only() == len(blind) < len(town.homes)


@PANELS("Homes offline")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == 1 == sum(fact.fields["offline"] for fact in town.latest("home_state", "home").values())


def _of_home(town: Town, home: str) -> tuple[float, str | None]:
    """What needs somebody most there, by the alerts that are open: half once nobody is called."""
    alerts = [one for one in town.open_alerts() if one.home == home]
    needs = [({1: 100, 2: 80, 3: 60, 4: 40}[one.priority] / (1 if one.calling else 2), one.rule) for one in alerts]
    return max(needs, key=lambda one: one[0], default=(0, None))


@PANELS("Who waits for somebody")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("home", "rule", "subject")
    wanted = {(one.home, one.rule, one.subject): one for one in town.open_alerts() if one.calling}
    assert set(rows) == set(wanted)
    for key, row in rows.items():
        assert row["priority"] == str(wanted[key].priority)
        assert row["age_s"] == pytest.approx((_LAST - wanted[key].raised_at) / SECOND)
    pressed = rows[f"ELM-{UNANSWERED:02}", "pendant", "pendant"]
    assert pressed["age_s"] == pytest.approx((_LAST - NOW + PRESSED_NOW[UNANSWERED]) / SECOND, abs=1)
    highest = {one.home: max(other.priority < one.priority for other in town.open_alerts() if other.home == one.home)
               for one in wanted.values()}  # fmt: skip
    assert any(highest.values()), "also where something more urgent of that home is accepted"


@PANELS("Homes that need somebody, the most urgent first")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("home")
    facts = {key: fact for key, fact in town.latest("home_state", "home").items() if fact.fields["attention"]}
    assert set(rows) == set(facts)
    assert {one.home for one in town.open_alerts()} <= {home for (home,) in rows}
    for key, row in rows.items():
        fields = facts[key].fields
        assert row["area"] == town.home(key[0]).area
        for name in ("attention", "what", "since_s", "sight", "alert"):
            assert row[name] == fields.get(name), (key, name)
        needs, rule = _of_home(town, key[0])
        if needs > 30:
            assert (row["attention"], row["what"]) == (needs, rule)
        else:
            assert row["attention"] == max(needs, {"blind": 30, "degraded": 20}.get(row["sight"], 0))


@PANELS("Open alerts by priority, with age")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("priority", "home", "rule", "subject")
    wanted = {(str(one.priority), one.home, one.rule, one.subject): one for one in town.open_alerts()}
    assert set(rows) == set(wanted)
    for key, row in rows.items():
        alert = wanted[key]
        assert (row["alert"], row["state"]) == (alert.id, alert.state.value)
        assert row["age_s"] == pytest.approx((_LAST - alert.raised_at) / SECOND)


@PANELS("Homes blind or offline")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("home", "area")
    unseen = {home: fact for (home,), fact in town.latest("home_state", "home").items()
              if fact.fields["offline"] or fact.fields["sight"] == "blind"}  # fmt: skip
    assert {home for home, _ in rows} == set(unseen) >= {f"ELM-{number:02}" for number in (OFFLINE, BLIND)}
    for (home, area), row in rows.items():
        assert area == town.home(home).area
        for name in ("offline", "sight", "what", "since_s"):
            assert row[name] == unseen[home].fields.get(name), (home, name)
        assert row["offline"] == (home == f"ELM-{OFFLINE:02}")


# ------------------------------------------------------------------------------------------------ today


@PANELS("Alerts raised")
def _(town: Town, shown: Shown) -> None:
    found = {answer.frames[0].name: answer.only() for answer in shown.answers}
    wanted = {
        "today": len(town.told("raised", _MIDNIGHT)),
        "last 24 h": len(town.told("raised", NOW - DAY)),
        "usual in 24 h": pytest.approx(len(town.told("raised", FACTS_SINCE)) / 28),
    }
    assert found == wanted
    assert 0 < found["today"] < found["last 24 h"]


@PANELS("Alerts raised by the hour, last 24 hours")
def _(town: Town, shown: Shown) -> None:
    wanted = Counter((str(one.alert.priority), floor(one.at / HOUR) * HOUR // MILLISECOND)
                     for one in town.told("raised", NOW - DAY))  # fmt: skip
    found = {(priority, at): value for priority, frame in shown.answer("A").by("priority").items()
             for at, value in said(frame).items()}  # fmt: skip
    assert {key: value for key, value in found.items() if value} == wanted
    assert {frame.name for frame in shown.frames()} == {f"priority {one}" for one, _ in wanted}
    assert len({at for _, at in found}) == 25, "an hour without an alert is 0, and no gap"


def _accepted(bound_s: int) -> Callable[[Town, Shown], None]:
    def share(town: Town, since: Instant) -> float:
        told = [one for one in town.told("accepted", since) if one.alert.priority <= 2]
        return sum((one.at - one.alert.round_at) / SECOND <= bound_s for one in told) / len(told)

    def check(town: Town, shown: Shown) -> None:
        found = {answer.frames[0].name: answer.only() for answer in shown.answers}
        assert found == {"today": pytest.approx(share(town, _MIDNIGHT)),
                         "four weeks": pytest.approx(share(town, FACTS_SINCE))}  # fmt: skip

    return check


PANELS["Accepted within 60 s (bar 97.5 %)"] = _accepted(60)
PANELS["Accepted within 180 s (bar 99 %)"] = _accepted(180)
