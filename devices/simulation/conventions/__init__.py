"""One simulator per convention, each the inverse of its decoding. The table below is the list."""

from collections.abc import Callable
from random import Random

from devices.simulation.conventions.enocean import SimulatedEnocean
from devices.simulation.conventions.glow import SimulatedGlow
from devices.simulation.conventions.homeassistant import SimulatedHomeassistant
from devices.simulation.conventions.homie import SimulatedHomie
from devices.simulation.conventions.keepwell import SimulatedKeepwell
from devices.simulation.conventions.lorawan import SimulatedLorawan
from devices.simulation.conventions.rtl_433 import SimulatedRtl433
from devices.simulation.conventions.shelly import SimulatedShelly
from devices.simulation.conventions.shelly_gen1 import SimulatedShellyGen1
from devices.simulation.conventions.tasmota import SimulatedTasmota
from devices.simulation.conventions.theengs import SimulatedTheengs
from devices.simulation.conventions.zigbee2mqtt import SimulatedZigbee2mqtt
from devices.simulation.conventions.zwave import SimulatedZwave
from devices.simulation.simulator import Simulator

SIMULATORS: dict[str, Callable[[Random], Simulator]] = {
    "keepwell": SimulatedKeepwell,
    "zigbee2mqtt": SimulatedZigbee2mqtt,
    "lorawan": SimulatedLorawan,
    "glow": SimulatedGlow,
    "zwave": SimulatedZwave,
    "theengs": SimulatedTheengs,
    "rtl_433": SimulatedRtl433,
    "homie": SimulatedHomie,
    "shelly": SimulatedShelly,
    "shelly_gen1": SimulatedShellyGen1,
    "tasmota": SimulatedTasmota,
    "enocean": SimulatedEnocean,
    "homeassistant": SimulatedHomeassistant,
}
"""Name of each convention that carries measurements to what makes a simulator of it."""
