"""Hildebrand Glow: units, times and what must not come out, which samples cannot show."""

import json

import pytest

from devices.decode import HubDecoder, scrub
from devices.instant import parse_rfc3339
from devices.measurement import Message

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
SECRETS = {"mpan": "4711", "supplier": "ACME 4711", "price": {"unitrate": 0.4711}}


def _meter(power: object, energy: object, *, kind: str = "electricitymeter", **more: object) -> Message:
    content = {kind: {"power": power, "energy": energy, **more}}
    return Message(f"glow/AB12/SENSOR/{kind}", json.dumps(content).encode(), received_at=NOW)


@pytest.mark.parametrize(("power", "told"), [
    ({"value": 0.951, "units": "kW"}, 951.0), ({"value": 951, "units": "W"}, 951.0), ({"value": 0.951}, 951.0),
    ({"value": "0.5", "units": "KW"}, 500.0), ({"value": 1, "units": "MW"}, None),
    ({"value": True, "units": "kW"}, None),
    ({"value": 1e5, "units": "kW"}, None), ([0.9], None), (None, None), ({"value": 1, "units": ["kW"]}, None),
])  # fmt: skip
def test_power_in_its_unit(power: object, told: float | None):
    decoded = HubDecoder().decode(_meter(power, None))
    assert [said.value for said in decoded.measurements] == ([] if told is None else [told])


@pytest.mark.parametrize(("energy", "told"), [
    ({"import": {"cumulative": 12.5, "units": "kWh"}}, 12.5), ({"import": {"cumulative": 12500, "units": "Wh"}}, 12.5),
    ({"import": {"cumulative": 0, "units": "kWh"}}, None), ({"import": {"cumulative": 12.5, "units": "m3"}}, None),
    ({"import": None}, None), ({"export": {"cumulative": 9, "units": "kWh"}}, None), ("12.5", None),
])  # fmt: skip
def test_energy_in_its_unit(energy: object, told: float | None):
    for kind, address in (("electricitymeter", "glow:ab12"), ("gasmeter", "glow:ab12/gasmeter")):
        decoded = HubDecoder().decode(_meter(None, energy, kind=kind))
        found = [(said.address, said.value) for said in decoded.measurements]
        assert found == ([] if told is None else [(address, told)])


def test_gas_is_never_the_alarm():
    decoded = HubDecoder().decode(_meter({"value": 3, "units": "kW"}, {"import": {"cumulative": 5}}, kind="gasmeter"))
    assert [said.quantity for said in decoded.measurements] == ["energy"]


@pytest.mark.parametrize("broken", [b'{"electricitymeter":{"energy":{"import":{"mpan":"4711"', b'["4711"]', b'"4711"'])
def test_no_meter_number_in_any_text(broken: bytes):
    decoder = HubDecoder()
    good = _meter({"value": 1, "units": "kW"}, {"import": {"cumulative": 9, **SECRETS}}, **SECRETS)
    for message in (good, Message("glow/AB12/SENSOR/electricitymeter", broken)):
        assert "4711" not in repr(decoder.decode(message))
    assert b'"4711"' not in scrub(Message("glow/AB12/STATE", b'{"mpan":"4711","mprn" : "4711"}')).payload


def test_a_message_of_thousands_of_sensors_is_read_to_a_limit():
    sensors = {f"{number:012x}": {"humidity": {"value": 50}} for number in range(5_000)}
    content = json.dumps({"glowsensorth1": sensors}).encode()
    decoder = HubDecoder()
    assert len(decoder.decode(Message("glow/AB12/SENSOR/glowsensorth1", content)).measurements) == 32


def test_a_display_is_described_again_only_when_there_is_news():
    decoder = HubDecoder()
    meter = _meter({"value": 1, "units": "kW"}, None)
    assert decoder.decode(meter).described[0].quantities == ("power",)
    assert decoder.decode(meter).described == ()
    state = Message("glow/AB12/STATE", b'{"hardware":"GLOW-IHD-01","han":{"status":"joined"}}')
    assert decoder.decode(state).described[0][2:] == ("Hildebrand", "GLOW-IHD-01", ("fault", "power"))
    assert decoder.decode(Message("glow/CD34/STATE", b'{"hardware":"GLOW-IHD-01"}')).described
    assert decoder.decode(Message("glow/CD34/STATE", b'{"hardware":"GLOW-IHD-01"}')).ignored
