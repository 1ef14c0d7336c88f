"""The alarm of last resort: an urgent alert reaches nobody, or nobody accepts it. It becomes an alert of the gateway's.

It calls every few minutes until somebody accepts the alert that it is about, or it. Pure.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.alerts.escalation import NOBODY
from gateway.config import AlertSettings
from gateway.model import GATEWAY_HOME, Evidence, Step, Verdict
from gateway.saying import counted

RULE = "gateway"
SUBJECT = "unreached "
_WAIT_S = 300
"""Between its calls; an urgent alert's own steps wait as long by default."""


def steps(settings: AlertSettings) -> Sequence[Step]:
    """One step with everybody who is named for it, those who look after the gateway, and the console."""
    channels = dict.fromkeys((*settings.last_resort, *settings.operators, "console:"))
    return (Step(1, (replace(NOBODY, channels=tuple(channels)),), _WAIT_S),)


def subject(alert: Alert) -> str:
    """What its alarm is about, as its alert's subject."""
    return f"{SUBJECT}{alert.home} {alert.id}"


def is_alarm(alert: Alert) -> bool:
    """Whether it is such an alarm."""
    return alert.home == GATEWAY_HOME and alert.rule == RULE and alert.subject.startswith(SUBJECT)


def wanted(alert: Alert) -> bool:
    """Whether an alert that reaches nobody calls for it."""
    return alert.priority <= 2 and alert.home != GATEWAY_HOME


def unanswered(rounds: int) -> str:
    """Why, where people were reached."""
    return f"nobody has accepted it in {counted(rounds, 'round')} of calls"


def alarm(alert: Alert, why: str, now: Instant) -> Verdict:
    """That somebody must look after it now."""
    told = (
        f"Home {alert.home} needs somebody: {why}. It is alert {alert.id}, of priority {alert.priority}. "
        f"Reach its people in another way, and accept it: keepwell alerts accept {alert.id} --by NAME."
    )
    return _verdict("trigger", alert, told, now)


def over(alert: Alert, why: str, now: Instant) -> Verdict:
    """That it has been answered, or is no more."""
    return _verdict("clear", alert, f"Alert {alert.id} of home {alert.home} {why}.", now)


def _verdict(kind: Literal["trigger", "clear"], alert: Alert, told: str, now: Instant) -> Verdict:
    """It does not pass by itself: whoever keeps account of the gateway's own troubles is to leave it alone."""
    about = Evidence(details={"passing": False, "home": alert.home, "alert": alert.id})
    return Verdict(kind, GATEWAY_HOME, RULE, subject(alert), now, "equipment", 2, told, about)
