"""Tasmota (https://tasmota.github.io/docs/MQTT/): `tele/<topic>/SENSOR` and its kin, whatever the FullTopic is.

`tele`, `stat` or `cmnd` is a whole segment somewhere, the last segment is the kind of message, and what is left names
the device: `tasmota:<what is left>`. Each named sensor is a part of it, as in `tasmota:boiler/DS18B20-1`, and so is
each Zigbee device of a bridge.
"""

import re
from collections.abc import Iterable
from typing import Any

from devices import device_time
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.instant import SECOND, Instant
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import KINDS, read_json, read_object
from devices.tasmota import inputs, lorawan, sensors
from devices.tasmota.guide import GUIDE as _GUIDE
from devices.tasmota.known import Devices, Known, described
from devices.tasmota.topics import BLE, Place, Topics
from devices.tasmota.zigbee import Network, Reading
from devices.values import CONTROL, number

NAME = "tasmota"
GUIDE: Guide = _GUIDE
_ADDRESS = NAME + ":"
_DISCOVERY = "tasmota/discovery/"
_DEVICE_LIMIT = 512
_SENSING = frozenset({"SENSOR", "ENERGY", "STATUS8", "STATUS10"})
_READ = re.compile(r"SENSOR|ENERGY|STATE|RESULT|STATUS[0-9]*|(?:POWER|BUTTON|SWITCH)[0-9]*T?|Z[Bb][A-Za-z]+[0-9]?")
_OWN = frozenset({"INFO1", "INFO2", "INFO3", "UPTIME", "HASS_STATE", "LOGGING", "MARGINS", "WAKEUP"})
_INPUTS = ("POWER", "BUTTON", "SWITCH")
_WRAPPERS = ("StatusSNS", "StatusSTS")
_LAST_WILL = {
    **dict.fromkeys(("online", "connecté", "conetado", "aktivni", "aktivní", "aktívny", "aktywny", "ansluten"), True),
    **dict.fromkeys(("offline", "déconnecté", "desconetado", "neaktivni", "neaktivní", "neaktívny"), False),
    **dict.fromkeys(("nieaktywny", "off-line"), False),
}
"""Also those of the French, Portuguese, Czech, Slovak, Polish and Swedish builds (D_ONLINE of tasmota/language)."""
_CODES = ("IrReceived", "RfReceived", "IrHVAC")
_CARDS = ("PN532", "RC522", "RDM6300")


class Tasmota:
    """Reads one hub's Tasmota devices: holds what they are, who is on their Zigbee bridges, and the last presses."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._topics = Topics(options.tasmota_full_topic, options.tasmota_prefixes)
        self._devices = Devices(self._topics)
        self._network = Network(_ADDRESS)
        self._presses = inputs.Presses()
        self._last_will = dict(_LAST_WILL)

    def claims(self, topic: str) -> bool:
        """Whether a prefix is a segment before the last and that one is Tasmota's, or it is a discovery topic."""
        return self._topics.find(topic) is not None or topic.startswith(_DISCOVERY)

    def decode(self, message: Message) -> Decoded:
        """What a device's message means."""
        if message.topic.startswith(_DISCOVERY):
            return self._discovery(message)
        place = self._topics.find(message.topic)
        if place is None or not place.device or len(place.device) > _DEVICE_LIMIT:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device"))
        if (why := _not_read(place, message.payload)) is not None:
            return ignored(NAME, why)
        if place.kind == "LWT":
            return self._online(place.device, message.payload)
        return self._falls_asleep(place.device) if place.kind == "DEEPSLEEP" else self._reading(place, message)

    # ------------------------------------------------------------------------------------------- devices

    def _reading(self, place: Place, message: Message) -> Decoded:
        content = _content(place.kind, message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        for wrapper in _WRAPPERS:
            if isinstance(inner := content.get(wrapper), dict):
                content = {**content, **inner, wrapper: None}
        at = device_time.plausible(_time(content), message.received_at, trusted=self._trusted)
        if place.device.endswith(BLE):
            return self._ble(place, content, at, retained=message.retained)
        zigbee = self._network.read(place.device, place.kind, content, at, retained=message.retained)
        if zigbee is not None:
            return _of_zigbee(zigbee)
        address, known = _ADDRESS + place.device, self._devices.get(place.device)
        found = [*inputs.read(address, known, content, at, sensing=place.kind in _SENSING)]
        found += sensors.read(address, content, at)
        if not message.retained:
            triggered = place.role == "stat" and place.kind == "SENSOR"
            found += sensors.presses(address, content, at, triggered=triggered)
        for wrapper in lorawan.WRAPPERS:
            found += lorawan.read(address, content.get(wrapper), at, retained=message.retained)
        why = None
        if place.kind not in _SENSING:
            why = self._add_presses(found, inputs.presses(address, known, content, at), place.kind, message)
        if not found:
            return ignored(NAME, why or _nothing(content))
        return Decoded(NAME, tuple(found))

    def _add_presses(
        self,
        found: list[Measurement],
        presses: Iterable[Measurement],
        kind: str,
        message: Message,
    ) -> str | None:
        """Add the presses that are new; why one was left out, if so."""
        why = None
        for press in presses:
            if message.retained:
                why = "a retained press is an old one"
            elif self._presses.is_copy(press, message.received_at, kind):
                why = "a copy of a press that was told just before"
            else:
                found.append(press)
        return why

    def _ble(self, place: Place, content: dict[str, Any], at: Instant | None, *, retained: bool) -> Decoded:
        """A BLE sensor with a topic of its own. Whether its `Btn` is new or the last one again cannot be told."""
        if not sensors.is_sensor(place.kind):
            return ignored(NAME, "a BLE device that is not read")
        address = f"{_ADDRESS}{place.device}/{place.kind}"
        found = [*sensors.one(address, place.kind, content, content, at)]
        if not retained:
            found += sensors.one_pressed(address, content, at, triggered=False)
        return Decoded(NAME, tuple(found)) if found else ignored(NAME, _nothing(content))

    def _online(self, device: str, payload: bytes) -> Decoded:
        text = payload[:64].decode("utf-8", "replace").strip().lower()
        known = self._devices.get(device)
        online = (known.last_will or self._last_will).get(text, self._last_will.get(text))
        if online is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "the last will is neither Online nor Offline"))
        if known.sleeps and not online:
            return ignored(NAME, "a device that sleeps between its messages goes offline on purpose")
        return Decoded(NAME, (Measurement(_ADDRESS + device, "online", online),))

    def _falls_asleep(self, device: str) -> Decoded:
        """What a device says before it sleeps (xdrv_29_deepsleep): its Offline is healthy from now on."""
        known = self._devices.get(device)
        lesson = None if known.sleeps else f"tasmota:sleeps:{device}"
        known.sleeps = True
        return ignored(NAME, "a device says that it goes to sleep")._replace(lesson=lesson)

    # ------------------------------------------------------------------------------------------- discovery

    def _discovery(self, message: Message) -> Decoded:
        """A device introduces itself: `<MAC>/config` says who it is, `<MAC>/sensors` what it measures."""
        mac, _, what = message.topic.removeprefix(_DISCOVERY).partition("/")
        if what not in ("config", "sensors") or not mac:
            return ignored(NAME, "a discovery message of another kind")
        if not message.payload:
            if what == "config":
                self._devices.forget(mac)
            return ignored(NAME, "empty payload: a device no longer introduces itself")._replace(lesson=message.topic)
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if what == "config":
            introduced = self._devices.introduce(mac, content)
            why = "a discovery message that names no topic"
        else:
            listed = content.get("sn")
            introduced = self._devices.promise(mac, sensors.promised(listed) if isinstance(listed, dict) else [])
            why = "the sensors of a device that has not introduced itself yet"
        if introduced is None:
            return ignored(NAME, why)._replace(lesson=message.topic if what == "sensors" else None)
        device, known = introduced
        if CONTROL.search(device) or len(device) > _DEVICE_LIMIT:
            return Decoded(
                NAME, rejected=Rejected("bad_topic", "the topic that the device tells has control characters")
            )
        self._note_last_will(known)
        return Decoded(NAME, described=(described(_ADDRESS + device, device, known),), lesson=message.topic)

    def _note_last_will(self, known: Known) -> None:
        """A translated build's words are those of the hub's other devices too, until they introduce themselves."""
        for text, online in (known.last_will or {}).items():
            if len(self._last_will) < sensors.SENSOR_LIMIT:
                self._last_will.setdefault(text, online)


def _not_read(place: Place, payload: bytes) -> str | None:
    """Why a message is not to be read at all, if so."""
    if place.role == "cmnd":
        return "a command to a device"
    if not payload:
        return "empty payload: a retained value was cleared"
    if place.kind in ("LWT", "DEEPSLEEP") or place.device.endswith(BLE) or _READ.fullmatch(place.kind):
        return None
    what = f"{place.kind[:40]} is not a message with measurements"
    return what if place.kind in _OWN else f"{what}: only who wrote its rule knows what it means"


def _content(kind: str, payload: bytes) -> dict[str, Any] | Rejected:
    """The JSON object of a message. A relay, switch or button may say its state as a plain word or number."""
    content = read_json(payload)
    if isinstance(content, dict):
        if kind == "ENERGY":  # before 5.11 the meter had a message of its own
            return {"Time": content.get("Time"), kind: content}
        return {kind: content} if kind.startswith(("BUTTON", "SWITCH")) and not _has_input(content) else content
    if kind.startswith(_INPUTS) and (not isinstance(content, Rejected) or content.reason == "not_json"):
        return {kind: payload[:16].decode("latin-1").strip() if isinstance(content, Rejected) else content}
    if isinstance(content, Rejected):
        return content
    return Rejected("not_an_object", f"expected a JSON object, found {KINDS.get(type(content), 'something else')}")


def _has_input(content: dict[str, Any]) -> bool:
    return len(content) == 1 and inputs.numbered(next(iter(content))) is not None


def _time(content: dict[str, Any]) -> Instant | None:
    """The device's time: with a zone (SetOption52), or as a count of seconds (command Time 2 or 3)."""
    at = device_time.from_text(content.get("Time"))
    if at is None:
        seconds = number(content.get("Epoch", content.get("Time")))
        if seconds is not None and 0 < seconds < device_time.LATEST / SECOND:
            at = int(seconds) * SECOND
    return at


def _of_zigbee(zigbee: Reading) -> Decoded:
    if zigbee.measurements or zigbee.described:
        return Decoded(NAME, zigbee.measurements, described=zigbee.described, lesson=zigbee.lesson)
    return ignored(NAME, zigbee.why)


def _nothing(content: dict[str, Any]) -> str:
    """Why nothing was read from a message."""
    if any(key in content for key in _CODES):
        return "a raw infrared or radio code, whose meaning depends on what sent it"
    if any(key in content for key in _CARDS):
        return "the number of a card or tag is never read"
    return "nothing in it that Keepwell measures has a usable value"
