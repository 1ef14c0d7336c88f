"""What a walk test has seen: which sensors fired, and whether the home falls silent when one leaves. Pure.

It is kept as JSON in the row of the walk: `devices` by key (at, what), `was` the last known states of what is open or
occupied, `exit` the exit test, `pendants` by address the alerts of pendant tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.quantity import SAFETY
from gateway.model import EXTERIOR_DOORS, HUB_DEVICE, PENDANTS, Device, Flag, Reading

LASTS = DAY
"""A walk test is one visit: what was seen the day before proves nothing about today."""
QUIET = 2 * MINUTE
"""Of the exit test, as the issue wants it: most motion sensors repeat after 60 to 90 s at the latest, so somebody whom
they see is seen again within it."""
SETTLES = 5 * SECOND
"""What comes so soon after the door closed is still whoever is leaving, on its way to us."""

Seen = Mapping[str, Any]
Kind = Literal["pendant", "safety", "walk", "open", "sit", "press", "any"]
HOW: Mapping[Kind, str] = {
    "pendant": "Start its test below, then press it once.",
    "safety": "Press its test button. That calls people as a real alarm does: tell them before.",
    "walk": "Walk past it.",
    "open": "Open and close it.",
    "sit": "Sit or lie down on it, and get up again.",
    "press": "Press it.",
    "any": "Wait until it reports, or make it: breathe on it, or switch it on and off.",
}
"""What the installer does so that a sensor fires."""
_OFFLINE_WORDS = Flag.RETAINED | Flag.REPLAYED | Flag.DUPLICATE
_SEES = frozenset({"motion", "presence"})
_STATES = frozenset({"contact", "bed", "chair"})
_RELEASED = frozenset({"release", "cancel"})


def key(device: Device) -> str:
    """By which a sensor is known in a walk: another in its place has to fire itself."""
    return f"{device.hub} {device.address}"


def kind(device: Device) -> Kind:
    """How this sensor is made to fire, as far as is known what it reports."""
    reports = set(device.quantities)
    if device.role in PENDANTS:
        return "pendant"
    if reports & SAFETY:
        return "safety"
    if reports & {"bed", "chair"} or device.role in {"bed", "chair"}:
        return "sit"
    if reports & _SEES:
        return "walk"
    if "contact" in reports or device.role in {*EXTERIOR_DOORS, "interior-door", "window"}:
        return "open"
    return "press" if "button" in reports else "any"


def is_live(reading: Reading, since: Instant) -> bool:
    """Whether it surely happened, and was heard, after that moment."""
    if reading.flags & _OFFLINE_WORDS:
        return False
    happened = reading.at if reading.since is None else reading.since
    return happened >= since and reading.received_at >= since


def take(seen: Seen, device: Device | None, reading: Reading, started_at: Instant) -> Seen:
    """What has been seen, with this reading too; the same object where it says nothing new.

    `device` is the registered one, None for what is said of a hub.
    """
    live = is_live(reading, started_at)
    if device is None:
        deaf = reading.device == HUB_DEVICE and reading.value is False
        return missed(seen, reading.received_at) if deaf else seen
    name, before = key(device), _before(seen, device, reading)
    fired = live and _fires(device, reading, before)
    if fired and name not in seen.get("devices", {}):
        seen = _with(seen, "devices", name, {"at": reading.at, "what": reading.quantity})
    if live:
        seen = _leave(seen, device, reading, before)
    if reading.quantity in _STATES and not reading.flags & Flag.DUPLICATE and reading.value is not before:
        seen = _with(seen, "was", f"{name} {reading.quantity}", reading.value)
    return seen


def knows(seen: Seen, device: Device, quantity: str, value: bool) -> Seen:
    """Told at the beginning: so it was. A repetition of it is no event."""
    return _with(seen, "was", f"{key(device)} {quantity}", value)


def _before(seen: Seen, device: Device, reading: Reading) -> object:
    return seen.get("was", {}).get(f"{key(device)} {reading.quantity}")


def _fires(device: Device, reading: Reading, before: object) -> bool:
    match kind(device):
        case "pendant":
            pressed = reading.quantity == "button" and str(reading.value).lower() not in _RELEASED
            return pressed or (reading.quantity == "switch" and reading.value is True)
        case "safety":
            return reading.quantity in SAFETY and reading.value is True
        case "walk":
            return reading.quantity in _SEES and reading.value is True
        case "open" | "sit":
            return reading.quantity in {*_STATES, *_SEES, "switch", "vibration"} and reading.value is not before
        case "press":
            return reading.quantity == "button"
        case _:
            return reading.quantity != "online"


# ------------------------------------------------------------------------------------------------ the exit test


@dataclass(frozen=True, slots=True)
class Exit:
    """The exit test as it stands. `at`: since when, or for `quiet` until when; `room`: where somebody moved."""

    state: Literal["not begun", "waiting", "open", "quiet", "passed", "moved", "missed"]
    at: Instant = 0
    room: str | None = None


def begin_exit(seen: Seen, by: str, now: Instant) -> Seen:
    """It begins anew: now the door."""
    return {**seen, "exit": {"by": by, "started_at": now}}


def exit_of(seen: Seen) -> Exit:
    """How the exit test stands."""
    known = seen.get("exit") or {}
    if not known:
        return Exit("not begun")
    if "passed_at" in known:
        return Exit("passed", known["passed_at"])
    if "moved_at" in known:
        return Exit("moved", known["moved_at"], known["moved_in"])
    if "missed_at" in known:
        return Exit("missed", known["missed_at"])
    if known.get("closed_at"):
        return Exit("quiet", known["closed_at"] + QUIET)
    return Exit("open", known["opened_at"]) if "opened_at" in known else Exit("waiting", known["started_at"])


def settle(seen: Seen, now: Instant, *, occupied: bool) -> Seen:
    """Time has passed: it was silent for long enough. While a presence sensor still sees somebody it is not over."""
    stands = exit_of(seen)
    if stands.state != "quiet" or now < stands.at or occupied:
        return seen
    return _with(seen, "exit", "passed_at", now)


def missed(seen: Seen, now: Instant) -> Seen:
    """We could not hear everything just now, so that nobody knows whether it was silent."""
    return _with(seen, "exit", "missed_at", now) if exit_of(seen).state in {"open", "quiet"} else seen


def _leave(seen: Seen, device: Device, reading: Reading, before: object) -> Seen:
    stands = exit_of(seen)
    if stands.state not in {"waiting", "open", "quiet"} or not is_live(reading, seen["exit"]["started_at"]):
        return seen
    exit_ = dict(seen["exit"])
    if device.role in EXTERIOR_DOORS:
        if reading.quantity == "contact" and reading.value is True:
            exit_ |= {"opened_at": reading.at, "closed_at": None}
        elif reading.quantity == "contact" and stands.state == "open":
            exit_ |= {"closed_at": reading.at}
    elif stands.state == "quiet" and reading.at > exit_["closed_at"] + SETTLES and _moves(device, reading, before):
        exit_ |= {"moved_at": reading.at, "moved_in": device.room}
    return seen if exit_ == seen["exit"] else {**seen, "exit": exit_}


def _moves(device: Device, reading: Reading, before: object) -> bool:
    """Whether it tells of somebody inside."""
    if reading.quantity in _SEES:
        return reading.value is True
    if reading.quantity in _STATES:
        return before is not None and reading.value is not before
    return reading.quantity == "button" and device.role not in PENDANTS


def _with(seen: Seen, table: str, name: str, value: object) -> Seen:
    return {**seen, table: {**seen.get(table, {}), name: value}}
