"""Shelly Gen2, Gen3, Gen4 and BLU (https://shelly-api-docs.shelly.cloud/gen2): JSON frames under a free prefix.

A device's address is `shelly:<its id>`, such as `shelly:shellyplusht-c049ef8b6d6c`, and of a BLU device behind it
`shelly:<Bluetooth address>`; components that are one of several are parts, as in `.../switch:1`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import KINDS, read_json, read_object
from devices.shelly.bthome import mac_of
from devices.shelly.components import NUMBERED, UNNUMBERED
from devices.shelly.directory import Directory, components_of, own_id, page_of
from devices.shelly.frames import Frames, Told

NAME = "shelly"
GUIDE = Guide(
    NAME,
    "Shelly Gen2, Gen3, Gen4 and BLU",
    "shelly-api-docs.shelly.cloud (gen2 and docs-ble), bthome.io, Shelly's script examples, and the tests of Home"
    " Assistant's `shelly`, aioshelly, openHAB and ha-shellies-discovery-gen2. What `occupancy:0` publishes and which"
    " events a smoke alarm sends was found only in those, not in Shelly's documentation.",
    "A device publishes under its MQTT prefix, by default its id: `<prefix>/events/rpc` (what changed, everything at a"
    " wake, events), `<prefix>/status/<component>` and `<prefix>/online`. A prefix is known by Shelly's id at its end;"
    " any other is learned from its first `events/rpc` or `status/switch:0` and the like, or given in"
    " `shelly_prefixes`. The address is `shelly:<id>`: the id in the prefix, else the `src` of the first notification;"
    " where a status came before any notification, the prefix itself, and so it stays. The first `switch`,"
    " `temperature` and the like are the device; others are parts (`/switch:1`), inputs and meter channels always. A"
    " BLU device is `shelly:<Bluetooth address>`; the second of its buttons is part `/2`.",
    (
        ("`smoke` and `flood`: `alarm`, `errors`", "smoke, leak, fault"),
        ("`temperature`, `humidity`, `illuminance`", "temperature, humidity, illuminance"),
        ("`devicepower`: `battery`", "battery, battery_voltage"),
        ("`switch`, `cb`, `light`: `output`; `input`: `state`", "switch"),
        ("`switch`, `pm1`, `em`, `em1`, `cover`, `light`: meters", "power, energy, voltage, current"),
        ("`temperature` inside one of these, or in a fuse box", "device_temperature"),
        ("`presence`, `presencezone`, `occupancy`", "presence"),
        ("`wifi`, and the signal of a BLU device", "rssi"),
        ("events `single_push`, `double_push`, `triple_push`, `long_push`; BLU buttons", "button"),
        ("BLU: `window`, `motion`, `vibration`, and other BTHome objects", "contact, motion, vibration"),
        ("other BTHome objects: alarms", "co, gas, heat_alarm, tamper, battery_low"),
        ("other BTHome objects: air and weather", "co2, pm25, pressure"),
        ("`online`", "online"),
    ),
    "`btn_down` and `btn_up` (a device that sends only these has an input of the kind that is a switch: its level is"
    " read), changes of configuration, restarts, commands, positions of covers, virtual components, the cloud's"
    " connection, debug logs, encrypted Bluetooth packets, energy returned. `online` false of a device on a battery.",
    "Turn on MQTT with `RPC status notifications`; `Generic status update` does no harm. Leave the prefix as it is,"
    " or let it end in the device's id. For BLU sensors that a gateway knows as components, publish once"
    ' `{"id":1,"src":"keepwell-ask","method":"Shelly.GetComponents","params":{"dynamic_only":true,"include":["config",'
    '"status"],"offset":0}}` to `<prefix>/rpc` (and again with the next `offset` until all are listed): without the'
    " answer on `keepwell-ask/rpc` a `bthomesensor` has no meaning. An input that a button is wired to must be set to"
    " `button`.",
    notes=(
        (
            "A press is read once, however many gateways and scripts tell it; the time that the device gives is its"
            " identity. A button that was pressed before its gateway told its address is `<gateway>/bthomedevice:202`,"
            " and stays so. `bthomesensor` values carry the time at which the gateway heard them, and are left out when"
            " that is more than a week ago. Scripts may publish packets as events, under `shelly-blu/`, or on a topic"
            " that is the sensor's address with colons; twelve digits without colons are not taken for one."
        ),
    ),
    options=("shelly_prefixes",),
)

_CLEARED = "empty payload: a retained value was cleared"
_NOTHING = "nothing in it that Keepwell measures has a usable value"
_NOT_OURS = "no convention claims an answer that no Shelly device gave"
_ONLINE = {b"true": True, b"false": False}
_NOTIFICATIONS = ("NotifyStatus", "NotifyFullStatus", "NotifyEvent")
_ADDRESS_LENGTH = 17


class Shelly:
    """Reads one hub's Shelly devices: holds their prefixes, their BLU components and the last presses."""

    def __init__(self, options: Options) -> None:
        self._directory = Directory(NAME)
        self._frames = Frames(self._directory, trusted=options.trust_device_time)
        self._configured = frozenset(prefix.strip("/") for prefix in options.shelly_prefixes) - {""}
        self._under = tuple(prefix + "/" for prefix in self._configured)
        self._readers: dict[str, Callable[[str, str, Message], Decoded]] = {
            "events/rpc": self._notification,
            "rpc": self._answer,
            "online": self._online,
            "announce": self._announce,
        }

    def claims(self, topic: str) -> bool:
        """Whether the topic's end is Shelly's own, or its prefix a Shelly device's."""
        if topic.endswith("/rpc"):
            return True
        place = topic.rfind("/status/")
        if place > 0:
            name, colon, number = topic[place + 8 :].partition(":")
            if colon and name in NUMBERED:
                return number.isascii() and number.isdigit()
            return (colon != "" or name in UNNUMBERED) and self._is_shelly(topic[:place])
        if topic.startswith("shelly-blu/") or _is_bluetooth_address(topic):
            return True
        prefix, tail = _split(topic)
        return (tail != "" and self._is_shelly(prefix)) or topic.startswith(self._under)

    def decode(self, message: Message) -> Decoded:
        """What a device or a script says."""
        topic = message.topic
        if not message.payload:
            return ignored(NAME, _CLEARED)
        if topic.startswith("shelly-blu/") or _is_bluetooth_address(topic):
            return self._packet(topic.rpartition("/")[2], message)
        prefix, tail = _split(topic)
        read = self._readers.get(tail) or (
            self._status if tail.startswith("status/") else self._published if tail.startswith("blu/") else _unread
        )
        return read(prefix, tail, message)

    def _is_shelly(self, prefix: str) -> bool:
        return prefix in self._configured or prefix in self._directory.prefixes or own_id(prefix) is not None

    # ------------------------------------------------------------------------------------------- notifications

    def _notification(self, prefix: str, _tail: str, message: Message) -> Decoded:
        frame = read_object(message.payload)
        if isinstance(frame, Rejected):
            return Decoded(NAME, rejected=frame)
        method, params = frame.get("method"), frame.get("params")
        if not isinstance(params, dict) or (method not in _NOTIFICATIONS and own_id(prefix) is None):
            return ignored(NAME, "a frame without a notification")
        device, news = self._directory.identify(prefix, frame.get("src"))
        told = Told()
        if "events" in params:
            self._frames.events(device, params, message, told)
        else:
            self._frames.states(device, params, message, told)
            if method == "NotifyFullStatus":
                self._describe(device, told)
        return self._told(told, message.topic if news else None)

    def _status(self, prefix: str, tail: str, message: Message) -> Decoded:
        """The state of one component on a topic of its own, or (`rpc`) of all."""
        key = tail.removeprefix("status/")
        content = read_json(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if not isinstance(content, dict):
            what = KINDS.get(type(content), "something else")
            return Decoded(NAME, rejected=Rejected("not_an_object", f"expected a JSON object, found {what}"))
        device, news = self._directory.identify(prefix)
        told = Told()
        if key == "rpc":
            self._frames.states(device, content, message, told)
            self._describe(device, told)
        else:
            self._frames.state(device, key, content, None, message, told)
        if news and not told.found:
            self._directory.forget(prefix)
            return self._told(told)
        return self._told(told, message.topic if news else None)

    def _told(self, told: Told, lesson: str | None = None) -> Decoded:
        lesson = lesson or told.lesson
        found = told.measurements()
        described = tuple(self._directory.description(address) for address in told.described)
        if found or described:
            return Decoded(NAME, found, described=described, lesson=lesson)
        return Decoded(NAME, ignored=told.why or _NOTHING, lesson=lesson)

    def _describe(self, device: str, told: Told) -> None:
        """A whole status shows what a device and its parts can measure."""
        address = self._directory.address(device)
        quantities = {
            said.quantity for said in told.found if said.address == address or said.address.startswith(address + "/")
        }
        if quantities and self._directory.describe(address, None, None, quantities):
            told.described.append(address)

    # ------------------------------------------------------------------------------------------- answers

    def _answer(self, prefix: str, _tail: str, message: Message) -> Decoded:
        """An answer to a request. Its topic is that of who asked, so only `src` tells the device."""
        frame = read_json(message.payload)
        ours = self._is_shelly(prefix)
        if isinstance(frame, Rejected) and ours:
            return Decoded(NAME, rejected=frame)
        source = frame.get("src") if isinstance(frame, dict) else None
        device = self._directory.identify_source(source)
        if device is None or frame.keys().isdisjoint(("method", "result", "error")):
            return ignored(NAME, "no frame of a Shelly device") if ours else ignored(None, _NOT_OURS)
        if frame.get("method") in _NOTIFICATIONS:
            return self._notification(device, "events/rpc", message)
        result = frame.get("result")
        if not isinstance(result, dict):
            return ignored(NAME, "a request" if "method" in frame else "an error, or an answer without a result")
        return self._result(device, result, message)

    def _result(self, device: str, result: Mapping[str, Any], message: Message) -> Decoded:
        """What Shelly.GetComponents, GetConfig, GetStatus and GetDeviceInfo answer, told by their form."""
        told = Told()
        if isinstance(result.get("components"), list):
            return self._components(device, result, message)
        if isinstance(result.get("id"), str):
            introduced = self._directory.device_info(result)
            return Decoded(NAME, described=(introduced,)) if introduced else ignored(NAME, _NOTHING)
        system = result.get("sys")
        if isinstance(system, dict) and isinstance(system.get("device"), dict):
            return self._learned(device, list(result.items()), f"{NAME}:config:{device}")
        if "addr" in result:
            kind = "bthomesensor" if "obj_id" in result else "blutrv" if "trv" in result else "bthomedevice"
            key = f"{kind}:{result.get('id')}"
            return self._learned(device, [(key, result)], f"{NAME}:config:{device}:{key[:40]}")
        self._frames.states(device, result, message, told)
        self._describe(device, told)
        return self._told(told)

    def _components(self, device: str, result: Mapping[str, Any], message: Message) -> Decoded:
        components = components_of(result)
        addresses: dict[str, None] = {}
        for key, config, attrs, _ in components:
            if (address := self._directory.learn(device, key, config, attrs)) is not None:
                addresses[address] = None
        told = Told(described=list(addresses))
        for key, _, _, status in components:
            if isinstance(status, dict):
                self._frames.state(device, key, status, None, message, told)
        return self._told(told, f"{NAME}:components:{device}:{page_of(result)}" if addresses else None)

    def _learned(self, device: str, configs: list[tuple[str, Any]], lesson: str) -> Decoded:
        """Configurations by component."""
        addresses: dict[str, None] = {}
        for key, config in configs[:512]:
            if (address := self._directory.learn(device, key, config)) is not None:
                addresses[address] = None
        if not addresses:
            return ignored(NAME, "a configuration without Bluetooth sensors")
        return Decoded(NAME, described=tuple(map(self._directory.description, addresses)), lesson=lesson)

    def _announce(self, _prefix: str, _tail: str, message: Message) -> Decoded:
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        introduced = self._directory.device_info(content)
        return Decoded(NAME, described=(introduced,)) if introduced else ignored(NAME, _NOTHING)

    # ------------------------------------------------------------------------------------------- the rest

    def _online(self, prefix: str, _tail: str, message: Message) -> Decoded:
        online = _ONLINE.get(message.payload[:16].strip().lower())
        if online is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "online is neither true nor false"))
        device, news = self._directory.identify(prefix)
        if not online and self._directory.asleep(device):
            return ignored(NAME, "a device on its battery disconnects after each report: it is asleep, not offline")
        said = Measurement(self._directory.address(device), "online", online)
        return Decoded(NAME, (said,), lesson=message.topic if news else None)

    def _packet(self, called: str, message: Message) -> Decoded:
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        told = Told()
        self._frames.packet(content, called, None, message, told)
        return self._told(told)

    def _published(self, prefix: str, tail: str, message: Message) -> Decoded:
        """`blu/<device>/state` and `blu/<device>/button` of the script blu-gateway-bthome-to-mqtt."""
        called, _, what = tail.removeprefix("blu/").partition("/")
        content = read_json(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        told = Told()
        if what == "state" and isinstance(content, dict):
            self._frames.packet({**content, "button": None}, called, None, message, told)
        elif what == "button":
            event = {"component": "blu", "event": "button", "data": {"device": called, "value": content}}
            self._frames.events(self._directory.identify(prefix)[0], {"events": [event]}, message, told)
        else:
            told.why = "one value of a Bluetooth sensor, which is read from its state"
        return self._told(told)


_WHY = {"command": "a command to a device", "debug/log": "a device's log"}


def _unread(_prefix: str, tail: str, _message: Message) -> Decoded:
    return ignored(NAME, _WHY.get(tail, "a topic of a Shelly device that is not measured"))


def _is_bluetooth_address(topic: str) -> bool:
    return len(topic) == _ADDRESS_LENGTH and topic[2] == ":" and mac_of(topic) is not None


def _split(topic: str) -> tuple[str, str]:
    """(prefix, what it is) by the end of a topic; '' for an end that is not Shelly's."""
    for end in ("events/rpc", "debug/log"):
        if topic.endswith("/" + end):
            return topic[: -len(end) - 1], end
    place = topic.rfind("/status/")
    if place > 0:
        return topic[:place], topic[place + 1 :]
    prefix, _, last = topic.rpartition("/")
    if last in ("online", "rpc", "announce", "command"):
        return prefix, last
    for inner in ("/command/", "/blu/shellyblu"):
        place = topic.rfind(inner)
        if place > 0:
            return topic[:place], "command" if inner == "/command/" else topic[place + 1 :]
    return prefix, ""
