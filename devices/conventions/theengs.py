"""Theengs Gateway and OpenMQTTGateway: not written yet."""

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Message

NAME = "theengs"
GUIDE = Guide(NAME, "Theengs Gateway and OpenMQTTGateway", "", "", (), "", "")


class Theengs:
    """Reads nothing yet."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time

    def claims(self, topic: str) -> bool:  # noqa: ARG002
        """Nothing yet."""
        return False

    def decode(self, message: Message) -> Decoded:  # noqa: ARG002
        """Nothing yet."""
        return ignored(NAME, "not written yet")
