"""Netvox: the codecs of The Things Stack's device repository (vendor/netvox/payload), which Netvox gives out itself.

Each object says its `Device`; `Volt` is 3.6, or the text `2.4(low battery)`. R311A, R313A and R718F are 1 when open
(its manuals).
"""

import re
from collections.abc import Iterable

from devices.lorawan.field import NOTHING, Field, Keys, Payload, Reading, flagged, meant, measure, press
from devices.lorawan.generic import keys
from devices.lorawan.words import fold, opening, state
from devices.values import NUMBERS

_VOLTS = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,3})?) {0,2}\(low battery\)")
_REEDS = ("R311A", "R313A", "R718F", "R730F", "R311CC", "R313CC")
_SHAKEN = ("R718DA", "R718DB", "R730DA", "R730DB", "R311DA", "R311DB", "R718MBA", "R730MBA", "R311FA")
_CALLS = ("RB02I", "R312A", "R312")
_switched = state("switch")
_open = opening(true_is_open=True)
_moved = state("vibration")
_yes = state("flag")


def _volt(raw: object, _payload: Payload) -> Iterable[Reading]:
    low = _VOLTS.fullmatch(raw) if isinstance(raw, str) and len(raw) <= 32 else None
    volts = NUMBERS["battery_voltage"](float(low[1]) if low else raw)
    if volts is not None:
        yield Reading("battery_voltage", volts)
        yield Reading("battery_low", low is not None)


def _on_off(raw: object, payload: Payload) -> Iterable[Reading]:
    """A door where the device is a reed switch, else a generic input or a plug."""
    if payload.model in _REEDS:
        if (value := _open(raw)) is not None:
            yield Reading("contact", value)
    elif (value := _switched(raw)) is not None:
        yield Reading("switch", value)


def _status(raw: object, payload: Payload) -> Iterable[Reading]:
    if payload.model in _SHAKEN and (value := _moved(raw)) is not None:
        yield Reading("vibration", value)


def _alarm(raw: object, payload: Payload) -> Iterable[Reading]:
    """An emergency button; the R718T is whatever push button is wired to it."""
    if _yes(raw) and (payload.model in _CALLS or payload.model == "R718T"):
        yield Reading("button", "emergency" if payload.model in _CALLS or payload.emergency else "press")


def _numbered(name: str, field: Field) -> Keys:
    return {fold(f"{name}_{n}"): field._replace(part=str(n)) for n in range(1, 5)}


NETVOX: Keys = {
    **keys(meant(_volt, "battery_voltage"), "Volt,Battery"),
    **keys(measure("temperature"), "Temp,Temperature"),
    **_numbered("Temp", measure("temperature")),
    **keys(measure("humidity"), "Humi,Humidity"),
    **keys(measure("illuminance"), "Illuminance,Illum"),
    **keys(flagged("motion"), "Occupy,Occupied,IRDetection"),
    **keys(flagged("tamper"), "DisassembledAlarm,ShockTamperAlarm,TamperAlarm"),
    **keys(flagged("leak"), "WaterLeak"),
    **_numbered("WaterLeak", flagged("leak")),
    **keys(flagged("smoke"), "FireAlarm,SmokeAlarm"),
    **keys(flagged("heat_alarm"), "HighTempAlarm"),
    **keys(flagged("co"), "COAlarm"),
    **keys(flagged("mains_failure"), "PowerOffAlarm"),
    **keys(meant(_on_off, "contact"), "OnOff,Contact_Switch,ContactSwitch"),
    **_numbered("OnOff", flagged("switch")),
    **keys(meant(_status, "vibration"), "status"),
    **keys(meant(_alarm, "button"), "Alarm"),
    **keys(press({1: "emergency"}), "EmergencyButton,EmergencyButtonAlarm,EmergenceButtonAlarm,PanicAlarm"),
    **keys(press({1: "press"}), "Doorbell"),
    **{fold(f"Key_{n}"): press({1: "press"}, str(n)) for n in range(1, 5)},
    **keys(measure("voltage"), "Vol,Voltage"),
    **keys(measure("current", unit="ma"), "Current"),
    **keys(measure("power"), "Power"),
    **keys(measure("energy", unit="wh"), "Energy"),
    **keys(measure("co2"), "CO2"),
    **keys(measure("pm25"), "PM25,PM2.5"),
    **keys(NOTHING, "IncenseSmokeAlarm,HighSoundAlarm"),
}
SIGNS = frozenset(
    map(fold, ("Volt", "FireAlarm", "HighTempAlarm", "DisassembledAlarm", "Occupy", "COAlarm", "WaterLeak_1"))
)
MODEL = r"R[1-9][0-9]{2,4}[A-Z]{0,3}[0-9]?|RA0[0-9]{1,3}[A-Z]?|RB[01][0-9][A-Z]|RP02"
