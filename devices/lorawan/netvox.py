"""Netvox: the codecs of The Things Stack's device repository (vendor/netvox/payload), which Netvox gives out itself.

Each object says its `Device`; `Volt` is 3.6, or the text `2.4(low battery)`. R311A, R313A and R718F are 1 when open
(its manuals). Devices with two inputs have a 2 behind their name (R718F2), and number what they say.
"""

import re
from collections.abc import Iterable

from devices.lorawan.field import NOTHING, Field, Keys, Payload, Reading, flagged, meant, measure, press
from devices.lorawan.generic import keys
from devices.lorawan.words import fold, opening, state
from devices.values import NUMBERS

_VOLTS = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,3})?) {0,2}\(low battery\)")
_REEDS = ("R311A", "R313A", "R718F", "R730F", "R311CC", "R313CC")  # the last two have two reed switches
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


def _input(raw: object, payload: Payload) -> Iterable[Reading]:
    """What the device is made for: a door, a shock, else a generic input or a plug. `Status` may also be `Success`."""
    model = payload.model.removesuffix("2")
    quantity, read = "switch", _switched
    if model in _REEDS:
        quantity, read = "contact", _open
    elif model in _SHAKEN:
        quantity, read = "vibration", _moved
    if (value := read(raw)) is not None:
        yield Reading(quantity, value)


def _alarm(raw: object, payload: Payload) -> Iterable[Reading]:
    """An emergency button; the R718T and R718T2 are whatever push buttons are wired to them."""
    if _yes(raw) and (payload.model in _CALLS or payload.model in ("R718T", "R718T2")):
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
    **keys(meant(_input, "contact"), "OnOff,Contact_Switch,ContactSwitch,status"),
    **_numbered("OnOff", meant(_input, "contact")),
    **_numbered("status", meant(_input, "contact")),
    **keys(meant(_alarm, "button"), "Alarm"),
    **_numbered("Alarm", meant(_alarm, "button")),
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
