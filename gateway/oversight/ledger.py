"""Troubles that parts name, turned into verdicts: each once when it comes, and once when it has stayed away. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from devices.instant import MINUTE, Instant
from gateway.model import Evidence, Priority, Trouble, Verdict

RESTS = 5 * MINUTE
"""A trouble is over when it was not named for so long; until then one that returns is the same. One that is not
passing is told again no sooner."""
AFTER_A_START = MINUTE
"""A trouble that was open before a restart and is not named so soon after it is over."""

Concern = tuple[str, str, str]
"""Home, rule, and what it is about."""


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble of which people were told. `since` is its own, `told_at` when it became an alert or an occurrence."""

    priority: Priority
    since: Instant
    told_at: Instant
    passing: bool
    gone_since: Instant | None = None
    """Since when it has not been named; None while it is."""


Ledger = Mapping[Concern, Told]


def compare(ledger: Ledger, named: Iterable[Trouble], now: Instant) -> tuple[Ledger, Sequence[Verdict]]:
    """What to tell of the troubles that are named now, and the ledger once that is told."""
    after: dict[Concern, Told] = {}
    verdicts: list[Verdict] = []
    present = _by_concern(named)
    for concern, trouble in present.items():
        told = ledger.get(concern)
        if told is None or _is_news(told, trouble, now):
            verdicts.append(_verdict("trigger", trouble))
            after[concern] = Told(trouble.priority, trouble.since, now, trouble.passing)
        else:
            after[concern] = replace(told, gone_since=None)
    for concern, told in ledger.items():
        if concern in present:
            continue
        gone_since = now if told.gone_since is None else min(told.gone_since, now)
        if not told.passing or now - gone_since < RESTS:
            after[concern] = replace(told, gone_since=gone_since)
        else:
            verdicts.append(_over(concern, told, gone_since))
    return after, verdicts


def resumed(
    rows: Iterable[tuple[Concern, Priority, Instant, Instant, bool]], ended: Iterable[Concern], now: Instant
) -> Ledger:
    """The ledger after a restart, of (concern, priority, since, told at, passing) as told before, the oldest first.

    `ended`: concerns whose alert is over: of these only what happened once is remembered, as it is past.
    """
    over = set(ended)
    return {
        concern: Told(priority, since, told_at, passing, now - RESTS + AFTER_A_START if passing else now)
        for concern, priority, since, told_at, passing in rows
        if not (passing and concern in over)
    }


def _by_concern(named: Iterable[Trouble]) -> Mapping[Concern, Trouble]:
    """One for each concern: where two parts name the same, the more urgent."""
    found: dict[Concern, Trouble] = {}
    for trouble in named:
        concern = (trouble.home, trouble.rule, trouble.subject)
        if concern not in found or trouble.priority < found[concern].priority:
            found[concern] = trouble
    return found


def _is_news(told: Told, trouble: Trouble, now: Instant) -> bool:
    if trouble.priority < told.priority:
        return True
    return not trouble.passing and trouble.since > told.since and now - told.told_at >= RESTS


def _verdict(kind: Literal["trigger", "clear"], trouble: Trouble) -> Verdict:
    return Verdict(
        kind=kind,
        home=trouble.home,
        rule=trouble.rule,
        subject=trouble.subject,
        at=trouble.since,
        concerns="equipment",
        priority=trouble.priority,
        explanation=trouble.sentence,
        evidence=Evidence(details={"passing": trouble.passing}),
    )


def _over(concern: Concern, told: Told, gone_since: Instant) -> Verdict:
    home, rule, subject = concern
    over = Trouble(rule, subject, "It is over.", gone_since, home, told.priority)  # type: ignore[arg-type]
    return _verdict("clear", over)
