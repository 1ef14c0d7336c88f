"""What the sensors of a home said in the last hour, in words. For its installer while it is being installed only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devices.instant import HOUR, MINUTE, Instant
from devices.quantity import QUANTITIES
from gateway.errors import KeepwellError
from gateway.model import Device, Point
from gateway.ports import Store
from gateway.recorder.schema import ACTION, DEVICE, MEASUREMENTS, ROOM, VALUE
from gateway.web.installer.devices_health import capital, plain, title

MOST = 40
_AHEAD = 2 * MINUTE
"""By so much a device's own clock may be ahead."""
_HIDDEN = frozenset({"link_quality", "rssi", "battery_voltage", "online"})
_WORDS: Mapping[str, tuple[str, str]] = {
    "motion": ("Movement", "No movement"),
    "presence": ("Somebody is there", "Nobody is there"),
    "contact": ("Open", "Closed"),
    "bed": ("Occupied", "Empty"),
    "chair": ("Occupied", "Empty"),
    "usage": ("In use", "Not in use"),
    "smoke": ("Smoke", "No smoke"),
    "leak": ("Water", "Dry"),
    "battery_low": ("Battery low", "Battery well"),
    "switch": ("On", "Off"),
}
"""Of quantities with two values, true and false."""
_UNITS = {"Cel": "°C", "ug/m3": "µg/m³"}
_TRUE = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """One reading."""

    at: Instant
    sensor: str
    room: str | None
    what: str


async def last_hour(store: Store, home: str, devices: Mapping[str, Device], now: Instant) -> Sequence[Said] | None:
    """The latest first; None where the store cannot be asked just now."""
    try:
        points = await store.read(MEASUREMENTS - _HIDDEN, {"home": home}, now - HOUR, now + _AHEAD)
    except KeepwellError:
        return None
    latest = sorted(points, key=lambda point: -point.at)[:MOST]
    return [_said(point, devices) for point in latest]


def in_words(quantity: str, value: float | str, action: str | None = None) -> str:
    """Such as `Open`, `21.5 °C`, `Pressed: double`, `Tamper: yes`."""
    if action is not None:
        return f"Pressed: {plain(action)}"
    kind = QUANTITIES[quantity]
    name = capital(plain(quantity))
    if kind.kind == "bool":
        true = float(value) >= _TRUE
        yes, no = _WORDS.get(quantity, (f"{name}: yes", f"{name}: no"))
        return yes if true else no
    unit = _UNITS.get(kind.unit or "", kind.unit or "")
    number = f"{float(value):.1f}".removesuffix(".0")
    shown = f"{number} {unit}".strip()
    return shown if quantity == "temperature" else f"{name}: {shown}"


def _said(point: Point, devices: Mapping[str, Device]) -> Said:
    address = point.tags.get(DEVICE, "")
    device = devices.get(address) or devices.get(address.rpartition("/")[0])
    action = point.fields.get(ACTION)
    what = in_words(point.measurement, point.fields.get(VALUE, 0.0), None if action is None else str(action))
    return Said(point.at, title(device) if device is not None else address or "Hub", point.tags.get(ROOM), what)
