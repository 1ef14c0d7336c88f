"""Alerts about a home or its equipment whose cause is no longer registered: nothing could ever clear them.

Those about a person are not among them: only a person ends these. Alarms of last resort are, whose alert was erased.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import lastresort
from gateway.database.tables import AlertRow, DeviceRow, HomeRow, HubRow, ResidentRow, RuleRow
from gateway.model import GATEWAY_HOME, AlertState, Trouble, parent_address

OF_TROUBLES: frozenset[str] = frozenset(get_args(Trouble.__annotations__["rule"]))
"""Rules of alerts that no rule of a home raises: parts of the gateway name their troubles."""
_OF_A_DEVICE = frozenset({"battery", "door_open", "sensor_silent", "sensor_stuck", "tamper"})
_OF_A_HUB = frozenset({"hub_silent", "mains"})
_OF_THE_PACK = {"": True}
"""In a home with a pack, by key: every pack has all rules about a home or its equipment, once and without a key."""
_OPEN = (AlertState.RAISED, AlertState.ACCEPTED, AlertState.SNOOZED)
_NO = frozenset({"false", "0", "no", "off", "f", "n"})
_Concern = tuple[str, str, str]
"""Home, rule, and what it is about."""


def gone(session: Session) -> Sequence[tuple[int, str]]:
    """(alert, why) of all that are to be closed, as the registry stands in this transaction."""
    found = session.execute(
        select(AlertRow.id, AlertRow.home, AlertRow.rule, AlertRow.subject).where(
            AlertRow.state.in_(_OPEN),
            AlertRow.concerns != "person",
            AlertRow.home != GATEWAY_HOME,
        )
    ).all()
    return [*_erased(session), *(_causeless(session, found) if found else ())]


def _erased(session: Session) -> Sequence[tuple[int, str]]:
    """Alarms about an alert that is no more, so that nobody could accept it."""
    alarms = session.execute(
        select(AlertRow.id, AlertRow.evidence).where(
            AlertRow.home == GATEWAY_HOME,
            AlertRow.rule == lastresort.RULE,
            AlertRow.subject.startswith(lastresort.SUBJECT),
            AlertRow.state.in_(_OPEN),
        )
    ).all()
    about = {number: evidence.get("alert") for number, evidence in alarms}
    there = set(session.scalars(select(AlertRow.id).where(AlertRow.id.in_(set(about.values()))))) if about else set()
    return [(number, "what it was about was erased") for number, alert in about.items() if alert not in there]


def _causeless(session: Session, found: Sequence[Any]) -> Sequence[tuple[int, str]]:
    registered = _Registered.of(session, {home for _, home, _, _ in found})
    reasons = ((number, registered.why_gone((home, rule, subject))) for number, home, rule, subject in found)
    return [(number, why) for number, why in reasons if why is not None]


@dataclass(frozen=True, slots=True)
class _Registered:
    """What the registry knows of some homes: `homes` with their packs, `rules` of their own by type and key.

    A home without rules of its own has all of them.
    """

    homes: Mapping[str, str | None]
    consenting: Collection[str]
    hubs: Mapping[str, Collection[str]]
    devices: Mapping[str, Collection[str]]
    rooms: Mapping[str, Collection[str]]
    rules: Mapping[str, Mapping[str, Mapping[str, bool]]]

    @classmethod
    def of(cls, session: Session, homes: Collection[str]) -> "_Registered":
        stands: dict[str, bool] = {}
        for row in session.scalars(select(ResidentRow).where(ResidentRow.home.in_(homes))):
            given = bool(row.consent_by) and row.consent_at is not None and row.consent_withdrawn_at is None
            stands[row.home] = stands.get(row.home, True) and given
        hubs, devices, rooms = defaultdict(set), defaultdict(set), defaultdict(set)
        for name, home in session.execute(select(HubRow.name, HubRow.home).where(HubRow.home.in_(homes))):
            hubs[home].add(name)
        for home, address, room in session.execute(
            select(DeviceRow.home, DeviceRow.address, DeviceRow.room).where(DeviceRow.home.in_(homes))
        ):
            devices[home].add(address)
            rooms[home].add(room or "home")
        rules: defaultdict[str, defaultdict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
        for home, kind, key, parameters in session.execute(
            select(RuleRow.home, RuleRow.type, RuleRow.key, RuleRow.parameters).where(RuleRow.home.in_(homes))
        ):
            rules[home][kind][key] = str(parameters.get("enabled", True)).lower() not in _NO
        known = {
            row.reference: row.pack
            for row in session.execute(select(HomeRow.reference, HomeRow.pack).where(HomeRow.reference.in_(homes)))
        }
        return cls(known, {home for home, given in stands.items() if given}, hubs, devices, rooms, rules)

    def why_gone(self, concern: _Concern) -> str | None:
        home, rule, subject = concern
        if home not in self.homes:
            return "the home is no longer registered"
        if home not in self.consenting:
            return "there is no consent for this home any more"
        if rule in OF_TROUBLES:
            return None
        about = subject.partition("/")[0] if rule == "rule_error" else rule
        if not self._in_use(home, about) or (rule == "noisy_rule" and not self._in_use(home, subject)):
            return "its rule is no longer in use in this home"
        return self._why_unseen(concern)

    def _in_use(self, home: str, rule: str) -> bool:
        configured = self.rules.get(home)
        if not configured:
            return True
        of_the_pack = {} if self.homes[home] is None else _OF_THE_PACK
        return any({**of_the_pack, **configured.get(rule, {})}.values())

    def _why_unseen(self, concern: _Concern) -> str | None:
        home, rule, subject = concern
        if not subject:
            return None
        if rule in _OF_A_DEVICE and not {subject, parent_address(subject)} & set(self.devices.get(home, ())):
            return "its sensor is no longer registered"
        if rule in _OF_A_HUB and subject not in self.hubs.get(home, ()):
            return "its hub is no longer registered"
        if rule == "temperature" and subject.rpartition(", ")[0] not in self.rooms.get(home, ()):
            return "no sensor is registered in that room any more"
        return None
