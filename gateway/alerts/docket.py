"""One transaction's worth of work on alerts: verdicts and people's actions go through the lifecycle, calls go out."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.alerts import facts, timeline, wording
from gateway.alerts.alert import Alert
from gateway.alerts.escalation import FALLBACK, NOBODY, Hours, Look, look, operators, recall_at
from gateway.alerts.lifecycle import EVERY_TRIGGER_CALLS, Calling, Event, NotPossible, move
from gateway.alerts.outbox import CALLS, Outbox, Recipient, recipients
from gateway.alerts.people import contacts, steps, zone_and_area
from gateway.alerts.timeline import KEEPWELL
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, FactRow, TimelineRow
from gateway.model import GATEWAY_HOME, AlertState, Contact, Fact, Step, Verdict

_NO_CONTACTS = "this home has nobody to call: give it contacts and an escalation"
_NO_OPERATORS = "nobody is named who looks after the gateway: set [alerts] operators"
_log = structlog.get_logger("keepwell.alerts")


class Docket:
    """Alerts as one transaction sees and changes them, at one `now`. Not kept beyond it."""

    def __init__(self, session: Session, settings: AlertSettings, gateway: str, now: Instant) -> None:
        self.session = session
        self.settings = settings
        self.now = now
        self.outbox = Outbox(session, gateway, now)

    # ---------------------------------------------------------------------------------------- what rules conclude

    def judge(self, verdict: Verdict) -> None:
        """Apply one verdict. Clearing what is not open changes nothing."""
        row = self.session.scalar(
            select(AlertRow).where(
                AlertRow.home == verdict.home,
                AlertRow.rule == verdict.rule,
                AlertRow.subject == (verdict.subject or ""),
                AlertRow.state != AlertState.CLOSED,
            )
        )
        if verdict.kind == "clear":
            if row is not None and row.state != AlertState.CLEARED:
                self._clear(row, verdict)
        elif row is None:
            self._raise(verdict)
        else:
            self._trigger(row, verdict)

    def _raise(self, verdict: Verdict) -> None:
        row = AlertRow(
            home=verdict.home,
            rule=verdict.rule,
            subject=verdict.subject or "",
            concerns=verdict.concerns,
            priority=verdict.priority,
            route=verdict.route,
            state=AlertState.RAISED.value,
            explanation=verdict.explanation,
            evidence=timeline.evidence(verdict),
            event_at=verdict.at,
            received_at=verdict.received_at,
            raised_at=self.now,
            occurrences=1,
            round=1,
            round_at=self.now,
            step=0,
            next_step_at=self.now,
        )
        self.session.add(row)
        self.session.flush()
        self._note(row, "raised", KEEPWELL, timeline.seen(verdict))
        self._fact(row, "raised")
        self.attend(row)

    def _trigger(self, row: AlertRow, verdict: Verdict) -> None:
        before = Alert.of(row)
        insists = verdict.rule in EVERY_TRIGGER_CALLS or verdict.priority < row.priority
        event = Event.INSIST if insists else Event.TRIGGER
        row.occurrences += 1
        row.priority = min(row.priority, verdict.priority) if before.calling else verdict.priority
        row.route = verdict.route
        row.explanation = verdict.explanation
        row.evidence = timeline.evidence(verdict)
        self._note(row, "triggered", KEEPWELL, timeline.seen(verdict))
        if move(before.state, event).calling is Calling.ON:
            self._fact(row, "retriggered")
            return
        row.event_at, row.received_at = verdict.at, verdict.received_at
        self._apply(row, event, before)
        self._fact(row, "raised")
        self.attend(row)

    def _clear(self, row: AlertRow, verdict: Verdict) -> None:
        self._apply(row, Event.CLEAR)
        row.cleared_at = self.now
        told = self.outbox.told(row.id, contacts(self.session, row.home))
        if not Alert.of(row).calling:
            self._stop_calls(row, self.now + int(self.settings.close_cleared_after_min * MINUTE))
        self._note(row, "cleared", KEEPWELL, timeline.seen(verdict))
        self._fact(row, "cleared")
        alert, hours = Alert.of(row), self._hours(row)
        self.outbox.queue(
            alert, "cleared", 0, told, wording.cleared(alert, hours.zone, self.now, verdict.explanation), hours
        )

    # ---------------------------------------------------------------------------------------- what people do

    def accept(self, alert: int, by: str) -> Alert:
        """Somebody takes it on: the calls stop. NotPossible, with the name, when somebody else has."""
        row = self.row(alert)
        self._apply(row, Event.ACCEPT)
        row.accepted_at, row.accepted_by = self.now, by
        told = self.outbox.told(row.id, contacts(self.session, row.home))
        look_at = None
        if row.state == AlertState.CLEARED:
            look_at = self.now + int(self.settings.close_cleared_after_min * MINUTE)
        elif row.priority <= 2:
            wait = int(self.settings.reescalate_after_min * MINUTE)
            look_at = recall_at(Alert.of(row), wait, self._hours(row), self.now)
        self._stop_calls(row, look_at)
        self._note(row, "accepted", by, {})
        self._fact(row, "accepted")
        changed, hours = Alert.of(row), self._hours(row)
        self.outbox.queue(changed, "accepted", 0, told, wording.accepted(changed, hours.zone, self.now), hours)
        return changed

    def close(self, alert: int, by: str, outcome: str, note: str | None) -> Alert:
        """A person ends it and says what it was."""
        row = self.row(alert)
        told = self.outbox.told(row.id, contacts(self.session, row.home))
        self._close(row, Event.CLOSE, by, outcome, note)
        changed, hours = Alert.of(row), self._hours(row)
        self.outbox.queue(changed, "closed", 0, told, wording.closed(changed, hours.zone, self.now, by), hours)
        return changed

    def end(self, alert: int, why: str) -> None:
        """Close what nothing can clear any more. Of those who were told, those who are still contacts hear why."""
        row = self.row(alert)
        known = contacts(self.session, row.home)
        told = [one for one in self.outbox.told(row.id, known) if one.contact.id in {*known, NOBODY.id}]
        self._close(row, Event.CLOSE, KEEPWELL, "other", why)
        changed, hours = Alert.of(row), self._hours(row)
        self.outbox.queue(changed, "closed", 0, told, wording.ended(changed, hours.zone, self.now, why), hours)

    def annotate(self, alert: int, by: str, text: str) -> None:
        """A person adds a note; that is possible at any time, also after closing."""
        self._note(self.row(alert), "note", by, {"text": text})

    def row(self, alert: int) -> AlertRow:
        """The alert's row; NotPossible when there is none."""
        row = self.session.get(AlertRow, alert)
        if row is None:
            raise NotPossible(f"there is no alert {alert}: see `keepwell alerts list`")
        return row

    # ---------------------------------------------------------------------------------------- what the clock does

    def attend(self, row: AlertRow) -> None:
        """Do what is due for an alert whose `next_step_at` has come. Always ends or leaves a later look."""
        if row.next_step_at is None or row.next_step_at > self.now:
            return
        if row.state == AlertState.ACCEPTED:
            self._apply(row, Event.REESCALATE)
            self._fact(row, "called again")
        elif not Alert.of(row).calling:
            self._close(row, Event.EXPIRE, KEEPWELL, "other", "stayed clear")
            return
        self._call(row)

    def _call(self, row: AlertRow) -> None:
        try:
            with self.session.begin_nested():
                usable = self._steps(row)
                if not usable and row.step == 0:
                    self._report_nobody(row, _NO_OPERATORS if row.home == GATEWAY_HOME else _NO_CONTACTS)
                self._take(row, usable or FALLBACK)
        except Exception:  # noqa: BLE001 - nothing in a home's registry may leave its alert unheard
            _log.exception("escalation_failed", alert=row.id, home=row.home, rule=row.rule)
            self.session.refresh(row)
            self._take(row, FALLBACK)

    def _steps(self, row: AlertRow) -> Sequence[Step]:
        """Who is called, in order: a home's escalation, or the operators for the gateway itself."""
        if row.home == GATEWAY_HOME:
            return operators(self.settings)
        return steps(self.session, row.home, row.route)

    def _take(self, row: AlertRow, usable: Sequence[Step]) -> None:
        before, hours = Alert.of(row), self._hours(row)
        decided = look(before, usable, self.outbox.taken_at(before), hours, self.now)
        row.next_step_at = decided.next_at
        if decided.step is None:
            return
        people = list(decided.step.contacts)
        if decided.round > before.round and self._reached_nobody(before):
            self._report_nobody(row, "nobody could be reached in the last round")
            people.append(NOBODY)
        row.step, row.round = decided.number, decided.round
        self._send_step(row, decided.number, people, hours)
        self._note(row, "called", KEEPWELL, timeline.who(decided, people))

    def _send_step(self, row: AlertRow, number: int, people: list[Contact], hours: Hours) -> None:
        alert, kind = Alert.of(row), "digest" if row.priority == 4 else "alert"
        told = self.outbox.told(row.id, contacts(self.session, row.home))
        explained_at, noticed_at = timeline.spoken(self.session, row)
        for to in recipients(people):
            call = wording.Call(number, explained_at, noticed_at, _others(told, to), to.channel)
            self.outbox.queue(alert, kind, number, [to], wording.raised(alert, call, hours.zone, self.now), hours)

    def _reached_nobody(self, alert: Alert) -> bool:
        states = self.outbox.states(alert)
        if any(state in ("sent", "sending") for state in states):
            return False
        return alert.priority <= 2 or all(state in ("failed", "blocked") for state in states)

    def _report_nobody(self, row: AlertRow, why: str) -> None:
        self._note(row, "reaches nobody", KEEPWELL, {"why": why})
        self._fact(row, "reaches nobody")
        _log.error("alert_reaches_nobody", alert=row.id, home=row.home, rule=row.rule, why=why)

    # ---------------------------------------------------------------------------------------- moves

    def _apply(self, row: AlertRow, event: Event, before: Alert | None = None) -> None:
        before = before or Alert.of(row)
        found = move(before.state, event, accepted_by=row.accepted_by)
        row.state = found.to.value
        if found.calling is Calling.AGAIN:
            self._call_again(row, before)

    def _call_again(self, row: AlertRow, before: Alert) -> None:
        """A new round from step 1. Where it was calling already, nobody farther down the list waits longer for that.

        So that one who presses again and again still gets to the last step: all steps taken so far are called again
        at once, and the next one comes when it would have come.
        """
        self.outbox.drop(row.id, ("alert", "digest", "accepted", "cleared"))
        row.round += 1
        row.step = 0
        row.next_step_at = self.now
        row.cleared_at = None
        if not before.calling:
            row.round_at = self.now
            row.accepted_at = row.accepted_by = None
            return
        usable = self._steps(row) or FALLBACK
        done = min(before.step, len(usable))
        if done == 0 or row.priority > 2 or before.next_step_at is None or before.next_step_at <= self.now:
            return
        hours = self._hours(row)
        for number, step in enumerate(usable[:done], start=1):
            self._send_step(row, number, list(step.contacts), hours)
            self._note(row, "called", KEEPWELL, timeline.who(Look(step, number, row.round, None), list(step.contacts)))
        row.step = done
        row.next_step_at = before.next_step_at

    def _close(self, row: AlertRow, event: Event, by: str, outcome: str, note: str | None) -> None:
        self._apply(row, event)
        row.closed_at, row.outcome, row.next_step_at = self.now, outcome, None
        self.outbox.drop(row.id, (*CALLS, "accepted", "cleared") if event is Event.CLOSE else CALLS)
        self._note(row, "closed", by, {"outcome": outcome} | ({"note": note} if note else {}))
        self._fact(row, "closed")

    def _stop_calls(self, row: AlertRow, look_at: Instant | None) -> None:
        row.next_step_at = look_at
        self.outbox.drop(row.id, CALLS)

    # ---------------------------------------------------------------------------------------- records

    def keep(self, fact: Fact) -> None:
        """Store a fact for the recorder."""
        self.session.add(
            FactRow(
                measurement=fact.measurement,
                home=fact.home,
                tags=dict(fact.tags),
                fields=dict(fact.fields),
                at=fact.at,
            )
        )

    def _hours(self, row: AlertRow) -> Hours:
        return Hours.of(self.settings, zone_and_area(self.session, row.home)[0])

    def _note(self, row: AlertRow, what: str, by: str, detail: Mapping[str, Any]) -> None:
        self.session.add(TimelineRow(alert=row.id, at=self.now, what=what, by=by, detail=dict(detail)))

    def _fact(self, row: AlertRow, event: str) -> None:
        area = zone_and_area(self.session, row.home)[1]
        self.keep(facts.transition(Alert.of(row), event, area, self.now))


def _others(told: Sequence[Recipient], reader: Recipient) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.contact.name for one in told if one.contact.id != reader.contact.id))
