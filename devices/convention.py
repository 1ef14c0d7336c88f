"""What a convention is: a way of publishing sensors over MQTT, read by one object per hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from devices.measurement import Decoded, Message


@dataclass(frozen=True, slots=True)
class Options:
    """How a hub is set up, where it departs from the defaults. Topic prefixes are written without a slash at the end.

    `trust_device_time`: the hub plays a recording, so every device time that carries a zone is taken, whatever its
    date. All others are what an installer may set for a hub; docs/devices.md has a row for each.
    """

    trust_device_time: bool = False
    zigbee2mqtt_base: str = "zigbee2mqtt"
    """Its base topic; others are learned from their `bridge/state`."""
    discovery_prefix: str = "homeassistant"
    """Of Home Assistant's MQTT discovery."""
    shelly_prefixes: tuple[str, ...] = ()
    """Topic prefixes given to Shelly devices by hand, where nothing in the topic tells that they are Shelly's."""
    shelly_fahrenheit: bool = False
    """Shelly Gen1 devices publish in the unit that they are set to, and do not say which."""
    tasmota_full_topic: str = ""
    """Tasmota's FullTopic, such as `%prefix%/%topic%/`; empty: what stands around tele, stat or cmnd is the device."""
    tasmota_prefixes: tuple[str, str, str] = ("cmnd", "stat", "tele")
    """Tasmota's Prefix1, Prefix2 and Prefix3."""
    zwave_prefix: str = "zwave"
    rtl_433_prefix: str = "rtl_433"
    glow_prefix: str = "glow"
    homie_domain: str = "homie"
    enocean_prefix: str = "enocean"
    enocean_sensors: Mapping[str, str] = field(default_factory=dict, hash=False)
    """EnOcean profile (such as D5-00-01) of each sensor by its name in the topic."""
    lorawan_keys: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What a codec's key means, beyond the built-in ones: quantity, or quantity and unit, such as `temperature F`."""


class Convention(Protocol):
    """Reads the messages of one hub in one convention. It keeps what it learns (names, recent presses) in itself."""

    def claims(self, topic: str) -> bool:
        """Whether messages on this topic are this convention's; decided by the topic alone."""
        ...

    def decode(self, message: Message) -> Decoded:
        """What a claimed message means; never raises."""
        ...


def ignored(convention: str | None, reason: str) -> Decoded:
    """A message that is none of our business, and why."""
    return Decoded(convention, ignored=reason)
