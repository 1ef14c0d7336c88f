"""One transaction's worth of work on alerts: verdicts and people's actions go through the lifecycle, calls go out."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.alerts import announcing, answering, lastresort, outcomes, testing, timeline, wording
from gateway.alerts.alert import Alert
from gateway.alerts.calls import Calls
from gateway.alerts.escalation import NOBODY, recall_at
from gateway.alerts.lifecycle import EVERY_TRIGGER_CALLS, Calling, Event, NotPossible, move
from gateway.alerts.outbox import CALLS, Outbox
from gateway.alerts.people import Registered
from gateway.alerts.records import Records
from gateway.alerts.storm import Gathering
from gateway.alerts.timeline import KEEPWELL
from gateway.config import AlertSettings
from gateway.database.revision import raise_revision
from gateway.database.tables import AlertRow, HomeRow
from gateway.model import GATEWAY_HOME, AlertState, Priority, Verdict


class Docket:
    """Alerts as one transaction sees and changes them, at one `now`. Not kept beyond it."""

    def __init__(self, session: Session, settings: AlertSettings, gateway: str, now: Instant) -> None:
        self.session = session
        self.settings = settings
        self.now = now
        self.registered = Registered(session)
        self.records = Records(session, now, self.registered)
        self.outbox = Outbox(session, gateway, now, Gathering(session, settings, now, self.registered))
        self.calls = Calls(session, settings, self.outbox, self.records)

    # ---------------------------------------------------------------------------------------- what rules conclude

    def judge(self, verdict: Verdict) -> None:
        """Apply one verdict. Clearing what is not open changes nothing, nor does an answer that nobody asked for."""
        if verdict.kind == "cancel":
            self._answer(verdict)
            return
        row = self._open(verdict.home, verdict.rule, verdict.subject or "")
        if verdict.kind == "clear":
            if row is not None and row.state != AlertState.CLEARED:
                self._clear(row, verdict)
        elif row is None:
            verdict, walk = testing.awaited(self.session, verdict, self.now)
            raised = self._raise(verdict)
            if walk is not None:
                testing.pressed(walk, raised)
        else:
            self._trigger(row, verdict)

    def _raise(self, verdict: Verdict) -> AlertRow:
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
            unanswered=0,
        )
        self.session.add(row)
        self.session.flush()
        self.records.note(row, "raised", KEEPWELL, timeline.seen(verdict))
        self.records.fact(row, "raised")
        with self.calls.new(row):
            self.attend(row)
        return row

    def _trigger(self, row: AlertRow, verdict: Verdict) -> None:
        before = Alert.of(row)
        insists = verdict.rule in EVERY_TRIGGER_CALLS or verdict.priority < row.priority
        event = Event.INSIST if insists else Event.TRIGGER
        waits = before.calling or before.state is AlertState.SNOOZED
        row.occurrences += 1
        row.priority = min(row.priority, verdict.priority) if waits else verdict.priority
        row.route = verdict.route
        row.explanation = verdict.explanation
        row.evidence = timeline.evidence(verdict)
        self.records.note(row, "triggered", KEEPWELL, timeline.seen(verdict))
        if move(before.state, event).calling is not Calling.AGAIN:
            self.records.fact(row, "retriggered")
            return
        row.event_at, row.received_at = verdict.at, verdict.received_at
        self._apply(row, event, before)
        self.records.fact(row, "raised")
        self.attend(row)

    def _clear(self, row: AlertRow, verdict: Verdict) -> None:
        before = Alert.of(row)
        self._apply(row, Event.CLEAR)
        row.cleared_at = self.now
        told = self.calls.told(row)
        if not Alert.of(row).calling:
            self._stay_clear(row, verdict.explanation)
        elif before.state is AlertState.SNOOZED:  # it was put off and nobody has answered: then the calls begin again
            row.round, row.step = row.round + 1, 0
        self.records.note(row, "cleared", KEEPWELL, timeline.seen(verdict))
        self.records.fact(row, "cleared")
        alert, zone = Alert.of(row), self.calls.hours(row).zone
        words = partial(wording.cleared, alert, zone, explanation=verdict.explanation, said=verdict.said)
        self.calls.tell(row, "cleared", told, words)

    def _answer(self, verdict: Verdict) -> None:
        """The resident says that all is well: what they were asked about is over, if nobody was called yet."""
        for row in answering.asked(self.session, verdict.home):
            alert = Alert.of(row)
            if not answering.is_after(alert, verdict):
                continue
            if not answering.is_in_time(alert, verdict):
                self.records.note(row, "answered late", answering.RESIDENT, {"at": verdict.at})
                continue
            told = self.calls.told(row)
            self._apply(row, Event.ANSWER)
            row.cleared_at = self.now
            self._stay_clear(row, "was answered by the resident")
            self.records.note(row, "answered", answering.RESIDENT, {"at": verdict.at})
            self.records.fact(row, "answered")
            words = partial(announcing.answered, Alert.of(row), self.calls.hours(row).zone)
            self.calls.tell(row, "cleared", told, words, at_home="answered")

    # ---------------------------------------------------------------------------------------- what people do

    def accept(self, alert: int, by: str, *, as_test: bool = False) -> Alert:
        """Somebody takes it on: the calls stop. NotPossible, with the name, when somebody else has.

        `as_test`: they read that nobody needs help. NotPossible when it was pressed again since, and is a real call.
        """
        row = self.row(alert)
        if as_test and testing.tester(row.evidence) is None:
            raise NotPossible("this is a real call by now, no test: see to it; nothing was changed")
        takes_over = row.state == AlertState.ACCEPTED and bool(row.handed_to)
        self._apply(row, Event.CONFIRM if takes_over else Event.ACCEPT)
        row.accepted_at, row.accepted_by = self.now, by
        told = self.calls.told(row)
        look_at = None
        if row.state == AlertState.CLEARED:
            look_at = self.now + int(self.settings.close_cleared_after_min * MINUTE)
        elif row.priority <= 2:
            look_at = self._recall_at(row)
        self.calls.stop(row, look_at)
        self.records.note(row, "accepted", by, {})
        self.records.fact(row, "taken over" if takes_over else "accepted")
        self._relieve(row, f"was accepted by {by}")
        changed, zone = Alert.of(row), self.calls.hours(row).zone
        self.calls.tell(row, "accepted", told, partial(wording.accepted, changed, zone))
        if (tester := testing.tester(row.evidence)) is not None:  # it went the whole way, so it is over
            return self.close(alert, tester, "test", None)
        return changed

    def hand_over(self, alert: int, by: str, to: str, reason: str) -> Alert:
        """Who has accepted it asks another to take it on. If nobody does, it calls again."""
        row = self.row(alert)
        self._apply(row, Event.HAND_OVER)
        person = answering.person(self.registered.contacts(row.home).values(), to, row.accepted_by)
        self.calls.hand(row, person, by, reason)
        about = {"to": person.name, "reason": reason, "until": row.next_step_at}
        self.records.note(row, "handed over", by, about)
        self.records.fact(row, "handed over")
        return Alert.of(row)

    def snooze(self, alert: int, by: str, until: Instant, reason: str) -> Alert:
        """A person puts it off: nobody is called until then. BadInput where that is too long."""
        row = self.row(alert)
        answering.check_snooze(Alert.of(row), self.settings, until, self.now)
        self._apply(row, Event.SNOOZE)
        told = self.calls.told(row)
        self.calls.stop(row, until)
        row.snoozed_until = until
        self.records.note(row, "snoozed", by, {"until": until, "reason": reason})
        self.records.fact(row, "snoozed")
        self._relieve(row, f"was put off by {by}")
        words = partial(announcing.snoozed, Alert.of(row), by, reason, self.calls.hours(row).zone)
        self.calls.tell(row, "snoozed", [one for one in told if not one.contact.resident], words)
        return Alert.of(row)

    def close(self, alert: int, by: str, outcome: str, note: str | None) -> Alert:
        """A person ends it and says what it was. A test that somebody accepted has gone the whole way."""
        row = self.row(alert)
        told = self.calls.told(row)
        if testing.answered(row, by, outcome):
            row.accepted_at, row.accepted_by, outcome = self.now, by, "test"
        self._close(row, Event.CLOSE, by, outcome, note)
        home = self.session.get(HomeRow, row.home)
        if outcome == "test" and row.accepted_at is not None and home is not None:
            home.tested_at = self.now
            raise_revision(self.session)
        changed, zone = Alert.of(row), self.calls.hours(row).zone
        self.calls.tell(row, "closed", told, partial(wording.closed, changed, zone, by=by))
        if (review := outcomes.review(self.session, row, self.now)) is not None:
            self.judge(review)
        return changed

    def end_test(self, alert: int, by: str) -> None:
        """End a test that nobody accepted. NotPossible where it is none, or has become a real call."""
        tester = testing.tester(self.row(alert).evidence)
        if tester is None:
            raise NotPossible("this is a real call, no test: see to it; nothing was changed")
        self.close(alert, tester, "test", f"{by} ended the test: nobody had accepted it")

    def end(self, alert: int, why: str) -> None:
        """Close what nothing can clear any more. Of those who were told, those who are still contacts hear why."""
        row = self.row(alert)
        known = {*self.registered.contacts(row.home), NOBODY.id}
        told = [one for one in self.calls.told(row) if one.contact.id in known]
        self._close(row, Event.CLOSE, KEEPWELL, "other", why)
        changed, zone = Alert.of(row), self.calls.hours(row).zone
        self.calls.tell(row, "closed", told, partial(wording.ended, changed, zone, why=why))

    def annotate(self, alert: int, by: str, text: str) -> None:
        """A person adds a note; that is possible at any time, also after closing."""
        self.records.note(self.row(alert), "note", by, {"text": text})

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
        if row.state == AlertState.SNOOZED:
            self._apply(row, Event.WAKE)
            self.records.note(row, "called again", KEEPWELL, {"why": "it was put off until now"})
            self.records.fact(row, "called again")
        elif row.state == AlertState.ACCEPTED:
            why = f"{row.handed_to} did not take it on" if row.handed_to else "it goes on"
            self._apply(row, Event.REESCALATE)
            self.records.note(row, "called again", KEEPWELL, {"why": why})
            self.records.fact(row, "called again")
        elif not Alert.of(row).calling:
            self._close(row, Event.EXPIRE, KEEPWELL, "other", "stayed clear")
            return
        why_alarm = self.calls.go_on(row)
        if why_alarm is not None:
            self._alarm(row, why_alarm)

    def grow(self, row: AlertRow, priority: Priority, explanation: str, evidence: Mapping[str, Any]) -> None:
        """A fault that nobody has repaired is more urgent now, and calls from step 1 again."""
        before = replace(Alert.of(row), next_step_at=None)
        row.priority, row.explanation, row.evidence, row.unanswered = priority, explanation, dict(evidence), 0
        self.records.note(row, "aged", KEEPWELL, {"at": self.now, "since": row.raised_at, "priority": priority})
        self._apply(row, Event.INSIST, before)
        self.records.fact(row, "aged")
        self.attend(row)

    # ---------------------------------------------------------------------------------------- moves

    def _apply(self, row: AlertRow, event: Event, before: Alert | None = None) -> None:
        before = before or Alert.of(row)
        accepted_by = None if before.state is AlertState.SNOOZED else row.accepted_by
        found = move(before.state, event, accepted_by=accepted_by)
        row.state = found.to.value
        if found.calling is Calling.AGAIN:
            self.calls.again(row, before, ask=before.state is AlertState.CLEARED)

    def _close(self, row: AlertRow, event: Event, by: str, outcome: str, note: str | None) -> None:
        self._apply(row, event)
        self.calls.stop(row, None)
        row.closed_at, row.outcome = self.now, outcome
        if event is Event.CLOSE:
            self.outbox.drop(row.id, (*CALLS, "accepted", "cleared", "snoozed"))
        self.records.note(row, "closed", by, {"outcome": outcome} | ({"note": note} if note else {}))
        self.records.fact(row, "closed")
        self._relieve(row, f"was closed by {by}")

    def _stay_clear(self, row: AlertRow, why: str) -> None:
        """Call nobody any more; it ends by itself when it has stayed clear."""
        self.calls.stop(row, self.now + int(self.settings.close_cleared_after_min * MINUTE))
        self._relieve(row, f"is over: {why.rstrip('.')}")

    def _recall_at(self, row: AlertRow) -> Instant:
        after, alert = int(self.settings.reescalate_after_min * MINUTE), Alert.of(row)
        if lastresort.is_alarm(alert):  # there is nobody else
            return self.now + after
        return recall_at(alert, after, self.calls.hours(row), self.now)

    # ---------------------------------------------------------------------------------------- the last resort

    def _alarm(self, row: AlertRow, why: str) -> None:
        """Nobody could be reached, or nobody accepts: call the last resort, until somebody has answered."""
        alert = Alert.of(row)
        if not lastresort.wanted(alert):
            return
        present = self._open(GATEWAY_HOME, lastresort.RULE, lastresort.subject(alert))
        if present is None or present.state == AlertState.CLEARED:
            self.records.note(row, "last resort", KEEPWELL, {"why": why})
            self.judge(lastresort.alarm(alert, why, self.now))

    def _relieve(self, row: AlertRow, why: str) -> None:
        alert = Alert.of(row)
        if lastresort.wanted(alert):
            self.judge(lastresort.over(alert, why, self.now))

    def _open(self, home: str, rule: str, subject: str) -> AlertRow | None:
        return self.session.scalar(
            select(AlertRow).where(
                AlertRow.home == home,
                AlertRow.rule == rule,
                AlertRow.subject == subject,
                AlertRow.state != AlertState.CLOSED,
            )
        )
