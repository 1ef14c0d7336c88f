"""Sparkplug B: not written yet."""

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Message

NAME = "sparkplug"
GUIDE = Guide(NAME, "Sparkplug B", "", "", (), "", "")


class Sparkplug:
    """Reads nothing yet."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time

    def claims(self, topic: str) -> bool:  # noqa: ARG002
        """Nothing yet."""
        return False

    def decode(self, message: Message) -> Decoded:  # noqa: ARG002
        """Nothing yet."""
        return ignored(NAME, "not written yet")
