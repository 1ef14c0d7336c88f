"""Whatever happens to alerts, in whatever order: nobody is forgotten, nobody is called for what is answered.

Hypothesis plays rules, residents, people, broken telephones, restarts and time against the real desk and notifier.
"""

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event, select

from devices.instant import MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.alerts.desk import AlertDesk
from gateway.alerts.lifecycle import NotPossible
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, OutboxRow, TimelineRow
from gateway.errors import BadInput, FixConfiguration, GiveUp, TryLater
from gateway.model import AlertState, Notice
from tests.alerts.street import Street

pytestmark = pytest.mark.timeout(600)  # a minute on a machine with nothing else to do

SETTINGS = AlertSettings(last_resort=("list:warden",), last_resort_after_rounds=2)
RULES = {"pendant": 1, "hazard": 1, "not_up": 2, "inactivity": 2, "long_in_chair": 3, "hub_silent": 2, "battery": 4}
PEOPLE = ("Ann", "Bob", "Team", "Resident")
TROUBLES = (None, TryLater("busy"), GiveUp("no such number"), FixConfiguration("wrong password"))
CALLS = {"alert", "digest"}
TELLING = {"called", "told", "not told", "reaches nobody", "last resort"}
NEWS = {"closed", "cleared", "accepted"}
UNFINISHED = {"pending", "blocked", "sending"}

rules = st.sampled_from(sorted(RULES))
helpers = st.sampled_from(("Ann", "Bob", "Team", "Passer-by"))
which = st.integers(0, 5)
Result = TypeVar("Result")


class Lives(RuleBasedStateMachine):
    """One home with a resident who is asked, three steps of people, and a warden of last resort."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.street = Street(Path(self.folder.name), SETTINGS)
        event.listen(self.street.database.engine, "connect", _in_memory_of_the_machine)
        self.street.database.engine.dispose()
        self.street.desk = AlertDesk(self.street.database, SETTINGS)
        self.street.calls("Ann", "Bob", "Team").lives_there()
        self.street.on_duty("Bob", "08:00-18:00").person("Team", quiet_hours="22:00-07:00")
        self.street.phones.trouble = self._trouble
        self.troubles: dict[str, Exception | None] = {}
        self.heard: list[tuple[Instant, Notice]] = []

    def teardown(self) -> None:
        self.street.database.close()
        self.runner.close()
        self.folder.cleanup()

    # ---------------------------------------------------------------- what happens

    @rule(name=rules, subject=st.sampled_from(["", "hall"]), urgent=st.booleans())
    def triggers(self, name: str, subject: str, urgent: bool) -> None:
        priority = max(1, RULES[name] - urgent)
        self._run(self.street.rule(name, subject=subject, priority=priority))

    @rule(name=rules, subject=st.sampled_from(["", "hall"]))
    def clears(self, name: str, subject: str) -> None:
        self._run(self.street.rule(name, "clear", subject=subject))

    @rule(ago=st.sampled_from([0, 0, 30]))
    def cancels(self, ago: int) -> None:
        at = self.street.now - ago * MINUTE
        before = {alert.id: alert for alert in self._open()}
        self._run(self.street.cancels(at=at))
        for alert in self._all():
            was = before.get(alert.id)
            if was is None or (alert.state, was.state) == (was.state, alert.state):
                continue
            assert alert.state is AlertState.CLEARED
            assert was.asked_at is not None
            assert was.answer_by is not None
            assert was.asked_at <= at <= was.answer_by
            assert (was.state, was.step) == (AlertState.RAISED, 0)
            assert was.priority in {2, 3}

    @precondition(lambda self: self._open())
    @rule(number=which, by=helpers)
    def accepts(self, number: int, by: str) -> None:
        self._tries(number, lambda alert: self.street.accepts(by, alert))

    @precondition(lambda self: self._open())
    @rule(number=which, by=helpers, outcome=st.sampled_from(["genuine", "false", "test"]))
    def closes(self, number: int, by: str, outcome: str) -> None:
        self._tries(number, lambda alert: self.street.closes(by, outcome, alert))

    @precondition(lambda self: self._open())
    @rule(number=which, by=helpers, to=helpers)
    def hands_over(self, number: int, by: str, to: str) -> None:
        self._tries(number, lambda alert: self.street.hands_over(by, to, "so", alert))

    @precondition(lambda self: self._open())
    @rule(number=which, by=helpers, minutes=st.sampled_from([0, 10, 30, 45, 600, 800]))
    def snoozes(self, number: int, by: str, minutes: int) -> None:
        self._tries(number, lambda alert: self.street.snoozes(by, minutes, "so", alert))

    @rule(minutes=st.sampled_from([0.5, 4, 6, 31, 240]))
    def time_passes(self, minutes: float) -> None:
        self._run(self.street.passes(minutes))

    @rule(name=st.sampled_from(PEOPLE), trouble=st.sampled_from(TROUBLES))
    def telephone(self, name: str, trouble: Exception | None) -> None:
        self.troubles[name] = trouble

    @rule(name=rules, minutes=st.sampled_from([0, 3, 60]))
    def is_killed_before_anybody_was_told(self, name: str, minutes: int) -> None:
        """The gateway dies with what it has just concluded on its disk, and starts some time later."""
        self._run(self.street.concludes(name, subject="hall"))
        self.street.clock.advance_to(self.street.now + minutes * MINUTE)
        self.street.desk = AlertDesk(self.street.database, SETTINGS)
        self.street.notifier = self.street.new_notifier()
        self._run(self.street.notifier.recover())
        self._run(self.street.settles())

    # ---------------------------------------------------------------- what must always be so

    @invariant()
    def nobody_is_forgotten_and_nobody_called_in_vain(self) -> None:
        self.messages: dict[int, list[OutboxRow]] = {}
        for row in self.street.rows():
            self.messages.setdefault(row.alert, []).append(row)
        everything = self._all()
        still_open = [alert for alert in everything if alert.state is not AlertState.CLOSED]
        concerns = [(alert.home, alert.rule, alert.subject) for alert in still_open]
        assert len(concerns) == len(set(concerns)), "one open alert for each concern"
        for alert in still_open:
            self._goes_on_or_ends(alert)
            self._waits_for_nobody_if_it_is_an_emergency(alert)
        for alert in everything:
            self._calls_nobody_once_answered(alert)
        self._tells_nothing_but_its_end_after_that(everything)
        self._has_the_last_resort_if_nobody_is_reached(everything)

    def _goes_on_or_ends(self, alert: Alert) -> None:
        if alert.calling and alert.priority < 4:
            assert alert.next_step_at is not None, alert
        if alert.next_step_at is not None:
            assert alert.next_step_at > self.street.now, alert
        if alert.state in {AlertState.SNOOZED, AlertState.CLEARED} or alert.handed_to:
            assert alert.next_step_at is not None, alert
        if alert.state is AlertState.ACCEPTED and alert.priority <= 2:
            assert alert.next_step_at is not None, alert

    def _waits_for_nobody_if_it_is_an_emergency(self, alert: Alert) -> None:
        put_off = alert.state is AlertState.CLEARED and alert.step == 0
        if alert.priority > 1 or not alert.calling or put_off:
            return
        assert alert.step >= 1, alert
        called = [row for row in self.messages[alert.id] if row.kind == "alert" and row.priority == 1]
        assert called, alert
        assert all(row.due_at <= row.created_at for row in called if row.attempts == 0), alert
        assert all(row.channel != "announce:" for row in called), alert

    def _calls_nobody_once_answered(self, alert: Alert) -> None:
        if alert.calling or (alert.state is AlertState.ACCEPTED and alert.handed_to):
            return
        waiting = [row for row in self.messages.get(alert.id, []) if row.kind in CALLS and row.state in UNFINISHED]
        assert not waiting, alert

    def _tells_nothing_but_its_end_after_that(self, everything: list[Alert]) -> None:
        closed_at = {alert.id: alert.closed_at for alert in everything if alert.closed_at is not None}
        for at, notice in self.heard:
            if notice.alert in closed_at and at > closed_at[notice.alert]:
                assert notice.kind in NEWS, notice
        for alert in closed_at:
            assert {row.kind for row in self.messages.get(alert, []) if row.state in UNFINISHED} <= NEWS

    def _has_the_last_resort_if_nobody_is_reached(self, everything: list[Alert]) -> None:
        alarms = {alert.subject: alert for alert in everything if alert.home == "gateway"}
        for alert in everything:
            alarm = alarms.get(f"unreached {alert.home} {alert.id}")
            if alert.home == "gateway" or alert.priority > 2:
                continue
            put_off = alert.state is AlertState.CLEARED and alert.step == 0
            if alert.calling and not put_off and (self._rounds_in_vain(alert) >= 2 or self._reached_nobody(alert)):
                assert alarm is not None, alert
                assert alarm.state is not AlertState.CLEARED, "only a person ends it before its alert is answered"
            if alarm is not None and not alert.calling:
                assert alarm.state in {AlertState.CLEARED, AlertState.CLOSED}, (alert, alarm)

    # ---------------------------------------------------------------- inside

    def _trouble(self, notice: Notice) -> Exception | None:
        error = self.troubles.get(notice.contact.name)
        if error is None:
            self.heard.append((self.street.now, notice))
        return error

    def _run(self, work: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await work

        return self.runner.run(wait())

    def _tries(self, number: int, act: Callable[[int], Awaitable[object]]) -> None:
        """Do it to one of the open alerts; what is refused changes nothing."""
        found = self._open()
        alert = found[number % len(found)].id
        before = self._picture()
        refused = None
        try:
            self._run(act(alert))
        except (NotPossible, BadInput) as error:
            refused = str(error)
        if refused is not None:
            assert "nothing was changed" in refused or "nobody could be told" in refused
            assert self._picture() == before

    def _picture(self) -> list[Any]:
        with self.street.database.transaction() as session:
            counted = [len(session.scalars(select(table.id)).all()) for table in (OutboxRow, TimelineRow)]
        return [*self._all(), *counted]

    def _all(self) -> list[Alert]:
        with self.street.database.transaction() as session:
            return [Alert.of(row) for row in session.scalars(select(AlertRow).order_by(AlertRow.id))]

    def _open(self) -> list[Alert]:
        return [alert for alert in self._all() if alert.state is not AlertState.CLOSED]

    def _rounds_in_vain(self, alert: Alert) -> int:
        """How often the calls began again since anything else happened to it, as its timeline has it."""
        with self.street.database.transaction() as session:
            entries = session.execute(
                select(TimelineRow.what, TimelineRow.detail)
                .where(TimelineRow.alert == alert.id)
                .order_by(TimelineRow.id.desc())
            ).all()
        latest = itertools.takewhile(lambda entry: entry.what in TELLING, entries)
        steps = [entry.detail["step"] for entry in latest if entry.what == "called"]
        return sum(earlier >= later for later, earlier in itertools.pairwise(steps))

    def _reached_nobody(self, alert: Alert) -> bool:
        with self.street.database.transaction() as session:
            noted = select(TimelineRow.at).where(TimelineRow.alert == alert.id, TimelineRow.what == "reaches nobody")
            return any(at > alert.round_at for at in session.scalars(noted))


def _in_memory_of_the_machine(connection: Any, _record: object) -> None:
    """No disk is waited for: what a machine loses that dies is not the matter here."""
    connection.execute("PRAGMA synchronous=OFF")


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
