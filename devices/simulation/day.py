"""One resident's plausible day: where they are when, and what they touch. Seeded, so a date is always the same day."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, SECOND, Instant, from_datetime

BEDROOM, BATHROOM, KITCHEN, LIVING, HALL = "bedroom", "bathroom", "kitchen", "living room", "hall"


class Stay(NamedTuple):
    """A stretch of time in a room; `room` None: away from home. `asleep`: hardly moving."""

    start: Instant
    end: Instant
    room: str | None
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A local day from midnight to midnight. `got_up` and `went_to_bed` are what a carer would note in a diary."""

    date: date
    start: Instant
    end: Instant
    got_up: Instant
    went_to_bed: Instant
    stays: tuple[Stay, ...]
    kettle: tuple[Instant, ...]
    outings: tuple[tuple[Instant, Instant], ...]


@dataclass(slots=True)
class _Writing:
    """A day while it is being written: `now` moves on with each stay."""

    now: Instant
    stays: list[Stay] = field(default_factory=list)
    kettle: list[Instant] = field(default_factory=list)
    outings: list[tuple[Instant, Instant]] = field(default_factory=list)

    def stay(self, room: str | None, until: Instant, *, asleep: bool = False) -> None:
        if until > self.now:
            self.stays.append(Stay(self.now, until, room, asleep))
            self.now = until


def local(day: date, at: time, zone: ZoneInfo) -> Instant:
    """The instant of a local wall time."""
    return from_datetime(datetime.combine(day, at, zone))


def plan_day(seed: str, day: date, zone: ZoneInfo, *, in_bed_until: time | None = None) -> DayPlan:
    """The day of that date. `in_bed_until`: the resident does not stir after 03:00 and gets up only then."""
    random = Random(f"{seed}:{day.isoformat()}")  # noqa: S311 - a story, not a secret
    start, end = local(day, time(), zone), local(day + timedelta(days=1), time(), zone)
    usual = local(day, time(7, 5), zone) + random.randint(-25, 30) * MINUTE
    got_up = local(day, in_bed_until, zone) if in_bed_until is not None else usual
    to_bed = local(day, time(22, 20), zone) + random.randint(-30, 35) * MINUTE
    writing = _Writing(start)
    _night(writing, random, min(got_up, local(day, time(3), zone)) if in_bed_until is not None else got_up)
    writing.stay(BEDROOM, got_up, asleep=True)
    _day(writing, random, to_bed, outing_after=local(day, time(10), zone), outing_before=local(day, time(15, 30), zone))
    writing.stay(BATHROOM, writing.now + random.randint(6, 12) * MINUTE)
    went_to_bed = writing.now
    writing.stay(BEDROOM, writing.now + 5 * MINUTE)
    writing.stay(BEDROOM, end, asleep=True)
    return DayPlan(
        day, start, end, got_up, went_to_bed, tuple(writing.stays), tuple(writing.kettle), tuple(writing.outings)
    )


def _night(writing: _Writing, random: Random, until: Instant) -> None:
    """None to two visits to the bathroom."""
    for _ in range(random.choice((0, 1, 1, 2))):
        visit = writing.now + random.randint(70, 150) * MINUTE
        if visit + 30 * MINUTE > until:
            break
        writing.stay(BEDROOM, visit, asleep=True)
        writing.stay(BATHROOM, visit + random.randint(3, 8) * MINUTE)
    writing.stay(BEDROOM, until, asleep=True)


def _day(writing: _Writing, random: Random, until: Instant, *, outing_after: Instant, outing_before: Instant) -> None:
    """From getting up to the last visit of the bathroom: breakfast, rooms in turn, perhaps an outing, tea."""
    writing.stay(BATHROOM, writing.now + random.randint(8, 20) * MINUTE)
    _kitchen(writing, random, random.randint(20, 40))
    outing = random.random() < 0.7
    last_tea = writing.now
    while writing.now < until - 15 * MINUTE:
        if outing and outing_after < writing.now < outing_before:
            outing = False
            left = writing.now
            writing.stay(None, left + random.randint(35, 110) * MINUTE)
            writing.outings.append((left, writing.now))
        elif writing.now - last_tea > 150 * MINUTE:
            _kitchen(writing, random, random.randint(12, 35))
            last_tea = writing.now
        else:
            room = random.choices((LIVING, BATHROOM, KITCHEN, BEDROOM), (6, 2, 1, 1))[0]
            longest = {LIVING: 70, KITCHEN: 25, BEDROOM: 15, BATHROOM: 12}[room]
            stay = random.randint(longest // 3, longest) * MINUTE
            writing.stay(room, min(writing.now + stay, until))


def _kitchen(writing: _Writing, random: Random, minutes: int) -> None:
    """A while in the kitchen, with the kettle on."""
    writing.kettle.append(writing.now + random.randint(60, 240) * SECOND)
    writing.stay(KITCHEN, writing.now + minutes * MINUTE)
