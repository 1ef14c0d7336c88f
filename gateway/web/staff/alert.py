"""An alert as care workers see it: everything that is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import DAY, Instant
from gateway.alerts import queries, timeline
from gateway.alerts.alert import Alert, Entry, Message
from gateway.alerts.outbox import UNFINISHED
from gateway.alerts.outcomes import Outcomes, by_home_and_rule, raised_since
from gateway.database.tables import AlertRow
from gateway.languages.forms import Reader
from gateway.model import GATEWAY_HOME
from gateway.saying import counted
from gateway.web.staff.actions import actions
from gateway.web.staff.case import Case, cases
from gateway.web.staff.evidence import basis
from gateway.web.visit import NO_PROBLEMS, Visit

BEFORE = 28 * DAY
"""How far back it is told what alerts of the same rule turned out to be."""
_EARLIER_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of one alert."""

    case: Case
    entries: Sequence[Entry]
    messages: Sequence[Message]
    earlier: Sequence[Alert]
    outcomes: Outcomes | None


async def staff_alert(visit: Visit) -> Response:
    """Explanation, evidence, everything that happened, and what can be done."""
    return await show_alert(visit)


async def show_alert(
    visit: Visit, status: int = 200, *, problems: Mapping[str, str] = NO_PROBLEMS, sent: str | None = None
) -> Response:
    """The same after a form came back: `sent` with these problems."""
    number, now, settings = visit.alert or 0, visit.now, visit.site.settings.alerts
    known = await visit.read(
        lambda session: _known(session, number, cases(session, {number}, settings, now)[number], now)
    )
    case, alert = known.case, known.case.alert
    if case.registered:
        await visit.looks_at(f"alert {number}", alert.home)
    home = visit.site.directory().homes.get(alert.home)
    path = f"/alerts/{number}"
    return visit.page(
        "staff/alert.html",
        status,
        problems=problems,
        one=case,
        of=actions(visit, case, path, sent),
        basis=basis(alert, home, Reader(case.zone, now)),
        entries=[(one.at, timeline.sentence(one)) for one in known.entries],
        waiting=[timeline.waiting(one) for one in known.messages if one.state in UNFINISHED],
        earlier=known.earlier,
        noisy=_noisy(known.outcomes),
    )


def _known(session: Session, number: int, case: Case, now: Instant) -> Known:
    alert = case.alert
    found: Sequence[Outcomes] = ()
    if alert.home != GATEWAY_HOME:
        found = by_home_and_rule(
            one for one in raised_since(session, now - BEFORE, home=alert.home) if one.rule == alert.rule
        )
    earlier = session.scalars(
        select(AlertRow)
        .where(AlertRow.home == alert.home, AlertRow.rule == alert.rule, AlertRow.id != alert.id,
               AlertRow.raised_at <= alert.raised_at)
        .order_by(AlertRow.raised_at.desc())
        .limit(_EARLIER_AT_MOST)
    )  # fmt: skip
    return Known(
        case,
        queries.timeline(session, number),
        queries.messages(session, number),
        [Alert.of(row) for row in earlier],
        found[0] if found else None,
    )


def _noisy(found: Outcomes | None) -> str:
    """Whether this rule calls too often here, as a sentence; empty where nothing is to be said."""
    if found is None or found.raised < 2:
        return ""
    parts = [f"{count} {outcome}" for outcome, count in sorted(found.by_outcome.items(), key=lambda one: -one[1])]
    if found.unknown:
        parts.append(f"{found.unknown} of which nobody has said what they were")
    told = f"In the last 28 days this rule has called {counted(found.raised, 'time')} in this home: {', '.join(parts)}."
    false = found.by_outcome.get("false", 0)
    return f"{told} Most of them were false: this rule may need another limit." if 2 * false > found.raised else told
