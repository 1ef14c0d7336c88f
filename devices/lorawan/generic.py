"""Keys that mean the same whoever wrote the codec, in English and in a few other languages.

Left out is what codecs use in more than one sense: `status`, `alarm`, `state`, `tvoc`, `energy` and `current` without a
unit, a `door` or `contact` that is true or false, `co` and `gas` as numbers.
"""

from collections.abc import Iterable

from devices.lorawan.field import (
    NOTHING,
    Field,
    Keys,
    Payload,
    Reading,
    door,
    flagged,
    in_unit,
    meant,
    measure,
    numeric,
    press,
)
from devices.lorawan.words import fold, state
from devices.values import NUMBERS, number

_MOST_VOLTS = 5
_MILLIVOLTS = 1_000
_MAINS = (80, 500)
_PASCALS = 30_000

_percent = numeric("battery")
_volts = numeric("battery_voltage")
_mains_volts = numeric("voltage")
_hectopascals = numeric("pressure")
_movement = state("motion")
_low = state("battery_low")


def battery(raw: object, payload: Payload) -> Iterable[Reading]:
    """Per cent or volts: by the unit, else by size. From 2 to 5 either is possible: then by what was said before.

    (A text without a number, such as `Good`, says whether it is low.)
    """
    value = number(raw)
    if value is not None:
        quantity = _by_size(value, payload)
        value = value / 1_000 if value >= _MILLIVOLTS else value
        found = None if quantity is None else NUMBERS[quantity](value)
    elif isinstance(raw, str):
        quantity = "battery" if raw.rstrip()[-1:] == "%" else "battery_voltage"
        found = _percent(raw) if quantity == "battery" else _volts(raw)
        if found is None and (low := _low(raw)) is not None:
            quantity, found = "battery_low", low
    else:
        return
    if quantity is not None and found is not None:
        yield Reading(quantity, found)


def _by_size(value: float, payload: Payload) -> str | None:
    """Which of per cent and volts a bare number is; None where it may be either."""
    if value >= _MILLIVOLTS:
        return "battery_voltage"
    if value > _MOST_VOLTS or value in (0, 1) or "battery" in payload.known:
        return "battery"
    if value != int(value) or "battery_voltage" in payload.known:
        return "battery_voltage"
    return None


def battery_volts(raw: object, _payload: Payload) -> Iterable[Reading]:
    """Volts, or millivolts by size."""
    value = number(raw)
    found = _volts(raw if value is None or value < _MILLIVOLTS else value / 1_000)
    return () if found is None else (Reading("battery_voltage", found),)


def _mains(raw: object, _payload: Payload) -> Iterable[Reading]:
    """Volts of the mains by size; what is less is a battery or an input and stays unread."""
    value = _mains_volts(raw)
    if isinstance(value, float) and _MAINS[0] <= value <= _MAINS[1]:
        yield Reading("voltage", value)


def _pressure(raw: object, _payload: Payload) -> Iterable[Reading]:
    """Hectopascals, or pascals by size."""
    value = number(raw)
    found = _hectopascals(raw if value is None or value < _PASCALS else value / 100)
    if found is not None:
        yield Reading("pressure", found)


def motion(raw: object, _payload: Payload) -> Iterable[Reading]:
    """A state; or how often there was movement since the last frame, and then each such frame is movement again."""
    value = None if isinstance(raw, bool) else number(raw)
    if value is not None and value > 1:
        yield Reading("motion", True, momentary=True)
    elif (moved := _movement(raw)) is not None:
        yield Reading("motion", moved)


def counted_motion(raw: object, _payload: Payload) -> Iterable[Reading]:
    """How often there was movement since the last frame."""
    value = None if isinstance(raw, bool) else number(raw)
    if value is not None and value >= 0:
        yield Reading("motion", value > 0, momentary=value > 0)


def _fahrenheit_beside(raw: object, payload: Payload) -> Iterable[Reading]:
    """A temperature whose unit may stand beside it, as `temperature_unit` or `unit`."""
    value = _degrees(raw)
    unit = payload.fields.get("temperatureunit", payload.fields.get("unit"))
    if isinstance(unit, str) and len(unit) <= 16 and isinstance(raw, int | float) and not isinstance(raw, bool):
        converted = in_unit(float(raw), "temperature", fold(unit))
        value = NUMBERS["temperature"](converted) if converted is not None else value
    if value is not None:
        yield Reading("temperature", value)


_degrees = numeric("temperature")


def keys(field: Field, names: str) -> Keys:
    """The same field under several names, given with commas."""
    return dict.fromkeys(map(fold, names.split(",")), field)


_CALL = press({1: "emergency"})
_PRESS = press({1: "press"})

_CAYENNE: Keys = {
    "temperature,temperature sensor": measure("temperature"),
    "relative humidity,humidity,humidity sensor": measure("humidity"),
    "luminosity,illuminance,illuminance sensor": measure("illuminance"),
    "barometric pressure,barometer": measure("pressure"),
    "presence,presence sensor": flagged("presence"),
    "digital in,digital input,digital out,digital output": flagged("switch"),
}
"""Types of Cayenne LPP, which both servers can decode themselves: `temperature_1` (The Things Stack) and
`{"temperatureSensor": {"1": 20.5}}` (ChirpStack). The channel is a part of the device."""
_CHANNELS = 32


def _cayenne() -> Keys:
    return {
        fold(f"{name} {channel}"): field._replace(part=str(channel))
        for names, field in _CAYENNE.items()
        for name in names.split(",")
        for channel in range(_CHANNELS)
    }


GENERIC: Keys = {
    **_cayenne(),
    **keys(
        meant(_fahrenheit_beside, "temperature"),
        "temperature,temp,air temperature,ambient temperature,room temperature,indoor temperature,temp c,temperature c,"
        "temperature celsius,temperature degc,temp celsius,temperatur,raumtemperatur,température,temperatuur,"
        "temperatura",
    ),
    **keys(measure("temperature", unit="f"), "temperature f,temp f,temperature fahrenheit,temperature degf"),
    **keys(
        measure("device_temperature"),
        "internal temperature,board temperature,mcu temperature,chip temperature,device temperature,cpu temperature,"
        "temperature board,temperature internal,temperature mcu",
    ),
    **keys(
        measure("temperature", "probe"),
        "external temperature,ext temperature,temperature external,probe temperature,temperature probe",
    ),
    **keys(
        measure("humidity"),
        "humidity,hum,humi,rh,relative humidity,humidity relative,air humidity,room humidity,humidity rh,"
        "humidity percent,"
        "feuchtigkeit,feuchte,luftfeuchtigkeit,luftfeuchte,relative luftfeuchte,humidité,humidite,vochtigheid,"
        "luchtvochtigheid,humedad,umidità,umidita",
    ),
    **keys(
        meant(_pressure, "pressure"),
        "pressure,barometric pressure,air pressure,atmospheric pressure,barometer,luftdruck",
    ),
    **keys(measure("co2"), "co2,co2 ppm,carbon dioxide,co2 concentration,co2 level ppm"),
    **keys(measure("voc"), "tvoc ppb,voc ppb"),
    **keys(measure("pm25"), "pm25,pm2 5,pm 2 5"),
    **keys(
        measure("illuminance"),
        "illuminance,illumination,lux,light,light lux,illuminance lux,ambient light,luminosity,helligkeit,luminosité",
    ),
    **keys(meant(battery, "battery"), "battery,bat,batt,batterie,batterij,batería,bateria,batteria"),
    **keys(
        measure("battery"),
        "battery percent,battery percentage,battery level,battery pct,battery capacity,battery soc,battery life,"
        "battery remaining,bat level,bat percent,batterie prozent,akku",
    ),
    **keys(
        meant(battery_volts, "battery_voltage"),
        "battery voltage,battery volt,battery volts,battery v,bat voltage,bat v,batt v,batt voltage,vbat,vbatt,v bat,"
        "v batt,vdd,batteriespannung",
    ),
    **keys(measure("battery_voltage", unit="mv"), "battery mv,bat mv,batt mv,supply voltage mv"),
    **keys(
        flagged("battery_low"),
        "battery low,low battery,bat low,lowbat,low batt,low battery alarm,battery status,"
        "battery state,battery low alarm",
    ),
    **keys(meant(_mains, "voltage"), "voltage,mains voltage,voltage v,line voltage"),
    **keys(measure("power"), "power,active power,power w,watt,watts,leistung"),
    **keys(measure("energy"), "energy kwh,kwh,total energy kwh,active energy kwh"),
    **keys(measure("energy", unit="wh"), "energy wh,wh,total energy wh,active energy wh"),
    **keys(measure("current"), "current a"),
    **keys(measure("current", unit="ma"), "current ma"),
    **keys(
        meant(motion, "motion"),
        "motion,motion detected,motion status,motion state,motion event,pir,pir status,pir state,pir trigger,"
        "pir detected,pir sensor value,"
        "movement,movement detected,occupancy,occupied,occupancy status,occupancy state,occupancy detected,bewegung,"
        "bewegung erkannt,mouvement,beweging,movimiento,movimento",
    ),
    **keys(
        flagged("presence"),
        "presence,presence detected,presence status,presence state,human presence,anwesenheit,präsenz,présence",
    ),
    **keys(
        door(),
        "door,door status,door state,door contact,window,window status,window state,contact,contact state,"
        "contact status,"
        "reed,reed status,magnet,magnet status,magnet state,lid,tür,tuer,türstatus,fenster,porte,fenêtre,deur,raam,"
        "puerta,"
        "ventana,porta,finestra",
    ),
    **keys(
        door(true_is_open=True),
        "open,opened,is open,door open,door opened,door is open,window open,contact open,open status,door open status",
    ),
    **keys(door(true_is_open=False), "closed,is closed,door closed,door is closed,window closed,contact closed"),
    **keys(
        flagged("leak"),
        "leak,leakage,leak status,leakage status,leak detected,water leak,water leakage,water leak detected,"
        "water leak status,"
        "water detected,water,flood,flooded,flood detected,flood status,leak alarm,water alarm,wasserleck,leck,wasser,"
        "fuite,"
        "lekkage,fuga",
    ),
    **keys(
        flagged("smoke"),
        "smoke,smoke alarm,smoke detected,smoke status,smoke state,fire alarm,fire,rauch,rauchalarm,fumée",
    ),
    **keys(flagged("heat_alarm"), "heat alarm,high temp alarm,heat detected"),
    **keys(flagged("co"), "co alarm,carbon monoxide alarm,co detected"),
    **keys(flagged("gas"), "gas alarm,gas detected,gas status,gas leak"),
    **keys(flagged("fall"), "fall,fall detected,fall alarm,fall status,man down"),
    **keys(
        flagged("tamper"),
        "tamper,tamper status,tamper state,tamper alarm,tamper detected,tampered,case tamper,box tamper,"
        "tamper detect,disassembled alarm,anti dismantle,sabotage",
    ),
    **keys(flagged("vibration"), "vibration,vibration detected,vibration status,vibration alarm"),
    **keys(flagged("mains_failure"), "power failure,mains failure,power off alarm,ac power fail,mains power lost"),
    **keys(
        _PRESS,
        "button,button event,button event status,button status,button pressed,button press,press,press event,click",
    ),
    **keys(
        _CALL, "sos,sos alarm,panic,panic button,emergency,emergency button,help,help button,alarm button,sos button"
    ),
    **keys(flagged("switch"), "relay,relay status,relay state,socket status,switch,switch status,outlet state"),
    **{fold(f"{name} {n}"): flagged("switch", str(n)) for n in range(1, 9) for name in ("relay", "switch")},
    **{fold(f"button {n}"): press({1: "press"}, str(n)) for n in range(1, 9)},
    **keys(NOTHING, "rssi"),  # of what the device hears, if at all; how well it is heard stands in the envelope
}
"""Folded key to its meaning."""
