"""Away and holiday, as people type it."""

from devices.instant import DAY, Instant
from gateway.localtime import local_instant
from gateway.registry.absence import Absence
from gateway.web.family.relation import Relation

LONGEST = 366 * DAY


def planned(known: Relation, begins: str, ends: str, now: Instant) -> tuple[Absence | None, dict[str, str]]:
    """The absence that was typed, both times by the home's clock, or what is wrong with it by field.

    Without a beginning it begins now; without an end it lasts until somebody says that they are back.
    """
    problems: dict[str, str] = {}
    first, last = _typed(known, "away_from", begins, problems), _typed(known, "away_until", ends, problems)
    if problems:
        return None, problems
    if last is not None and last <= max(now, first or now):
        return None, {"away_until": "This is not after it begins, or is over already. When will they be back?"}
    if max(first or 0, last or 0) > now + LONGEST:
        name = "away_until" if last is not None and last > now + LONGEST else "away_from"
        return None, {name: "This is more than a year away. Please give a nearer day."}
    begun = first is None or first <= now
    return Absence("away" if begun else known.mode, None if begun else first, last), {}


def _typed(known: Relation, name: str, text: str, problems: dict[str, str]) -> Instant | None:
    if not text:
        return None
    try:
        return local_instant(text, known.zone)
    except ValueError:
        problems[name] = "This is no day and time. Write it like 2026-01-20T14:30."
        return None
