"""LoRaWAN through ChirpStack (v4 and v3) and The Things Stack (v3): what a device's codec made of its frames.

A device's address is `lorawan:<its EUI>` on both; a part of it, such as a probe, `lorawan:<its EUI>/probe`. Frames are
binary; the network server's codec turns them into an object whose keys are the codec's own (`devices/lorawan`).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from devices import device_time
from devices.convention import Options, ignored
from devices.duplicates import Recent
from devices.guide import Guide
from devices.instant import HOUR, Instant
from devices.lorawan import chirpstack, thethingsstack
from devices.lorawan.brands import TABLES, told_in
from devices.lorawan.dragino import HELD
from devices.lorawan.envelope import Event, Joined, Status, Uplink, read_eui
from devices.lorawan.field import Field, Keys, Payload, Reading
from devices.lorawan.frames import Device, Devices
from devices.lorawan.keys import read_key
from devices.lorawan.reading import flat, history, merged, normalised, read
from devices.lorawan.words import fold
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object

NAME = "lorawan"
GUIDE = Guide(
    NAME,
    "LoRaWAN: ChirpStack v4 and The Things Stack v3",
    source=(
        "ChirpStack's documentation and its integration.proto (v4 and v3), The Things Stack's documentation "
        "of its data formats and MQTT server, the normalised payload's schema and the codecs of "
        "TheThingsNetwork/lorawan-devices, Milesight-IoT/SensorDecoders, dragino-end-node-decoder, and "
        "manuals of Netvox. Not found in any documentation: what Tektelic's reed and moisture states of 0 "
        "and 255 mean (taken as closed and open, dry and wet), and MClimate's codes of its button (taken as "
        "1, 2 and 3 presses)."
    ),
    topics=(
        "`application/<id>/device/<EUI>/event/<up, join, status ...>` of ChirpStack (v3 too, with `.../rx` "
        "of its first releases) and `v3/<application>[@<tenant>]/devices/<id>/up` of The Things Stack, also "
        "below a prefix. On both a device is `lorawan:<EUI>`, and a part of it `lorawan:<EUI>/probe`, `/2`, "
        "`/region_1`. (A device without an EUI is `lorawan:<id>@<application>`.) The frame must have been "
        "read by a codec: Keepwell reads `object` and `decoded_payload`, whose keys are the codec's own; the "
        "tables below are chosen by the names of profile, maker and model, else by keys that only one maker "
        "uses."
    ),
    readings=(
        ("PIR: `pir`, `motion`, `occupied`, `Occupy`, Milesight WS203 `occupancy`, Elsys' count", "motion"),
        ("radar, desk and seat: Milesight VS `occupancy`, `region_1`; Elsys ERS Eye; `presence`", "presence"),
        (
            (
                "door: `magnet_status`, `door`, `DOOR_OPEN_STATUS` 1, Netvox R311A `OnOff` 1, `reed_state`, "
                "`contactState`, Radio Bridge `DoorWindow`"
            ),
            "contact",
        ),
        ("Milesight VS373 `detection_status`, `fall_alarm`, `events`", "fall, bed, presence"),
        (
            (
                "`button_event`, `button`, `Alarm` of Netvox RB02I and Dragino PB01, `Key_1`, `ALARM_status` "
                "of Dragino's trackers, SenseCAP T1000"
            ),
            "button; every press of a profile that is called SOS is an emergency",
        ),
        (
            "`leakage_status`, `water_leak`, `WATER_LEAK_STATUS`, `WaterLeak`, `floodAlarm`, `water.leak`",
            "leak",
        ),
        ("`FireAlarm`, `HighTempAlarm`, `COAlarm`, `gas_status`, and the like", "smoke, heat_alarm, co, gas"),
        ("`tamper_status`, `install` no, `DisassembledAlarm`; vibration sensors", "tamper, vibration"),
        (
            "climate, in °C unless key or unit says °F",
            "temperature, humidity, pressure, co2, voc, pm25, illuminance",
        ),
        ("the board's own temperature", "device_temperature"),
        ("plugs and relays; energy from Wh, current from mA", "power, energy, voltage, current, switch"),
        ("`battery`, ChirpStack's `status` event, `last_battery_percentage`", "battery"),
        (
            "`BatV`, `Volt`, `vdd`, and a `battery` that is volts by maker or size",
            "battery_voltage, battery_low",
        ),
        ("GS101, PowerOffAlarm", "mains_failure, fault"),
        ("the gateway that heard it best", "rssi"),
    ),
    notes=(
        (
            "**Several in one.** A second probe or channel is a part of the device. The Things Stack's "
            "`normalized_payload` is preferred for numbers; states and the battery are taken from the "
            "codec's own keys where these are known, since some normalisers are wrong there (a text NO LEAK "
            "becomes true, a per cent stands where volts belong)."
        ),
        (
            "**Copies.** A frame is known by session (device address), count and bytes: heard by several "
            "gateways, sent again or delivered twice, it is read once. A join starts the count anew; so does "
            "a device that forgot it."
        ),
        (
            "**Times.** ChirpStack: `time`, which is the gateway's; but `nsTime`, the server's own, where "
            "the two are more than 10 seconds apart, for then the gateway's clock is wrong. The Things "
            "Stack: `received_at`. Old records (`history`) give numbers with their own time, and never "
            "states; records without a time that can be believed give nothing."
        ),
        (
            "**Your own codec.** `lorawan_keys` says what a key means (case and separators do not matter; "
            "keys within keys are joined with a dot): `quantity`, `quantity unit` (`temperature F`, `energy "
            "Wh`), `quantity x0.1` for a scaled integer, `!quantity` for a state that is the wrong way round "
            "(`!contact`: true is closed), `quantity/part unit` (`temperature/fridge F`), or `ignore`. It "
            "wins over what is built in."
        ),
    ),
    ignored=(
        "downlinks and their confirmations, `ack`, `txack`, `location`, `integration`, `service/data`; the "
        "server's log (its level and code are told, such as ERROR UPLINK_CODEC); frames without a codec; "
        "simulated uplinks; counts of people, set points, valve and window detection, thresholds, distances, "
        "`tvoc` as level; a `door`, `contact`, `status` or `alarm` that is merely true or false, unless the "
        "maker is known; alarms in a frame that says it is a test."
    ),
    to_set=(
        "a codec in the device profile (Milesight's, Dragino's and Netvox's own, or the device repository's) "
        'and JSON in ChirpStack\'s MQTT integration (`json=true`; version 3: `marshaler="json"`). Give the '
        "device profile the model's name, such as Milesight WS301. Let ChirpStack ask for the device status "
        "once a day, for the battery."
    ),
    options=("lorawan_keys",),
)

_TAILS = frozenset(
    {"event", "command", "rx", "tx", "join", "status", "ack", "error", "location", "txack", "integration"}
)
_KINDS = frozenset({"up", "join", "down", "location", "service"})
_COMMANDS = frozenset({"command", "tx"})
_NO_CODEC = (
    "no codec: set one in the device profile (ChirpStack) or as payload formatter (The Things Stack); "
    "or the frame carries no data"
)
_OLD_STATE = HOUR
"""How much older than its frame a state with its own time may be."""
_READINGS_LIMIT = 300


class Lorawan:
    """Reads one hub's network servers: holds the devices' names and quantities, and their last frames."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._own = own_keys(options.lorawan_keys)
        self._devices = Devices()
        self._recent = Recent(HOUR)

    def claims(self, topic: str) -> bool:
        """Whether `application/<id>/device/<EUI>/event/...` or `v3/<app>/devices/<id>/up` stands at the end of it."""
        return ("/device/" in topic or "/devices/" in topic) and _place(topic) is not None

    def decode(self, message: Message) -> Decoded:
        """What an event of a network server means."""
        place = _place(message.topic)
        if place is None:
            return ignored(NAME, "not a topic of a network server")
        server, application, device, tail = place
        if server == "application" and tail[0] in _COMMANDS:
            return ignored(NAME, "a command to a device")
        if server == "v3" and tail[0] == "down":
            return ignored(NAME, "a command to a device, or what became of it")
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=_binary(server, content))
        if server == "v3":
            event = thethingsstack.read(tail[0], device, application, content)
        else:
            event = chirpstack.read(tail[-1], read_eui(device), content)
        return self._event(event, message, second="normalized" in tail)

    def _event(self, event: Event, message: Message, *, second: bool) -> Decoded:
        if isinstance(event, str):
            if event == chirpstack.NO_EUI:
                return Decoded(NAME, rejected=Rejected("bad_topic", "neither topic nor message has a device's EUI"))
            return ignored(NAME, event)
        device = self._devices.get(f"{NAME}:{event.eui}")
        device.introduced(event.identity)
        if isinstance(event, Joined):
            return self._joined(device)
        if isinstance(event, Status):
            if event.token is not None and self._recent.is_copy((event.eui, event.token), message.received_at):
                return ignored(NAME, "a status that was read before")
            at = device_time.plausible(event.heard_at, message.received_at, trusted=self._trusted)
            battery = Measurement(device.address, "battery", event.battery, at, event.token)
            return _told(device, [battery])
        return self._uplink(device, event, message, second=second)

    def _joined(self, device: Device) -> Decoded:
        """Frames are counted anew; and a device that joins introduces itself."""
        device.joins += 1
        picture = device.description() or device.described
        return Decoded(NAME, described=(picture,)) if picture is not None else ignored(NAME, "a device joined")

    def _uplink(self, device: Device, uplink: Uplink, message: Message, *, second: bool) -> Decoded:
        if not uplink.standard and not uplink.content:
            return ignored(NAME, _NO_CODEC if uplink.content is None else "the codec made nothing of this frame")
        if self._devices.is_copy(device, uplink, message.received_at, second=message.payload if second else None):
            return ignored(NAME, "a frame that was read before")
        at = device_time.plausible(uplink.heard_at, message.received_at, trusted=self._trusted)
        readings = self._readings(device, uplink, message.received_at)
        pressed = any(reading.quantity in ("button", HELD) for reading in readings)
        found = [
            measurement
            for reading in readings[:_READINGS_LIMIT]
            if (measurement := self._measurement(device, uplink, reading, at, message)) is not None
        ]
        if uplink.rssi is not None and not message.retained:
            found.append(Measurement(device.address, "rssi", uplink.rssi, at, _identity(uplink)))
        if not found:
            return ignored(NAME, _unsaid(pressed=pressed, retained=message.retained))
        return _told(device, found)

    def _readings(self, device: Device, uplink: Uplink, received_at: Instant | None) -> list[Reading]:
        """Everything that the frame says; history with its own times."""
        content: Mapping[str, Any] = uplink.content or {}
        fields = flat(content)
        brand = device.brand = told_in(fields, device.brand)
        payload = Payload(fields, brand.model, device.quantities.keys(), brand.emergency)
        keys = TABLES[brand.name]
        standard = normalised(uplink.standard, payload, brand.name) if uplink.standard else ()
        readings = merged(read(payload, keys, self._own), standard)
        if uplink.battery is not None and not any(reading.quantity == "battery" for reading in readings):
            readings.append(Reading("battery", uplink.battery[0], at=uplink.battery[1]))
        readings.extend(history(content, payload, keys, received_at, trusted=self._trusted))
        return readings

    def _measurement(
        self, device: Device, uplink: Uplink, reading: Reading, at: Instant | None, message: Message
    ) -> Measurement | None:
        """One reading as measurement; None for a press that is an old one, or no news."""
        quantity, value, part, momentary, own_at = reading
        identity = _identity(uplink)
        if own_at is not None:
            believed = device_time.plausible(own_at, message.received_at, trusted=self._trusted)
            if isinstance(value, bool) and believed is not None and at is not None and at - believed > _OLD_STATE:
                return None
            if quantity == "button" and self._recent.is_copy((device.address, value, own_at), message.received_at):
                return None
            at, identity = (believed, f"at {believed}") if believed is not None else (at, identity)
        if message.retained and quantity in ("button", HELD):
            return None
        if quantity == HELD:
            news = bool(value) and not device.calling
            device.calling = bool(value)
            if not news:
                return None
            quantity, value = "button", "emergency"
        address = f"{device.address}/{part}" if part else device.address
        return Measurement(address, quantity, value, at, identity, momentary)


def own_keys(keys: Mapping[str, str]) -> Keys:
    """The installer's keys, folded; what cannot be read is left out (the registry tells of it with `read_key`)."""
    return {fold(key[:64]): field for key, text in keys.items() if isinstance(field := read_key(text), Field)}


def _told(device: Device, found: list[Measurement]) -> Decoded:
    """The measurements, and the device's picture when it has changed."""
    picture = device.description(measurement.quantity for measurement in found)
    return Decoded(NAME, tuple(found), described=(picture,) if picture is not None else ())


def _unsaid(*, pressed: bool, retained: bool) -> str:
    """Why nothing came of a frame."""
    if not pressed:
        return "no key in it that Keepwell knows has a usable value"
    return "a retained press is an old one" if retained else "a press that was told before"


def _identity(uplink: Uplink) -> str | None:
    """The frame's own name: session and count, else the server's id of it."""
    return f"{uplink.session}:{uplink.frame}" if uplink.session is not None else uplink.token


@lru_cache(maxsize=4_096)
def _place(topic: str) -> tuple[str, str, str, list[str]] | None:
    """(`application` or `v3`, application, device, rest) wherever in the topic it begins."""
    segments = topic.split("/")
    for first, second, tails in (("application", "device", _TAILS), ("v3", "devices", _KINDS)):
        if second not in segments:
            continue
        place = segments.index(second) - 2
        rest = segments[place + 4 :]
        if place >= 0 and segments[place] == first and rest and rest[0] in tails and segments[place + 3]:
            if first == "application" and rest[0] in ("event", "command") and len(rest) < 2:
                return None
            return first, segments[place + 1], segments[place + 3], rest
    return None


def _binary(server: str, rejected: Rejected) -> Rejected:
    """What to set where the message is not JSON at all."""
    if rejected.reason != "not_json" or server != "application":
        return rejected
    return Rejected(
        "not_json", 'not JSON: set `json=true` in ChirpStack\'s MQTT integration (version 3: `marshaler="json"`)'
    )
