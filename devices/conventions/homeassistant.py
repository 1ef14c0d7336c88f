"""Home Assistant MQTT discovery, and with it ESPHome: not written yet."""

from collections.abc import Callable

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Message

NAME = "homeassistant"
GUIDE = Guide(NAME, "Home Assistant MQTT discovery, and with it ESPHome", "", "", (), "", "")


class Homeassistant:
    """Reads nothing yet."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self.read_natively: Callable[[str], bool] = lambda _topic: False
        """Whether another convention reads a topic; set by the decoder of the hub. Then that one is left to it."""

    def claims(self, topic: str) -> bool:  # noqa: ARG002
        """Nothing yet."""
        return False

    def decode(self, message: Message) -> Decoded:  # noqa: ARG002
        """Nothing yet."""
        return ignored(NAME, "not written yet")
