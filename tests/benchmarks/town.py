"""The homes that the benchmarks register, and what their devices publish."""

import math
from collections.abc import Iterator
from pathlib import Path

from devices.instant import DAY
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.registry import importing
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry

VARIANTS = 20
"""Different values that a device publishes before it begins again."""
READINGS = {"one": 1, "six": 6}
"""Readings in a message of each kind of load."""
_ROOMS = ("hall", "kitchen", "bathroom", "bedroom", "living")
_DEVICES: tuple[tuple[str | None, str | None, str], ...] = (
    *((room, None, "motion") for room in _ROOMS),
    ("hall", "front-door", "contact"),
    ("kitchen", "back-door", "contact"),
    ("kitchen", "fridge", "contact"),
    ("bedroom", "bed", "bed"),
    ("kitchen", None, "temperature"),
    ("bedroom", None, "temperature"),
    ("living", None, "temperature"),
    ("kitchen", "kettle", "power"),
    ("kitchen", None, "smoke"),
    (None, "pendant", "battery"),
)
"""Room, role and what it publishes where a message holds one reading; the last is the pendant."""
DEVICES = len(_DEVICES)


def hub(home: int) -> str:
    """The hub of a home by its number; the home's reference is the same in upper case."""
    return f"elm-{home}"


def address(home: int, device: int) -> str:
    """A device's address by its number in the home."""
    return f"zigbee2mqtt:{_ieee(home, device)}"


def pendant_topic(home: int) -> str:
    """Where the home's pendant publishes its presses."""
    return f"homes/{hub(home)}/keepwell/{address(home, DEVICES - 1)}/button"


def motion(home: int, number: int) -> tuple[str, str]:
    """Address and room of one of the home's motion sensors, in turn."""
    device = number % len(_ROOMS)
    return address(home, device), _ROOMS[device]


def register(data: Path, homes: int) -> None:
    """Homes of 15 devices with consent, the default rules, and one contact reached through `mqtt:`."""
    database = Database.open(data)
    now = SystemClock().now() - DAY
    try:
        with SqlRegistry(database).changing() as session:
            for number in range(homes):
                importing.import_home(session, _home(number), now)
    finally:
        database.close()


def messages(homes: int, kind: str) -> Iterator[tuple[str, bytes]]:
    """A round of `VARIANTS` messages of every device of every home, neighbours from different homes."""
    for variant in range(VARIANTS):
        for device in range(DEVICES):
            for home in range(homes):
                yield _six(home, device, variant) if kind == "six" else _one(home, device, variant)


def _one(home: int, device: int, variant: int) -> tuple[str, bytes]:
    quantity = _DEVICES[device][2]
    wave = math.sin(variant + home + device)
    value = {
        "temperature": f"{20.5 + wave:.2f}",
        "power": f"{1000 + 1000 * wave:.1f}",
        "battery": "93",
        "smoke": "false",
    }.get(quantity) or ("true" if variant % 2 else "false")
    return f"homes/{hub(home)}/keepwell/{address(home, device)}/{quantity}", b'{"value": %s}' % value.encode()


def _six(home: int, device: int, variant: int) -> tuple[str, bytes]:
    wave = math.sin(variant + home + device)
    payload = (
        f'{{"battery":93,"humidity":{48 + 10 * wave:.2f},"illuminance":{round(200 + 150 * wave)},'
        f'"linkquality":{120 + variant},"occupancy":{"true" if variant % 2 else "false"},'
        f'"temperature":{20.5 + wave:.2f}}}'
    )
    return f"homes/{hub(home)}/zigbee2mqtt/{_ieee(home, device)}", payload.encode()


def _ieee(home: int, device: int) -> str:
    return f"0x00158d{home:06x}{device:04x}"


def _home(number: int) -> HomeFile:
    return HomeFile.model_validate(
        {
            "reference": hub(number).upper(),
            "time_zone": "Europe/Lisbon",
            "rooms": [{"name": name, "kind": name} for name in _ROOMS],
            "devices": [
                {"address": address(number, device), "room": room, "role": role, "quantities": [quantity]}
                for device, (room, role, quantity) in enumerate(_DEVICES)
            ],
            "residents": [{"name": "R", "consent": {"by": "R", "basis": "written", "at": "2026-01-01"}}],
            "contacts": [{"name": "Ana", "channels": ["mqtt:"]}],
            "escalation": [{"contacts": ["Ana"]}],
        }
    )
