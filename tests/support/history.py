"""Weeks of a plain life as a gateway recorded them: up at 7, somewhere every half hour until 22:30, then in bed."""

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta

from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.measurement import Value
from gateway.localtime import at_local
from gateway.model import HUB_DEVICE, Device, Flag, Home, Hub, Point, Reading, Room
from gateway.recorder.points import health_point, point

FIRST_DAY = date(2026, 1, 12)
ROOMS = ("kitchen", "hall", "living")


def plain_home(registered_at: Instant = 0, **options: object) -> Home:
    """ELM-12 in London: motion in four rooms, a front door and a pendant, all heard this very moment."""
    devices = [
        *(Device("hub", f"x:{room}", room, None, quantities=("motion",)) for room in (*ROOMS, "bedroom")),
        Device("hub", "x:door", "hall", "front-door", quantities=("contact",)),
        Device("hub", "x:pendant", None, "pendant", quantities=("button",)),
    ]
    whole: dict[str, object] = {
        "rooms": tuple(Room(name, name) for name in (*ROOMS, "bedroom")),  # type: ignore[arg-type]
        "hubs": (Hub("hub"),),
        "devices": tuple(
            Device(d.hub, d.address, d.room, d.role, None, None, d.quantities, registered_at, noon(365))
            for d in devices
        ),
    }
    return Home("ELM-12", "Europe/London", **(whole | options))  # type: ignore[arg-type]


def at(day: int, wall: str, home: Home | None = None) -> Instant:
    """The instant at which the home's clock shows `wall`, so many days after the first."""
    hour, minute = map(int, wall.split(":"))
    zone = (home or Home("x", "Europe/London")).zone
    return at_local(FIRST_DAY + timedelta(days=day), time(hour, minute), zone)


def noon(day: int) -> Instant:
    """Noon of a day."""
    return at(day, "12:00")


def said(
    device: str, quantity: str, value: Value, moment: Instant, flags: Flag = Flag.NONE, **options: object
) -> Reading:
    """One reading, received when it happened unless told."""
    received: object = options.pop("received_at", moment)
    return Reading(
        "ELM-12", "hub", device, None, None, quantity, value, moment, received, flags, **options,  # type: ignore[arg-type]
    )  # fmt: skip


def life(days: Iterable[int], *, up: str = "07:00", beat: int = 15 * MINUTE) -> Iterator[Reading]:
    """What is heard of these days: movement, a front door that stays shut, and the hub's beats."""
    for day in days:
        start, rises = at(day, "00:00"), at(day, up)
        for moment in range(start, start + DAY, beat):
            yield said(HUB_DEVICE, "online", True, moment)
        for number, moment in enumerate(range(rises, at(day, "22:31"), 30 * MINUTE)):
            room = ROOMS[number % 3] if moment < at(day, "22:30") else "bedroom"
            yield said(f"x:{room}", "motion", True, moment)
            yield said(f"x:{room}", "motion", False, moment + 40 * SECOND)
        yield said("x:door", "contact", False, start + MINUTE)
        yield said("x:pendant", "link_quality", 100.0, at(day, "08:00"))
        yield said("x:pendant", "link_quality", 100.0, at(day, "20:00"))
        yield said("x:bedroom", "motion", False, noon(day))


def recorded(readings: Iterable[Reading]) -> list[Point]:
    """As the store has them."""
    return [point(reading) for reading in readings]


def healthy(start: Instant, end: Instant, gateway: str = "keepwell") -> list[Point]:
    """The gateway ran all this time."""
    return [health_point(gateway, {"recorder_written": 1.0}, moment) for moment in range(start, end, 10 * SECOND)]
