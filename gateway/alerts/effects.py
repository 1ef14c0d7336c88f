"""What one commit of the watch stage leaves behind, in its transaction: cursor, hot state, statuses, last heard."""

import json
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts import facts
from gateway.alerts.docket import Docket
from gateway.alerts.timeline import listed, times
from gateway.database.rows import run_over
from gateway.database.tables import BaselineRow, CursorRow, RuleStatusRow, StateRow
from gateway.errors import KeepwellError
from gateway.model import Fact, RuleState, RuleStatus, Trouble, Verdict

READER = "watch"
_NAMED = 3
_log = structlog.get_logger("keepwell.alerts")


class Failures:
    """Verdicts that could not be made alerts: what somebody was to hear of may have gone unheard."""

    def __init__(self) -> None:
        self._last: Trouble | None = None
        self._count = 0

    def note(self, failed: Sequence[Verdict], now: Instant) -> None:
        """Remember them; the sentence names the latest."""
        if not failed:
            return
        self._count += len(failed)
        named = listed(sorted({f"{verdict.rule} of home {verdict.home}" for verdict in failed})[:_NAMED])
        self._last = Trouble(
            rule="gateway",
            subject="verdict",
            sentence=f"What the rules concluded could not be made an alert, {times(self._count)} since the start, last "
            f"for {named}: nobody was called for it. Look after that home, and see verdict_failed in the log.",
            since=now,
            priority=min(verdict.priority for verdict in failed),
            passing=False,
        )

    def troubles(self) -> Sequence[Trouble]:
        """The latest, if there was any."""
        return () if self._last is None else (self._last,)


def judge(docket: Docket, verdict: Verdict) -> bool:
    """Apply one verdict; whether that could be done. What is wrong with it alone holds up nobody else's."""
    try:
        with docket.session.begin_nested():
            docket.judge(verdict)
    except (OperationalError, OSError):  # the database itself: the whole commit fails and is done again
        raise
    except Exception:  # noqa: BLE001 - this verdict: nothing of one home may hold up another's
        _log.exception("verdict_failed", home=verdict.home, rule=verdict.rule)
        return False
    return True


def resume(session: Session) -> tuple[int, Mapping[str, bytes]]:
    """The watch cursor and each home's hot state as last committed."""
    cursor = session.get(CursorRow, READER)
    return (cursor.offset if cursor else 0), {row.home: row.state for row in session.scalars(select(StateRow))}


def baselines(session: Session) -> Mapping[str, bytes]:
    """What each home's days have taught, as last committed."""
    return {row.home: row.data for row in session.scalars(select(BaselineRow))}


def advance(session: Session, cursor: int) -> None:
    """Move watch's cursor on."""
    row = session.get(CursorRow, READER)
    if row is None:
        session.add(CursorRow(reader=READER, offset=cursor))
    elif cursor < row.offset:
        raise KeepwellError(f"watch stands at {row.offset} on record and cannot go back to {cursor}: resume first")
    else:
        row.offset = cursor


def keep_states(session: Session, states: Mapping[str, bytes]) -> None:
    """Keep the hot state of the homes that changed; an empty one is wiped."""
    run_over(
        session,
        "INSERT INTO watch_state (home, state) {rows} ON CONFLICT (home) DO UPDATE SET state = excluded.state",
        [(home, state) for home, state in states.items() if state],
    )
    for home in [home for home, state in states.items() if not state]:
        session.execute(delete(StateRow).where(StateRow.home == home))


def keep_baselines(session: Session, baselines: Mapping[str, bytes]) -> None:
    """Keep what the days of homes have taught; an empty one is wiped."""
    for home, data in baselines.items():
        session.execute(delete(BaselineRow).where(BaselineRow.home == home))
        if data:
            session.add(BaselineRow(home=home, data=data))


def keep_facts(session: Session, told: Sequence[Fact]) -> None:
    """Store facts for the recorder, in order."""
    run_over(
        session,
        "INSERT INTO fact (measurement, home, tags, fields, at) {rows}",
        [(one.measurement, one.home, json.dumps(dict(one.tags)), json.dumps(dict(one.fields)), one.at) for one in told],
    )


def keep_statuses(docket: Docket, statuses: Sequence[RuleStatus]) -> None:
    """Keep the rule statuses that changed, and say so to the dashboards. Of several of one rule the last one counts."""
    latest = {(status.home, status.rule): status for status in statuses}
    areas = {home: docket.registered.zone_and_area(home)[1] for home in {home for home, _ in latest}}
    keep_facts(docket.session, [facts.rule_state(status, areas[status.home], docket.now) for status in latest.values()])
    run_over(
        docket.session,
        "INSERT INTO rule_status (home, rule, state, reason, since) {rows} ON CONFLICT (home, rule) DO UPDATE"
        " SET state = excluded.state, reason = excluded.reason, since = excluded.since",
        [
            (one.home, one.rule, one.state.value, one.reason, one.since)
            for one in latest.values()
            if one.state is not RuleState.OFF
        ],
    )
    for home, rule in [key for key, status in latest.items() if status.state is RuleState.OFF]:
        docket.session.execute(delete(RuleStatusRow).where(RuleStatusRow.home == home, RuleStatusRow.rule == rule))


def keep_heard(session: Session, heard: Mapping[tuple[str, str], Instant]) -> None:
    """Note when devices were last heard, never back in time."""
    run_over(
        session,
        "WITH word (hub, address, heard_at) AS ({rows}) UPDATE device SET last_heard = word.heard_at FROM word"
        " WHERE device.hub = word.hub AND device.address = word.address"
        " AND (device.last_heard IS NULL OR device.last_heard < word.heard_at)",
        [(hub, address, at) for (hub, address), at in heard.items()],
    )
