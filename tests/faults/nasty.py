"""What broken firmware, a bad line or a stranger could send: any bytes on any topic that we subscribe to."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import devices

MIB = 1 << 20
DEEP = 100_000
TOPICS = (
    "connection", "keepwell/hall/motion", "keepwell/hall/temperature", "keepwell/pendant/button",
    "keepwell/a/b/c/battery", "keepwell//motion", "keepwell/hall/", "keepwell/", "keepwell/homes/x/alert",
    "zigbee2mqtt/0x00158d0001a2b3c4", "zigbee2mqtt/Hall/PIR", "zigbee2mqtt/0x00158d0001a2b3c4/availability",
    "zigbee2mqtt/bridge/devices", "zigbee2mqtt/bridge/state", "zigbee2mqtt/bridge/info", "zigbee2mqtt/bridge/event",
    "zigbee2mqtt/bridge/response/device/rename", "zigbee2mqtt/", "zigbee2mqtt//", "zigbee2mqtt/x/action",
    "tele/plug/SENSOR", "tele/plug/STATE", "tele/plug/LWT", "stat/plug/RESULT", "stat/plug/POWER1", "stat/plug/STATUS8",
    "stat/plug/BUTTON1", "tele//SENSOR", "tele/SENSOR", "plug/tele/SENSOR", "cmnd/plug/POWER",
    "tasmota/discovery/ABCDEF012345/config", "tasmota/discovery/ABCDEF012345/sensors", "tasmota/discovery//",
    "homeassistant/sensor/x/t/config", "homeassistant/device/x/config", "homeassistant//config", "esphome/discover/x",
    "shellyplusht-c049ef8b6d6c/events/rpc", "x/status/switch:0", "x/rpc", "shellies/shellydw2-AABBCC/sensor/state",
    "application/1/device/0011223344556677/event/up", "v3/a@ttn/devices/x/up", "zwave/5/113/0/Home_Security/x",
    "home/gw/BTtoMQTT/A4C138000000", "home/gw/LWT", "rtl_433/pi/events", "glow/x/SENSOR/electricitymeter",
    "homie/5/x/$description", "homie/x/$state", "enocean/door", "spBv1.0/a/NDATA/b",
    "", "/", "nobody/knows", "$SYS/broker", "ключ/значение", "a" * 1_100, "keepwell/" + "x/" * 150 + "motion",
)  # fmt: skip
"""Below `homes/<hub>/`: every kind of topic of every convention, and topics with empty levels or none that we know."""
VALUES = (
    "NaN", "-Infinity", "1e999", "-1e-999", "9" * 5_000, "-" + "9" * 400, "1" + "0" * 400 + ".5", "true", "null", '""',
    "[]", "{}", '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"ON"', '"\u202e"', '"' + "x" * 5_000 + '"',
    "0x10", "1_000", "٣", "[[[]]]", '{"value": {"value": 1}}', "-0.0", "1.7976931348623157e308", "5e-324",
    "18446744073709551616",
)  # fmt: skip
"""JSON, or nearly, to stand where something sensible should."""


def whole(seed: int) -> Iterator[bytes]:
    """Payloads that are not like any device's: one of each kind."""
    yield b""
    yield b"\x00"
    yield b"\xff\xfe\xfd"
    yield b"\xed\xa0\x80"  # half of a character, as UTF-8 must not hold it
    yield b"\xef\xbb\xbf{}"
    yield b'{"value": true'
    yield b'{"value": true}}'
    yield b'{"value": true, "value": "no"}'
    yield b"[" * DEEP
    yield b"[" * DEEP + b"]" * DEEP
    yield b'{"a":' * DEEP + b"1" + b"}" * DEEP
    yield b'{"value":' + b"[" * 900 + b"]" * 900 + b"}"
    yield random.Random(seed).randbytes(MIB)  # noqa: S311 - the same noise each time
    yield b" " * MIB
    yield b"9" * MIB
    yield b'"' + b"\\" * (MIB - 2) + b'"'
    yield b'"action_code": ' * (MIB // 15)
    yield b'"action_code":' + b" " * MIB
    yield b'"action_code":"' + b"\\" * MIB
    yield b"nan " * (MIB // 4)
    yield b"[" + b"{}," * (MIB // 3 - 1) + b"{}]"
    yield json.dumps({f"Switch{n}": {"Temperature": n, "Id": n} for n in range(10_000)}).encode()
    yield json.dumps([{"ieee_address": f"0x{n:016x}", "friendly_name": str(n)} for n in range(5_000)]).encode()
    for text in VALUES:
        yield text.encode()
        yield f'{{"value": {text}, "at": {text}, "id": {text}}}'.encode()


def samples() -> Sequence[tuple[str, Any]]:
    """Topic and content of every real message that the decoders are tested with."""
    files = sorted((Path(devices.__file__).parent / "samples").glob("*/*.json"))
    found = [one for file in files for one in json.loads(file.read_text(encoding="utf-8"))["messages"]]
    return [(one["topic"], _content(one)) for one in found]


def _content(sample: Mapping[str, Any]) -> Any:
    if "hex" in sample:
        return bytes.fromhex(sample["hex"]).decode(errors="replace")
    return sample["payload"] if "payload" in sample else sample["json"]


class Mangler:
    """Real messages with something wrong in them; the same for one seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same messages each time
        self._samples = samples()

    def message(self) -> tuple[str, bytes]:
        """The next one: topic below the hub's and payload."""
        topic, content = self._chance.choice(self._samples)
        topic = topic.removeprefix("homes/").partition("/")[2] if topic.startswith("homes/") else topic
        if self._chance.random() < 0.2:
            topic = self._chance.choice(TOPICS)
        raw = (content if isinstance(content, str) else self._written(content)).encode("utf-8", "surrogatepass")
        kind = self._chance.randrange(4)
        if kind == 0 and raw:  # bits turned over
            flipped = bytearray(raw)
            for _ in range(self._chance.randrange(1, 6)):
                flipped[self._chance.randrange(len(flipped))] ^= 1 << self._chance.randrange(8)
            raw = bytes(flipped)
        elif kind == 1:  # cut off
            raw = raw[: self._chance.randrange(len(raw) + 1)]
        elif kind == 2 and self._chance.random() < 0.2:
            raw = self._chance.randbytes(self._chance.randrange(300))
        return topic, raw

    def _written(self, content: Any) -> str:
        """As JSON, with a value here and there that does not belong."""
        if self._chance.random() < 0.15:
            return self._chance.choice(VALUES)
        if isinstance(content, dict):
            inner = (f"{json.dumps(key)}: {self._written(value)}" for key, value in content.items())
            return "{" + ", ".join(inner) + "}"
        if isinstance(content, list):
            return "[" + ", ".join(map(self._written, content)) + "]"
        return json.dumps(content)
