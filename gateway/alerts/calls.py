"""The calls of an alert, in one transaction: who is called now, again, no longer, and what they are told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import SECOND, Instant
from gateway.alerts import announcing, lastresort, timeline, wording
from gateway.alerts.alert import Alert
from gateway.alerts.escalation import (
    FALLBACK,
    FALLBACK_WAIT_S,
    NOBODY,
    Escalation,
    Hours,
    Look,
    callable_now,
    due_at,
    look,
    operators,
)
from gateway.alerts.outbox import CALLS, Outbox, Recipient, recipients
from gateway.alerts.records import Records
from gateway.alerts.timeline import KEEPWELL
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, OutboxRow
from gateway.model import ANNOUNCE, GATEWAY_HOME, Contact

_NO_CONTACTS = "this home has nobody to call: give it contacts and an escalation"
_NO_OPERATORS = "nobody is named who looks after the gateway: set [alerts] operators"
_NOBODY_REACHED = "nobody could be reached in the last round"
_REACHED = frozenset({"sent", "sending"})
_FAILED = frozenset({"failed", "blocked"})
_log = structlog.get_logger("keepwell.alerts")


class Word(Protocol):
    """What is said to a reader of a language who reads it at `now`."""

    def __call__(self, now: Instant, *, language: str) -> wording.Text:
        """The text."""


class Calls:
    """Not kept beyond its transaction, as all that it knows is as of one `now`."""

    def __init__(self, session: Session, settings: AlertSettings, outbox: Outbox, records: Records) -> None:
        self.session = session
        self.settings = settings
        self.outbox = outbox
        self.records = records
        self.registered = records.registered
        self.now = records.now
        self._new: int | None = None

    @contextmanager
    def new(self, row: AlertRow) -> Iterator[None]:
        """Inside, the alert is known to have been raised just now: nobody was told of it, nothing waits to be sent."""
        self._new = row.id
        try:
            yield
        finally:
            self._new = None

    def go_on(self, row: AlertRow) -> str | None:
        """Do what is due. In words why the last resort is to be called, where it is."""
        try:
            with self.session.begin_nested():
                return self._take(row, self.plan(row))
        except Exception:  # noqa: BLE001 - nothing in a home's registry may leave its alert unheard
            _log.exception("escalation_failed", alert=row.id, home=row.home, rule=row.rule)
            self.session.refresh(row)
            return self._take(row, Escalation((), FALLBACK))

    def again(self, row: AlertRow, before: Alert, *, ask: bool) -> None:
        """A new round from step 1. Where it was calling already, nobody farther down the list waits longer for that.

        So that one who presses again and again still gets to the last step: all steps taken so far are called again
        at once, and the next one comes when it would have come. `ask`: the resident may be asked first.
        """
        self.outbox.drop(row.id, (*CALLS, "accepted", "cleared", "snoozed"))
        row.round += 1
        row.step = 0
        row.next_step_at = self.now
        row.cleared_at = row.handed_to = row.snoozed_until = None
        if not before.calling:
            row.round_at, row.unanswered = self.now, 0
            row.accepted_at = row.accepted_by = row.asked_at = None
            row.answer_by = None if ask else self.now
        elif before.step == 0:
            row.answer_by = None
        elif row.priority <= 2 and before.next_step_at is not None and before.next_step_at > self.now:
            self._repeat_steps(row, before.step, before.next_step_at)

    def hand(self, row: AlertRow, person: Contact, by: str, reason: str) -> None:
        """Call one person alone. If they do not take it on, it is due when their step would have waited long enough."""
        self.stop(row, None)
        row.round += 1
        row.handed_to = person.name
        hours = self.hours(row)
        waits = [step.wait_s for step in self.plan(row).steps if person in step.contacts]
        told_at = due_at(Alert.of(row).priority, person, hours, self.now)
        row.next_step_at = told_at + min(waits, default=FALLBACK_WAIT_S) * SECOND

        def word(call: wording.Text, language: str) -> wording.Text:
            return announcing.handed_over(Alert.of(row), call, by, reason, hours.zone, self.now, language)

        self._send(row, "alert", row.step, [person], word)

    def stop(self, row: AlertRow, look_at: Instant | None) -> None:
        """Call nobody any more, and look again at that time."""
        row.next_step_at = look_at
        row.handed_to = row.snoozed_until = None
        self.close_window(row)
        self.outbox.drop(row.id, CALLS)

    def close_window(self, row: AlertRow) -> None:
        """Whoever lives there can no longer answer."""
        row.answer_by = self.now if row.answer_by is None else min(row.answer_by, self.now)

    def told(self, row: AlertRow) -> list[Recipient]:
        """Everybody who was called for it."""
        return [] if row.id == self._new else self.outbox.told(row.id, self.registered.contacts(row.home))

    def tell(self, row: AlertRow, kind: str, to: Sequence[Recipient], word: Word, at_home: str | None = None) -> None:
        """News of the alert, to each in their language; a resident hears it in words of their own, `at_home`'s."""
        alert, hours = Alert.of(row), self.hours(row)
        told = (OutboxRow.alert == row.id, OutboxRow.kind == kind, OutboxRow.round == row.round)
        last = self.session.scalar(select(func.max(OutboxRow.step)).where(*told))
        number = 0 if last is None else last + 1

        def worded(one: Recipient, read_at: Instant) -> wording.Text:
            language = one.contact.language
            if one.contact.resident or one.channel.lower() == ANNOUNCE:
                return announcing.news(alert, at_home or kind, hours.zone, read_at, language)
            return word(read_at, language=language)

        self.outbox.queue(alert, kind, number, to, worded, hours)

    def plan(self, row: AlertRow) -> Escalation:
        """Who is called, in order: a home's escalation, or who looks after the gateway for the gateway itself."""
        alert = Alert.of(row)
        if row.home != GATEWAY_HOME:
            return Escalation.of(alert, self.registered.steps(row.home, row.route))
        return Escalation((), (lastresort.steps if lastresort.is_alarm(alert) else operators)(self.settings))

    def hours(self, row: AlertRow) -> Hours:
        """When people of its home may be told."""
        return Hours.of(self.settings, self.registered.zone_and_area(row.home)[0])

    # ---------------------------------------------------------------------------------------- steps

    def _take(self, row: AlertRow, plan: Escalation) -> str | None:
        before, hours = Alert.of(row), self.hours(row)
        usable = plan if plan.steps else Escalation(plan.ask, FALLBACK)
        waits = before.step > 0 and (before.priority > 2 or self._failed(before, before.step))
        taken_at = self.outbox.taken_at(before) if waits else None
        decided = look(before, usable, taken_at, hours, self.now)
        row.next_step_at = decided.next_at
        if decided.step is None:
            return _NOBODY_REACHED if before.step > 0 and before.priority <= 2 and self._failed(before) else None
        if decided.number == 0:
            self._ask(row, decided.step.contacts)
            return None
        people = list(decided.step.contacts)
        why = self._unreached(row, before, decided, somebody=bool(plan.steps))
        if why is not None:
            self._report_nobody(row, why)
            used = {channel for one in people if one.id == NOBODY.id for channel in one.channels}
            people.append(replace(NOBODY, channels=tuple(one for one in NOBODY.channels if one not in used)))
        if row.asked_at is not None and row.step == 0:
            self.outbox.drop(row.id, ("alert",))  # a question that did not get there is too late
        row.step, row.round = decided.number, decided.round
        self.close_window(row)
        self._send_step(row, decided.number, people)
        if why is None and row.unanswered >= self.settings.last_resort_after_rounds:
            return lastresort.unanswered(row.unanswered)
        return why

    def _unreached(self, row: AlertRow, before: Alert, decided: Look, *, somebody: bool) -> str | None:
        """Why nobody was reached, at the beginning for want of anybody, else in the round that is over."""
        over = decided.round > before.round
        row.unanswered += over
        if not somebody and (over or row.step == 0):
            return _NO_OPERATORS if row.home == GATEWAY_HOME else _NO_CONTACTS
        return _NOBODY_REACHED if over and self._reached_nobody(before) else None

    def _repeat_steps(self, row: AlertRow, up_to: int, then_at: Instant) -> None:
        present = callable_now(Alert.of(row), self.plan(row).steps or FALLBACK, self.hours(row), self.now)
        for number, step in [one for one in present if one.number <= up_to]:
            row.step, row.next_step_at = number, then_at
            self._send_step(row, number, step.contacts)

    def _ask(self, row: AlertRow, people: Sequence[Contact]) -> None:
        """Ask the resident, who has until the next look."""
        row.asked_at, row.answer_by = self.now, row.next_step_at
        alert, hours = Alert.of(row), self.hours(row)

        def asked(one: Recipient, read_at: Instant) -> wording.Text:
            return announcing.ask(alert, hours.zone, read_at, one.contact.language)

        self.outbox.queue(alert, "alert", 0, recipients(people), asked, hours, new=row.id == self._new)
        self.records.note(row, "asked", KEEPWELL, {"until": row.answer_by, "contacts": [one.name for one in people]})
        self.records.fact(row, "asked")

    def _send_step(self, row: AlertRow, number: int, people: Sequence[Contact]) -> None:
        self._send(row, "digest" if row.priority == 4 else "alert", number, people, lambda call, _language: call)
        called = {"step": number, "round": row.round, "contacts": [one.name for one in people]}
        self.records.note(row, "called", KEEPWELL, called)

    def _send(
        self,
        row: AlertRow,
        kind: str,
        number: int,
        people: Sequence[Contact],
        finish: Callable[[wording.Text, str], wording.Text],
    ) -> None:
        alert, hours, told = Alert.of(row), self.hours(row), self.told(row)
        is_new = row.id == self._new
        explained_at, noticed_at = (row.event_at, self.now) if is_new else timeline.spoken(self.session, row)

        def called(to: Recipient, read_at: Instant) -> wording.Text:
            call = wording.Call(number, explained_at, noticed_at, _others(told, to), to.channel)
            language = to.contact.language
            return finish(wording.raised(alert, call, hours.zone, read_at, language), language)

        self.outbox.queue(alert, kind, number, recipients(people), called, hours, new=is_new)

    # ---------------------------------------------------------------------------------------- whom it reached

    def _reached_nobody(self, alert: Alert) -> bool:
        """Whether no call of the round has got to anybody; for what can wait, only when all have failed for good."""
        return self._failed(alert) or (alert.priority <= 2 and _REACHED.isdisjoint(self._states(alert)))

    def _failed(self, alert: Alert, step: int | None = None) -> bool:
        return _FAILED.issuperset(self._states(alert, step))

    def _states(self, alert: Alert, step: int | None = None) -> list[str]:
        """Of the calls of the round, or of a step of it, to those who could go there.

        Neither the resident can nor who sees the console of a home.
        """
        helpers = [OutboxRow.channel != ANNOUNCE] + ([] if step is None else [OutboxRow.step == step])
        if alert.home != GATEWAY_HOME:
            helpers.append(OutboxRow.contact != NOBODY.id)
        return self.outbox.states(alert, *helpers)

    def _report_nobody(self, row: AlertRow, why: str) -> None:
        self.records.note(row, "reaches nobody", KEEPWELL, {"why": why})
        self.records.fact(row, "reaches nobody")
        _log.error("alert_reaches_nobody", alert=row.id, home=row.home, rule=row.rule, why=why)


def _others(told: Sequence[Recipient], reader: Recipient) -> tuple[str, ...]:
    others = (one.contact for one in told if one.contact.id != reader.contact.id and not one.contact.resident)
    return tuple(dict.fromkeys(contact.name for contact in others))
