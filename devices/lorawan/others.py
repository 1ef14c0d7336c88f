"""Browan, Elsys, MClimate, Radio Bridge, Sensative, Tektelic: their codecs in The Things Stack's device repository."""

from collections.abc import Iterable

from devices.lorawan.field import NOTHING, Field, Keys, Payload, Reading, door, flagged, meant, measure, press
from devices.lorawan.generic import battery_volts, counted_motion, keys
from devices.lorawan.words import FOLD_LIMIT, fold, opening, state
from devices.measurement import Value
from devices.values import number

# --- Browan (Tabs, MerryIoT): one `status` whose meaning is the model's

_TABS = {"TBMS": "motion", "TBDW": "contact", "TBWL": "leak"}
_yes = state("flag")


def _tabs_status(raw: object, payload: Payload) -> Iterable[Reading]:
    """1 is movement (TBMS), open (TBDW), leak (TBWL), pressed (TBPB)."""
    value = _yes(raw)
    if value is None:
        return
    if (quantity := _TABS.get(payload.model[:4])) is not None:
        yield Reading(quantity, value)
    elif payload.model.startswith("TBPB") and value:
        yield Reading("button", "emergency" if payload.emergency else "press")


BROWAN: Keys = {
    **keys(meant(battery_volts, "battery_voltage"), "battery"),
    **keys(measure("device_temperature"), "temperatureBoard"),
    **keys(meant(_tabs_status, "motion"), "status"),
    **keys(measure("voc"), "voc"),
    **keys(press({1: "press"}), "button"),
}
BROWAN_MODEL = r"TB(?:MS|DW|WL|PB|HH|HV|SL|AM)[0-9]{3}|CD10"

# --- Elsys: short names, a count of movements, millivolts

_OCCUPIED = {0: False, 2: True}
"""`occupancy` of the ERS Eye: 1 is pending, somebody has just moved."""
_wet = state("leak")


def _elsys_occupancy(raw: object, _payload: Payload) -> Iterable[Reading]:
    value = None if isinstance(raw, bool) else number(raw)
    if value is not None and (occupied := _OCCUPIED.get(int(value))) is not None:
        yield Reading("presence", occupied)


def _elsys_leak(raw: object, _payload: Payload) -> Iterable[Reading]:
    """How wet, from 0 to 255."""
    value = None if isinstance(raw, bool) else number(raw)
    if value is not None and value >= 0:
        yield Reading("leak", value > 0)
    elif (wet := _wet(raw)) is not None:
        yield Reading("leak", wet)


ELSYS: Keys = {
    **keys(meant(counted_motion, "motion"), "motion"),
    **keys(meant(_elsys_occupancy, "presence"), "occupancy"),
    **keys(meant(_elsys_leak, "leak"), "waterleak"),
    **keys(meant(battery_volts, "battery_voltage"), "vdd"),
    **keys(measure("illuminance"), "light"),
    **keys(measure("voc"), "tvoc"),
    **keys(measure("temperature", "probe"), "externalTemperature"),
    **keys(measure("temperature", "probe_2"), "externalTemperature2"),
    **keys(flagged("switch", "digital"), "digital"),
    **keys(flagged("switch", "digital_2"), "digital2"),
    **keys(NOTHING, "irInternalTemperature,irExternalTemperature"),
}
ELSYS_MODEL = r"ERS(?:CO2|EYE|LITE|SOUND|VOC|DESK|2)?\b|ELT(?:2|LITE)?\b|EMS(?:DOOR|DESK|LITE)?\b|ELSYS"

# --- MClimate: sensorTemperature, volts; a test button that must not raise an alarm (see reading.py)

MCLIMATE: Keys = {
    **keys(measure("temperature"), "sensorTemperature,temperature"),
    **keys(measure("humidity"), "relativeHumidity"),
    **keys(meant(battery_volts, "battery_voltage"), "battery,batteryVoltage,voltage"),
    **keys(measure("voltage"), "acVoltage_V"),
    **keys(measure("current", unit="ma"), "acCurrent_mA"),
    **keys(flagged("motion"), "occupied,occupancyStatus"),
    **keys(flagged("leak"), "flood"),
    **keys(flagged("tamper"), "boxTamper"),
    **keys(measure("co2"), "CO2"),
    **keys(press({1: "press", 2: "double", 3: "triple"}), "pressEvent"),
    **keys(measure("energy", unit="wh"), "activeEnergy_Wh"),
    **keys(NOTHING, "openWindow"),
}
MCLIMATE_MODEL = r"VICKI|MCLIMATE|16ASPM|16ADS"

# --- Radio Bridge: an object for each kind of event, with the event in words

_PRESSED = {"pressed": "press", "released": "release", "held": "long"}
_WATER = {"waterpresent": True, "waternotpresent": False}


def _bridge_button(raw: object, payload: Payload) -> Iterable[Reading]:
    """`State`; `Event` is `Button`, or on a device with two of them `Button 1` and so on."""
    action = _PRESSED.get(fold(raw)) if isinstance(raw, str) and len(raw) <= FOLD_LIMIT else None
    if action is not None:
        which = payload.fields.get("buttonevent")
        part = which[-1] if isinstance(which, str) and which[-1:] in ("1", "2") else ""
        yield Reading("button", "emergency" if payload.emergency and action != "release" else action, part)


RADIO_BRIDGE: Keys = {
    **keys(door(), "DoorWindow Event"),
    **keys(flagged("tamper"), "Tamper Event"),
    **keys(Field("leak", state("leak", words=_WATER)), "Water Event"),
    **keys(meant(_bridge_button, "button"), "Button State"),
    **keys(Field("switch", state("switch", words={"contactsshorted": True, "contactsopened": False})), "Contact Event"),
    **keys(measure("temperature"), "ATH Temperature"),
    **keys(measure("humidity"), "ATH Humidity"),
    **keys(measure("temperature"), "Temperature Temperature"),
    **keys(meant(battery_volts, "battery_voltage"), "Supervisory Battery"),
    **keys(flagged("battery_low"), "Supervisory BatteryLow"),
}
RADIO_BRIDGE_MODEL = r"RBS[0-9]{3}"

# --- Sensative Strips: {"value": ...} objects; a wet pad in per cent beside the alarm that is derived from it

SENSATIVE: Keys = {
    **keys(measure("battery"), "battery"),
    **keys(flagged("leak"), "floodAlarm"),
    **keys(flagged("presence"), "presence"),
    **keys(flagged("tamper"), "tamperReport"),
    **keys(measure("illuminance"), "lux"),
    **keys(measure("illuminance", "lux2"), "lux2"),
    **keys(door(), "door"),
    **keys(NOTHING, "flood,doorAlarm,tamperAlarm,averageTemperature"),
}
SENSATIVE_MODEL = r"STRIPS?\b|SENSATIVE"

# --- Tektelic: 0 or 255 for its states


def _byte(quantity: str, part: str = "") -> Field:
    """A state that is 0 or 255, true or false, or a word."""
    read = opening(true_is_open=True) if quantity == "contact" else state(quantity)

    def told(raw: object) -> Value | None:
        return read(bool(raw) if type(raw) is int and raw in (0, 255) else raw)

    return Field(quantity, told, part)


TEKTELIC: Keys = {
    **keys(_byte("contact"), "reed_state"),
    **keys(_byte("motion"), "motion_event_state"),
    **keys(_byte("leak"), "moisture,water_leak_state"),
    **keys(_byte("vibration"), "impact_alarm"),
    **keys(_byte("switch", "extconnector"), "extconnector_state"),
    **keys(measure("device_temperature"), "mcu_temperature"),
    **keys(measure("battery"), "battery_status_life"),
    **keys(meant(battery_volts, "battery_voltage"), "battery_voltage"),
    **keys(NOTHING, "light_detected,light_intensity,light_state"),
}
TEKTELIC_MODEL = r"TEKTELIC|T000[0-9]{4}|COMFORT|VIVID|BREEZE"

SIGNS: dict[str, tuple[str, ...]] = {
    "browan": ("temperatureBoard",),
    "elsys": ("vdd", "externalTemperature", "accMotion", "waterleak"),
    "mclimate": ("sensorTemperature", "pirTriggerCount", "boxTamper"),
    "radiobridge": ("DoorWindow Event", "Tamper Event", "Water Event", "Supervisory Battery", "Contact Event"),
    "sensative": ("floodAlarm", "historySeqNr", "doorCount"),
    "tektelic": ("reed_state", "motion_event_state", "mcu_temperature", "extconnector_state", "battery_status_life"),
}
SIGNS = {brand: tuple(map(fold, names)) for brand, names in SIGNS.items()}
