"""What is said in words of its own: to the resident at home, and to who is to take something on, or wait. Pure.

The texts stand in gateway/languages, tables `announce` and `agreed`.
"""

from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.alerts.wording import Text, headline
from gateway.languages.forms import Reader
from gateway.speech import Phrase, fragment, say, worded


def ask(alert: Alert, zone: ZoneInfo, now: Instant, language: str) -> Text:
    """Are you all right? Until `alert.answer_by` they can say so."""
    return _at_home([say("announce.ask"), say("announce.ask_by", until=alert.answer_by)], zone, now, language)


def news(alert: Alert, what: str, zone: ZoneInfo, now: Instant, language: str) -> Text:
    """What has become of it, for the resident: answered, cleared, accepted or closed."""
    by = {"by": alert.accepted_by} if what == "accepted" else {}
    return _at_home([say(f"announce.{what}", **by)], zone, now, language)


def handed_over(alert: Alert, call: Text, by: str, reason: str, zone: ZoneInfo, now: Instant, language: str) -> Text:
    """The call to who is to take it on, with who asks, why, and until when."""
    asked = [say("agreed.take_on", by=by, until=alert.next_step_at), say("agreed.reason", reason=reason)]
    return Text(call.title, f"{worded(asked, zone, now, language)}\n{call.body}")


def snoozed(alert: Alert, by: str, reason: str, zone: ZoneInfo, now: Instant, language: str) -> Text:
    """Somebody has put it off."""
    told = [say("agreed.put_off", by=by, until=alert.snoozed_until), say("agreed.reason", reason=reason)]
    return _titled("agreed.put_off_title", alert, told, zone, now, language)


def answered(alert: Alert, zone: ZoneInfo, now: Instant, language: str) -> Text:
    """The resident says that all is well, for others who were told before."""
    return _titled(
        "agreed.answered_title", alert, [say("agreed.answered", at=alert.cleared_at or now)], zone, now, language
    )


def _titled(title: str, alert: Alert, told: list[Phrase], zone: ZoneInfo, now: Instant, language: str) -> Text:
    name = fragment(say(title, what=headline(alert, language)), Reader(zone, now, language))
    return Text(f"{alert.home}: {name}", worded(told, zone, now, language))


def _at_home(told: list[Phrase], zone: ZoneInfo, now: Instant, language: str) -> Text:
    return Text(fragment(say("announce.title"), Reader(zone, now, language)), worded(told, zone, now, language))
