"""A home as its installer sees it: what is to do, how its equipment is, what its rules can see.

What the sensors said, and exactly when, tells how somebody lives: it is shown while the home is being installed, and
not once it is in service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.alerts.homestate import NEVER_SAW
from gateway.alerts.wording import headline
from gateway.database.tables import AlertRow, DeviceRow, HomeRow
from gateway.localtime import local_date
from gateway.model import AlertState, Device, RuleState
from gateway.registry import homes
from gateway.watch.home import HomeWatch
from gateway.web.installer import checklist
from gateway.web.installer.devices_health import Health, capital, health, title
from gateway.web.installer.readings import last_hour
from gateway.web.installer.rooms import KINDS
from gateway.web.installer.walk_record import device_of
from gateway.web.rule_names import rule_name
from gateway.web.visit import Visit

_SIGHT: Mapping[RuleState, tuple[str, str]] = {
    RuleState.BLIND: ("Blind", "alarm"),
    RuleState.DEGRADED: ("Degraded", "warn"),
    RuleState.ARMED: ("Armed", "good"),
}
"""The words of a rule's state and the kind of its badge."""
_KINDS = ("alarm", "warn", "unknown", "good")
"""In this order rules are listed."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A registered sensor and how it is."""

    number: int
    title: str
    health: Health


@dataclass(frozen=True, slots=True)
class RoomOfSensors:
    """A room with the sensors in it; `name` None for those in no room."""

    name: str | None
    kind: str
    sensors: Sequence[Sensor]


@dataclass(frozen=True, slots=True)
class FaultShown:
    """An open alert about equipment."""

    number: int
    words: str
    explanation: str
    since: Instant


@dataclass(frozen=True, slots=True)
class RuleShown:
    """What a rule is for, and whether it can see what it needs."""

    title: str
    state: str
    kind: str
    reason: str
    since: Instant


@dataclass(frozen=True, slots=True)
class HomeShown:
    """The whole page but for readings."""

    zone: ZoneInfo
    area: str | None
    live_at: Instant | None
    no_consent: str | None
    review_is_due: bool
    tasks: Sequence[checklist.Task]
    rooms: Sequence[RoomOfSensors]
    faults: Sequence[FaultShown]
    devices: Mapping[str, Device]

    @property
    def left(self) -> int:
        """How much is still to do."""
        return sum(not one.done for one in self.tasks)


async def installer_home(visit: Visit) -> Response:
    """The page; the store is asked for readings while the home is being installed only."""
    reference, now = visit.reference, visit.now
    watch = visit.site.homes().get(reference)
    found = await visit.read(lambda session: _home(session, reference, watch, now))
    readings = None
    commissioning = found.live_at is None and found.no_consent is None
    if commissioning:
        await visit.looks_at("readings")
        readings = await last_hour(visit.site.store, reference, found.devices, now)
    return visit.page(
        "installer/home.html", reference=reference, home=found, rules=_rules(watch), commissioning=commissioning,
        readings=readings,
    )  # fmt: skip


def _home(session: Session, reference: str, watch: HomeWatch | None, now: Instant) -> HomeShown:
    (row,) = checklist.loaded(session, [reference])
    zone = ZoneInfo(row.time_zone)
    signed = checklist.signatures(session, [reference]).get(reference, checklist.UNSIGNED)
    devices = [(one, device_of(one)) for one in sorted(row.devices, key=lambda one: one.id)]
    return HomeShown(
        zone, row.area, row.live_at, homes.consent_problem(row),
        checklist.review_is_due(row, local_date(now, zone)), checklist.tasks(row, watch, signed),
        _rooms(row, devices, watch, now, zone), _faults(session, reference),
        {device.address: device for _, device in devices},
    )  # fmt: skip


def _rooms(
    row: HomeRow, devices: Sequence[tuple[DeviceRow, Device]], watch: HomeWatch | None, now: Instant, zone: ZoneInfo
) -> Sequence[RoomOfSensors]:
    """Every room, then the sensors that are in none."""
    exact = row.live_at is None
    inside: dict[str | None, list[Sensor]] = {}
    for one, device in devices:
        sensor = Sensor(one.id, title(device), health(device, watch, now, zone, exact=exact))
        inside.setdefault(device.room, []).append(sensor)
    rooms = [
        RoomOfSensors(room.name, KINDS[room.kind], inside.get(room.name, ()))  # type: ignore[index]
        for room in row.rooms
    ]
    return [*rooms, RoomOfSensors(None, "", inside[None])] if None in inside else rooms


def _faults(session: Session, reference: str) -> Sequence[FaultShown]:
    rows = session.scalars(
        select(AlertRow)
        .where(AlertRow.home == reference, AlertRow.concerns == "equipment", AlertRow.state != AlertState.CLOSED)
        .order_by(AlertRow.raised_at)
    )
    return [FaultShown(row.id, capital(headline(Alert.of(row))), row.explanation, row.raised_at) for row in rows]


def _rules(watch: HomeWatch | None) -> Sequence[RuleShown]:
    """What each rule can see at this moment, those first that could see and cannot."""
    shown = []
    for one in watch.all_statuses() if watch is not None else ():
        state, kind = _SIGHT[one.state]
        if one.state is RuleState.BLIND and one.reason.startswith(NEVER_SAW):
            kind = "unknown"  # it lacks what nobody put up, or is learning: nothing has failed
        shown.append(RuleShown(rule_name(one.rule), state, kind, one.reason, one.since))
    return sorted(shown, key=lambda one: _KINDS.index(one.kind))
