"""Shelly Gen1 (https://shelly-api-docs.shelly.cloud/gen1): one plain text a topic, below `shellies/<id>/`.

A device's address is `shelly_gen1:<id>`, such as `shelly_gen1:shellydw2-aabbcc`, or the MQTT id that was given to it.
"""

from collections.abc import Callable

from devices import device_time
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.instant import MINUTE, Instant
from devices.measurement import Decoded, Description, Measurement, Message, Rejected
from devices.payload import read_object
from devices.remembering import keep
from devices.shelly import gen1
from devices.shelly.directory import MAKER
from devices.values import number, word

NAME = "shelly_gen1"
GUIDE = Guide(
    NAME,
    "Shelly Gen1",
    "shelly-api-docs.shelly.cloud/gen1, the topic tables of ioBroker.shelly, ha-shellies-discovery and its captures,"
    " aioshelly, and captures in public repositories. The form of `ext_temperatures` was found only in other"
    " programs.",
    "Everything below `shellies/`, except what Gen2 devices publish there. The address is `shelly_gen1:<id>`: what"
    " stands between `shellies/` and the first known topic, in small letters (slashes become dots). The first relay is"
    " the device; other relays, inputs, meter channels and the probes of an add-on are parts (`/relay:1`, `/input:0`,"
    " `/emeter:2`, `/ext:0`).",
    (
        ("`sensor/state` open or close", "contact"),
        ("`sensor/flood`, `sensor/smoke`, `sensor/gas` mild or heavy", "leak, smoke, gas"),
        ("`sensor/motion`, `status` of a Motion", "motion"),
        (
            "`sensor/vibration`, `sensor/lux`, `sensor/temperature`, `sensor/humidity`, `sensor/battery`",
            "vibration, illuminance, temperature, humidity, battery",
        ),
        ("`input_event/n` S, SS, SSS, L, SL, LS", "button"),
        ("`relay/n`, `light/n`, `color/n`, `white/n`, `input/n`, `longpush/n`, `ext_switch/n`", "switch"),
        ("`power` below `relay/n`, `light/n`, `color/n`, `white/n`, `roller/n`, `emeter/n`", "power"),
        ("`energy` below these (watt-minutes), `emeter/n/total` (watt-hours)", "energy"),
        ("`emeter/n/voltage`, `voltage`, `adc/0`, `emeter/n/current`", "voltage, current"),
        ("`temperature` of the box", "device_temperature"),
        ("`ext_temperature/n`, `ext_humidity/n`", "temperature, humidity; of the probe"),
        ("`overtemperature`, `overload`, `loaderror`, `relay/n` overpower, `sensor/operation` fault", "fault"),
        ("`info`: the Wi-Fi's signal", "rssi"),
        ("`online`", "online"),
    ),
    "positions of rollers, colours, thermostat settings, tilt, light in words, concentration of gas, self tests"
    " (`test` is no alarm), energy returned, everything in Fahrenheit that is also said in Celsius, commands, and"
    " `online` false of models that sleep.",
    "Turn on MQTT; clean session and QoS 1 do no harm. Leave the MQTT id as it is. Leave temperatures in Celsius, or"
    " set `shelly_fahrenheit` for a hub whose devices are all set to Fahrenheit. Bring a Button1 to firmware 1.9.3 or"
    " newer: older ones begin to count presses anew at each wake, and a press whose number was the last one's is taken"
    " for a copy.",
    notes=(
        (
            "A press is told by its count: the same count again (devices re-send it every half minute, and at each"
            " connection) is a copy. The last count is remembered over a restart of Keepwell. Of a device that was"
            " never heard, a retained message only tells the count, any other is a press."
        ),
    ),
    options=("shelly_fahrenheit",),
)

_START = "shellies/"
_CLEARED = "empty payload: a retained value was cleared"
_NOTHING = "nothing in it that Keepwell measures has a usable value"
_UNKNOWN = "the device says that it has no value, or tests itself"
_ONLINE = {"true": True, "false": False}
_HOUR = 60 * MINUTE
_LONGEST_TEXT = 64
_WHY = {
    "command": "a command to a device",
    "settings": "settings of a device",
    "color": "a light's colour",
    "white": "a light's white channel",
    "roller": "a roller or blind",
    "thermostat": "a radiator valve's settings",
    "valve": "a valve's position",
    "temperature_f": "the same temperature is told in Celsius",
    "ext_temperature_f": "the same temperature is told in Celsius",
    "temperature_status": "the same temperature is told in degrees",
    "totalworktime": "hours of work",
    "sensor": "a sensor's value that is not measured",
}
_REMEMBERED = 2_048


class ShellyGen1:
    """Reads one hub's Gen1 devices: holds the last count of each button, and which devices sleep."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._fahrenheit = options.shelly_fahrenheit
        self._counts: dict[str, tuple[float, str]] = {}
        self._asleep: dict[str, bool] = {}
        self._overpowered: dict[str, bool] = {}
        self._readers: dict[str, Callable[[str, str, list[str], Message], Decoded]] = {
            "online": self._online,
            "announce": self._introduction,
            "info": self._status,
            "status": self._status,
            "input_event": self._event,
            "ext_temperatures": self._probes,
            "ext_humidities": self._probes,
        }

    def claims(self, topic: str) -> bool:
        """Whether the topic is below `shellies/`."""
        return topic.startswith(_START)

    def decode(self, message: Message) -> Decoded:
        """What one topic of a device means."""
        segments = message.topic.split("/")
        if not message.payload:
            return ignored(NAME, _CLEARED)
        if len(segments) == 2:
            return self._of_all(segments[1], message)
        place = next((place for place in range(2, len(segments)) if segments[place] in gen1.KINDS), 2)
        device = ".".join(segments[1:place]).lower()
        if not device:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device"))
        return self._of_one(device, segments[place], segments[place + 1 :], message)

    def _of_all(self, kind: str, message: Message) -> Decoded:
        if kind == "announce":
            return self._announce(None, message)
        return ignored(NAME, "a command to all devices" if kind == "command" else "a topic without a value")

    def _of_one(self, device: str, kind: str, rest: list[str], message: Message) -> Decoded:
        if "command" in rest or "set" in rest:
            return ignored(NAME, "a command to a device")
        read = self._readers.get(kind, self._text)
        return read(device, kind, rest, message)

    # ------------------------------------------------------------------------------------------- plain texts

    def _text(self, device: str, kind: str, rest: list[str], message: Message) -> Decoded:
        """A number or a word."""
        lesson = self._wakes(device, message.payload) if kind == "sensor" and rest == ["act_reasons"] else None
        topic, part = _meaning(kind, rest)
        if topic is None:
            why = _WHY.get(kind, "a topic of a Shelly device that is not measured")
            return Decoded(NAME, ignored=why, lesson=lesson)
        text = _text_of(message.payload)
        address = f"{NAME}:{device}/{part}" if part else f"{NAME}:{device}"
        if kind == "relay" and topic.quantity == "switch":
            return self._relay(f"{NAME}:{device}", rest, address, text)
        if text is not None and gen1.is_missing(text, topic):
            return ignored(NAME, _UNKNOWN)
        degrees = kind == "sensor" and topic.quantity == "temperature"
        value = None if text is None else gen1.read_text(text, topic, fahrenheit=degrees and self._fahrenheit)
        if value is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "the text is no value of this topic"))
        return Decoded(NAME, (Measurement(address, topic.quantity, value),))

    def _relay(self, device: str, rest: list[str], address: str, text: str | None) -> Decoded:
        """`on`, `off`, or `overpower`: a fault that the next `on` or `off` ends, after a restart of ours, too."""
        broken = f"{device}/relay:{rest[0] if rest else 0}"
        if text == "overpower":
            keep(self._overpowered, broken, True, _REMEMBERED)
            return Decoded(NAME, (Measurement(broken, "fault", True),), lesson=f"{NAME}:overpower:{broken}")
        state = gen1.CHANNEL["relay"][""].read(text)
        if not isinstance(state, bool):
            return Decoded(NAME, rejected=Rejected("bad_value", "a relay is on, off or overpower"))
        said = (Measurement(address, "switch", state),)
        if self._overpowered.pop(broken, False):
            ended = Measurement(broken, "fault", False)
            return Decoded(NAME, (*said, ended), lesson=f"{NAME}:overpower:{broken}")
        return Decoded(NAME, said)

    def _wakes(self, device: str, reasons: bytes) -> str | None:
        """Only devices that sleep tell why they woke; a lesson where the id does not tell it.

        With its battery a device lost the count of its presses.
        """
        if b"poweron" in reasons[:256]:
            for channel in range(4):
                self._counts.pop(f"{NAME}:{device}/input:{channel}", None)
        if device.startswith(gen1.ASLEEP) or device in self._asleep:
            return None
        keep(self._asleep, device, True, _REMEMBERED)
        return f"{NAME}:asleep:{device}"

    # ------------------------------------------------------------------------------------------- presses

    def _event(self, device: str, _kind: str, rest: list[str], message: Message) -> Decoded:
        """`{"event": "S", "event_cnt": 2}`: a press where the count is not the last one."""
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        channel = rest[0] if rest else ""
        count, letters = number(content.get("event_cnt")), word(content.get("event"))
        action = None if letters is None else gen1.ACTIONS.get(letters.upper(), letters)
        if count is None or not channel.isdigit() or not channel.isascii() or len(channel) > 2:
            return Decoded(NAME, rejected=Rejected("bad_value", "a press without a count, or of no input"))
        address = f"{NAME}:{device}/input:{channel}"
        counted = (count, letters or "")
        if self._counts.get(address) == counted:
            return ignored(NAME, "the same count again: a copy of a press that was read")
        keep(self._counts, address, counted, _REMEMBERED)
        lesson = f"{NAME}:count:{device}:{channel}"
        if action is None or message.retained:
            why = "no press yet" if action is None else "a retained press is an old one"
            return Decoded(NAME, ignored=why, lesson=lesson)
        heard = message.received_at
        identity = f"{count:.15g}" if heard is None else f"{count:.15g}@{heard // _HOUR}"
        return Decoded(NAME, (Measurement(address, "button", action, None, identity),), lesson=lesson)

    # ------------------------------------------------------------------------------------------- JSON

    def _status(self, device: str, _kind: str, _rest: list[str], message: Message) -> Decoded:
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        at = self._time(content.get("unixtime"), message)
        found = tuple(gen1.status(f"{NAME}:{device}", content, at))
        sensor = content.get("sensor")
        told = sensor.get("motion_timestamp") if isinstance(sensor, dict) else content.get("timestamp")
        moved_at = self._time(told, message)
        if moved_at is not None:
            found = tuple(
                said._replace(at=moved_at) if said.quantity == "motion" and said.value is True else said
                for said in found
            )
        return Decoded(NAME, found) if found else ignored(NAME, _NOTHING)

    def _time(self, raw: object, message: Message) -> Instant | None:
        """The instant of seconds since 1970; a clock that was never set says 0."""
        seconds = number(raw)
        if seconds is None or not 0 < seconds < device_time.LATEST / 1e6:
            return None
        return device_time.plausible(round(seconds * 1e6), message.received_at, trusted=self._trusted)

    def _probes(self, device: str, kind: str, _rest: list[str], message: Message) -> Decoded:
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        found = tuple(gen1.probes(f"{NAME}:{device}", kind, content))
        return Decoded(NAME, found) if found else ignored(NAME, _NOTHING)

    def _introduction(self, device: str, _kind: str, _rest: list[str], message: Message) -> Decoded:
        return self._announce(device, message)

    def _announce(self, device: str | None, message: Message) -> Decoded:
        """A device that introduces itself, on its own topic or on one for all; Gen2 devices answer there, too."""
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        told = word(content.get("id"))
        if device is None and told is not None:
            device = told.removeprefix(_START).replace("/", ".").lower()
        if not device:
            return Decoded(NAME, rejected=Rejected("bad_value", "an announcement without an id"))
        model = word(content.get("model"))
        if number(content.get("gen")) is not None:
            name = word(content.get("name")) or device
            return Decoded(NAME, described=(Description(f"shelly:{device}", name, MAKER, model),))
        lesson = None
        if model in gen1.ASLEEP_MODELS and not device.startswith(gen1.ASLEEP):
            lesson = f"{NAME}:asleep:{device}"
            keep(self._asleep, device, True, _REMEMBERED)
        return Decoded(NAME, described=(Description(f"{NAME}:{device}", device, MAKER, model),), lesson=lesson)

    def _online(self, device: str, _kind: str, _rest: list[str], message: Message) -> Decoded:
        online = _ONLINE.get((_text_of(message.payload) or "").lower())
        if online is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "online is neither true nor false"))
        if not online and (device.startswith(gen1.ASLEEP) or device in self._asleep):
            return ignored(NAME, "a device that sleeps disconnects after each report: it is asleep, not offline")
        return Decoded(NAME, (Measurement(f"{NAME}:{device}", "online", online),))


def _text_of(payload: bytes) -> str | None:
    """The text; the colon that some versions put before a probe's number is left out."""
    if len(payload) > _LONGEST_TEXT:
        return None
    return payload.decode("latin-1").strip().lstrip(":")


def _meaning(kind: str, rest: list[str]) -> tuple[gen1.Topic | None, str]:
    """(how the topic is read, the part that it is about) of what follows the device's id."""
    if kind == "sensor":
        return (gen1.SENSOR.get(rest[0]) if len(rest) == 1 else None), ""
    if kind in gen1.DEVICE and not rest:
        return gen1.DEVICE[kind], "" if gen1.DEVICE[kind].quantity != "fault" else kind
    readings = gen1.CHANNEL.get(kind)
    if readings is None or len(rest) > 2:
        return None, ""
    numbered = bool(rest) and rest[0].isdigit() and rest[0].isascii() and len(rest[0]) <= 2
    channel = rest[0] if numbered else ""
    what = rest[1] if numbered and len(rest) > 1 else "" if numbered or not rest else rest[0]
    if not numbered and (len(rest) > 1 or kind != "relay"):
        return None, ""
    return readings.get(what), gen1.channel_part(kind, channel, what)
