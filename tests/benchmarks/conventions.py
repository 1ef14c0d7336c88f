"""How fast each convention's messages are read, one process, one core; and how long the worst of 1 MiB takes."""

import math
import time
from collections.abc import Iterator
from random import Random

import orjson

from devices.conventions import CONVENTIONS
from devices.decode import HubDecoder
from devices.instant import SECOND, Instant, parse_rfc3339
from devices.measurement import Message, Value
from devices.quantity import QUANTITIES
from devices.simulation.conventions import SIMULATORS
from devices.simulation.simulator import Can, Simulator
from tests.benchmarks.options import Options
from tests.devices.test_simulators import OPTIONS

MIB = 1024 * 1024
_SHARE = 0.1
"""Of the seconds of a load: how long each convention is measured at least."""
_SAYINGS = 500
_MOST_TOPICS = 6
"""Of those that introduce devices, and of those that devices report on."""
_START: Instant = parse_rfc3339("2026-01-05T08:30:00Z") or 0
_OTHER_TOPICS = {"sparkplug": ("spBv1.0/house/DDATA/gateway/sensor",)}


def run(options: Options) -> dict[str, object]:
    """By convention: `messages_per_s` of what its simulated devices say, each thing alone or a few together.

    `worst_1_mib_ms`: the longest that a message of 1 MiB took, of several kinds on several of its topics.
    """
    return {name: _measured(name, options.seconds * _SHARE) for name in CONVENTIONS}


def _measured(name: str, seconds: float) -> dict[str, object]:
    found: dict[str, object] = {}
    topics: dict[str, bytes] = dict.fromkeys(_OTHER_TOPICS.get(name, ()), b"{}")
    introduced: list[Message] = []
    if name in SIMULATORS:
        simulator = SIMULATORS[name](Random(1))  # noqa: S311 - a story, not a secret
        introduced = [Message(one.topic, one.payload, one.retained, one.at) for one in simulator.introduce(_START)]
        said = list(_said(simulator))
        if said:
            found["messages_per_s"] = _rate(name, introduced, said, seconds)
        for messages in (introduced, said):
            topics |= dict(list({one.topic: one.payload for one in messages}.items())[:_MOST_TOPICS])
    if topics:
        found["worst_1_mib_ms"] = round(max(_worst(name, introduced, topics)), 2)
    return found


def _said(simulator: Simulator) -> Iterator[Message]:
    """Hours of what the devices say: a few things at a time, now and then all of them."""
    random = Random(2)  # noqa: S311
    now = _START
    for number in range(_SAYINGS if simulator.can else 0):
        now += 30 * SECOND
        most = len(simulator.can) if number % 10 == 0 else min(4, len(simulator.can))
        chosen = random.sample(simulator.can, random.randint(1, most))
        values = {can: _value(random, can) for can in chosen}
        yield from (Message(one.topic, one.payload, one.retained, one.at) for one in simulator.say(now, values))


def _value(random: Random, can: Can) -> Value:
    kind = QUANTITIES[can.quantity].kind
    if kind == "bool":
        return random.choice(can.flags)
    if kind == "action":
        return random.choice(can.words)
    return can.low + random.randint(0, math.floor((can.high - can.low) / can.step + 1e-9)) * can.step


def _rate(name: str, introduced: list[Message], said: list[Message], seconds: float) -> int:
    """Rounds with a new decoder each, which has been introduced to the devices, until the time is up."""
    done, took = 0, 0.0
    while took < seconds:
        decoder = _decoder(name, introduced)
        began = time.perf_counter()
        for message in said:
            decoder.decode(message)
        took += time.perf_counter() - began
        done += len(said)
    return round(done / took)


def _worst(name: str, introduced: list[Message], topics: dict[str, bytes]) -> Iterator[float]:
    """Milliseconds of each hostile message, the first that its decoder reads after the introductions.

    Of three attempts the shortest counts: in the others Python's collector may have gone through the whole process.
    """
    for topic, payload in topics.items():
        for hostile in _hostile(payload):
            yield min(_once(_decoder(name, introduced), Message(topic, hostile, received_at=_START)) for _ in range(3))


def _once(decoder: HubDecoder, message: Message) -> float:
    began = time.perf_counter()
    decoder.decode(message)
    return (time.perf_counter() - began) * 1_000


def _hostile(payload: bytes) -> Iterator[bytes]:
    """Payloads of 1 MiB: nothing, too deep, too many, and what a device says over and over."""
    yield bytes(MIB)
    yield b"[" * MIB
    yield b"9" * MIB
    yield b'{"a":' * (MIB // 5)
    yield b'{"' + b"x" * (MIB - 10) + b'": 1}'
    yield orjson.dumps({f"key_{number}": number for number in range(MIB // 20)})
    yield b"[" + b",".join([b"{}"] * (MIB // 3)) + b"]"
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        yield payload * (MIB // max(1, len(payload)))
        return
    times = max(1, MIB // max(2, len(payload) + 10))
    yield b"[" + b",".join([payload] * times) + b"]"
    if isinstance(content, dict):
        yield orjson.dumps(
            content | {f"{key}{number}": value for number in range(times) for key, value in content.items()}
        )
        yield orjson.dumps({key: [value] * times for key, value in content.items()})


def _decoder(name: str, introduced: list[Message]) -> HubDecoder:
    decoder = HubDecoder(OPTIONS.get(name))
    for message in introduced:
        decoder.decode(message)
    return decoder
