"""Collapses at random moments at home, alone: what --stop-at does, from a snapshot of the home's watch."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, Instant, to_datetime
from devices.simulation.lives.life import Life
from gateway.localtime import at_local, local_date
from gateway.model import Journaled, Verdict
from gateway.watch.home import HomeWatch
from tests.benchmarks.alerts import timers
from tests.benchmarks.alerts.homes import LivedHome
from tests.benchmarks.alerts.judging import what_the_diary_says

FORWARD = 48 * HOUR
WITHIN = 24 * HOUR
HARD_LIMIT = time(10, 30)
DIGEST = 4
"""An alert of this priority waits for a digest: it does not count as noticing."""
_LEARNED_MARGIN = 60
_TOLERANCE = MINUTE


@dataclass(slots=True)
class Collapse:
    """One collapse. `part`: day, evening or night by the diary. `noticed`: first alert about a person raised after it.

    An alert that was open already does not count; where one was, `open_before` names its rule. `limit`: for one by
    night, the moment by which the morning has to bring it to notice.
    """

    home: str
    at: Instant
    local: str
    day: int
    part: str
    says: str
    on: str = ""
    with_door: bool = True
    learned: bool = False
    noticed: Instant | None = None
    rule: str | None = None
    limit: Instant | None = None
    open_before: list[str] = field(default_factory=list)
    timers: dict[str, Instant | None] = field(default_factory=dict)

    @property
    def delay_h(self) -> float | None:
        """Hours until it was noticed."""
        return None if self.noticed is None else (self.noticed - self.at) / HOUR

    @property
    def in_time(self) -> bool:
        """By night: noticed by the limit of the morning."""
        return self.noticed is not None and self.limit is not None and self.noticed <= self.limit + _TOLERANCE

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"delay_h": None if self.delay_h is None else round(self.delay_h, 2)}


def moments(life: Life, early: int, late: int) -> list[Instant]:
    """So many in days 1 to 14 and from day 15 on, over all hours of the day; the resident is at home and alone."""
    random = Random(f"{life.seed}:{life.number}:collapses")  # noqa: S311 - a story, not a secret
    zone = ZoneInfo(life.dwelling.zone)
    found: list[Instant] = []
    for count, first, last in ((early, 0, min(14, life.days - 2)), (late, 14, life.days - 2)):
        strata = list(range(count))
        random.shuffle(strata)
        for stratum in strata if last > first else ():
            for attempt in range(60):
                part = stratum if attempt < 50 else random.random() * count
                minutes = (part + random.random()) * 1440 / count % 1440
                day = life.first + timedelta(days=random.randrange(first, last))
                at = at_local(day, time(int(minutes) // 60, int(minutes) % 60), zone) + random.randrange(60_000_000)
                at -= at % 1000
                if _is_alone_at_home(life, at):
                    found.append(at)
                    break
    return sorted(found)


def _is_alone_at_home(life: Life, at: Instant) -> bool:
    diary = life.diary
    return (
        life.start < at < life.end - FORWARD
        and diary.out_since(at) is None
        and not diary.has_company(at)
        and not diary.is_announced(at)
    )


def describe(home: LivedHome, at: Instant) -> Collapse:
    """What is known of it before it is tried."""
    life = home.life
    zone = ZoneInfo(life.dwelling.zone)
    local = to_datetime(at).astimezone(zone)
    night = life.diary.night_of(at) and not _was_up(life, at)
    part = "night" if night else "evening" if local.hour >= 20 or local.hour < 4 else "day"
    return Collapse(life.reference, at, f"{local:%a %d %b %H:%M}", (at - life.start) // DAY + 1, part,
                    what_the_diary_says(life.diary, at), life.diary.at(at).on,
                    life.dwelling.has_door_sensor)  # fmt: skip


def _was_up(life: Life, at: Instant) -> bool:
    """Whether the resident had been out of bed since 05:00, and lay down again: the day's first activity has been."""
    zone = ZoneInfo(life.dwelling.zone)
    five = at_local(local_date(at, zone), time(5), zone)
    return five <= at < five + 15 * HOUR and any(
        stay.on != "bed" and min(stay.end, at) - max(stay.start, five) >= MINUTE
        for stay in life.diary.between(five, at)
    )


def run_on(watch: HomeWatch, home: LivedHome, collapse: Collapse, opened: Sequence[Verdict]) -> HomeWatch:
    """Two days on without the resident, from a watch as it was at the collapse; fills in what was noticed."""
    life, at = home.life, collapse.at
    until = at + FORWARD
    collapse.open_before = sorted({verdict.rule for verdict in opened})
    entries = home.after_collapse(at, until, still_seen=bool(at // MINUTE % 2))
    collapse.learned = watch.view.routine.ready
    begins = at
    if collapse.part == "night":
        morning = _morning(at, ZoneInfo(life.dwelling.zone))
        begins = max(at, at_local(morning, time(5, 1), ZoneInfo(life.dwelling.zone)))
        _feed(watch, entries, at, begins)
        collapse.limit = max(_limit(watch, morning), at, _stirred(at, morning, watch))
    _feed(watch, entries, begins, until)
    keys = {(verdict.rule, verdict.subject) for verdict in opened}
    for verdict in watch.verdicts:
        if (
            verdict.kind == "trigger" and verdict.concerns == "person" and verdict.priority < DIGEST
            and verdict.at > at and (verdict.rule, verdict.subject) not in keys
        ):  # fmt: skip
            collapse.noticed, collapse.rule = verdict.at, verdict.rule
            break
    activity = home.activity[: bisect_right(home.activity, at)]
    activity += [moment for moment in home.misfires if moment > at]
    collapse.timers = {timer: timers.noticed(timer, activity, life, at, until) for timer in timers.TIMERS}
    return watch


def _feed(watch: HomeWatch, entries: Sequence[Journaled], after: Instant, until: Instant) -> None:
    for entry in entries:
        if after < entry.reading.at <= until:
            watch.take(entry)
    watch.advance(until)


def _morning(at: Instant, zone: ZoneInfo) -> date:
    day = local_date(at, zone)
    return day + timedelta(days=1) if to_datetime(at).astimezone(zone).hour >= 12 else day


def _stirred(at: Instant, morning: date, watch: HomeWatch) -> Instant:
    """Somebody who stirs in bed is given 45 minutes from then, up to 10:30: who collapses at once had just stirred."""
    return min(at + 45 * MINUTE, at_local(morning, HARD_LIMIT, watch.view.home.zone))


def _limit(watch: HomeWatch, morning: date) -> Instant:
    """The learned limit of that morning: 95th percentile of first activity and an hour, and never after 10:30."""
    zone = watch.view.home.zone
    hard = at_local(morning, HARD_LIMIT, zone)
    usual = watch.view.routine.first_activity(morning)
    if usual is None:
        return hard
    minutes = min(int(usual.high) + _LEARNED_MARGIN, 23 * 60)
    return min(hard, at_local(morning, time(minutes // 60, minutes % 60), zone))
