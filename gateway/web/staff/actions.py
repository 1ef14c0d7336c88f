"""What a care worker can do with an alert now, and what they typed so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devices.instant import HOUR, MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.config import AlertSettings
from gateway.model import AlertState
from gateway.saying import duration
from gateway.web.staff.case import Case
from gateway.web.visit import Visit

OUTCOMES = (
    ("genuine", "Genuine: it was right to call"),
    ("false", "False alarm: nothing was the matter"),
    ("test", "A test"),
    ("no one reached", "Nobody could be reached"),
    ("other", "Something else"),
)
LENGTHS: Sequence[Instant] = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR)
NOTE_AT_MOST = 2_000
"""Characters of a note or a reason: a page of text, which a timeline still shows."""


@dataclass(frozen=True, slots=True)
class Actions:
    """`sent`: which form came back with problems; None: none did. `back`: the page that the forms are on."""

    back: str
    sent: str | None
    typed: Mapping[str, str]
    can_hand_over: bool
    can_put_off: bool
    can_close: bool
    successors: Sequence[tuple[str, str]] = ()
    lengths: Sequence[tuple[str, str]] = ()
    outcomes: Sequence[tuple[str, str]] = field(default=OUTCOMES)


def actions(visit: Visit, case: Case, back: str, sent: str | None = None) -> Actions:
    """What is possible with this alert in its present state."""
    alert = case.alert
    names = [one.name for one in case.contacts.values() if one.channels and not one.resident]
    open_ = (AlertState.RAISED, AlertState.ACCEPTED, AlertState.SNOOZED)
    return Actions(
        back,
        sent,
        {name: value for name, value in visit.form.items() if isinstance(value, str)} if sent else {},
        alert.state is AlertState.ACCEPTED and any(name != alert.accepted_by for name in names),
        alert.state in open_,
        alert.state is not AlertState.CLOSED,
        [("", "Choose a contact"), *((name, name) for name in names if name != alert.accepted_by)],
        [(str(one // MINUTE), duration(one)) for one in lengths(alert, visit.site.settings.alerts)],
    )


def lengths(alert: Alert, settings: AlertSettings) -> Sequence[Instant]:
    """For how long it may be put off."""
    most = settings.snooze_at_most_h * HOUR
    if alert.priority == 1:
        most = min(most, settings.snooze_urgent_at_most_min * MINUTE)
    return [one for one in LENGTHS if one <= most] or [int(most)]
