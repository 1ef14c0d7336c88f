"""Other people in the home: visitors, carers with a key, guests who stay the night."""

from random import Random
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant, to_datetime
from devices.simulation.lives.diary import Diary, Doing, DoorMove, Span, Stay
from devices.simulation.lives.draws import seconds
from devices.simulation.lives.dwelling import Dwelling


def visit(diary: Diary, dwelling: Dwelling, random: Random, start: Instant, lasts: int, *, lively: bool) -> None:
    """Somebody comes in by the front door and leaves by it. `lively`: they work, room by room."""
    end, now = start + lasts, start
    stays: list[Stay] = []
    while now < end:
        room, doing, minutes = _does(dwelling, random, lively=lively)
        until = min(end, now + int(minutes * MINUTE))
        stays.append(Stay(now, until, room, doing))
        now = until
    _note(diary, random, stays)


def guest(diary: Diary, dwelling: Dwelling, random: Random, start: Instant, end: Instant) -> None:
    """Somebody who stays a night or two, in the living room, and goes about as they like."""
    now, zone = start, ZoneInfo(dwelling.zone)
    stays: list[Stay] = []
    while now < end:
        room, doing, minutes = _does(dwelling, random, lively=False)
        if to_datetime(now).astimezone(zone).hour in (23, 0, 1, 2, 3, 4, 5, 6):
            room, doing, minutes = dwelling.living, "asleep", 60.0
        until = min(end, now + int(minutes * MINUTE))
        stays.append(Stay(now, until, room, doing))
        now = until
    _note(diary, random, stays)


def _does(dwelling: Dwelling, random: Random, *, lively: bool) -> tuple[str, Doing, float]:
    if lively:
        return random.choice(("kitchen", "bathroom", dwelling.bedroom, dwelling.living)), "busy", random.uniform(2, 10)
    if random.random() < 0.25:
        return random.choice(("kitchen", "bathroom")), "busy", random.uniform(2, 6)
    return dwelling.living, "seated", random.uniform(10, 40)


def _note(diary: Diary, random: Random, stays: list[Stay]) -> None:
    start, end = stays[0].start, stays[-1].end
    diary.others.append(stays)
    diary.company.append(Span(start, end))
    for at in (start, end):
        diary.doors.append(DoorMove(at, "front", seconds(random, 4, 40), "other"))
