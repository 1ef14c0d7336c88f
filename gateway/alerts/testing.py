"""Test alerts of a walk test: one press of one pendant, within a few minutes, is raised as ever and says it is a test.

It is called and escalated as any other. In doubt a press is real: where an alert of this pendant is open already, the
second press, one that happened or was taken in outside the time of the test, one that may be a repeat, one of two
pendants with one address, one while people are called to the home for something else, such as smoke, and any press once
the clock was set or the machine started anew, as it may be hours later.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.database.access import WalkRow
from gateway.database.tables import AlertRow, DeviceRow
from gateway.model import Verdict
from gateway.speech import say, worded

LASTS = 5 * MINUTE
"""From its start until a press is a real one again: time enough to walk over to the pendant, and no longer."""
_RULE = "pendant"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Another one after each start of the machine (Linux, random(4))."""
_UTC = ZoneInfo("UTC")
_log = structlog.get_logger("keepwell.alerts")


def begin(walk: WalkRow, device: str, by: str, now: Instant) -> None:
    """The next press of this device is a test by `by`."""
    walk.pendant, walk.pendant_until = device, now + LASTS
    walk.seen = walk.seen | {"tester": by, "boot": _boot()}


def end(walk: WalkRow) -> None:
    """From now on every press is a real one."""
    walk.pendant = walk.pendant_until = None


def emergency(session: Session, home: str) -> bool:
    """Whether people are being called there at priority 1, and not for a test: then nobody may read of one."""
    calls = select(AlertRow.evidence).where(AlertRow.home == home, AlertRow.priority == 1, AlertRow.state == "raised")
    return any(tester(evidence) is None for evidence in session.scalars(calls))


def end_all(session: Session) -> None:
    """The clock was set, so that nobody knows when a test is over: from now on every press is a real one."""
    session.execute(update(WalkRow).where(WalkRow.pendant.is_not(None)).values(pendant=None, pendant_until=None))


def awaited(session: Session, verdict: Verdict, now: Instant) -> tuple[Verdict, WalkRow | None]:
    """The verdict and, where it is the press that a walk test waits for, marked as one, that walk.

    Whatever goes wrong here, the press is a real one.
    """
    if verdict.rule != _RULE:
        return verdict, None
    try:
        with session.begin_nested():
            walk = session.scalar(
                select(WalkRow).where(
                    WalkRow.home == verdict.home, WalkRow.pendant == verdict.subject, WalkRow.signed_at.is_(None)
                )
            )
            if walk is None or not _in_time(walk, verdict, now) or not _is_known(session, walk):
                return verdict, None
            return _marked(verdict, walk), walk
    except Exception:  # noqa: BLE001 - nothing of a test may hold up a call for help
        _log.exception("walk_test_not_looked_at", home=verdict.home)
        return verdict, None


def _marked(verdict: Verdict, walk: WalkRow) -> Verdict:
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


def _is_known(session: Session, walk: WalkRow) -> bool:
    """Whether it is the machine's same run, and the press can be of no other pendant of this home."""
    of_address = (DeviceRow.home == walk.home) & (DeviceRow.address == walk.pendant)
    namesakes = session.scalar(select(func.count()).select_from(DeviceRow).where(of_address)) or 0
    if emergency(session, walk.home):
        return False
    return namesakes <= 1 and walk.seen["boot"] == _boot() and isinstance(walk.seen.get("pendants", {}), dict)


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
