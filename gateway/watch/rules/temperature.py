"""Rule 12: a room too cold or too warm."""

from collections.abc import Iterable
from typing import Any, Literal

from devices.instant import DAY, HOUR, MINUTE, Instant
from gateway.model import Device, Flag, Home, Priority, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_NOT_ROOM_AIR = frozenset({"fridge", "kettle", "cooker", "microwave", "tap", "window"})
_STALE = 6 * HOUR
"""A value older than this says nothing about the room now."""
Side = Literal["low", "high"]


class TemperatureParameters(Parameters):
    """Limits in degrees Celsius, how long they must be passed, and the hysteresis for going back.

    Below `frost` the priority is 2 and away mode does not silence it. UKHSA advises at least 18 degrees indoors.
    """

    low: float = 16.0
    high: float = 28.0
    frost: float = 5.0
    after: Duration = 60 * MINUTE
    hysteresis: float = 1.0
    not_again_within: Duration = DAY


class Temperature(RuleType[TemperatureParameters]):
    """The mean of a room's sensors below `low` or above `high` for `after`; at most one of each a day and room.

    Time in which nothing could be heard does not count.
    """

    name = "temperature"
    concerns = "home"
    priority = 3
    reads = frozenset({"temperature"})
    rests_on_quiet = False
    Parameters = TemperatureParameters
    needs = "no room has a temperature sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """Sensors of room air: not in the fridge, on the kettle or outside."""
        return (
            "temperature" in quantities
            and device.role not in _NOT_ROOM_AIR
            and home.room_kind(device.room) != "outside"
        )

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: room -> {values: {device: [value, at, trusted]}, low/high: since, told_low/_high: at, open: sides}.

        `unheard`: how long nothing was heard since the limit was passed. What nobody vouches for counts towards a
        concern, and not towards its end.
        """
        reading, device = seen.reading, seen.device
        if (reading.flags != 0 and reading.flags & Flag.DUPLICATE) or not self.rests_on(device, self.reads, view.home):
            return
        room: dict[str, Any] = state.setdefault(reading.room or "", {"values": {}, "open": []})
        known = room["values"].get(reading.device)
        if known is not None and known[1] > reading.at:
            return
        trusted = reading.flags == 0 or not reading.flags & Flag.UNTRUSTED
        room["values"][reading.device] = [float(reading.value), reading.at, trusted]
        mean = _mean(room, reading.at)
        for side in _SIDES:
            beyond, back = self._beyond(side, mean)
            if back and trusted:
                _, back = self._beyond(side, _mean(room, reading.at, trusted_only=True))
            if beyond:
                if side not in room:
                    room[side] = reading.at
                    room.pop("unheard", None)
            elif side not in room["open"] or back:
                room.pop(side, None)
            if back and side in room["open"]:
                room["open"].remove(side)
                word = "warmer" if side == "low" else "cooler"
                yield self.verdict("clear", view, say(f"temperature.{word}", room=reading.room, degrees=round(mean, 1)),
                                   at=reading.at, now=now, subject=_subject(reading.room, side),
                                   readings=(reading,))  # fmt: skip
        if mean < self.parameters.frost and "low" in room["open"] and not room.get("frost"):
            yield from self._raise(room, reading.room or "", "low", view, now)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When a limit has been passed for long enough and may be told."""
        return min((moment for *_, moment in self._pending(state, view)), default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A limit has been passed for long enough."""
        for name, side, moment in list(self._pending(state, view)):
            if moment > now:
                continue
            if self._fresh(state[name], view, now):
                yield from self._raise(state[name], name, side, view, now)
            else:
                state[name].pop(side, None)

    def _pending(self, state: State, view: HomeView) -> Iterable[tuple[str, Side, Instant]]:
        for name, room in state.items():
            for side in _SIDES:
                since = room.get(side)
                if since is None or side in room["open"]:
                    continue
                frost = side == "low" and _latest(room) < self.parameters.frost
                if view.home.mode != "at home" and not frost:
                    continue
                told = room.get("told_" + side)
                wait = since + self.parameters.after + room.get("unheard", 0)
                if told is not None and not frost:
                    wait = max(wait, told + self.parameters.not_again_within)
                yield name, side, wait

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """It may have been warm or cold meanwhile."""
        for room in state.values():
            if (since := max((room[side] for side in _SIDES if side in room), default=None)) is not None:
                room["unheard"] = room.get("unheard", 0) + end - max(start, since)

    def _raise(self, room: dict[str, Any], name: str, side: Side, view: HomeView, now: Instant) -> Iterable[Verdict]:
        room["open"] = sorted({*room["open"], side})
        room["told_" + side] = now
        mean = _latest(room)
        frost = side == "low" and mean < self.parameters.frost
        room["frost"] = frost
        limit = self.parameters.low if side == "low" else self.parameters.high
        priority: Priority = 2 if frost else 3
        since = room.get(side, now)
        kind, beyond = ("cold", "below") if side == "low" else ("warm", "above")
        yield self.verdict("trigger", view, say(f"temperature.{kind}", room=name or None, degrees=round(mean, 1)),
                           say(f"temperature.{beyond}", limit=limit, since=since),
                           say("temperature.frost") if frost else None if side == "high" else say("temperature.advice"),
                           self.health(view), at=now, subject=_subject(name or None, side), priority=priority,
                           temperature=round(mean, 1), limit=limit)  # fmt: skip

    def _beyond(self, side: Side, mean: float) -> tuple[bool, bool]:
        """Whether the limit is passed, and whether the value is back by the hysteresis."""
        if side == "low":
            return mean < self.parameters.low, mean >= self.parameters.low + self.parameters.hysteresis
        return mean > self.parameters.high, mean <= self.parameters.high - self.parameters.hysteresis

    def _fresh(self, room: dict[str, Any], view: HomeView, now: Instant) -> bool:
        return any(
            view.trusting or now - at <= _STALE for device, (_, at, *_) in room["values"].items()
            if device not in view.unhealthy
        )  # fmt: skip


_SIDES: tuple[Side, Side] = ("low", "high")


def _subject(room: str | None, side: Side) -> str:
    return f"{room or 'home'}, {side}"


def _mean(room: dict[str, Any], now: Instant, *, trusted_only: bool = False) -> float:
    """Of the fresh values; at least one is there when it is asked for."""
    fresh = [
        value
        for value, at, *trusted in room["values"].values()
        if now - at <= _STALE and not (trusted_only and trusted == [False])
    ]
    return float(sum(fresh) / len(fresh))


def _latest(room: dict[str, Any]) -> float:
    return _mean(room, max(at for _, at, *_ in room["values"].values()))
