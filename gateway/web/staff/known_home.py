"""What is known of a home without names: its alerts of late, what its rules can see, its devices, and how it is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import and_, not_, or_, select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.alerts.homestate import NEVER_SAW
from gateway.alerts.outcomes import Outcomes, raised_since, together
from gateway.alerts.people import zone_named
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, DeviceRow, HomeRow, RuleStatusRow
from gateway.localtime import local_date
from gateway.model import AlertState, Device, RuleState
from gateway.registry.homes import consent_problem, is_review_due
from gateway.saying import clock_time
from gateway.watch.home import HomeWatch
from gateway.watch.wording import device_name
from gateway.web.rule_names import rule_name
from gateway.web.staff.case import Case, cases

LATELY = 28 * DAY
_ALERTS_AT_MOST = 50
_BATTERY_LOW = 15
"""Percent, as the rule `battery` starts at (FIELD, rule 19)."""
LOST_SIGHT = and_(
    RuleStatusRow.state == RuleState.BLIND, *(not_(RuleStatusRow.reason.startswith(words)) for words in NEVER_SAW)
)
"""A rule that is blind, and had what it needs before: the others say nothing about how a home is seen."""
_ORDER = ("alarm", "warn", "good")
_SIGHT = {
    RuleState.BLIND: ("blind", "alarm"),
    RuleState.DEGRADED: ("degraded", "warn"),
    RuleState.ARMED: ("armed", "good"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it can see."""

    name: str
    state: str
    kind: str
    reason: str
    since: Instant


@dataclass(frozen=True, slots=True)
class Equipment:
    """A device and how it is. `heard` None: never; `battery` empty where it never told."""

    name: str
    room: str
    state: str
    kind: str
    battery: str
    is_low: bool
    heard: Instant | None


@dataclass(frozen=True, slots=True)
class KnownHome:
    """What the database holds. `without_consent`: whether no data may flow; `reviews`: consents to be asked again."""

    row: HomeRow
    zone: ZoneInfo
    without_consent: bool
    reviews: int
    open: Sequence[Case]
    closed: Sequence[Case]
    outcomes: Outcomes
    rules: Sequence[Rule]
    """Those that see, or did before."""
    unequipped: Sequence[Rule]
    """Those whose sensors were never there, or which still learn."""
    devices: Sequence[DeviceRow]


def known_home(session: Session, reference: str, settings: AlertSettings, now: Instant) -> KnownHome:
    """Everything at one moment. LookupError where there is no such home."""
    row = session.get_one(HomeRow, reference)
    zone = zone_named(row.time_zone)
    numbers = session.scalars(
        select(AlertRow.id)
        .where(AlertRow.home == reference, or_(AlertRow.state != AlertState.CLOSED, AlertRow.raised_at > now - LATELY))
        .order_by(AlertRow.priority, AlertRow.raised_at.desc())
    ).all()
    found = cases(session, set(numbers[:_ALERTS_AT_MOST]), settings, now)
    listed = [found[number] for number in numbers[:_ALERTS_AT_MOST]]
    closed = [one for one in listed if one.alert.state is AlertState.CLOSED]
    statuses = session.scalars(select(RuleStatusRow).where(RuleStatusRow.home == reference)).all()
    rules = [_rule(one) for one in sorted(statuses, key=lambda one: one.rule) if one.state in _SIGHT]
    today = local_date(now, zone)
    return KnownHome(
        row,
        zone,
        consent_problem(row) is not None,
        sum(is_review_due(one, today) for one in row.residents),
        [one for one in listed if one.alert.state is not AlertState.CLOSED],
        sorted(closed, key=lambda one: -one.alert.raised_at),
        together(raised_since(session, now - LATELY, home=reference)),
        sorted((one for one in rules if one.kind != "unknown"), key=lambda one: _ORDER.index(one.kind)),
        [one for one in rules if one.kind == "unknown"],
        list(row.devices),
    )


def _rule(row: RuleStatusRow) -> Rule:
    state, kind = _SIGHT[RuleState(row.state)]
    never_saw = row.state == RuleState.BLIND and row.reason.startswith(NEVER_SAW)
    return Rule(rule_name(row.rule), state, "unknown" if never_saw else kind, row.reason, row.since)


def mode_in_words(row: HomeRow, zone: ZoneInfo, now: Instant) -> tuple[str, str]:
    """How the home is set, and the kind of its badge."""
    if row.live_at is None:
        return "being installed", "info"
    if row.mode == "away" or (row.away_from is not None and row.away_from <= now < (row.away_until or now + 1)):
        until = f" until {clock_time(row.away_until, now, zone)}" if row.away_until else ""
        return f"away{until}", "info"
    if row.mode == "paused":
        return "paused", "warn"
    if row.away_from is not None and row.away_from > now:
        return f"at home, away from {clock_time(row.away_from, now, zone)}", "good"
    return "at home", "good"


def equipment(row: DeviceRow, watch: HomeWatch | None) -> Equipment:
    """A device as it is now."""
    device = Device(row.hub, row.address, row.room, row.role, quantities=tuple(row.quantities))  # type: ignore[arg-type]
    name = device_name(device)
    seen = None if watch is None else watch.view.devices.get(row.address)
    heard = (None if seen is None else seen.heard) or row.last_heard
    if watch is not None and row.address in watch.view.stuck:
        state, kind = "stuck: it says the same for too long", "alarm"
    elif heard is None:
        state, kind = "never heard", "unknown"
    elif watch is not None and row.address in watch.view.silent:
        state, kind = "silent", "alarm"
    elif watch is None:
        state, kind = "not watched", "unknown"
    else:
        state, kind = "heard", "good"
    level = None if seen is None else seen.levels.get("battery")
    says_low = seen is not None and bool(seen.values.get("battery_low", [False])[0])
    battery = "" if level is None else f"{level:.0f} %"
    low = says_low or (level is not None and level <= _BATTERY_LOW)
    return Equipment(
        name, row.room or "no room", state, kind, (f"{battery}, low" if battery else "low") if low else battery, low,
        heard,
    )  # fmt: skip
