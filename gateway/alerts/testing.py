"""Test alerts of a walk test: one press of one pendant, within a few minutes, is raised as ever and says it is a test.

It is called and escalated as any other. In doubt a press is real: where an alert of this pendant is open already, the
second press, one that happened or was taken in outside the time of the test, one that may be a repeat.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.database.access import WalkRow
from gateway.database.tables import AlertRow
from gateway.model import Verdict
from gateway.speech import say, worded

LASTS = 5 * MINUTE
"""From its start until a press is a real one again: time enough to walk over to the pendant, and no longer."""
_RULE = "pendant"
_UTC = ZoneInfo("UTC")
_log = structlog.get_logger("keepwell.alerts")


def begin(walk: WalkRow, device: str, by: str, now: Instant) -> None:
    """The next press of this device is a test by `by`."""
    walk.pendant, walk.pendant_until = device, now + LASTS
    walk.seen = walk.seen | {"tester": by}


def end(walk: WalkRow) -> None:
    """From now on every press is a real one."""
    walk.pendant = walk.pendant_until = None


def awaited(session: Session, verdict: Verdict, now: Instant) -> WalkRow | None:
    """The walk test that waits for this very press. Whatever goes wrong here, the press is a real one."""
    if verdict.rule != _RULE:
        return None
    try:
        with session.begin_nested():
            walk = session.scalar(
                select(WalkRow).where(
                    WalkRow.home == verdict.home, WalkRow.pendant == verdict.subject, WalkRow.signed_at.is_(None)
                )
            )
            known = walk is not None and isinstance(walk.seen, dict)
            return walk if walk is not None and known and _in_time(walk, verdict, now) else None
    except Exception:  # noqa: BLE001 - nothing of a test may hold up a call for help
        _log.exception("walk_test_not_looked_at", home=verdict.home)
        return None


def marked(verdict: Verdict, walk: WalkRow) -> Verdict:
    """The same, saying first that it is a test, and by whom."""
    by = str(walk.seen.get("tester") or walk.started_by)
    said = (say("test.by", by=by), say("test.answer"), *verdict.said)
    evidence = replace(verdict.evidence, details={**verdict.evidence.details, "test": True, "tester": by})
    words = f"{worded(said[:2], _UTC, verdict.at)} {verdict.explanation}"
    return replace(verdict, explanation=words, evidence=evidence, said=said)


def pressed(walk: WalkRow, alert: AlertRow) -> None:
    """The test has had its press: `alert` is what it became."""
    tested = {"alert": alert.id, "at": alert.raised_at, "by": alert.evidence["tester"]}
    walk.seen = walk.seen | {"pendants": walk.seen.get("pendants", {}) | {alert.subject: tested}}
    end(walk)


def tester(evidence: Mapping[str, Any]) -> str | None:
    """Who tests, where an alert is a test. A press after the first makes it a real one: then nobody does."""
    return str(evidence.get("tester")) if evidence.get("test") else None


def answered(row: AlertRow, by: str, outcome: str) -> bool:
    """Whether who ends this alert so has answered a test by it: they were reached, and nothing was the matter."""
    by_whom = tester(row.evidence)
    return (
        by_whom is not None
        and row.accepted_at is None
        and by != by_whom
        and outcome not in {"genuine", "no one reached"}
    )


def _in_time(walk: WalkRow, verdict: Verdict, now: Instant) -> bool:
    """Whether the press surely happened, and is taken in, while the test waits for it."""
    if walk.pendant_until is None or verdict.evidence.details.get("possible_repeat"):
        return False
    began = walk.pendant_until - LASTS
    spans = [span for span in (one.values.get("at") for one in verdict.said) if isinstance(span, list)]
    moments = [verdict.at, verdict.received_at or verdict.at, now, *(moment for span in spans for moment in span)]
    return all(began <= moment <= walk.pendant_until for moment in moments)
