"""Alerts: lists, one whole, and what people do about them."""

from typing import Annotated, Any, get_args

from fastapi import HTTPException, Query
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from devices.instant import MINUTE
from gateway.alerts import alert as kept
from gateway.alerts import queries, timeline
from gateway.database.tables import AlertRow, ContactRow, HomeRow
from gateway.model import GATEWAY_HOME, Outcome
from gateway.web.access.people import Person
from gateway.web.api import models
from gateway.web.api.caller import Asking, OfAlert
from gateway.web.api.models import moment, moment_or_none
from gateway.web.live import ALERTS

_OUTCOMES: tuple[str, ...] = get_args(Outcome)
_SUMMED_UP = 500


def in_sight(person: Person) -> ColumnElement[bool]:
    """Alerts that a person may see, as a condition on AlertRow. Installers see those about equipment."""
    condition: ColumnElement[bool] = true()
    if not person.everywhere:
        homes = select(HomeRow.reference).where(person.sight())
        condition = or_(AlertRow.home.in_(homes), AlertRow.home == GATEWAY_HOME)
    if person.role == "installer":
        condition &= (AlertRow.concerns == "equipment") & (AlertRow.home != GATEWAY_HOME)
    return condition


async def alerts(
    asking: Asking,
    home: Annotated[str | None, Query(max_length=64, description="Of this home.")] = None,
    area: Annotated[str | None, Query(max_length=64, description="Of homes of this area.")] = None,
    rule: Annotated[str | None, Query(max_length=32, description="Of this rule.")] = None,
    open: Annotated[bool | None, Query(description="true: not closed; false: closed; left out: all.")] = None,  # noqa: A002
    before: Annotated[
        int | None, Query(ge=1, le=2**53, description="Numbers below this one, for the next page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_SUMMED_UP)] = 100,
) -> list[models.AlertSummary]:
    """Alerts, the latest first."""
    person = asking.person

    def work(session: Session) -> list[models.AlertSummary]:
        query = select(AlertRow).where(in_sight(person)).order_by(AlertRow.id.desc()).limit(limit)
        if home is not None:
            query = query.where(AlertRow.home == home)
        if area is not None:
            query = query.where(AlertRow.home.in_(select(HomeRow.reference).where(HomeRow.area == area)))
        if rule is not None:
            query = query.where(AlertRow.rule == rule)
        if before is not None:
            query = query.where(AlertRow.id < before)
        if open is not None:
            query = query.where(AlertRow.state != "closed" if open else AlertRow.state == "closed")
        return [summary(kept.Alert.of(row)) for row in session.scalars(query)]

    found = await asking.read(work)
    await asking.looks_at("alerts", *sorted({one.home for one in found if one.concerns != "equipment"}))
    return found


async def alert(asking: Asking, alert: OfAlert) -> models.Alert:
    """One alert: why it was raised, what happened to it, who was told."""

    def work(session: Session) -> tuple[str, models.Alert]:
        row = session.get_one(AlertRow, alert)
        return row.home, models.Alert(
            **summary(kept.Alert.of(row)).model_dump(),
            evidence=dict(row.evidence),
            timeline=[_entry(one) for one in queries.timeline(session, alert)],
            messages=[_message(one) for one in queries.messages(session, alert)],
        )

    home, whole = await asking.read(work)
    await asking.looks_at(f"alert {alert}", home)
    return whole


async def accept(asking: Asking, alert: OfAlert) -> models.Alert:
    """Take an alert on: the calls stop. 409 where somebody has already."""
    await asking.site.desk.accept(alert, asking.person.name, asking.now)
    return await _changed(asking, alert)


async def note(asking: Asking, alert: OfAlert, what: models.Note) -> models.Alert:
    """Add a note to the timeline of an alert."""
    await asking.site.desk.note(alert, asking.person.name, what.text, asking.now)
    return await _changed(asking, alert)


async def hand_over(asking: Asking, alert: OfAlert, what: models.HandOver) -> models.Alert:
    """Ask a contact of the home to take it on; if they do not, it calls again."""

    def names(session: Session) -> list[str]:
        home = select(AlertRow.home).where(AlertRow.id == alert).scalar_subquery()
        return list(session.scalars(select(ContactRow.name).where(ContactRow.home == home)))

    if what.to not in await asking.read(names):
        raise Refused("No contact of this home has that name.", "to")
    await asking.site.desk.hand_over(alert, asking.person.name, what.to, what.reason, asking.now)
    return await _changed(asking, alert)


async def snooze(asking: Asking, alert: OfAlert, what: models.Snooze) -> models.Alert:
    """Put it off for so many minutes, with a reason."""
    until = asking.now + what.minutes * MINUTE
    await asking.site.desk.snooze(alert, asking.person.name, until, what.reason, asking.now)
    return await _changed(asking, alert)


async def close(asking: Asking, alert: OfAlert, what: models.Closing) -> models.Alert:
    """End it and say what it was."""
    await asking.site.desk.close(alert, asking.person.name, what.outcome, (what.note or "").strip() or None, asking.now)
    return await _changed(asking, alert)


class Refused(HTTPException):
    """What was sent will not do: 422, with the field that is to blame."""

    def __init__(self, problem: str, field: str) -> None:
        super().__init__(422, problem)
        self.field = field


async def _changed(asking: Asking, number: int) -> models.Alert:
    asking.site.live.tell(ALERTS)
    return await alert(asking, number)


def summary(one: kept.Alert) -> models.AlertSummary:
    """The alert in a list."""
    return models.AlertSummary(
        alert=one.id,
        home=one.home,
        rule=one.rule,
        subject=one.subject,
        concerns=one.concerns,
        priority=one.priority,
        state=one.state.value,
        calling=one.calling,
        explanation=one.explanation,
        happened=moment(one.event_at),
        raised=moment(one.raised_at),
        accepted=moment_or_none(one.accepted_at),
        accepted_by=one.accepted_by,
        cleared=moment_or_none(one.cleared_at),
        closed=moment_or_none(one.closed_at),
        outcome=_outcome(one.outcome),
        snoozed_until=moment_or_none(one.snoozed_until),
        handed_to=one.handed_to,
        occurrences=one.occurrences,
    )


def _outcome(name: str | None) -> Any:  # noqa: ANN401 - pydantic checks it
    return name if name in _OUTCOMES or name is None else "other"


def _entry(one: kept.Entry) -> models.Entry:
    return models.Entry(at=moment(one.at), what=one.what, by=one.by, text=timeline.sentence(one))


def _message(one: kept.Message) -> models.Message:
    return models.Message(
        contact=one.contact,
        kind=one.kind,
        channel=one.channel,
        step=one.step,
        round=one.round,
        state=one.state,
        due=moment(one.due_at),
        finished=moment_or_none(one.finished_at),
        attempts=one.attempts,
        may_be_repeat=one.may_be_repeat,
    )
