"""One file per MQTT convention. The table below is the list, in the order in which topics are offered."""

from collections.abc import Callable

from devices.convention import Convention, Options
from devices.conventions.enocean import Enocean
from devices.conventions.glow import Glow
from devices.conventions.homeassistant import Homeassistant
from devices.conventions.homie import Homie
from devices.conventions.keepwell import Keepwell
from devices.conventions.lorawan import Lorawan
from devices.conventions.rtl_433 import Rtl433
from devices.conventions.shelly import Shelly
from devices.conventions.shelly_gen1 import ShellyGen1
from devices.conventions.sparkplug import Sparkplug
from devices.conventions.tasmota import Tasmota
from devices.conventions.theengs import Theengs
from devices.conventions.zigbee2mqtt import Zigbee2mqtt
from devices.conventions.zwave import Zwave

CONVENTIONS: dict[str, Callable[[Options], Convention]] = {
    "keepwell": Keepwell,
    "zigbee2mqtt": Zigbee2mqtt,
    "sparkplug": Sparkplug,
    "lorawan": Lorawan,
    "glow": Glow,
    "zwave": Zwave,
    "theengs": Theengs,
    "rtl_433": Rtl433,
    "homie": Homie,
    "shelly": Shelly,
    "shelly_gen1": ShellyGen1,
    "tasmota": Tasmota,
    "enocean": Enocean,
    "homeassistant": Homeassistant,
}
"""Name of each convention (and of its module) to what reads it. The first that claims a topic gets it.

Exact prefixes come before what is told by a part of the topic. Home Assistant's discovery is last: a device that
publishes both natively and by discovery is read natively.
"""
