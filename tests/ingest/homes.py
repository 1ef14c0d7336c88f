"""Two homes, one without consent, and the devices in them."""

from devices.instant import DAY, HOUR, Instant
from gateway.model import Device, Directory, Home, Hub, Room

NOW: Instant = 1_767_600_000_000_000
"""2026-01-05T08:00:00Z."""
REGISTERED: Instant = NOW - 30 * DAY
HALL = "zigbee2mqtt:0x00158d0001a2b3c4"
PENDANT = "zigbee2mqtt:0x00158d0001a2b3c5"
ROOMS = (Room("Hall", "hall"), Room("Bedroom", "bedroom"))

ELM = Home(
    "ELM-12",
    "Europe/London",
    rooms=ROOMS,
    hubs=(Hub("elm"),),
    devices=(
        Device("elm", HALL, "Hall", "other", registered_at=REGISTERED),
        Device("elm", PENDANT, None, "pendant", registered_at=REGISTERED),
        Device("elm", "hall-pir", "Hall", registered_at=REGISTERED),
        Device("elm", "new-pir", "Bedroom", registered_at=NOW - HOUR),
    ),
)
OAK = Home(
    "OAK-3",
    "Europe/London",
    rooms=ROOMS,
    hubs=(Hub("oak"),),
    devices=(Device("oak", "zigbee2mqtt:0x00158d00ffffffff", "Bedroom", registered_at=REGISTERED),),
)
ASH = Home(
    "ASH-1",
    "Europe/London",
    consent=False,
    hubs=(Hub("ash"),),
    devices=(Device("ash", HALL, "Hall", registered_at=REGISTERED),),
)
YEW = Home(
    "YEW-7",
    "Europe/London",
    hubs=(Hub("yew", replay=True),),
    devices=(Device("yew", "front-door", "Hall", "front-door", registered_at=REGISTERED),),
)
STREET = Directory((ELM, OAK, ASH, YEW), 1)
