"""What a Zigbee2MQTT bridge tells of its devices: names, stable addresses, and what each can report."""

import re
from collections.abc import Iterator
from typing import Any

from devices.measurement import Description
from devices.values import CONTROL
from devices.zigbee.fields import FACTORS, FIELDS, PRESSES, Profile

PREFIX = "zigbee2mqtt:"
NAMED = "zigbee2mqtt:name:"

_IEEE = re.compile(r"0[xX][0-9a-fA-F]{16}")
_NAME_LIMIT = 200
_LEARNED_LIMIT = 4_000
_DEPTH_LIMIT = 6


class Inventory:
    """The devices of one bridge, by friendly name."""

    def __init__(self) -> None:
        self._profiles: dict[str, Profile] = {}

    def profile(self, name: str) -> Profile | None:
        """What is known of the device of this name; None for a name not heard of."""
        found = self._profiles.get(name)
        if found is None and _IEEE.fullmatch(name):  # the name a device has until somebody gives it one
            return Profile(PREFIX + name.lower())
        return found

    def learn(self, name: str, ieee_address: object) -> Profile | None:
        """Note the stable address that came with a message or an event; the profile, None if it is no address."""
        if not isinstance(ieee_address, str) or not _IEEE.fullmatch(ieee_address):
            return None
        address = PREFIX + ieee_address.lower()
        known = self._profiles.get(name)
        if known is not None and known.address == address:
            return known
        if len(self._profiles) >= _LEARNED_LIMIT:
            self._profiles.pop(next(iter(self._profiles)))
        self._profiles[name] = Profile(address)
        return self._profiles[name]

    def replace(self, entries: list[Any]) -> tuple[Description, ...]:
        """Take over a complete `bridge/devices` list; what its readable entries describe, without the coordinator."""
        profiles: dict[str, Profile] = {}
        described = []
        for entry in entries:
            read = read_entry(entry)
            if read is not None:
                description, profile = read
                profiles[description.name] = profile
                described.append(description)
        self._profiles = profiles
        return tuple(described)


def read_entry(entry: object) -> tuple[Description, Profile] | None:
    """One device of the inventory; None for the coordinator and for what has no address."""
    if not isinstance(entry, dict) or entry.get("type") == "Coordinator":
        return None
    ieee_address = entry.get("ieee_address")
    if not isinstance(ieee_address, str) or not _IEEE.fullmatch(ieee_address):
        return None
    address = PREFIX + ieee_address.lower()
    definition = entry.get("definition")
    if not isinstance(definition, dict):
        definition = {}
    source = entry.get("power_source")
    battery_powered = "battery" in source.lower() if isinstance(source, str) and source != "Unknown" else None
    quantities: dict[str, None] = {}
    factors: dict[str, float] = {}
    for expose in _leaves(definition.get("exposes"), 0):
        _note(expose, battery_powered, quantities, factors)
    description = Description(
        address,
        _text(entry.get("friendly_name")) or ieee_address,
        _text(definition.get("vendor")) or _text(entry.get("manufacturer")),
        _text(definition.get("model")) or _text(entry.get("model_id")),
        tuple(quantities),
    )
    return description, Profile(address, True if "battery_voltage" in quantities else battery_powered, factors)


def _note(
    expose: dict[str, Any], battery_powered: bool | None, quantities: dict[str, None], factors: dict[str, float]
) -> None:
    """Add what one exposed property measures, and the factor of its unit if it needs one."""
    name = expose.get("property", expose.get("name"))
    if not isinstance(name, str):
        return
    if name in PRESSES:
        quantities["button"] = None
        return
    field = FIELDS.get(name)
    if field is None:
        return
    kind, unit = expose.get("type"), expose.get("unit")
    quantity = field.quantity
    if quantity in {"gas", "vibration"} and kind != "binary":
        return
    words = expose.get("values")
    if name == "status" and not (isinstance(words, list) and "falling" in words):
        return
    if quantity == "voltage" and (unit == "mV" or battery_powered):
        quantity = "battery_voltage"
    quantities[quantity] = None
    if isinstance(unit, str) and (factor := FACTORS.get((quantity, unit))):
        factors[name] = factor


def _leaves(exposes: object, depth: int) -> Iterator[dict[str, Any]]:
    """Every published property, out of switches, lights and climates too."""
    if not isinstance(exposes, list) or depth > _DEPTH_LIMIT:
        return
    for expose in exposes:
        if not isinstance(expose, dict):
            continue
        if "features" in expose:
            if expose.get("type") != "composite":
                yield from _leaves(expose["features"], depth + 1)
            continue
        access = expose.get("access", 1)
        if isinstance(access, int) and access & 1:
            yield expose


def _text(raw: object) -> str | None:
    """A name fit to be kept."""
    if isinstance(raw, str) and 0 < len(raw) <= _NAME_LIMIT and not CONTROL.search(raw):
        return raw
    return None
