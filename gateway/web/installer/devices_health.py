"""How a registered sensor is, and what it is called, in words for a page."""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway.languages import FIRST, tables
from gateway.model import Device
from gateway.saying import clock_time, duration
from gateway.watch.equipment import DeviceView
from gateway.watch.home import HomeWatch

LOW_BATTERY = 15.0
"""Per cent (FIELD, rule 19)."""
_JUST_NOW = 2 * MINUTE
_UNKNOWN = DeviceView()


@dataclass(frozen=True, slots=True)
class Health:
    """`kind` of the badge with its `text`; battery in per cent and signal in words, None where it never told."""

    kind: Literal["good", "warn", "alarm", "unknown"]
    text: str
    heard: Instant | None = None
    battery: int | None = None
    battery_low: bool = False
    signal: str | None = None


def health(device: Device, watch: HomeWatch | None, now: Instant, zone: ZoneInfo, *, exact: bool = True) -> Health:
    """How this sensor is. Not `exact`: when it was heard is not told, as that tells when somebody moved."""
    if watch is None:
        return Health("unknown", "Not known: this home is not watched")
    view = watch.view
    told = view.devices.get(device.address, _UNKNOWN)
    heard = view.last_heard(device)
    battery = told.levels.get("battery")
    low = (battery is not None and battery < LOW_BATTERY) or told.values.get("battery_low", [False])[0] is True
    kind, text = _state(device, watch, heard, now, zone, low=low, exact=exact)
    return Health(
        kind,
        text,
        heard if exact else None,
        None if battery is None else round(battery),
        low,
        signal_of(told),
    )


def signal_of(told: DeviceView) -> str | None:
    """What it, or its bridge, said last of the radio."""
    if (quality := told.levels.get("link_quality")) is not None:
        return f"{quality:.0f} of 255"
    rssi = told.levels.get("rssi")
    return None if rssi is None else f"{rssi:.0f} dBm"


def _state(
    device: Device,
    watch: HomeWatch,
    heard: Instant | None,
    now: Instant,
    zone: ZoneInfo,
    *,
    low: bool,
    exact: bool,
) -> tuple[Literal["good", "warn", "alarm", "unknown"], str]:
    view = watch.view
    if heard is None:
        return "unknown", "Not heard yet"
    if device.hub in view.silent_hubs:
        return "unknown", "Not known: its hub is not heard"
    if device.address in view.stuck:
        return "warn", "Says the same all the time: look at it"
    if device.address in view.silent:
        return "alarm", f"Silent since {clock_time(heard, now, zone)}"
    since = now - heard
    works = "Works" if not exact else "Heard just now" if since < _JUST_NOW else f"Heard {duration(since)} ago"
    return ("warn", "Battery low") if low else ("good", works)


def title(device: Device) -> str:
    """What it is: `Front door`, `Motion sensor`, or `Sensor`."""
    words = tables(FIRST)["devices"]
    role: str | None = device.role if device.role in words else None
    named = role or next((name for name in words if name in device.quantities), "sensor")
    return capital(str(words[named]).removeprefix("the "))


def place(device: Device) -> str:
    """What it is and where: `Front door, hall`."""
    return f"{title(device)}, {device.room}" if device.room else title(device)


def capital(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]


def plain(word: str) -> str:
    """A role or quantity as people write it: `front door`."""
    return word.replace("-", " ").replace("_", " ")
