"""One file per MQTT convention. The table below is the list, in the order in which topics are offered."""

from collections.abc import Callable

from devices.convention import Convention, Options
from devices.conventions.keepwell import Keepwell
from devices.conventions.tasmota import Tasmota
from devices.conventions.zigbee2mqtt import Zigbee2mqtt

CONVENTIONS: dict[str, Callable[[Options], Convention]] = {
    "keepwell": Keepwell,
    "zigbee2mqtt": Zigbee2mqtt,
    "tasmota": Tasmota,
}
"""Name of each convention (and of its module) to what reads it. The first that claims a topic gets it."""
