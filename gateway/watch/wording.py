"""Plain words for verdicts: times as a clock on the wall shows them, devices and rooms by the names of the home."""

from collections.abc import Sequence

from devices.instant import Instant
from gateway import saying
from gateway.model import Device, Home
from gateway.saying import duration

_NAMES = {
    "front-door": "front door", "back-door": "back door", "exterior-door": "outside door",
    "interior-door": "inside door", "pull-cord": "pull cord", "medicine-cabinet": "medicine cabinet",
    "carer-tag": "carer's tag",
}  # fmt: skip
_BY_QUANTITY = {
    "motion": "motion sensor", "presence": "presence sensor", "contact": "contact sensor", "smoke": "smoke alarm",
    "heat_alarm": "heat alarm", "co": "carbon monoxide alarm", "gas": "gas alarm", "leak": "leak sensor",
    "fall": "fall sensor", "temperature": "temperature sensor", "bed": "bed sensor", "chair": "chair sensor",
    "button": "button", "illuminance": "light sensor",
}  # fmt: skip


def clock_time(moment: Instant, now: Instant, home: Home) -> str:
    """The clock on the wall of the home, with the day where it is not today's."""
    return saying.clock_time(moment, now, home.zone)


def room_name(name: str | None) -> str:
    """A room as it is spoken of: `living_room` is the living room."""
    if name is None or name in ("unknown", "other"):
        return "home"
    return name.replace("_", " ").replace("-", " ")


def device_name(device: Device) -> str:
    """Such as `front door`, `motion sensor in the hall`, `pendant`."""
    if device.role is not None and device.role not in ("other", "bed", "chair", "light", "plug"):
        return _NAMES.get(device.role, device.role)
    kind = next((_BY_QUANTITY[quantity] for quantity in _BY_QUANTITY if quantity in device.quantities), "sensor")
    if device.role in ("light", "plug"):
        kind = device.role
    return f"{kind} in the {room_name(device.room)}" if device.room else f"{kind} {device.address}"


def named(device: Device) -> list[str | None]:
    """A device as a phrase holds it, to be named in any language: [role or kind, room, address].

    The kind is the quantity that tells what it is; see `devices` in the language files.
    """
    if device.role is not None and device.role not in ("other", "bed", "chair"):
        return [device.role, device.room if device.role in ("light", "plug") else None, device.address]
    kind = next((quantity for quantity in _BY_QUANTITY if quantity in device.quantities), "sensor")
    return [kind, device.room, device.address]


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def sentence(*parts: str) -> str:
    """Parts joined by semicolons, beginning with a capital letter and ending in a full stop."""
    text = "; ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] + "."


__all__ = ["clock_time", "device_name", "duration", "in_words", "named", "room_name", "sentence"]
