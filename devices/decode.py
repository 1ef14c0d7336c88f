"""From a hub's MQTT message to measurements: the topic says which convention reads it, never a trial of all parsers.

>>> HubDecoder().decode(Message("keepwell/hall/motion", b'{"value": true}')).measurements[0].quantity
'motion'
"""

from collections.abc import Iterable

from devices.catalogue import battery_percent
from devices.convention import Options, ignored
from devices.conventions import CONVENTIONS
from devices.conventions.homeassistant import Homeassistant
from devices.conventions.zigbee2mqtt import Zigbee2mqtt
from devices.measurement import Decoded, Message, Rejected
from devices.scrubbing import scrub
from devices.values import CONTROL

__all__ = ["HubDecoder", "Options", "scrub", "split_hub"]

_MODELS_LIMIT = 1_000
TOPIC_LIMIT = 1_024
"""Characters of a topic below the hub's prefix. Real ones have a few dozen."""


class HubDecoder:
    """Reads the messages of one hub, in the order received; keeps what it learns of that hub from one to the next."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._conventions = {name: build(self.options) for name, build in CONVENTIONS.items()}
        self._by_volts: dict[str, str | None] = {}
        """Model of each device whose charge is told by its voltage alone."""
        discovery = self._conventions["homeassistant"]
        if isinstance(discovery, Homeassistant):
            discovery.read_natively = self._read_natively

    def decode(self, message: Message) -> Decoded:
        """What the message means; whatever its bytes are, an answer and never an exception.

        The topic may come with or without `homes/<hub>/`.
        """
        topic = message.topic
        if topic.startswith("homes/"):
            topic = split_hub(topic)[1]
            message = message._replace(topic=topic)
        for name, convention in self._conventions.items():
            if not convention.claims(topic):
                continue
            if len(topic) > TOPIC_LIMIT or CONTROL.search(topic):
                return Decoded(name, rejected=Rejected("bad_topic", "the topic is too long or has control characters"))
            try:
                return self._with_charge(convention.decode(message))
            except Exception as error:  # noqa: BLE001 - one home's message must never stop the others'
                return Decoded(name, rejected=Rejected("decoder_fault", f"a fault in Keepwell: {type(error).__name__}"))
        return ignored(None, f"no convention claims topic {topic[:120]!r}")

    def _with_charge(self, decoded: Decoded) -> Decoded:
        """With the per cent that a battery's voltage stands for, of a known model that reports nothing but volts."""
        for one in decoded.described:
            if "battery" in one.quantities or battery_percent(one.model, 0.0) is None:
                self._by_volts.pop(one.address, None)
            elif len(self._by_volts) < _MODELS_LIMIT:
                self._by_volts[one.address] = one.model
        if not self._by_volts:
            return decoded
        told = {said.address for said in decoded.measurements if said.quantity == "battery"}
        charges = [
            said._replace(quantity="battery", value=percent)
            for said in decoded.measurements
            if said.quantity == "battery_voltage" and said.address not in told
            if (percent := battery_percent(self._by_volts.get(said.address), float(said.value))) is not None
        ]
        return decoded._replace(measurements=(*decoded.measurements, *charges)) if charges else decoded

    def recall(self, lessons: Iterable[Message]) -> None:
        """Learn from messages that an earlier decoder of this hub called a lesson, the oldest first."""
        for message in lessons:
            self.decode(message._replace(retained=True, received_at=None))

    def address_of(self, named: str) -> str | None:
        """The stable address of one by friendly name (`zigbee2mqtt:name:...`), once the inventory has told it."""
        zigbee2mqtt = self._conventions["zigbee2mqtt"]
        return zigbee2mqtt.address_of(named) if isinstance(zigbee2mqtt, Zigbee2mqtt) else None

    def _read_natively(self, topic: str) -> bool:
        """Whether a convention other than Home Assistant's discovery claims the topic."""
        return any(
            convention.claims(topic) for name, convention in self._conventions.items() if name != "homeassistant"
        )


def split_hub(topic: str) -> tuple[str | None, str]:
    """(hub, rest) of `homes/<hub>/<rest>`; (None, topic) for a topic without that prefix."""
    if topic.startswith("homes/"):
        hub, slash, rest = topic[len("homes/") :].partition("/")
        if hub and slash:
            return hub, rest
    return None, topic
