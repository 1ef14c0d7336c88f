"""What a home's devices are called: as a phrase holds them for any language, and in the first one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from gateway.languages.forms import FORMS, Reader, listed
from gateway.model import Device

_KINDS = (
    "motion", "presence", "contact", "smoke", "heat_alarm", "co", "gas", "leak", "fall", "temperature", "bed", "chair",
    "button", "illuminance",
)  # fmt: skip
"""Of a device without a telling role its first quantity among these says what it is."""
_TELLS_NOTHING = (None, "other", "bed", "chair")
_IN_MANY_ROOMS = ("light", "plug")


def named(device: Device) -> list[str | None]:
    """A device as a phrase holds it, to be named in any language: [role or kind, room, address].

    Room and address are None where the name tells without them; see `devices` in the language files.
    """
    if device.role not in _TELLS_NOTHING:
        return [device.role, device.room if device.role in _IN_MANY_ROOMS else None, None]
    kind = next((quantity for quantity in _KINDS if quantity in device.quantities), "sensor")
    return [kind, device.room, None if device.room else device.address]


_ENGLISH = Reader(ZoneInfo("UTC"), 0)


def device_name(device: Device) -> str:
    """Such as `front door`, `motion sensor in the hall`, `pendant`."""
    return FORMS["device"](named(device), _ENGLISH)


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return listed(names, _ENGLISH)
