"""A home, its people, a desk and a notifier on a clock that only the test moves."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from devices.instant import DAY, MINUTE, SECOND, Instant, from_datetime
from gateway.alerts.alert import Alert
from gateway.alerts.desk import AlertDesk
from gateway.clock import ManualClock
from gateway.config import AlertSettings
from gateway.database.engine import Database
from gateway.database.tables import Base, ContactRow, DeviceRow, HomeRow, HubRow, OutboxRow, ResidentRow, StepRow
from gateway.model import Concerns, Evidence, Notice, Priority, Verdict
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy

PRIORITIES: dict[str, Priority] = {"pendant": 1, "hazard": 1, "not_up": 2, "inactivity": 2, "door_open": 3,
                                   "sensor_silent": 3, "battery": 4}  # fmt: skip
EQUIPMENT = {"sensor_silent", "battery", "hub_silent"}


class Street:
    """Begins on Monday 12 January 2026 at 10:00 London time. People are told by `list:`."""

    def __init__(self, folder: Path, settings: AlertSettings | None = None, zone: str = "Europe/London") -> None:
        self.zone = ZoneInfo(zone)
        self.database = Database(f"sqlite:///{folder / 'keepwell.db'}")
        Base.metadata.create_all(self.database.engine)
        self.clock = ManualClock(self._local("2026-01-12T10:00"))
        self.settings = settings or AlertSettings()
        self.phones = ListChannel("")
        self.desk = AlertDesk(self.database, self.settings)
        self.notifier = self.new_notifier()
        self.cursor = 0
        with self.database.transaction() as session:
            session.add(HomeRow(reference="ELM-12", time_zone=zone, area="north"))
            session.flush()
            session.add(HubRow(name="elm12", home="ELM-12"))
            session.add(ResidentRow(home="ELM-12", name="R", consent_by="R", consent_at=0))
            session.flush()
            for room in ("hall", "kitchen"):
                session.add(DeviceRow(home="ELM-12", hub="elm12", address=room, room=room, registered_at=0))

    def new_notifier(self) -> Notifier:
        return Notifier(self.database, [self.phones], self.clock, policy=Policy(chance=lambda: 0.5))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    # -------------------------------------------------------------- people

    def calls(self, *steps: tuple[str, ...] | str, wait_min: float = 5, route: str = "default") -> Self:
        """Who is called in which step: `calls("Ann", ("Bob", "Team"))`."""
        with self.database.transaction() as session:
            for position, names in enumerate(steps, start=1):
                for name in (names,) if isinstance(names, str) else names:
                    row = session.scalar(select(ContactRow).where(ContactRow.name == name))
                    if row is None:
                        row = ContactRow(home="ELM-12", name=name, channels=[f"list:{name}"])
                        session.add(row)
                        session.flush()
                    session.add(
                        StepRow(home="ELM-12", route=route, position=position, contact=row.id,
                                wait_s=int(wait_min * 60))
                    )  # fmt: skip
        return self

    def lives_there(self, *, wait_min: float = 5, position: int = 9, **about: object) -> Self:
        """The resident can be asked by announcement; they stand last in the escalation, unless said otherwise."""
        with self.database.transaction() as session:
            values: dict[str, Any] = {"channels": ["announce:"]} | about
            row = ContactRow(home="ELM-12", name="Resident", **values)
            session.add(row)
            session.flush()
            step = StepRow(home="ELM-12", position=position, contact=row.id, wait_s=int(wait_min * 60))
            session.add(step)
        return self

    def on_duty(self, name: str, hours: str | None = None, days: Sequence[str] = ()) -> Self:
        """The steps of a contact are on duty only then."""
        with self.database.transaction() as session:
            row = session.scalars(select(ContactRow).where(ContactRow.name == name)).one()
            for step in session.scalars(select(StepRow).where(StepRow.contact == row.id)):
                step.hours, step.days = hours, list(days)
        return self

    def person(self, name: str, **changes: object) -> None:
        with self.database.transaction() as session:
            row = session.scalars(select(ContactRow).where(ContactRow.name == name)).one()
            for key, value in changes.items():
                setattr(row, key, value)

    # -------------------------------------------------------------- what happens

    @property
    def now(self) -> Instant:
        return self.clock.now()

    def _local(self, text: str) -> Instant:
        return from_datetime(datetime.fromisoformat(text).replace(tzinfo=self.zone))

    async def at(self, text: str) -> Self:
        """Let time pass until the clock on the wall shows `text`, today or later, or a date with time."""
        if "T" in text:
            await self.until(self._local(text))
            return self
        today = datetime.fromtimestamp(self.now / SECOND, UTC).astimezone(self.zone).date()
        moment = self._local(f"{today}T{text}")
        await self.until(moment if moment >= self.now else self._local(f"{today}T{text}") + DAY)
        return self

    async def passes(self, minutes: float) -> None:
        await self.until(self.now + int(minutes * MINUTE))

    async def until(self, moment: Instant) -> None:
        """Everything that falls due on the way happens at its own time."""
        while True:
            await self.settles()
            following = [due for due in (await self.desk.next_due(), self._next_message()) if due is not None]
            step = min([moment, *following])
            if step >= moment:
                break
            self.clock.advance_to(max(step, self.now + 1))
        self.clock.advance_to(moment)
        await self.settles()

    async def settles(self) -> None:
        for _ in range(20):
            looked = await self.desk.tick(self.now)
            if not looked + await self.notifier.drain(self.now):
                return
        raise AssertionError("it never comes to rest")

    def _next_message(self) -> Instant | None:
        with self.database.transaction() as session:
            return session.scalar(select(func.min(OutboxRow.due_at)).where(OutboxRow.state.in_(("pending", "blocked"))))

    async def rule(self, name: str, kind: str = "trigger", subject: str | None = None, **changes: object) -> None:
        """A rule concludes something, and the notifier gets to work."""
        await self.concludes(name, kind, subject, **changes)
        await self.settles()

    async def concludes(self, name: str, kind: str = "trigger", subject: str | None = None, **changes: object) -> None:
        self.cursor += 1
        values: dict[str, Any] = {
            "home": "ELM-12",
            "rule": name,
            "subject": subject,
            "at": self.now,
            "concerns": cast("Concerns", "equipment" if name in EQUIPMENT else "person"),
            "priority": PRIORITIES.get(name, 3),
            "explanation": f"{name} {'seen' if kind == 'trigger' else 'over'}.",
            "evidence": Evidence(),
        }
        verdict = Verdict(kind=kind, **values | changes)  # type: ignore[arg-type]
        await self.desk.commit(
            cursor=self.cursor, states={}, verdicts=[verdict], facts=[], statuses=[], heard={}, now=self.now
        )

    async def cancels(self, **changes: object) -> None:
        """Whoever lives there presses the button that says that all is well."""
        await self.concludes("pendant", "cancel", "button", **{"received_at": self.now} | changes)
        await self.settles()

    async def hands_over(self, by: str, to: str, reason: str = "on the train", alert: int = 1) -> None:
        await self.desk.hand_over(alert, by, to, reason, self.now)
        await self.settles()

    async def snoozes(self, by: str, minutes: float, reason: str = "at the doctor's", alert: int = 1) -> None:
        await self.desk.snooze(alert, by, self.now + int(minutes * MINUTE), reason, self.now)
        await self.settles()

    async def accepts(self, by: str, alert: int = 1) -> None:
        await self.desk.accept(alert, by, self.now)
        await self.settles()

    async def closes(self, by: str, outcome: str = "genuine", alert: int = 1) -> None:
        await self.desk.close(alert, by, outcome, None, self.now)
        await self.settles()

    # -------------------------------------------------------------- what is heard

    async def alert(self, number: int = 1) -> Alert:
        return await self.desk.alert(number)

    def heard(self, name: str | None = None, kind: str | None = "alert") -> list[str]:
        """Who was told, in order; or for one name, the titles."""
        found = [notice for notice in self.phones.notices if kind is None or notice.kind == kind]
        if name is None:
            return [notice.contact.name for notice in found]
        return [notice.title for notice in found if notice.contact.name == name]

    def fresh(self, kind: str | None = "alert") -> list[str]:
        """Who was told since the last time that this was asked."""
        names = self.heard(kind=kind)
        self.phones.notices.clear()
        return names

    def rows(self) -> list[OutboxRow]:
        with self.database.transaction() as session:
            return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def story(self, alert: int = 1) -> list[str]:
        return [entry.what for entry in await self.desk.timeline(alert)]

    async def facts(self, measurement: str = "alert") -> list[Any]:
        return [fact for _, fact in await self.desk.read_facts(0, 1_000) if fact.measurement == measurement]


def failing(error: Exception, *names: str) -> Callable[[Notice], Exception | None]:
    """Trouble for these contacts only."""
    return lambda notice: error if notice.contact.name in names else None
