"""What of a message calls for help at once: rules 1 and 2 of watch, without what those remember. Pure."""

from dataclasses import dataclass
from typing import Literal

from devices.instant import MINUTE, Instant
from devices.quantity import SAFETY
from gateway.model import PENDANTS, Flag, Home, Reading, Taken, parent_address
from gateway.saying import clock_time, duration

_EMERGENCY = frozenset({"emergency", "sos", "panic"})
_OLD = Flag.RETAINED | Flag.DUPLICATE
_HAZARDS = {
    "smoke": ("smoke alarm", "smoke was detected"),
    "heat_alarm": ("heat alarm", "great heat was detected"),
    "co": ("carbon monoxide alarm", "carbon monoxide was detected"),
    "gas": ("gas alarm", "gas was detected"),
    "leak": ("water leak", "a water leak was detected"),
    "fall": ("fall sensor", "a fall was detected"),
}
_PRESSES = {
    "pendant": ("pendant pressed", "the pendant was pressed"),
    "pull-cord": ("pull cord pulled", "the pull cord was pulled"),
}
_SIGNAL = ("emergency button", "an emergency was signalled")


@dataclass(frozen=True, slots=True)
class Concern:
    """Somebody may need help now: what it is about, in a few words and in a sentence.

    `lasts`: it is a state that goes on until the device says that it is over.
    """

    home: str
    rule: Literal["pendant", "hazard"]
    subject: str
    route: str
    title: str
    sentence: str
    at: Instant
    lasts: bool


def is_urgent(taken: Taken) -> bool:
    """Whether the message holds a press or an alarm that may have to be told at once."""
    return any(map(is_urgent_reading, taken.readings))


def is_urgent_reading(reading: Reading) -> bool:
    """Whether it is a press or an alarm that may have to be told at once."""
    return _rule(reading) is not None


def concern_of(reading: Reading, home: Home) -> Concern | None:
    """The concern that a reading raises by itself, None for none or where the home has switched the rule off."""
    rule = _rule(reading)
    route = None if rule is None else _route(home, rule)
    if rule is None or route is None or (reading.quantity == "switch" and _has_button(reading, home)):
        return None
    if rule == "pendant":
        title, what = _PRESSES.get(reading.role or "", _SIGNAL)
    else:
        title, what = _HAZARDS[reading.quantity]
    lasts = reading.quantity != "button"
    subject = over_of(reading) if lasts else reading.device
    place = f" in the {reading.room.replace('_', ' ').replace('-', ' ')}" if reading.room else ""
    words = [f"{what}{place} {_when(reading, home)}"]
    if reading.received_at - reading.at > 2 * MINUTE:
        words.append(f"delayed {duration(reading.received_at - reading.at)}")
    if reading.flags & Flag.REPLAYED:
        words.append("the home's hub sent it again after a break")
    text = "; ".join(words)
    return Concern(home.reference, rule, subject, route, title, text[:1].upper() + text[1:] + ".", reading.at, lasts)


def over_of(reading: Reading) -> str:
    """What an alarm is about: its quantity and device; a reading `False` of these says that it is over."""
    return f"{reading.quantity} {reading.device}"


def _rule(reading: Reading) -> Literal["pendant", "hazard"] | None:
    """A retained press or alarm is history; what a hub sends again counts for presses, which are never dropped."""
    if reading.flags & _OLD:
        return None
    if reading.quantity == "button":
        action = str(reading.value).lower()
        pressed = action in _EMERGENCY or (reading.role in PENDANTS and action not in {"cancel", "release"})
        return "pendant" if pressed else None
    if reading.quantity == "switch" and reading.role in PENDANTS:
        return "pendant" if reading.value is True and not reading.flags & Flag.REPLAYED else None
    if reading.quantity in SAFETY and reading.value is True and not reading.flags & Flag.REPLAYED:
        return "hazard"
    return None


def _has_button(reading: Reading, home: Home) -> bool:
    """Whether the device says presses as such; then what it switches is no call."""
    whole = {reading.device, parent_address(reading.device)}
    return any("button" in one.quantities for one in home.devices if one.hub == reading.hub and one.address in whole)


def _route(home: Home, rule: str) -> str | None:
    """The escalation of the rule; None where it is not in use. Every pack has both, and so has a home without rules."""
    own = [one for one in home.rules if one.type == rule]
    if not home.rules or (home.pack is not None and all(one.key for one in own)):
        return "default"
    return next((one.route for one in own if _enabled(one.parameters.get("enabled"))), None)


def _enabled(value: object) -> bool:
    return str(value).lower() not in {"false", "0", "no", "off", "f", "n"}


def _when(reading: Reading, home: Home) -> str:
    at = clock_time(reading.at, reading.received_at, home.zone)
    if reading.flags & Flag.QUEUED and reading.since is not None:
        return f"between {clock_time(reading.since, reading.received_at, home.zone)} and {at}"
    return f"at {at}"
