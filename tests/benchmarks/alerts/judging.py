"""Which alerts were raised, and what the diary says of each: false, or so."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, Instant, to_datetime
from devices.simulation.lives.diary import Diary
from devices.simulation.lives.life import Life
from gateway.localtime import local_time
from gateway.model import Verdict
from gateway.watch.rules import RULES

LEARNED_FROM = 14 * DAY
"""Rules that learn count from day 15, all others from day 1."""
HANDLED = 12 * HOUR
"""An alert that did not clear is closed by a person after so long; a trigger after that is a new alert."""
_EVERY_TRIGGER = frozenset({"pendant", "hazard"})
ABSENCE = "absence"
ABSENT_FOR = 17 * HOUR
"""A question after 18 h is asked of who left at most an hour before they seemed to."""


@dataclass(slots=True)
class Raised:
    """One alert about a person. `false`: the diary does not justify it. `learned`: its rule learns."""

    home: str
    rule: str
    subject: str | None
    priority: int
    at: Instant
    local: str
    explanation: str
    says: str
    doing: str
    """Of the resident, in a word or two, to count causes by."""
    false: bool
    learned: bool
    counts: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def learns(rule: str) -> bool:
    """Whether it is counted from day 15 on."""
    return rule in RULES and RULES[rule].learns


def person_alerts(verdicts: Iterable[Verdict]) -> list[tuple[Verdict, Instant | None]]:
    """Alerts about a person as staff see them, each with when it cleared."""
    found: list[list[Any]] = []
    opened: dict[tuple[str, str | None], list[Any]] = {}
    for verdict in verdicts:
        if verdict.concerns != "person":
            continue
        key = verdict.rule, verdict.subject
        present = opened.get(key)
        if verdict.kind != "trigger":
            if present is not None:
                present[1] = verdict.at
                del opened[key]
        elif present is None or verdict.rule in _EVERY_TRIGGER or verdict.at >= present[0].at + HANDLED:
            opened[key] = [verdict, None]
            found.append(opened[key])
    return [(verdict, cleared) for verdict, cleared in found]


def judged(life: Life, verdicts: Sequence[Verdict]) -> list[Raised]:
    """Each alert with what the diary says."""
    zone = ZoneInfo(life.dwelling.zone)
    found = []
    for verdict, _ in person_alerts(verdicts):
        learned = learns(verdict.rule)
        local = to_datetime(verdict.at).astimezone(zone).strftime("%a %d %b %H:%M")
        found.append(
            Raised(verdict.home, verdict.rule, verdict.subject, verdict.priority, verdict.at, local,
                   verdict.explanation, what_the_diary_says(life.diary, verdict.at), _doing(life.diary, verdict.at),
                   not is_so(life, verdict),
                   learned, not learned or verdict.at >= life.start + LEARNED_FROM)
        )  # fmt: skip
    return found


def is_so(life: Life, verdict: Verdict) -> bool:
    """Whether the diary justifies the alert.

    Nobody in these lives is ever unwell, so whatever suspects a collapse is false. What reports an event (out at night,
    still up late, long in the chair) is justified where it truly was so.
    """
    judge = _EVENTS.get(verdict.rule)
    return judge is not None and judge(life, verdict.at)


def _is_away(life: Life, at: Instant) -> bool:
    out = life.diary.out_since(at)
    return out is not None and at - out >= ABSENT_FOR


def _left_by_night(life: Life, at: Instant) -> bool:
    out = life.diary.out_since(at)
    return out is not None and local_time(out, ZoneInfo(life.dwelling.zone)).hour not in range(7, 21)


def _is_up(life: Life, at: Instant) -> bool:
    return life.diary.out_since(at) is None and life.diary.night_of(at) is None


def _is_out_of_bed(life: Life, at: Instant) -> bool:
    return all(stay.on != "bed" for stay in life.diary.between(at - 20 * MINUTE, at))


def _is_long_in_chair(life: Life, at: Instant) -> bool:
    since = at - 3 * HOUR - 30 * MINUTE
    up = [min(stay.end, at) - max(stay.start, since) for stay in life.diary.between(since, at) if stay.on != "chair"]
    return sum(up) < 10 * MINUTE


def _visits_often(life: Life, at: Instant) -> bool:
    stays = life.diary.between(at - DAY, at)
    return sum(stay.room == "bathroom" and life.diary.night_of(stay.start) is not None for stay in stays) >= 4


def _is_pacing(life: Life, at: Instant) -> bool:
    return len(life.diary.between(at - 25 * MINUTE, at)) >= 5


_EVENTS: dict[str, Callable[[Life, Instant], bool]] = {
    ABSENCE: _is_away,
    "left_at_night": _left_by_night,
    "not_to_bed": _is_up,
    "out_of_bed": _is_out_of_bed,
    "long_in_chair": _is_long_in_chair,
    "night_bathroom_visits": _visits_often,
    "pacing": _is_pacing,
}


def what_the_diary_says(diary: Diary, at: Instant) -> str:
    """One line: where they are, since when, and what else matters."""
    stay = diary.at(at)
    if stay.room is None:
        holiday = any(span.start <= at < span.end for span in diary.long_absences)
        words = [f"out since {_ago(at - stay.start)}" + (" (days away)" if holiday else "")]
    else:
        on = f" on the {stay.on}" if stay.on else ""
        words = [f"{stay.doing}{on} in the {stay.room} since {_ago(at - stay.start)}"]
    if diary.night_of(at) is not None:
        words.append("night")
    if diary.has_company(at):
        words.append("with company")
    left = [at - span.end for span in diary.company if 0 <= at - span.end < 8 * HOUR]
    if left:
        words.append(f"company left {_ago(min(left))} ago")
    doors = [door for door in diary.doors if 0 <= at - door.at < 8 * HOUR]
    if doors:
        words.append(f"{doors[-1].door} door by {doors[-1].who} {_ago(at - doors[-1].at)} ago")
    return ", ".join(words)


def _doing(diary: Diary, at: Instant) -> str:
    if any(span.start <= at < span.end for span in diary.long_absences):
        return "away for days"
    return f"{diary.at(at).doing}{' by night' if diary.night_of(at) else ''}"


def _ago(duration: int) -> str:
    hours, minutes = divmod(duration // MINUTE, 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
