"""What counts as an answer: of the resident who was asked, of who is to take something on, of who puts it off."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import HOUR, MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow
from gateway.errors import BadInput
from gateway.model import AlertState, Contact, Verdict
from gateway.saying import closest, duration

RESIDENT = "the resident"
_CLOCKS_DIFFER = 2 * MINUTE
"""A device's clock may be wrong by so much and still be taken: see Time in the architecture."""


def asked(session: Session, home: str) -> Sequence[AlertRow]:
    """The home's open alerts about which the resident was asked in their present series of calls."""
    return session.scalars(
        select(AlertRow)
        .where(
            AlertRow.home == home,
            AlertRow.asked_at.is_not(None),
            AlertRow.state.in_((AlertState.RAISED, AlertState.ACCEPTED, AlertState.SNOOZED)),
        )
        .order_by(AlertRow.id)
    ).all()


def is_after(alert: Alert, verdict: Verdict) -> bool:
    """Whether the button was pressed after they were asked; what comes late from a backlog may be older."""
    return alert.asked_at is not None and _pressed_at(verdict) >= alert.asked_at


def is_in_time(alert: Alert, verdict: Verdict) -> bool:
    """Whether it was pressed in their window, and nobody was called meanwhile."""
    in_window = alert.answer_by is not None and verdict.at <= alert.answer_by
    return alert.state is AlertState.RAISED and alert.step == 0 and in_window


def _pressed_at(verdict: Verdict) -> Instant:
    received_at = verdict.received_at or verdict.at
    return max(verdict.at, received_at) if received_at - verdict.at <= _CLOCKS_DIFFER else verdict.at


def person(contacts: Iterable[Contact], to: str, holder: str | None) -> Contact:
    """Whom it is handed over to: a contact of the home who can be told. BadInput otherwise."""
    known = {one.name: one for one in contacts if one.channels and not one.resident}
    found = next((one for name, one in known.items() if name.casefold() == to.casefold()), None)
    if found is None:
        close = closest(to, known)
        hint = f"did you mean {close}?" if close else f"it has {', '.join(known) or 'none'}"
        raise BadInput(f"{to} is no contact of this home, so nobody could be told; {hint}")
    if holder is not None and found.name.casefold() == holder.casefold():
        raise BadInput(f"{found.name} has accepted this alert already; nothing was changed")
    return found


def check_snooze(alert: Alert, settings: AlertSettings, until: Instant, now: Instant) -> None:
    """BadInput where it would be put off for too long, or not at all."""
    hours = settings.snooze_at_most_h * HOUR
    longest = int(min(hours, settings.snooze_urgent_at_most_min * MINUTE) if alert.priority == 1 else hours)
    if not now < until <= now + longest:
        raise BadInput(
            f"an alert of priority {alert.priority} can be put off for {duration(longest)} at most; nothing was changed"
        )
