"""Homie 5, 4 and 3 (https://homieiot.github.io/specification/): self-describing devices, one topic a property.

A device's address is `homie:<device id>`, each of its nodes is a part. A property whose id is not the name of what it
measures has a part of its own, `<node>.<property>`.
"""

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.homie.descriptions import Device, Devices, description
from devices.homie.meaning import Property, as_published, meaning, read
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object
from devices.values import NUMBERS

NAME = "homie"
GUIDE = Guide(
    NAME,
    "Homie 5, 4 and 3",
    source="the specification at homieiot.github.io; what properties mean is our own reading of their ids and units,"
    " since Homie has no list of meanings.",
    topics="""Topics: `homie/5/<device>/...`, and `homie/<device>/...` for versions 3 and 4. A device is
`homie:<device>`, and each of its nodes a part of it: `homie:<device>/<node>`.""",
    readings=(
        ("`motion`, `movement`, `pir`", "motion"),
        ("`presence`, `occupancy`", "presence"),
        ("`open`; `closed`, turned round; an enum with OPEN", "contact"),
        ("`button`, `action`, `press` and the like, as an enum or where nothing is retained", "button"),
        (
            "`leak`, `water`, `flood`; `smoke`; `co`; `gas`; `heat-alarm`; `fall`",
            "leak, smoke, co, gas, heat_alarm, fall",
        ),
        ("`tamper`, `vibration`, `low-battery`", "tamper, vibration, battery_low"),
        ("`bed-occupied`, `chair-occupied`", "bed, chair"),
        ("`temperature`, or any number in °C or °F", "temperature"),
        ("`humidity`, `co2`, `voc`, `pm25`", "humidity, co2, voc, pm25"),
        ("`illuminance`, or a number in lx; `pressure`, or in hPa, Pa", "illuminance, pressure"),
        ("`power`, `energy`, `voltage`, `current`, or a number in W, kWh, Wh, V, A", "power, energy, voltage, current"),
        ("`battery`, `battery-voltage`, `$stats/battery`", "battery, battery_voltage"),
        ("`rssi`, `link-quality`, `$stats/cputemp`", "rssi, link_quality, device_temperature"),
        ("any other boolean, `contact` too since it does not say which way", "switch"),
        (
            "`$state` ready or alert; lost, disconnected or emptied; alert of versions 3 and 4; `$online` of version 2",
            "online, fault",
        ),
    ),
    notes=(
        """A property called `state`, `value`, `alarm` or the like means what the type or the id of its node says. A
number without a unit is taken to be in Keepwell's. A number that can be set is a wish and not measured. Devices that
share another device's connection are lost with it. A device that sleeps is well. A property whose id is not the name of
its quantity has a part of its own, `homie:<device>/<node>.<property>`.""",
    ),
    ignored="`set` and `$target`, `$alert`, `$log`, `$stats` other than the above, and properties whose meaning is not"
    " clear.",
    to_set="clear property ids and units, best as in the table.",
    options=("homie_domain",),
)

_ONLINE = {"ready": True, "alert": True, "lost": False, "disconnected": False}
_REACHABLE = {"true": True, "false": False}
_WAITS = {"init": "the device is starting", "sleeping": "the device sleeps, as it should"}
_REMOVED = "empty payload: the device was removed"
_STATS = {"battery": "battery", "cputemp": "device_temperature"}
_TEXT_LIMIT = 256
_SEGMENTS = 5


class Homie:
    """Reads one hub's Homie devices: holds what they have said of themselves."""

    def __init__(self, options: Options) -> None:
        self._prefix = options.homie_domain + "/"
        self._devices = Devices()

    def claims(self, topic: str) -> bool:
        """Whether the topic is in the Homie domain."""
        return topic.startswith(self._prefix)

    def decode(self, message: Message) -> Decoded:
        """What the message of a device means."""
        segments = message.topic[len(self._prefix) :].split("/", _SEGMENTS)
        five = segments[0] == "5"
        device, *rest = segments[1:] if five and len(segments) > 1 else segments
        if device == "$broadcast":
            return ignored(NAME, "a broadcast to all devices")
        if not device or not rest or not all(rest):
            return Decoded(NAME, rejected=Rejected("bad_topic", "expected a device and what it says"))
        if rest[-1] == "set" or "$target" in rest:
            return ignored(NAME, "a wish to a device, no measurement")
        if rest[0].startswith("$"):
            return self._of_device(device, rest, message, five=five)
        return self._below(device, rest, message, five=five)

    def _below(self, device: str, rest: list[str], message: Message, *, five: bool) -> Decoded:
        if any(part.startswith("$") for part in rest):
            return self._attribute(device, rest, message, five=five)
        if len(rest) != len(("node", "property")):
            return ignored(NAME, "neither a device, a node nor a property")
        return self._property(device, rest[0], rest[1], message)

    # ------------------------------------------------------------------------------------------- of devices

    def _of_device(self, device: str, rest: list[str], message: Message, *, five: bool) -> Decoded:
        what = rest[0]
        if what == "$state":
            return self._state(device, message, five=five)
        if what == "$description" and five:
            return self._description(device, message)
        if what == "$online" and len(rest) == 1 and not five:
            return _reachable(device, message)
        if what == "$stats" and len(rest) == len(("$stats", "name")):
            return _statistic(device, rest[1], message)
        if len(rest) == 1 and not five:
            return self._attribute(device, rest, message, five=five)
        return ignored(NAME, f"{what[:40]} is no measurement")

    def _state(self, device: str, message: Message, *, five: bool) -> Decoded:
        """A root that is lost takes along the devices behind it; when it is back they are as they last said.

        So what each said is a lesson.
        """
        state = _text(message.payload)
        if not state:
            known = self._devices.forget(device)
            gone = (Measurement(_address(device), "online", False),) if known else ()
            return Decoded(
                NAME, gone, ignored=None if known else "empty payload: a device was removed", lesson=message.topic
            )
        online = _ONLINE.get(state)
        if online is None and state not in _WAITS:
            return Decoded(NAME, rejected=Rejected("bad_value", "not a state that Homie knows"))
        own = self._devices.known(device)
        own.state = state
        lesson = message.topic if five else None
        if online is None:
            return Decoded(NAME, ignored=_WAITS[state], lesson=lesson)
        root = self._devices.get(own.root)
        if root is not None and _ONLINE.get(root.state) is False:
            online = False
        said = [Measurement(_address(device), "online", online)]
        if not five and online:
            said.append(Measurement(_address(device), "fault", state == "alert"))
        for name, child in self._devices.carried_by(device):
            if not online or child.state in ("ready", "alert"):
                said.append(Measurement(_address(name), "online", online))
        return Decoded(NAME, tuple(said), lesson=lesson)

    def _description(self, device: str, message: Message) -> Decoded:
        if not message.payload:
            self._devices.forget(device)
            return Decoded(NAME, ignored=_REMOVED, lesson=message.topic)
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        self._devices.describe(device, content)
        return self._described(device, message)

    def _attribute(self, device: str, rest: list[str], message: Message, *, five: bool) -> Decoded:
        """One attribute of Homie 3 or 4."""
        *place, attribute = rest
        if five or len(place) > len(("node", "property")) or any(part.startswith("$") for part in place):
            return ignored(NAME, "an attribute that is no measurement")
        node, name = (*place, "", "")[:2]
        if not self._devices.attribute(device, node, name, attribute, _text(message.payload)):
            return ignored(NAME, f"{attribute[:40]} is no measurement")
        return self._described(device, message)

    def _described(self, device: str, message: Message) -> Decoded:
        known = self._devices.known(device)
        return Decoded(NAME, described=(description(_address(device), device, known),), lesson=message.topic)

    # ------------------------------------------------------------------------------------------- properties

    def _property(self, device: str, node: str, name: str, message: Message) -> Decoded:
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        text = _text(message.payload)
        node_type, about = _about(self._devices.get(device), node, name)
        about = as_published(about, text)
        told = meaning(node, node_type, name, about)
        if told is None:
            return ignored(NAME, f"what the property {name[:40]!r} means is not clear")
        if told.quantity == "button" and message.retained:
            return ignored(NAME, "a retained press is an old one")
        value = read(text, told, about)
        if value is None:
            if told.quantity in ("button", "switch"):
                return ignored(NAME, "no press, or neither true nor false")
            return Decoded(NAME, rejected=Rejected("bad_value", f"not a value of {told.quantity}"))
        part = f"{node}.{name}" if told.own else node
        return Decoded(NAME, (Measurement(f"{_address(device)}/{part}", told.quantity, value),))


def _about(known: Device | None, node: str, name: str) -> tuple[str, Property]:
    """(type of the node, what is said of the property); of an array's node `lights_1` what is said of `lights`."""
    if known is None:
        return "", Property()
    found = known.nodes.get(node) or known.nodes.get(node.rpartition("_")[0])
    return ("", Property()) if found is None else (found.type, found.properties.get(name, Property()))


def _reachable(device: str, message: Message) -> Decoded:
    """`$online` of Homie 2, which is its last will, too."""
    online = _REACHABLE.get(_text(message.payload))
    if online is None:
        return ignored(NAME, "neither online nor offline")
    return Decoded(NAME, (Measurement(_address(device), "online", online),))


def _statistic(device: str, name: str, message: Message) -> Decoded:
    quantity = _STATS.get(name)
    if quantity is None:
        return ignored(NAME, "a statistic that is no measurement")
    value = NUMBERS[quantity](_text(message.payload))
    if value is None:
        return Decoded(NAME, rejected=Rejected("bad_value", f"not a value of {quantity}"))
    return Decoded(NAME, (Measurement(_address(device), quantity, value),))


def _address(device: str) -> str:
    return f"{NAME}:{device}"


def _text(payload: bytes) -> str:
    return payload[:_TEXT_LIMIT].decode("utf-8", "replace")
