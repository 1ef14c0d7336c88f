"""The closed list of quantities that Keepwell knows, with the canonical kind and unit of each.

Names follow the ISO/IEEE 11073-10471 family (independent living activity hub) where one fits; units are UCUM codes as
used there (Cel, lx, hPa ...). The list and its meanings are fixed by docs/architecture.md.
"""

from typing import Literal, NamedTuple

Kind = Literal["bool", "number", "action"]


class Quantity(NamedTuple):
    """One quantity: `kind` of its value, canonical `unit` (None where there is none), and what a value means."""

    name: str
    kind: Kind
    unit: str | None
    meaning: str


def _table(*rows: Quantity) -> dict[str, Quantity]:
    return {row.name: row for row in rows}


QUANTITIES: dict[str, Quantity] = _table(
    Quantity("motion", "bool", None, "true: movement seen; its clearing is a timer, not a measurement"),
    Quantity("presence", "bool", None, "true: someone is in the room (mmWave and the like)"),
    Quantity("contact", "bool", None, "true: open"),
    Quantity("button", "action", None, "press, double, triple, long, release, emergency, cancel, or the device's word"),
    Quantity("bed", "bool", None, "true: occupied"),
    Quantity("chair", "bool", None, "true: occupied"),
    Quantity("usage", "bool", None, "true: appliance or fitting in use"),
    Quantity("smoke", "bool", None, "true: smoke present"),
    Quantity("heat_alarm", "bool", None, "true: heat alarm"),
    Quantity("co", "bool", None, "true: carbon monoxide present"),
    Quantity("gas", "bool", None, "true: combustible gas present"),
    Quantity("leak", "bool", None, "true: water where none should be"),
    Quantity("fall", "bool", None, "true: a fall was detected"),
    Quantity("tamper", "bool", None, "true: the device was opened or moved"),
    Quantity("vibration", "bool", None, "true: vibration"),
    Quantity("mains_failure", "bool", None, "true: mains power lost"),
    Quantity("battery_low", "bool", None, "true: the device says that its battery is low"),
    Quantity("fault", "bool", None, "true: the device reports a fault"),
    Quantity("online", "bool", None, "true: device or hub reachable, as its bridge reports"),
    Quantity("temperature", "number", "Cel", "of the room"),
    Quantity("humidity", "number", "%", "relative"),
    Quantity("illuminance", "number", "lx", ""),
    Quantity("co2", "number", "ppm", ""),
    Quantity("voc", "number", "ppb", ""),
    Quantity("pm25", "number", "ug/m3", ""),
    Quantity("pressure", "number", "hPa", ""),
    Quantity("power", "number", "W", "active power"),
    Quantity("energy", "number", "kWh", "meter reading"),
    Quantity("voltage", "number", "V", "mains"),
    Quantity("current", "number", "A", ""),
    Quantity("battery", "number", "%", "charge left"),
    Quantity("battery_voltage", "number", "V", ""),
    Quantity("device_temperature", "number", "Cel", "of the box, never of the room"),
    Quantity("switch", "bool", None, "a generic input or output whose meaning needs a role"),
    Quantity("link_quality", "number", None, "0..255 as the bridge reports"),
    Quantity("rssi", "number", "dBm", ""),
)

SAFETY = frozenset({"smoke", "heat_alarm", "co", "gas", "leak", "fall"})
"""Quantities whose devices protect life: their silence is a priority 2 concern."""
