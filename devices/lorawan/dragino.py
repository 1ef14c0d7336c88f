"""Dragino: https://github.com/dragino/dragino-end-node-decoder and The Things Stack's device repository.

Two lines of codecs: capitals (`DOOR_OPEN_STATUS`) and small letters (`door_open_status`), with 1, OPEN or LEAK for yes.
"""

from collections.abc import Iterable

from devices.lorawan.field import NOTHING, Keys, Payload, Reading, door, flagged, meant, measure
from devices.lorawan.generic import battery_volts, keys
from devices.lorawan.words import FOLD_LIMIT, OPENING, fold, opening, state
from devices.values import number

_DOOR, _LEAK, _BOTH = 1, 2, 3
"""`MOD` of the LDS01/02 and LWL01/02: which probe it watches."""
_LOW = 1
"""`Bat_status` of the LHT series: 0 ultra low, 1 low, 2 OK, 3 good."""
_open = opening(true_is_open=True)
_wet = state("leak")
_yes = state("flag")


def _mode(payload: Payload) -> float | None:
    return number(payload.fields.get("mod"))


def _door(raw: object, payload: Payload) -> Iterable[Reading]:
    """Not in mode 2, and in mode 3 not from a leak sensor: both states are sent there with one probe connected."""
    mode = _mode(payload)
    if mode == _LEAK or (mode == _BOTH and payload.model.startswith("LWL")):
        return
    if (value := _open(raw)) is not None:
        yield Reading("contact", value)


def _leak(raw: object, payload: Payload) -> Iterable[Reading]:
    """Not in mode 1, and in mode 3 not from a door sensor."""
    mode = _mode(payload)
    if mode == _DOOR or (mode == _BOTH and payload.model.startswith("LDS")):
        return
    if (value := _wet(raw)) is not None:
        yield Reading("leak", value)


def _battery_status(raw: object, _payload: Payload) -> Iterable[Reading]:
    value = None if isinstance(raw, bool) else number(raw)
    if value is not None and value in (0, 1, 2, 3):
        yield Reading("battery_low", value <= _LOW)


_closed = {word: not is_open for word, is_open in OPENING.items()} | {"connect": True, "disconnect": False}


def _input(raw: object, _payload: Payload) -> Iterable[Reading]:
    """A dry contact of no known meaning: closed is on."""
    if isinstance(raw, str) and len(raw) <= FOLD_LIMIT and (closed := _closed.get(fold(raw))) is not None:
        yield Reading("switch", closed)


def _alarm(raw: object, payload: Payload) -> Iterable[Reading]:
    """A press of the PB01; elsewhere the alarm of something left open, or of a threshold."""
    if (payload.model.startswith("PB01") or "soundkey" in payload.fields) and _yes(raw):
        yield Reading("button", "press")


def _sos(raw: object, _payload: Payload) -> Iterable[Reading]:
    """A tracker's alarm mode, which stays until it is ended: `reading.py` makes one press of it."""
    if (value := _yes(raw)) is not None:
        yield Reading(HELD, value)


HELD = "held emergency"
"""Not a quantity: an emergency that is repeated in each frame until it is over."""


DRAGINO: Keys = {
    **keys(meant(battery_volts, "battery_voltage"), "BAT_V,BatV,BAT,battery,bat"),
    **keys(meant(_battery_status, "battery_low"), "Bat_status"),
    **keys(meant(_door, "contact"), "DOOR_OPEN_STATUS,DOOR1_OPEN_STATUS"),
    **keys(door("2", true_is_open=True), "DOOR2_OPEN_STATUS"),
    **keys(meant(_leak, "leak"), "WATER_LEAK_STATUS"),
    **keys(door(), "contact_status"),
    **keys(meant(_input, "switch"), "PIN_STATUS,Door_status"),
    **keys(measure("temperature"), "TempC_SHT,TempC_SHT41,TempC_SHT31,TEMP_SHT,Tem,temperature"),
    **keys(measure("humidity"), "Hum_SHT,Hum_SHT41,Hum_SHT31,HUM_SHT,Hum,humidity"),
    **keys(measure("temperature", "probe"), "TempC_DS,TempC_TMP117,TempC_DS18B20"),
    **{fold(f"TempC{n}"): measure("temperature", str(n)) for n in range(1, 4)},
    **keys(measure("illuminance"), "ILL_lx,Illum,illumination"),
    **keys(meant(_alarm, "button"), "Alarm"),
    **keys(meant(_sos, "button"), "ALARM_status"),
    **{fold(f"{name}{n}_status"): flagged("switch", f"{name.lower()}{n}")
       for n in range(1, 4) for name in ("RO", "DO", "DI")},
    **keys(NOTHING, "CONTACT,Door,Power,Light"),
}  # fmt: skip
SIGNS = frozenset(map(fold, (
    "DOOR_OPEN_STATUS", "WATER_LEAK_STATUS", "BAT_V", "LAST_DOOR_OPEN_DURATION", "TempC_SHT", "Hum_SHT", "TempC_SHT41",
    "TempC_DS", "Bat_status", "Node_type", "ADC_CH0V", "EXTI_Trigger", "ALARM_status", "DOOR1_OPEN_STATUS", "TempC1",
)))  # fmt: skip
MODEL = (
    r"LDS0[0-9]A?|LWL0[0-9]A?|LHT[0-9]{2}N?|LSN50|SN50|PB01|CPL0[0-9]|S31B?|D2[0-9X]|AQS0[0-9]|LAQ4|TRACKERD|LGT92|LBT1|"
    r"LT22222|LT33222|LTC2|DS03A|DS20L|WL03A|LDDS[0-9]{2}"
)
