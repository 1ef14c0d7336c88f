"""From a diary to what the sensors say: who moves where, what a sensor in the room sees of it, and what it sends."""

from bisect import bisect_right
from collections.abc import Iterator
from math import gamma
from random import Random
from typing import NamedTuple

from devices.instant import HOUR, MINUTE, SECOND, Instant
from devices.measurement import Value
from devices.simulation.lives.diary import Diary, Doing, Span, Stay
from devices.simulation.lives.draws import seconds
from devices.simulation.lives.dwelling import Dwelling, Sensor

_UPSTAIRS = frozenset({"bedroom", "bathroom", "landing"})


class Said(NamedTuple):
    """What a sensor says. `person`: people caused it; what is not so goes on when they collapse."""

    at: Instant
    address: str
    quantity: str
    value: Value
    person: bool = True


class Move(NamedTuple):
    """A movement that a sensor of the room could see; `entering`: of somebody who passes or comes in."""

    at: Instant
    room: str
    entering: bool


def moves(diary: Diary, dwelling: Dwelling, stillness: float, random: Random) -> list[Move]:
    """Everybody's movements, in order of time."""
    found: list[Move] = []
    for stays in (diary.stays, *diary.others):
        own = stays is diary.stays
        before = dwelling.bedroom if own else None
        for stay in stays:
            if stay.room != before:
                found += [Move(stay.start - SECOND, room, True) for room in _way(dwelling, before, stay.room)]
            if stay.room is not None:
                if stay.room != before:
                    found.append(Move(stay.start + SECOND, stay.room, True))
                found += [Move(at, stay.room, False) for at in _within(stay, stillness if own else 3.0, random)]
            before = stay.room
        if not own:
            found += [Move(stays[-1].end - SECOND, room, True) for room in _way(dwelling, before, None)]
    found.sort()
    return found


def _way(dwelling: Dwelling, before: str | None, after: str | None) -> list[str]:
    """Rooms that are passed from one to another."""
    if {before, after} == {"kitchen", "dining"}:
        return []
    if "landing" not in dwelling.rooms:
        return ["hall"]
    levels = [room in _UPSTAIRS for room in (before, after)]
    return ["landing"] if all(levels) else ["landing", "hall"] if any(levels) else ["hall"]


def _within(stay: Stay, stillness: float, random: Random) -> Iterator[Instant]:
    """Movements while they stay. Gaps are drawn as (R) has them, see the package."""
    mean, shape = _gaps(stay.doing, stillness)
    scale = mean * MINUTE / gamma(1 + 1 / shape)
    at = stay.start + int(random.weibullvariate(scale, shape))
    while at < stay.end:
        yield at
        at += max(SECOND, int(random.weibullvariate(scale, shape)))


def _gaps(doing: Doing, stillness: float) -> tuple[float, float]:
    """Mean minutes between visible movements, and the shape of their distribution."""
    if doing == "busy":
        return 0.5, 0.85
    if doing == "washing":
        return 9.0, 0.85  # (A): behind a curtain, in the tub
    if doing == "seated":
        return stillness, 0.85
    if doing == "dozing":
        return 2.0 * stillness, 0.75  # (A): between seated and asleep
    return 22.0, 0.65  # (R), seen by one sensor


def motion(sensor: Sensor, seen: list[Instant]) -> Iterator[Said]:
    """A motion sensor is true from a movement on until `hold` after the last; one without `hold` says each anew."""
    until = -1
    for at in seen:
        if sensor.hold == 0:
            if at >= until:
                until = at + MINUTE
                yield Said(at, sensor.address, "motion", True)
            continue
        if at > until:
            if until >= 0:
                yield Said(until, sensor.address, "motion", False)
            yield Said(at, sensor.address, "motion", True)
        until = at + sensor.hold
    if sensor.hold and until >= 0:
        yield Said(until, sensor.address, "motion", False)


def presence(sensor: Sensor, diary: Diary, random: Random) -> Iterator[Said]:
    """A presence sensor is true while somebody is in the room; now and then it loses one who sits still."""
    spans = sorted(
        Span(stay.start, stay.end)
        for stays in (diary.stays, *diary.others)
        for stay in stays
        if stay.room == sensor.room
    )
    for span in _joined(spans, 45 * SECOND):
        at = span.start + SECOND
        yield Said(at, sensor.address, "presence", True)
        lost = at + int(random.expovariate(1 / (6 * HOUR)))
        while lost < span.end:  # (A)
            found = min(span.end, lost + random.randint(1, 15) * MINUTE)
            yield Said(lost, sensor.address, "presence", False)
            yield Said(found, sensor.address, "presence", True)
            lost = found + int(random.expovariate(1 / (6 * HOUR)))
        yield Said(span.end + sensor.hold, sensor.address, "presence", False)


def pad(sensor: Sensor, diary: Diary, random: Random) -> Iterator[Said]:
    """A bed or chair pad. It drops out now and then while somebody turns over; a cushion may hold it down (A)."""
    quantity = "bed" if sensor.role == "bed" else "chair"
    spans = _joined([Span(stay.start, stay.end) for stay in diary.stays if stay.on == quantity], 20 * SECOND)
    for number, span in enumerate(spans):
        yield Said(span.start + 10 * SECOND, sensor.address, quantity, True)
        out = span.start + int(random.expovariate(1 / (20 * HOUR)))
        while out < span.end - 2 * MINUTE:
            yield Said(out + MINUTE, sensor.address, quantity, False)
            yield Said(out + MINUTE + random.randint(5, 60) * SECOND, sensor.address, quantity, True)
            out += int(random.expovariate(1 / (20 * HOUR))) + 3 * MINUTE
        held = quantity == "chair" and random.random() < 0.004
        end = span.end + (random.randint(1, 9) * HOUR if held else 3 * SECOND)
        if number + 1 < len(spans) and end >= spans[number + 1].start:
            continue
        yield Said(end, sensor.address, quantity, False)


def _joined(spans: list[Span], gap: int) -> list[Span]:
    found: list[Span] = []
    for span in spans:
        if found and span.start <= found[-1].end + gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def readings(diary: Diary, dwelling: Dwelling, stillness: float, random: Random) -> list[Said]:
    """Everything that people bring sensors to say, in order of time, and no fault in it yet."""
    seen: dict[str, list[Instant]] = {}
    for move in moves(diary, dwelling, stillness, random):
        if not (move.entering and random.random() < dwelling.misses):
            seen.setdefault(move.room, []).append(move.at)
    found = [*_used(diary, dwelling, random)]
    for sensor in dwelling.sensors:
        if "motion" in sensor.quantities and sensor.room is not None:
            found += motion(sensor, seen.get(sensor.room, []))
        elif "presence" in sensor.quantities:
            found += presence(sensor, diary, random)
        elif sensor.role in ("bed", "chair"):
            found += pad(sensor, diary, random)
    found.sort(key=lambda said: said.at)
    return found


def _used(diary: Diary, dwelling: Dwelling, random: Random) -> Iterator[Said]:
    """Doors, the kettle and the fridge."""
    fitted = {sensor.address for sensor in dwelling.sensors}
    spans = [(door.at, door.door, "contact", door.held) for door in diary.doors]
    spans += [(at, what, "usage", 170 * SECOND) if what == "kettle" else (at, what, "contact", seconds(random, 4, 40))
              for at, what in diary.kitchen_uses]  # fmt: skip
    for at, address, quantity, lasts in spans:
        if address in fitted:
            yield Said(at, address, quantity, True)
            yield Said(at + lasts, address, quantity, False)


def state_at(found: list[Said], moment: Instant) -> dict[tuple[str, str], Said]:
    """What each sensor said last of each quantity."""
    last = bisect_right(found, moment, key=lambda said: said.at)
    return {(said.address, said.quantity): said for said in found[:last]}
