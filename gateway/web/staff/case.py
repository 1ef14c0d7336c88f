"""An alert as care workers read it: what it is, since when, who was told, and what comes next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import SECOND, Instant
from gateway.alerts import lastresort
from gateway.alerts.alert import Alert
from gateway.alerts.escalation import FALLBACK, Escalation, Hours, due_at, look, operators
from gateway.alerts.outbox import CALLS
from gateway.alerts.outcomes import LATER_S, SOON_S
from gateway.alerts.people import DEFAULT_ROUTE, contact, machine_zone, steps_of, zone_named
from gateway.alerts.timeline import listed
from gateway.alerts.wording import headline
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, ContactRow, HomeRow, OutboxRow, StepRow
from gateway.model import GATEWAY_HOME, AlertState, Contact
from gateway.saying import clock_time, duration
from gateway.speech import sentence

PRIORITIES = {1: "1 · Emergency", 2: "2 · Urgent", 3: "3 · Today", 4: "4 · Routine"}
KINDS = {1: "alarm", 2: "warn", 3: "info", 4: "info"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call or digest of an alert as the outbox has it."""

    alert: int
    step: int
    round: int
    contact: int
    name: str
    state: str
    created_at: Instant
    due_at: Instant
    finished_at: Instant | None


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call, in order of the escalation. `phone` as they wrote it, None where none is on record."""

    name: str
    phone: str | None
    at_home: bool
    told_at: Instant | None

    @property
    def tel(self) -> str:
        """For a `tel:` link: digits, and the plus of a country (RFC 3966)."""
        return "".join(letter for letter in self.phone or "" if letter.isdecimal() or letter == "+")


@dataclass(frozen=True, slots=True)
class Case:
    """One alert with what is known of it. `zone`: of its home; `registered`: whether there is such a home."""

    alert: Alert
    zone: ZoneInfo
    area: str | None
    registered: bool
    calls: Sequence[Call]
    plan: Escalation
    contacts: Mapping[int, Contact]
    phones: Mapping[int, str | None]
    hours: Hours
    now: Instant

    @property
    def headline(self) -> str:
        """Such as `Pendant pressed`."""
        text = headline(self.alert)
        return text[:1].upper() + text[1:]

    @property
    def priority(self) -> str:
        """As a number and a word."""
        return PRIORITIES[self.alert.priority]

    @property
    def kind(self) -> str:
        """Of the badge that shows the priority."""
        return KINDS[self.alert.priority]

    @property
    def explanation(self) -> str:
        """Without commands, which are for those who look after the gateway."""
        told = self.alert.explanation
        return told.partition(" Reach its people")[0] if lastresort.is_alarm(self.alert) else told

    @property
    def of_another(self) -> int | None:
        """The alert that this alarm is about."""
        found = self.alert.evidence.get("alert") if lastresort.is_alarm(self.alert) else None
        return found if isinstance(found, int) else None

    @property
    def timed(self) -> bool:
        """Whether it waits for an answer within 60 s: what calls people, 1 and 2, and nobody has accepted."""
        return self.alert.calling and self.alert.priority <= 2

    @property
    def waited_s(self) -> float:
        """For how long it has been waiting in this series of calls."""
        return max(0, self.now - self.alert.round_at) / SECOND

    @property
    def answer(self) -> tuple[str, str]:
        """How the wait stands against the target, in words and as the kind of a badge."""
        if self.waited_s <= SOON_S:
            return f"answer within {SOON_S} s", "good"
        if self.waited_s <= LATER_S:
            return f"over {SOON_S} s", "warn"
        return f"over {LATER_S} s", "alarm"

    @property
    def state(self) -> str:
        """What became of it so far, as a sentence; empty while nobody has answered."""
        alert = self.alert
        if alert.state is AlertState.CLOSED:
            return f"Closed at {self._at(alert.closed_at)}, outcome: {alert.outcome or 'not said'}."
        if alert.state is AlertState.SNOOZED:
            return f"Put off until {self._at(alert.snoozed_until)}."
        if alert.state is AlertState.CLEARED:
            accepted = f"{alert.accepted_by} accepted it. " if alert.accepted_at is not None else ""
            return f"{accepted}The sensors say since {self._at(alert.cleared_at)} that it is over."
        if alert.state is AlertState.ACCEPTED:
            return f"{alert.accepted_by} accepted it at {self._at(alert.accepted_at)}."
        return ""

    @property
    def told(self) -> str:
        """Who was told so far, and who could not be, as sentences; empty for nobody."""
        latest: dict[str, Call] = {}
        for call in self.calls:
            if call.state == "sent" or latest.get(call.name, call).state != "sent":
                latest[call.name] = call
        by_state: dict[str, list[str]] = {}
        for one in latest.values():
            if one.state == "sent":
                by_state.setdefault("Told:", []).append(f"{one.name} at {self._at(one.finished_at)}")
            elif one.state in {"failed", "blocked"}:
                by_state.setdefault("Could not reach", []).append(one.name)
            elif one.due_at > self.now:
                by_state.setdefault("Will be told:", []).append(f"{one.name} {self._in(one.due_at)}")
            else:
                by_state.setdefault("On its way to", []).append(one.name)
        return " ".join(f"{words} {listed(names)}." for words, names in by_state.items())

    @property
    def next(self) -> str:
        """What Keepwell does next if nobody does anything, as a sentence; empty for nothing."""
        alert = self.alert
        if alert.state is AlertState.CLOSED or alert.next_step_at is None:
            return ""
        if alert.calling:
            return self._next_call(alert.next_step_at)
        at = self._in(alert.next_step_at)
        if alert.state is AlertState.CLEARED:
            return f"It closes by itself {at}."
        if alert.handed_to:
            return f"{alert.handed_to} is asked to take it on; if they do not, the calls begin again {at}."
        return f"The calls begin again {at}" + ("." if alert.state is AlertState.SNOOZED else " unless it is closed.")

    def callees(self) -> Sequence[Callee]:
        """All contacts of the home: who lives there first, then in the order in which they are called."""
        people = [one for step in (*self.plan.ask, *self.plan.steps) for one in step.contacts]
        told_at = {call.contact: call.finished_at for call in self.calls if call.state == "sent"}
        ordered = {one.id: one for one in [*people, *self.contacts.values()] if one.id in self.contacts}
        first = sorted(ordered.values(), key=lambda one: not one.resident)
        return [Callee(one.name, self.phones.get(one.id), one.resident, told_at.get(one.id)) for one in first]

    def _next_call(self, at: Instant) -> str:
        alert = self.alert
        usable = self.plan if self.plan.steps else Escalation(self.plan.ask, FALLBACK)
        current = [call for call in self.calls if call.round == alert.round and call.step == alert.step]
        taken_at = max((call.created_at for call in current), default=None) if alert.priority > 2 else None
        asks = alert.answer_by is not None and alert.answer_by > self.now and alert.step == 0
        at_home = "Whoever lives there is being asked. " if asks else ""
        decided = look(alert, usable, taken_at, self.hours, max(at, self.now))
        if decided.step is None:
            return at_home + ("" if decided.next_at is None else f"Calls go on {self._in(decided.next_at)}.")
        again = " again" if decided.round > alert.round else ""
        by_moment: dict[Instant, list[str]] = {}
        for one in decided.step.contacts:
            if one.channels:
                moment = due_at(alert.priority, one, self.hours, max(at, self.now))
                by_moment.setdefault(max(moment, at), []).append(one.name)
        calls = []
        for moment, some in sorted(by_moment.items()):
            names = list(dict.fromkeys(some))
            calls.append(f"{listed(names)} {'is' if len(names) == 1 else 'are'} called{again} {self._in(moment)}")
        return at_home + " ".join(sentence(one) for one in calls)

    def _at(self, moment: Instant | None) -> str:
        return "an unknown time" if moment is None else clock_time(moment, self.now, self.zone)

    def _in(self, moment: Instant) -> str:
        if moment <= self.now:
            return "now"
        left = moment - self.now
        return f"in {duration(left)}" if left < SECOND * 3600 else f"at {clock_time(moment, self.now, self.zone)}"


def cases(session: Session, wanted: Collection[int], settings: AlertSettings, now: Instant) -> Mapping[int, Case]:
    """Alerts by number, each with its home's people and calls: six queries, however many there are."""
    alerts = [Alert.of(row) for row in session.scalars(select(AlertRow).where(AlertRow.id.in_(wanted)))]
    homes = {alert.home for alert in alerts}
    places = {
        row.reference: row
        for row in session.execute(
            select(HomeRow.reference, HomeRow.time_zone, HomeRow.area).where(HomeRow.reference.in_(homes))
        )
    }
    contacts: defaultdict[str, dict[int, Contact]] = defaultdict(dict)
    phones: dict[int, str | None] = {}
    for person in session.scalars(select(ContactRow).where(ContactRow.home.in_(homes)).order_by(ContactRow.id)):
        contacts[person.home][person.id] = contact(person)
        phones[person.id] = person.phone
    steps: defaultdict[tuple[str, str], list[StepRow]] = defaultdict(list)
    ordered = select(StepRow).where(StepRow.home.in_(homes)).order_by(StepRow.position, StepRow.id)
    for step in session.scalars(ordered):
        steps[step.home, step.route].append(step)
    calls = _calls(session, wanted)
    made = {}
    for alert in alerts:
        known, row = contacts[alert.home], places.get(alert.home)
        route = steps_of(steps[alert.home, alert.route], known) or steps_of(steps[alert.home, DEFAULT_ROUTE], known)
        zone = machine_zone() if alert.home == GATEWAY_HOME else zone_named(None if row is None else row.time_zone)
        if alert.home == GATEWAY_HOME:
            plan = Escalation((), (lastresort.steps if lastresort.is_alarm(alert) else operators)(settings))
        else:
            plan = Escalation.of(alert, route)
        made[alert.id] = Case(
            alert, zone, row and row.area, row is not None, calls[alert.id], plan, known,
            phones, Hours.of(settings, zone), now,
        )  # fmt: skip
    return made


def _calls(session: Session, wanted: Collection[int]) -> Mapping[int, Sequence[Call]]:
    row = OutboxRow
    found: defaultdict[int, list[Call]] = defaultdict(list)
    for call in session.execute(
        select(row.alert, row.step, row.round, row.contact, row.contact_name, row.state, row.created_at, row.due_at,
               row.finished_at)
        .where(row.alert.in_(wanted), row.kind.in_(CALLS), row.state != "dropped")
        .order_by(row.id)
    ):  # fmt: skip
        found[call.alert].append(Call(*call))
    for some in found.values():
        some.sort(key=attrgetter("round", "step"))
    return found
