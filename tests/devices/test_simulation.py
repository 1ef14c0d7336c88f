"""Simulated homes: plausible days, real messages, and decoding gives back what was simulated."""

from collections import Counter, defaultdict
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decode import HubDecoder, split_hub
from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime
from devices.measurement import Measurement, Message, Value
from devices.quantity import QUANTITIES
from devices.simulation import publish
from devices.simulation.equipment import DOOR, PENDANT
from devices.simulation.home import SimulatedHome
from devices.simulation.publish import Published, SimulatedDevice
from devices.simulation.scenario import (
    BatteryFalls,
    DoorLeftOpen,
    HubSilent,
    MissedMorning,
    Override,
    PendantPress,
    Silent,
    SmokeAlarm,
)
from devices.simulation.street import play, street

MONDAY = date(2026, 1, 5)
HOME = SimulatedHome("ELM-1", "elm-1", "Europe/London", seed=7)
NOW = HOME.instant(MONDAY, time(8, 30))
ADDRESS = {device.name: device.address for device in HOME.devices}
Told = list[tuple[Instant, Measurement]]


def _clock(hour: int, minute: int) -> Instant:
    return HOME.instant(MONDAY, time(hour, minute))


def _read(messages: list[Published]) -> Told:
    decoder = HubDecoder()
    told: Told = []
    for published in messages:
        message = Message(published.topic, published.payload, published.retained, published.at)
        decoded = decoder.decode(message)
        assert decoded.rejected is None, message
        told += [(published.at, measurement) for measurement in decoded.measurements]
    return told


def _tell(*overrides: Override, days: int = 1) -> Told:
    return _read(list(HOME.messages(MONDAY, MONDAY + timedelta(days=days - 1), overrides)))


def _values(told: Told, device: str, quantity: str) -> list[tuple[Instant, Value]]:
    return [(at, each.value) for at, each in told if (each.address, each.quantity) == (ADDRESS[device], quantity)]


NUMBER = {
    "battery": st.floats(0, 100), "link_quality": st.integers(0, 255).map(float), "humidity": st.floats(0, 100),
    "battery_voltage": st.integers(1500, 3600).map(lambda volts: volts / 1000), "temperature": st.floats(-30, 60),
}  # fmt: skip
WRITABLE = sorted(set(publish.ZIGBEE_PROPERTIES) - {"voltage", "switch", "device_temperature", "button"})


@given(st.data(), st.sets(st.sampled_from(WRITABLE), min_size=1))
def test_decoding_gives_a_simulated_zigbee_state_back(data: st.DataObject, quantities: set[str]):
    values: dict[str, Value] = {
        quantity: data.draw(
            st.booleans() if QUANTITIES[quantity].kind == "bool" else NUMBER.get(quantity, st.floats(300, 1000))
        )
        for quantity in quantities
    }
    device = SimulatedDevice("zigbee2mqtt:0x00158d0001a2b3c4", "a/b", "hall", None, "x", "y", tuple(quantities), 1)
    decoder = HubDecoder()
    inventory = publish.zigbee2mqtt_inventory(NOW, [device])
    described = decoder.decode(Message(inventory.topic, inventory.payload)).described[0]
    assert (described.address, described.name, set(described.quantities)) == (device.address, "a/b", quantities)
    state = publish.zigbee2mqtt_state(NOW, "a/b", values, last_seen=True)
    decoded = decoder.decode(Message(state.topic, state.payload, received_at=NOW))
    assert {each.quantity: each.value for each in decoded.measurements} == values
    assert {(each.address, each.at) for each in decoded.measurements} == {(device.address, NOW)}


@given(
    st.floats(0, 3000), st.floats(0, 9999), st.floats(0, 250), st.floats(0, 16), st.booleans(), st.integers(-90, -20)
)
def test_decoding_gives_a_simulated_plug_back(p: float, e: float, v: float, c: float, on: bool, rssi: int):
    meter = publish.tasmota_energy(NOW, "plug", power=p, energy=e, voltage=v, current=c)
    state = publish.tasmota_state(NOW, "plug", switch=on, rssi=rssi)
    will = publish.tasmota_last_will(NOW, "plug", online=on)
    told = _read([meter, state, will])
    assert {each.quantity: each.value for _, each in told} == {
        "power": p, "energy": e, "voltage": v, "current": c, "switch": on, "rssi": rssi, "online": on,
    }  # fmt: skip


@given(st.sampled_from(sorted(QUANTITIES)), st.data(), st.none() | st.text("abc-19", min_size=1))
def test_decoding_gives_an_own_value_back(quantity: str, data: st.DataObject, identity: str | None):
    kinds: dict[str, st.SearchStrategy[Value]] = {
        "bool": st.booleans(), "number": st.floats(allow_nan=False, allow_infinity=False), "action": st.just("press"),
    }  # fmt: skip
    value = data.draw(kinds[QUANTITIES[quantity].kind])
    ((_, measurement),) = _read([publish.keepwell_value(NOW, "diy:a/b", quantity, value, identity=identity)])
    assert measurement == Measurement("diy:a/b", quantity, value, NOW, identity)


def test_equal_seeds_tell_equal_stories():
    again = SimulatedHome("ELM-1", "elm-1", "Europe/London", seed=7)
    assert list(HOME.messages(MONDAY, MONDAY)) == list(again.messages(MONDAY, MONDAY))
    assert HOME.devices != SimulatedHome("ELM-1", "elm-1", "Europe/London", seed=8).devices


def test_a_week_is_in_order_of_the_registered_devices_and_in_known_quantities():
    messages = list(HOME.messages(MONDAY, MONDAY + timedelta(days=6)))
    assert [each.at for each in messages] == sorted(each.at for each in messages)
    told = _read(messages)
    quantities = {device.address: set(device.quantities) for device in HOME.devices}
    heard = defaultdict(set)
    for _, each in told:
        heard[each.address].add(each.quantity)
    assert heard.pop("zigbee2mqtt:bridge") == {"online"}
    assert set(heard) == set(quantities)
    assert all(heard[address] <= quantities[address] for address in heard)


def test_no_device_is_ever_falsely_silent():
    told = _tell(days=7)
    for device in HOME.devices:
        heard = [at for at, each in told if each.address == device.address]
        assert max(after - before for before, after in pairwise(heard)) <= device.check_in_s * SECOND


@pytest.mark.parametrize("seed", range(10))
def test_the_days_are_plausible(seed: int):
    home = SimulatedHome("OAK-1", "oak-1", "Europe/Berlin", seed=seed)
    for offset in range(30):
        plan = home.plan(date(2026, 3, 10) + timedelta(days=offset))
        zone = to_datetime(plan.got_up).astimezone(home._zone).utcoffset()
        assert zone is not None
        assert time(6, 30) < (to_datetime(plan.got_up) + zone).time() < time(8)
        assert [stay.start for stay in plan.stays] == [plan.start, *(stay.end for stay in plan.stays[:-1])]
        assert plan.stays[-1].end == plan.end
        assert 2 <= len(plan.kettle) <= 12


@pytest.mark.parametrize("seed", range(5))
def test_at_home_and_awake_there_is_always_some_movement(seed: int):
    home = SimulatedHome("OAK-1", "oak-1", "Europe/London", seed=seed)
    moved = [at for at, each in _read(list(home.messages(MONDAY, MONDAY + timedelta(days=6)))) if each.value is True
             and each.quantity == "motion"]  # fmt: skip
    for offset in range(7):
        plan = home.plan(MONDAY + timedelta(days=offset))
        away = plan.outings
        awake = [at for at in moved if plan.got_up <= at <= plan.went_to_bed]
        for before, after in pairwise(awake):
            assert after - before < 30 * MINUTE or any(
                left - MINUTE <= before and after <= back + MINUTE for left, back in away
            )


def test_a_missed_morning_has_no_movement_from_three_until_then():
    told = _tell(MissedMorning(MONDAY, time(12, 30)))
    rises = [at for at, each in told if each.quantity == "motion" and each.value is True]
    three, up = _clock(3, 0), _clock(12, 30)
    assert [at for at in rises if three <= at < up] == []
    assert [at for at in rises if up <= at < up + HOUR]


def test_a_door_left_open_stays_open():
    at = _clock(23, 50)
    told = _tell(DoorLeftOpen(_clock(23, 50), 25), days=2)
    after = [(moment, value) for moment, value in _values(told, DOOR, "contact") if moment >= at]
    assert after[0] == (at, True)
    assert next(moment for moment, value in after if value is False) == at + 25 * MINUTE


def test_a_pendant_press_is_heard_once():
    told = _tell(PendantPress(_clock(8, 30)))
    assert _values(told, PENDANT, "button") == [(NOW, "emergency")]


def test_other_departures():
    told = _tell(
        SmokeAlarm(_clock(8, 30), 2),
        BatteryFalls("hall/motion", _clock(12, 0), 9),
        Silent("kitchen/motion", None, _clock(9, 0)),
        HubSilent(_clock(20, 0), _clock(21, 0)),
    )
    smoke = [at for at, value in _values(told, "smoke alarm", "smoke") if value is True]
    assert smoke[0] == NOW
    assert smoke[-1] <= NOW + 2 * MINUTE
    assert _values(told, "hall/motion", "battery")[-1][1] == 9
    assert min(at for at, _ in _values(told, "kitchen/motion", "motion")) >= NOW + 30 * MINUTE
    eight = _clock(20, 0)
    assert not [at for at, _ in told if eight <= at < eight + HOUR]


def test_a_story_may_begin_in_the_middle():
    messages = list(HOME.messages(MONDAY, MONDAY, since=NOW))
    assert messages[0].at == NOW
    assert messages[0].topic == "zigbee2mqtt/bridge/state"
    assert messages[0].retained
    reported = {each.address for at, each in _read(messages) if at <= NOW + MINUTE}
    assert reported >= {device.address for device in HOME.devices}


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_on_which_the_clocks_change(day: date):
    messages = list(HOME.messages(day, day))
    assert [each.at for each in messages] == sorted(each.at for each in messages)
    assert messages[-1].at - messages[0].at < DAY + HOUR


def test_a_street_is_one_time_line():
    homes = street(4, seed=3)
    press = PendantPress(_clock(8, 30))
    messages = list(play(homes, MONDAY, MONDAY, {"OAK-2": [press]}))
    assert [each.at for each in messages] == sorted(each.at for each in messages)
    hubs = Counter(split_hub(each.topic)[0] for each in messages)
    assert set(hubs) == {"elm-1", "oak-2", "ash-3", "fir-4"}
    assert [split_hub(each.topic)[0] for each in messages if each.payload == b"emergency"] == ["oak-2"]
