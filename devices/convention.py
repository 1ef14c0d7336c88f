"""What a convention is: a way of publishing sensors over MQTT, read by one object per hub."""

from dataclasses import dataclass
from typing import Protocol

from devices.measurement import Decoded, Message


@dataclass(frozen=True, slots=True)
class Options:
    """How a hub is set up, where it departs from the defaults.

    `zigbee2mqtt_base`: its base topic (others are learned from their `bridge/state`). `trust_device_time`: the hub
    plays a recording, so every device time that carries a zone is taken, whatever its date.
    """

    zigbee2mqtt_base: str = "zigbee2mqtt"
    trust_device_time: bool = False


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
