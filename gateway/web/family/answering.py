"""What families do with an alert: accept it, say that they are calling, say that all is well. Each in one tap."""

from collections.abc import Awaitable

from sqlalchemy.orm import Session

from devices.instant import MINUTE
from gateway.alerts import queries
from gateway.alerts.alert import Alert
from gateway.alerts.lifecycle import NotPossible
from gateway.alerts.people import zone_and_area
from gateway.database.tables import AlertRow
from gateway.model import AlertState
from gateway.web.family.concern import CALLING, ENDINGS, Concern, concern
from gateway.web.visit import Visit

_ONE_TAP = 15 * MINUTE
"""Who says twice within this that they are calling has said it once."""
_SAID_BY_FAMILY = frozenset({"genuine", "false", "test"}) & ENDINGS.keys()


def load(session: Session, alert: int, me: str, now: int) -> Concern | None:
    """The alert as the contact `me` reads it; None where there is none."""
    row = session.get(AlertRow, alert)
    if row is None:
        return None
    entries, messages = queries.timeline(session, alert), queries.messages(session, alert)
    return concern(Alert.of(row), entries, messages, zone_and_area(session, row.home)[0], now, me)


async def accept(visit: Visit, alert: int, me: str) -> str:
    """Take it on; which of SAID became of it. Who is quicker has it, and a second tap changes nothing."""
    as_test = visit.typed("as_test") == "yes"
    doing = visit.site.desk.accept(alert, me, visit.now, as_test=as_test)
    said = await _done(visit, alert, me, doing, "family-accepted")
    if as_test and said == "family-taken" and (await visit.site.desk.alert(alert)).accepted_by is None:
        return "family-no-test"  # pressed again since they opened the page
    return said


async def calling(visit: Visit, alert: int, me: str) -> str:
    """Take it on, where nobody has, and note that one is calling; also beside who has taken it on."""
    said = await accept(visit, alert, me)
    if said == "family-ended":
        return said
    since = visit.now - _ONE_TAP
    for entry in await visit.site.desk.timeline(alert):
        if (entry.what, entry.by, entry.detail.get("text")) == ("note", me, CALLING) and entry.at > since:
            break
    else:
        await visit.site.desk.note(alert, me, CALLING, visit.now)
    return "family-calling" if said == "family-accepted" else "family-calling-too"


async def well(visit: Visit, alert: int, me: str, outcome: str) -> str:
    """All is well: end it and say what it was."""
    if outcome not in _SAID_BY_FAMILY:
        return "family-choose"
    doing = visit.site.desk.close(alert, me, outcome, None, visit.now)
    said = await _done(visit, alert, me, doing, "family-well")
    if said == "family-ended":
        entries = await visit.site.desk.timeline(alert)
        return "family-well" if any((one.what, one.by) == ("closed", me) for one in entries) else said
    return said


async def _done(visit: Visit, alert: int, me: str, doing: Awaitable[Alert], said: str) -> str:
    try:
        await doing
    except NotPossible:
        present = await visit.site.desk.alert(alert)
        if present.state is AlertState.CLOSED and not (present.evidence.get("test") and present.accepted_by == me):
            return "family-ended"  # a test ends by being accepted
        return said if present.accepted_by == me else "family-taken"
    return said
