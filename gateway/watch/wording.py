"""Plain words for verdicts: times as a clock on the wall shows them, devices and rooms by the names of the home."""

from collections.abc import Sequence

from devices.instant import DAY, HOUR, MINUTE, Instant, to_datetime
from gateway.localtime import local_date
from gateway.model import Device, Home

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
    """Such as `21:14`, `21:14 yesterday`, `21:14 on Tuesday` or `21:14 on 3 May`, in the home's zone."""
    local = to_datetime(moment).astimezone(home.zone)
    days = (local_date(now, home.zone) - local.date()).days
    text = f"{local:%H:%M}"
    if days == 0:
        return text
    if days == 1:
        return f"{text} yesterday"
    if 0 < days < 7:
        return f"{text} on {local:%A}"
    return f"{text} on {local.day} {local:%B}"


def duration(microseconds: int) -> str:
    """Such as `3 min`, `2 h`, `2 h 30 min` or `3 days`."""
    if microseconds >= 2 * DAY:
        days, rest = divmod(microseconds, DAY)
        hours = rest // HOUR
        return f"{days} days" + (f" {hours} h" if hours else "")
    minutes = microseconds // MINUTE
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


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


def in_words(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def sentence(*parts: str) -> str:
    """Parts joined by semicolons, beginning with a capital letter and ending in a full stop."""
    text = "; ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] + "."
