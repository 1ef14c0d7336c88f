"""Theengs Gateway (https://gateway.theengs.io/) and OpenMQTTGateway (https://docs.openmqttgateway.com/).

`<base>/<gateway>/BTtoMQTT/<MAC>` has a decoded Bluetooth advert, `<base>/<gateway>/RTL_433toMQTT/...` an event of
rtl_433; base is `home` unless changed. A Bluetooth device is `theengs:<mac>`, whatever gateway heard it; a gateway is
`theengs:<gateway>:bridge`; sensors of 433 MHz have the addresses that devices.rtl_433 gives them.
"""

from typing import Any

from devices.convention import Options, ignored
from devices.duplicates import Recent
from devices.guide import Guide
from devices.instant import MINUTE, SECOND
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object
from devices.rtl_433.heard import Heard
from devices.rtl_433.reading import Rtl433Reader
from devices.theengs.adverts import Said, nothing_in, presses, private, says
from devices.values import number

NAME = "theengs"
GUIDE = Guide(
    NAME,
    "Theengs Gateway and OpenMQTTGateway",
    source="Theengs Decoder 2.5 (the tables of each device, src/decoder.cpp, tests/BLE), Theengs Gateway 1.8 and its "
    "documentation, OpenMQTTGateway's documentation (use/ble.md, use/rf.md).",
    topics="""Any topic with a segment `BTtoMQTT`, `RTL_433toMQTT`, `433toMQTT` or `SYStoMQTT` after the gateway's name,
whatever base and name are; `<base>/<gateway>/LWT` below `home` or a gateway that was heard. Devices are
`theengs:<mac>`, in lower case without colons (the gateway's id, where that is no MAC); keys of a device with several
are `/1` to `/4`. All gateways of a home tell of the same device.""",
    readings=(
        ("`tempc` (else `tempf`), `hum` (also as text), `pres`, `lux`, `darkness`, `co2`, `pm25`",
         "temperature, humidity, pressure, illuminance, co2, pm25"),
        ("`open`; SwitchBot's `contact`: `open`, `closed`, `timeout not closed`", "contact"),
        ("`motion`, but not of blinds and curtains", "motion; momentary for the Xiaomi night light"),
        ("`button`, `button1` to `button4` (1, 2, 3 times, 9 long, 11 hold), `action`", "button"),
        ("`batt`, `volt`, `batt_low`, `lowbatt`, `rssi`", "battery, battery_voltage, battery_low, rssi"),
        ("a meter's `avg` in kW and `sum` in kWh", "power, energy"),
        ("`state` of a SwitchBot Bot, `open` of a thermometer (a reed that may be wired to it)", "switch"),
        ("`LWT` of the gateway", "online"),
        ("`RTL_433toMQTT`: as [rtl_433](#rtl_433-rtl_433), here with `rssi` in dBm; untrusted",
         "tamper, leak, smoke, current, voltage"),
    ),
    notes=(
        """An advert is heard by every gateway in range and sent several times: one with a `packet` number counts once
in 60 seconds, a press without one once in 2. A gateway that scans in turns, or adaptively, misses presses and short
movements: for buttons and motion let it scan all the time.""",
    ),
    ignored="trackers, beacons, phones, watches, headphones, scales and what changes its address (people carry them; "
    "no address is kept), encrypted adverts, adverts that the gateway could not decode, the temperature of meat and of "
    "tyres, how far a blind is open, raw codes on `433toMQTT` (what one means only a person can tell), commands, the "
    "gateway's own state.",
    to_set="the bindkey of encrypted devices in the gateway; for a device whose gateway is on a Mac nothing, its id is "
    "stable there. One base topic for all gateways.",
)  # fmt: skip

_KINDS = frozenset({
    "BTtoMQTT", "RTL_433toMQTT", "433toMQTT", "SYStoMQTT", "LORAtoMQTT", "IRtoMQTT", "RF2toMQTT", "PilighttoMQTT",
    "SRFBtoMQTT", "WEBUItoMQTT",
})  # fmt: skip
_LEAVES = frozenset({"LWT", "version", "presence"})
_UNDECODED = "an advert that is still to be decoded"
_RAW = "a raw code: what it means only a person can tell"
_ONLINE = {b"online": True, b"offline": False}
_MOST_GATEWAYS = 64
_LONGEST_IDENTITY = 64


class Theengs:
    """Reads one hub's gateways: holds which there are, the last adverts and presses, and what each device can."""

    def __init__(self, options: Options) -> None:
        self._gateways: dict[str, bool] = {}
        self._tasmota = frozenset(options.tasmota_prefixes)
        self._radio = Rtl433Reader(NAME, options)
        self._adverts = Recent(MINUTE, 4_096)
        self._presses = Recent(2 * SECOND)
        self._heard = Heard()

    def claims(self, topic: str) -> bool:
        """Whether a segment is one of these gateways' own, or the topic is the last will of one."""
        if "toMQTT" in topic or "/MQTTto" in topic:
            return _place(topic.split("/")) > 0
        gateway, slash, leaf = topic.rpartition("/")
        if leaf not in _LEAVES or not slash:
            return False
        if gateway in self._gateways:
            return True
        base, _, name = gateway.partition("/")
        return leaf == "LWT" and base == "home" and name != "" and "/" not in name and name not in self._tasmota

    def decode(self, message: Message) -> Decoded:
        """What a message of a gateway means."""
        segments = message.topic.split("/")
        place = _place(segments)
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        if place < 1:
            return self._leaf("/".join(segments[:-1]), segments[-1], message.payload)
        kind = segments[place]
        if kind.startswith("MQTTto"):
            return ignored(NAME, "a command to a gateway")
        decoded = self._from_gateway(kind, segments[place + 1 :], message)
        return self._learn("/".join(segments[:place]), decoded)

    def _learn(self, gateway: str, decoded: Decoded) -> Decoded:
        """Remember the gateway. The first reading of one outside `home` is a lesson: its last will is known by it."""
        if decoded.rejected is not None or len(self._gateways) >= _MOST_GATEWAYS:
            return decoded
        taught = self._gateways.get(gateway, False)
        teaches = not taught and bool(decoded.measurements) and not gateway.startswith("home/")
        self._gateways[gateway] = taught or teaches
        return decoded._replace(lesson=f"{NAME}:gateway:{gateway}") if teaches else decoded

    def _leaf(self, gateway: str, leaf: str, payload: bytes) -> Decoded:
        if leaf == "version":
            return ignored(NAME, "the gateway's version")
        if leaf == "presence":
            return ignored(NAME, "a copy of an advert, for finding out who is in")
        online = _ONLINE.get(payload[:16].strip().lower())
        if online is None and gateway not in self._gateways:
            return ignored(None, "no convention claims the last will of what is no gateway")
        if online is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "the last will is neither online nor offline"))
        address = f"{NAME}:{gateway.rpartition('/')[2]}:bridge"
        return Decoded(NAME, (Measurement(address, "online", online),), hub_online=online)

    def _from_gateway(self, kind: str, rest: list[str], message: Message) -> Decoded:
        if kind not in ("BTtoMQTT", "RTL_433toMQTT"):
            state = kind in ("SYStoMQTT", "WEBUItoMQTT")
            return ignored(NAME, "the gateway's own state" if state else _RAW)
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            if len(rest) > 1 and content.reason in ("not_json", "not_an_object"):
                return ignored(NAME, "one field of a message that comes whole as JSON")
            return Decoded(NAME, rejected=content)
        if kind == "BTtoMQTT":
            return self._advert(content, rest, message)
        if content.get("model") in ("status", "undecoded signal"):
            return ignored(NAME, "the state of the gateway's receiver")
        return self._radio.read(content, message, in_dbm=True)

    def _advert(self, content: dict[str, Any], rest: list[str], message: Message) -> Decoded:
        if (why := _UNDECODED if rest[:1] == ["undecoded"] else private(content)) is not None:
            return ignored(NAME, why)
        identity = _identity(content, rest)
        if identity is None:
            return ignored(NAME, "the gateway's own settings, or an advert without an address")
        address = f"{NAME}:{identity}"
        states, pressed = says(content), presses(content)
        if (why := nothing_in(content, states + pressed)) is not None:
            return ignored(NAME, why)
        if pressed and message.retained:
            said, why = states, "a retained press is an old one"
        elif not message.retained and self._is_copy(address, content, states, pressed, message):
            said, why = ([] if "packet" in content else states), "a copy of an advert that was read already"
        else:
            said = states + pressed
        if why is not None and all(one.quantity == "rssi" for one in said):
            return ignored(NAME, why)
        return Decoded(
            NAME,
            tuple(
                Measurement(
                    f"{address}/{one.part}" if one.part else address, one.quantity, one.value, momentary=one.momentary
                )
                for one in said
            ),
            described=self._describe(address, content, said),
        )

    def _is_copy(
        self, address: str, content: dict[str, Any], states: list[Said], pressed: list[Said], message: Message
    ) -> bool:
        """Whether the advert (by its packet's number and content) or, without a number, its press was told just now."""
        packet = number(content.get("packet"))
        if packet is not None:
            said = tuple(one for one in states + pressed if one.quantity != "rssi")
            return self._adverts.is_copy((address, packet, said), message.received_at)
        return bool(pressed) and self._presses.is_copy((address, tuple(pressed)), message.received_at)

    def _describe(self, address: str, content: dict[str, Any], said: list[Said]) -> tuple[Any, ...]:
        model, maker, name = (_word(content.get(key)) for key in ("model_id", "brand", "model"))
        if model is None and name is None:
            return ()
        return self._heard.introduce(address, name or model or "", maker, model, [one.quantity for one in said])


def _place(segments: list[str]) -> int:
    """Where the segment stands that names the kind of message; 0 where there is none after a gateway's name."""
    for place, segment in enumerate(segments[:6]):
        if place and (segment in _KINDS or segment.startswith("MQTTto")):
            return place
    return 0


def _identity(content: dict[str, Any], rest: list[str]) -> str | None:
    """The address that stays: `mac` from within the advert, else the gateway's id, else the end of the topic."""
    mac = content.get("mac")
    for raw in (
        mac if isinstance(mac, str) and len(mac.replace(":", "")) == 12 else None,
        content.get("id"),
        *rest[:1],
    ):
        if isinstance(raw, str) and 0 < len(raw) <= _LONGEST_IDENTITY:
            text = raw.lower() if "-" in raw else raw.lower().replace(":", "")
            if text != "bridge" and all(one.isascii() and (one.isalnum() or one in "-_.") for one in text):
                return text
    return None


def _word(raw: object) -> str | None:
    return raw if isinstance(raw, str) and 0 < len(raw) <= _LONGEST_IDENTITY and raw.isprintable() else None
