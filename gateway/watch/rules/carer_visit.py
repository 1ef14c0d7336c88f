"""Rule 14: a planned visit of a carer has not begun, began late, or was short."""

import re
from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.localtime import at_local, local_date, parse_wall
from gateway.model import EXTERIOR_DOORS, Device, Flag, Home, RuleState, Verdict
from gateway.saying import parse_duration
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import ACTIVITY, HomeView, Seen
from gateway.watch.wording import device_name, in_words

_DAYS_AHEAD = 8
_PAUSE = 10 * MINUTE
"""A carer who is seen again so soon had not left: they fetched something, or the tag dropped out."""
_SAME_PRESS = 2 * MINUTE
_LATEST = 6 * HOUR
"""Whoever comes later than so long after a visit's time does not come for that; and a tag that was there for so long
before it was left behind."""
_CAME, _LEFT = 2, 3
"""Places in `stay`."""
_MISSED, _ON_TIME, _LATE = 0, 1, 2
_PLANNED = re.compile(r"([^/]+?)(?:/(.+))?")


class Plan(NamedTuple):
    """A visit at `wall` each active day, of `least` microseconds at least; 0 for any length."""

    wall: time
    least: int


def planned(text: str) -> Plan:
    """A visit written as `08:00` or, with its least length, `12:30/30 min`."""
    found = _PLANNED.fullmatch(text.strip())
    wall, least = (found[1], found[2]) if found else (text, None)
    return Plan(parse_wall(wall), 0 if least is None else parse_duration(least))


def _visits(texts: tuple[str, ...]) -> tuple[str, ...]:
    walls = [planned(text).wall for text in texts]
    if len(set(walls)) != len(walls):
        raise ValueError("two visits are planned for the same time")
    return texts


class CarerVisitParameters(Parameters):
    """`visits`: planned times, up to six a day (Tunstall), such as "08:00" or "12:30/30 min" with the least length.

    A visit begins at most `window` before or after its time (FIELD, rule 14). `door_counts`: an outside door that opens
    counts as a carer who comes even where a carer's tag is registered; where there is none it always does.
    """

    visits: Annotated[tuple[str, ...], Field(max_length=6), AfterValidator(_visits)] = ()
    window: Duration = 30 * MINUTE
    door_counts: bool = False


class CarerVisit(RuleType[CarerVisitParameters]):
    """No carer's tag was used by a visit's time and `window`: missed. Used later: cleared, as late. Left early: short.

    An outside door that opens is weak evidence, as anybody may come and go: it is taken where no tag is registered, and
    never says how long somebody stayed. A carer who is not there cannot be heard, so the silence of a tag blinds
    nobody; that of its hub does. A visit of whose window we missed a part is not judged.
    """

    name = "carer_visit"
    concerns = "person"
    priority = 3
    reads = frozenset({"button", "presence", "contact"})
    Parameters = CarerVisitParameters
    needs = "no carer's tag and no outside door sensor is registered"

    def __init__(self, parameters: CarerVisitParameters, route: str = "default") -> None:
        RuleType.__init__(self, parameters, route)
        self._plans = sorted(planned(text) for text in parameters.visits)

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """Carers' tags; outside doors where there is none, or where they count all the same.

        One that was never used yet counts too: nobody who came would have used it.
        """
        if device.role == "carer-tag":
            return True
        is_door = device.role in EXTERIOR_DOORS and ("contact" in quantities or ACTIVITY.isdisjoint(quantities))
        return is_door and self._by_door(home)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind without a plan, and where neither tag nor door can be heard."""
        if not self._plans:
            fix = '[[home.rules]] with type = "carer_visit" and visits = ["08:00", "18:00/30 min"]'
            return RuleState.BLIND, f"no visits are planned: add {fix}"
        devices = self.devices(view)
        if not devices:
            return RuleState.BLIND, self.needs
        deaf = [one for one in devices if _is_deaf(one, view, now)]
        if not deaf:
            return RuleState.ARMED, "the carer's tag can be heard" if _tags(view.home) else "an outside door is watched"
        names = in_words(sorted({device_name(one) for one in deaf})[:4])
        return (RuleState.BLIND if len(deaf) == len(devices) else RuleState.DEGRADED), f"{names} cannot be heard"

    def begin(self, state: State, view: HomeView, now: Instant) -> None:  # noqa: ARG002
        """The first visit is one of whose window we see all."""
        self.on_gap(state, now, now)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """A visit of whose window we missed a part is not judged."""
        state["done"] = max(state.get("done", 0), end + self.parameters.window - 1)
        for name in ("next", "stay"):
            state.pop(name, None)

    def on_health(self, state: State) -> None:
        """Other visits may be planned by now."""
        state.pop("next", None)

    # ---------------------------------------------------------------- who comes and goes

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A tag is used, or an outside door opens.

        `state`: done: the planned time up to which all is judged; next: [planned, visit]; here: since when a tag is
        there; stay: [visit, planned, came, left]; told: {visit: planned}; day: [planned, how], of those judged today.
        """
        if (
            not self._plans
            or not seen.live
            or not self.rests_on(seen.device, frozenset(seen.device.quantities), view.home)
        ):
            return
        if seen.device.role != "carer-tag":
            if seen.reading.quantity == "contact" and seen.reading.value is True:
                yield from self._comes(state, _earliest(seen), seen, view, now)
        elif seen.reading.quantity == "button":
            yield from self._pressed(state, seen, view, now)
        elif seen.reading.quantity == "presence":
            yield from self._near(state, seen, view, now)

    def _pressed(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The first press is coming, the last one going."""
        at, stay = seen.reading.at, state.get("stay")
        if stay is None or self._expected(state, _earliest(seen), at, view) is not None:
            yield from self._comes(state, _earliest(seen), seen, view, now)
        elif at - stay[_CAME] > _SAME_PRESS:
            stay[_LEFT] = at

    def _near(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A tag comes into hearing, or goes out of it."""
        at, stay = seen.reading.at, state.get("stay")
        if seen.reading.value is True:
            state.setdefault("here", at)
            if stay is None or stay[_LEFT] is None:
                yield from self._comes(state, _earliest(seen), seen, view, now)
            else:
                stay[_LEFT] = None
            return
        here = state.pop("here", None)
        if stay is None and here is not None:
            yield from self._comes(state, here, seen, view, now)
        if "stay" in state:
            state["stay"][_LEFT] = at

    def _comes(self, state: State, came: Instant, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Somebody came: for the visit that is expected now, or for the last that was missed."""
        at, told = seen.reading.at, state.get("told", {})
        visit = self._expected(state, came, at, view) or max(
            ((planned_at, name) for name, planned_at in told.items() if planned_at < at <= planned_at + _LATEST),
            default=None,
        )
        if visit is not None:
            yield from self._begins(state, visit, came, view, now, tag=seen.device.role == "carer-tag")

    def _begins(
        self, state: State, visit: tuple[Instant, str], came: Instant, view: HomeView, now: Instant, *, tag: bool
    ) -> Iterable[Verdict]:
        planned_at, name = visit
        state["done"] = max(state.get("done", 0), planned_at)
        state.pop("next", None)
        state.pop("stay", None)
        if tag and self._least(name):
            state["stay"] = [name, planned_at, came, None]
        _note(state, planned_at, _LATE if name in state.get("told", {}) else _ON_TIME)
        if name in state.get("told", {}):
            del state["told"][name]
            how = "came" if tag else "came_by_door"
            yield self.verdict("clear", view, say(f"carer_visit.{how}", at=came, planned=planned_at), at=came, now=now,
                               subject=name, late_min=max(0, came - planned_at) // MINUTE,
                               seen_by="tag" if tag else "door")  # fmt: skip

    # ---------------------------------------------------------------- what the clock brings

    def due(self, state: State, view: HomeView) -> Instant | None:
        """The end of the next visit's window, or when a carer has surely left."""
        if view.home.mode != "at home":
            return None
        upcoming, stay = self._next(state, view), state.get("stay")
        moments = [] if upcoming is None else [upcoming[0] + self.parameters.window]
        if stay is not None and stay[_LEFT] is not None:
            moments.append(stay[_LEFT] + _PAUSE)
        return min(moments, default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A visit has not begun, or was short."""
        stay = state.get("stay")
        if stay is not None and stay[_LEFT] is not None and stay[_LEFT] + _PAUSE <= now:
            yield from self._leaves(state, view, now)
        upcoming = self._next(state, view)
        if upcoming is None or upcoming[0] + self.parameters.window > now:
            return
        planned_at, name = upcoming
        if "here" in state and planned_at - state["here"] <= _LATEST:
            yield from self._begins(state, upcoming, state["here"], view, now, tag=True)
            return
        state["done"] = planned_at
        state.pop("next", None)
        state.setdefault("told", {})[name] = planned_at
        _note(state, planned_at, _MISSED)
        tag = bool(_tags(view.home))
        door_at = view.door_at if view.door_at and view.door_at >= planned_at - self.parameters.window else None
        yield self.verdict(
            "trigger", view, say("carer_visit.missed", planned=planned_at, now=now),
            say("carer_visit.no_tag") if tag else say("carer_visit.no_door"),
            say("carer_visit.door", at=door_at) if tag and door_at else None,
            self.health(view), at=now, subject=name, planned_at=rfc3339(planned_at), watched="tag" if tag else "door",
            assumed=None if tag else "an outside door that opens is a carer who comes",
        )  # fmt: skip

    def _leaves(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        name, planned_at, came, left = state.pop("stay")
        least = self._least(name)
        if left - came < least:
            state.setdefault("told", {})[name] = planned_at
            yield self.verdict("trigger", view, say("carer_visit.short", planned=planned_at, lasting=left - came),
                               say("carer_visit.least", lasting=least), self.health(view), at=left, now=now,
                               subject=name, came_at=rfc3339(came), left_at=rfc3339(left))  # fmt: skip

    def day_figures(self, state: State, view: HomeView, start: Instant, end: Instant) -> Mapping[str, float]:  # noqa: ARG002
        """Of the visits planned for the day that could be judged: how many, and how many were on time or missed.

        One that came late is neither. Nothing where none could be judged.
        """
        noted = state.pop("day", [])
        if later := [one for one in noted if one[0] >= end]:
            state["day"] = later
        of_day = [how for planned_at, how in noted if start <= planned_at < end]
        if not of_day:
            return {}
        return {"carers_planned": len(of_day), "carers_on_time": of_day.count(_ON_TIME),
                "carers_missed": of_day.count(_MISSED)}  # fmt: skip

    # ---------------------------------------------------------------- what is planned

    def _next(self, state: State, view: HomeView) -> tuple[Instant, str] | None:
        """The first visit that is not judged yet: (planned, its name)."""
        if "next" not in state:
            done = state.setdefault("done", view.started + self.parameters.window - 1)
            state["next"] = self._after(done, view)
        return None if state["next"] is None else (state["next"][0], state["next"][1])

    def _after(self, done: Instant, view: HomeView) -> list[Instant | str] | None:
        zone, first = view.home.zone, local_date(done, view.home.zone)
        for days in range(_DAYS_AHEAD + 1):
            for plan in self._plans:
                moment = at_local(first + timedelta(days=days), plan.wall, zone)
                if moment > done and self.parameters.active(view.home, moment):
                    return [moment, f"{plan.wall:%H:%M}"]
        return None

    def _expected(self, state: State, came: Instant, at: Instant, view: HomeView) -> tuple[Instant, str] | None:
        """The next visit, if what happened between `came` and `at` lies in its window."""
        upcoming, window = self._next(state, view), self.parameters.window
        return upcoming if upcoming and came < upcoming[0] + window and at >= upcoming[0] - window else None

    def _least(self, name: str) -> int:
        return next((plan.least for plan in self._plans if f"{plan.wall:%H:%M}" == name), 0)

    def _by_door(self, home: Home) -> bool:
        return self.parameters.door_counts or not _tags(home)


def _note(state: State, planned_at: Instant, how: int) -> None:
    """How a visit was made. One that was on time, and told as short, stays on time when they come back."""
    noted = state.setdefault("day", [])
    known = next((one for one in noted if one[0] == planned_at), None)
    if known is None:
        noted.append([planned_at, how])
    elif known[1] != _ON_TIME:
        known[1] = how


def _earliest(seen: Seen) -> Instant:
    reading = seen.reading
    return reading.since if reading.flags & Flag.QUEUED and reading.since is not None else reading.at


def _tags(home: Home) -> list[Device]:
    return [device for device in home.devices if device.role == "carer-tag"]


def _is_deaf(device: Device, view: HomeView, now: Instant) -> bool:
    if device.role == "carer-tag":
        return view.hub_is_silent(device.hub, now)
    return device.address in view.unhealthy
