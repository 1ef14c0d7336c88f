"""What care workers do with alerts: accept, note, hand over, put off, close. Each comes back to the page it is on."""

from collections.abc import Awaitable, Mapping
from typing import Any

from starlette.responses import Response

from devices.instant import MINUTE
from gateway.alerts import queries
from gateway.alerts.alert import Alert
from gateway.alerts.lifecycle import NotPossible
from gateway.database.tables import AlertRow
from gateway.errors import BadInput
from gateway.model import AlertState
from gateway.saying import clock_time
from gateway.speech import sentence
from gateway.web.guard import home_in_sight
from gateway.web.staff.actions import NOTE_AT_MOST, OUTCOMES, lengths
from gateway.web.staff.alert import show_alert
from gateway.web.staff.case import cases
from gateway.web.staff.place import PATH, Place
from gateway.web.staff.queue import show_queue
from gateway.web.visit import Visit, local_path

_TOO_LONG = f"Please keep it under {NOTE_AT_MOST:,} characters."


async def accept(visit: Visit) -> Response:
    """Take it on. Who has already is told so as if it were new: a second tap is no mistake."""
    desk, me = visit.site.desk, visit.person.name
    present = await _alert(visit)
    if present.state is AlertState.ACCEPTED and present.accepted_by == me and not present.handed_to:
        return visit.go(_back(visit, present.id), "alert-accepted")
    return await _do(visit, "accept", desk.accept(present.id, me, visit.now), "alert-accepted")


async def accept_all(visit: Visit) -> Response:
    """Take on all of a street's; what somebody else was quicker with is said."""
    person, now, numbers = visit.person, visit.now, _numbers(visit)

    def seen(session: Any) -> list[int]:  # noqa: ANN401 - a database session
        return [one for one in numbers if home_in_sight(session, person, None, one) is not None]

    why: list[str] = []
    for number in await visit.read(seen):
        try:
            await visit.site.desk.accept(number, person.name, now)
        except NotPossible:
            if (await visit.site.desk.alert(number)).accepted_by != person.name:
                why.append(f"Alert {number}: {await _why_not(visit, number)}")
    place = Place.of_path(_back(visit))
    if not why:
        return visit.go(place.address(), "alert-accepted")
    return await show_queue(visit, place, 409, problems={"": " ".join(why)})


async def note(visit: Visit) -> Response:
    """Add a note to its timeline; possible at any time."""
    text = visit.typed("text")
    problems = {"text": "Write what others should know."} if not text else _too_long("text", text)
    if problems:
        return await _again(visit, "note", problems)
    return await _do(
        visit, "note", visit.site.desk.note(visit.alert or 0, visit.person.name, text, visit.now), "alert-noted"
    )


async def hand_over(visit: Visit) -> Response:
    """Ask a contact of the home to take it on."""
    to, reason = visit.typed("to"), visit.typed("reason")
    problems = {}
    if not to:
        problems["to"] = "Choose who takes it on."
    problems |= _reason("reason", reason)
    if problems:
        return await _again(visit, "hand-over", problems)
    doing = visit.site.desk.hand_over(visit.alert or 0, visit.person.name, to, reason, visit.now)
    return await _do(visit, "hand-over", doing, "alert-handed-over", "to")


async def snooze(visit: Visit) -> Response:
    """Put it off: nobody is called until then."""
    lasting, why = visit.typed("lasting"), visit.typed("why")
    alert = await _alert(visit)
    allowed = {str(one // MINUTE): one for one in lengths(alert, visit.site.settings.alerts)}
    problems = {} if lasting in allowed else {"lasting": "Choose for how long."}
    problems |= _reason("why", why)
    if problems:
        return await _again(visit, "snooze", problems)
    now = visit.now
    doing = visit.site.desk.snooze(alert.id, visit.person.name, now + allowed[lasting], why, now)
    return await _do(visit, "snooze", doing, "alert-put-off", "lasting")


async def close(visit: Visit) -> Response:
    """End it and say what it was."""
    outcome, text = visit.typed("outcome"), visit.typed("note")
    problems = {} if outcome in dict(OUTCOMES) else {"outcome": "Choose what it was."}
    problems |= _too_long("note", text)
    if problems:
        return await _again(visit, "close", problems)
    doing = visit.site.desk.close(visit.alert or 0, visit.person.name, outcome, text or None, visit.now)
    return await _do(visit, "close", doing, "alert-closed")


# ------------------------------------------------------------------------------------------------ inside


async def _do(visit: Visit, form: str, doing: Awaitable[object], said: str, field: str = "") -> Response:
    try:
        await doing
    except NotPossible:
        return await _again(visit, form, {"": await _why_not(visit, visit.alert or 0)}, 409)
    except BadInput as error:
        return await _again(visit, form, {field: sentence(str(error).removesuffix("; nothing was changed"))})
    back = _back(visit, visit.alert if form == "accept" else None)
    if form == "close" and not back.startswith("/alerts/"):
        back = Place.of_path(back).with_hand(None).address()
    return visit.go(back, said)


async def _again(visit: Visit, form: str, problems: Mapping[str, str], status: int = 422) -> Response:
    """The page that the form is on, with what was typed and what is wrong."""
    if _back(visit).startswith("/alerts/"):
        return await show_alert(visit, status, problems=problems, sent=form)
    place = Place.of_path(_back(visit)).with_hand(visit.alert)
    return await show_queue(visit, place, status, problems=problems, sent=form)


async def _why_not(visit: Visit, number: int) -> str:
    """Why it was too late: who did what, when."""
    settings, now = visit.site.settings.alerts, visit.now
    case, entries = await visit.read(
        lambda session: (cases(session, {number}, settings, now)[number], queries.timeline(session, number))
    )
    alert = case.alert
    if alert.state is AlertState.CLOSED:
        by = next((one.by for one in reversed(entries) if one.what == "closed"), "somebody")
        who = "Keepwell" if by == "keepwell" else by
        return f"{who} closed it at {clock_time(alert.closed_at or now, now, case.zone)}, outcome: {alert.outcome}."
    if alert.accepted_by is not None and alert.accepted_at is not None:
        return f"{alert.accepted_by} accepted it at {clock_time(alert.accepted_at, now, case.zone)}."
    if alert.state is AlertState.RAISED:
        return "Nobody has accepted it now: accept it first."
    return case.state or "Nobody has accepted it."


async def _alert(visit: Visit) -> Alert:
    number = visit.alert or 0
    return await visit.read(lambda session: Alert.of(session.get_one(AlertRow, number)))


def _back(visit: Visit, in_hand: int | None = None) -> str:
    """The page that the form was on; the queue, for any other. `in_hand`: who accepts from the list is to call next."""
    path = local_path(visit.typed("back"), PATH)
    if path.partition("?")[0] == f"/alerts/{visit.alert}":
        return path
    path = path if path.partition("?")[0] == PATH else PATH
    return path if in_hand is None else Place.of_path(path).with_hand(in_hand).address()


def _numbers(visit: Visit) -> list[int]:
    given = [str(one) for one in visit.form.getlist("alert")]
    return [int(one) for one in dict.fromkeys(given) if one.isascii() and one.isdecimal() and len(one) < 16]


def _reason(name: str, text: str) -> dict[str, str]:
    if not text.rstrip(".").strip():
        return {name: "Say why, as others will ask."}
    return _too_long(name, text)


def _too_long(name: str, text: str) -> dict[str, str]:
    return {name: _TOO_LONG} if len(text) > NOTE_AT_MOST else {}
