"""Each convention's simulated devices: what they are told to say is what is read from what they publish."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions import CONVENTIONS
from devices.decode import HubDecoder
from devices.instant import MINUTE, Instant, parse_rfc3339
from devices.measurement import Message, Value
from devices.quantity import QUANTITIES
from devices.simulation.conventions import SIMULATORS, enocean
from devices.simulation.publish import Published
from devices.simulation.simulator import Can, Simulator

START = parse_rfc3339("2026-01-05T08:30:00Z") or 0
OPTIONS = {"enocean": enocean.OPTIONS}
"""How a hub must be set up for the simulated devices of a convention, where the defaults do not do."""


def _value(data: st.DataObject, can: Can) -> Value:
    kind = QUANTITIES[can.quantity].kind
    if kind == "bool":
        return data.draw(st.sampled_from(can.flags))
    if kind == "action":
        return data.draw(st.sampled_from(can.words))
    steps = math.floor((can.high - can.low) / can.step + 1e-9)
    return can.low + data.draw(st.integers(0, steps)) * can.step


def _read(decoder: HubDecoder, published: list[Published]) -> list[tuple[tuple[str, str], Value]]:
    found = []
    for one in published:
        decoded = decoder.decode(Message(one.topic, one.payload, one.retained, one.at))
        assert decoded.rejected is None, (one, decoded)
        found += [((said.address, said.quantity), said.value) for said in decoded.measurements]
    return found


def _same(said: Value, read: Value, can: Can) -> bool:
    if isinstance(said, bool | str) or isinstance(read, bool | str):
        return said == read and type(said) is type(read)
    return abs(said - read) <= can.step / 2 + 1e-9


def _started(name: str, seed: int) -> tuple[Simulator, HubDecoder]:
    simulator = SIMULATORS[name](Random(seed))  # noqa: S311 - a story, not a secret
    decoder = HubDecoder(OPTIONS.get(name))
    mine = {(can.address, can.quantity) for can in simulator.can}
    assert not mine & {key for key, _ in _read(decoder, simulator.introduce(START))}
    return simulator, decoder


@pytest.mark.parametrize("name", SIMULATORS)
@given(data=st.data(), seed=st.integers(0, 9))
def test_what_is_said_is_what_is_read(name: str, data: st.DataObject, seed: int):
    simulator, decoder = _started(name, seed)
    by_key = {(can.address, can.quantity): can for can in simulator.can}
    assert len(by_key) == len(simulator.can)
    now: Instant = START
    for _ in range(data.draw(st.integers(1, 3))):
        now += MINUTE
        chosen = data.draw(st.lists(st.sampled_from(simulator.can), min_size=1, max_size=6, unique=True))
        values = {can: _value(data, can) for can in chosen}
        read = _read(decoder, simulator.say(now, values))
        assert sorted(key for key, _ in read) == sorted((can.address, can.quantity) for can in values)
        for key, value in read:
            can = by_key[key]
            assert _same(values[can], value, can), (can, values[can], value)


def test_every_convention_that_measures_has_a_simulator_that_speaks():
    assert set(SIMULATORS) == set(CONVENTIONS) - {"sparkplug"}
    for make in SIMULATORS.values():
        quantities = {can.quantity for can in make(Random(1)).can}  # noqa: S311 - a story
        assert len(quantities) >= 2
        assert quantities <= set(QUANTITIES)
