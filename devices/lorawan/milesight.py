"""Milesight (once Ursalink): github.com/Milesight-IoT/SensorDecoders, and older codecs in The Things Stack.

With `RAW_VALUE` set, its own codecs give the numbers of the protocol instead of words: 1 is open, leak, trigger,
occupied, uninstalled.
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
    meant,
    measure,
    press,
)
from devices.lorawan.generic import keys
from devices.lorawan.words import FOLD_LIMIT, fold, state
from devices.values import number

_BUTTON = press({1: "press", 2: "long", 3: "double"})
_SOCKET = {"open": True, "close": False, "on": True, "off": False}
_occupied = state("presence")
_FALL_EVENTS = {"alarmtriggered": True, "1": True, "alarmdeactivated": False, "2": False}
"""`alarm_status` of the VS373; ignored (3) and a report of the status (4) say neither."""
_DETECTED: dict[str, tuple[Reading, ...]] = {
    "fall": (Reading("fall", True),),
    "normal": (Reading("fall", False),),
    "vacant": (Reading("fall", False), Reading("presence", False)),
    "inbed": (Reading("fall", False), Reading("presence", True), Reading("bed", True)),
    "outofbed": (Reading("fall", False), Reading("bed", False)),
}
"""`detection_status` of the VS373."""
_DETECTED |= dict(
    zip("01234", map(_DETECTED.__getitem__, ("normal", "vacant", "inbed", "outofbed", "fall")), strict=True)
)
_GS101_ALARMS = {
    "poweroff": Reading("mains_failure", True), "powerdown": Reading("mains_failure", True),
    "poweron": Reading("mains_failure", False),
    "sensorfault": Reading("fault", True), "sensorfailure": Reading("fault", True),
    "sensorfailed": Reading("fault", True),
    "deviceinvalid": Reading("fault", True),
    "sensorfaultrecovered": Reading("fault", False), "sensorrecover": Reading("fault", False),
}  # fmt: skip
_BURNING = {0x20: False, 0x21: True}
"""`temperature_alarm.type` of the GS601: the burning alarm, gone and come."""
_EVENTS_LIMIT = 32


def _folded(raw: object) -> str:
    if isinstance(raw, str):
        return fold(raw) if len(raw) <= FOLD_LIMIT else ""
    value = None if isinstance(raw, bool) else number(raw)
    return str(int(value)) if value is not None and value == int(value) else ""


def _occupancy(raw: object, payload: Payload) -> Iterable[Reading]:
    """The WS203 is a PIR: movement. The VS series (radar, seat, bathroom) tells that somebody is there."""
    if (occupied := _occupied(raw)) is not None:
        yield Reading("motion" if payload.model.startswith("WS2") else "presence", occupied)


def _activity(raw: object, _payload: Payload) -> Iterable[Reading]:
    """A word (AM307) is the PIR's; a number (AM107) counts what nobody knows the unit of."""
    if isinstance(raw, str) and number(raw) is None and (moved := state("motion")(raw)) is not None:
        yield Reading("motion", moved)


def _power(raw: object, payload: Payload) -> Iterable[Reading]:
    """Watts, if the power factor stands beside it: in the repository's codec of the WS52x `power` is the factor."""
    if "factor" in payload.fields or "powersum" in payload.fields:
        value = _WATTS.read(raw)
        if value is not None:
            yield Reading("power", value)


_WATTS = measure("power")


def _current(raw: object, payload: Payload) -> Iterable[Reading]:
    """Amperes of the CT series, which clamps around a cable; the sockets and switches give milliamperes."""
    clamp = payload.model.startswith("CT") or not _CLAMP.isdisjoint(payload.fields)
    if (value := (_AMPERES if clamp else _MILLIAMPERES).read(raw)) is not None:
        yield Reading("current", value)


_CLAMP = frozenset(map(fold, ("total_current", "current_max", "current_alarm")))
_AMPERES = measure("current")
_MILLIAMPERES = measure("current", unit="ma")


def _button(raw: object, payload: Payload) -> Iterable[Reading]:
    """A press; in the repository's codec of the WS52x the relay, `open` for on."""
    if isinstance(raw, str) and (on := _SOCKET.get(_folded(raw))) is not None:
        return (Reading("switch", on),)
    return () if _BUTTON.special is None else _BUTTON.special(raw, payload)


def _tvoc(raw: object, payload: Payload) -> Iterable[Reading]:
    """Parts per billion in the AM100 series; the AM300 series gives a level or micrograms, and does not say which."""
    if payload.model.startswith("AM10") and (value := _VOC.read(raw)) is not None:
        yield Reading("voc", value)


_VOC = measure("voc")


def _gas(raw: object, payload: Payload) -> Iterable[Reading]:
    if payload.model.startswith("GS1") and (alarm := state("gas")(raw)) is not None:
        yield Reading("gas", alarm)


def _gs101(raw: object, _payload: Payload) -> Iterable[Reading]:
    if (told := _GS101_ALARMS.get(_folded(raw))) is not None and isinstance(raw, str):
        yield told


def _burning(raw: object, payload: Payload) -> Iterable[Reading]:
    value = number(raw)
    if payload.model.startswith("GS6") and value is not None and (burning := _BURNING.get(int(value))) is not None:
        yield Reading("heat_alarm", burning)


def _detection(raw: object, payload: Payload) -> Iterable[Reading]:
    """Of the VS373; the VS321's says whether it can see."""
    if not payload.model.startswith("VS373") and "targetstatus" not in payload.fields:
        return ()
    return _DETECTED.get(_folded(raw), ())


def _fall_alarm(raw: object, _payload: Payload) -> Iterable[Reading]:
    """The VS373 lists the alarms of a frame in order, as in "1, 1, 2": the last that says yes or no counts."""
    steps = [raw] if not isinstance(raw, str) else raw[:FOLD_LIMIT].split(",")
    told = [fallen for step in steps if (fallen := _FALL_EVENTS.get(_folded(step))) is not None]
    if told:
        yield Reading("fall", told[-1])


def _events(raw: object, _payload: Payload) -> Iterable[Reading]:
    """The VS373's older form: a list of {alarm_type, alarm_status}."""
    fallen: bool | None = None
    for event in raw[:_EVENTS_LIMIT] if isinstance(raw, list) else ():
        if isinstance(event, dict) and _folded(event.get("alarm_type")) in ("fall", "0"):
            fallen = _FALL_EVENTS.get(_folded(event.get("alarm_status")), fallen)
    if fallen is not None:
        yield Reading("fall", fallen)


def _region(n: int) -> Field:
    """A region of the VS321, unless it is switched off."""

    def read(raw: object, payload: Payload) -> Iterable[Reading]:
        enabled = payload.fields.get(f"region{n}enable")
        if enabled not in ("disable", 0, False) and (occupied := _occupied(raw)) is not None:
            yield Reading("presence", occupied, f"region_{n}")

    return meant(read, "presence")


def _bed_region(n: int) -> Field:
    """A region of the VS373, where the protocol's 0 is occupied."""

    def read(raw: object, _payload: Payload) -> Iterable[Reading]:
        if (occupied := _occupied(raw)) is not None:
            yield Reading("presence", occupied if isinstance(raw, str) else not occupied, f"region_{n}")

    return meant(read, "presence")


MILESIGHT: Keys = {
    **keys(measure("battery"), "battery,battery level,battery main"),
    **keys(measure("battery", "node"), "battery node"),
    **keys(flagged("motion"), "pir,pir trigger,pir status"),
    **keys(meant(_activity, "motion"), "activity"),
    **keys(meant(_occupancy, "presence"), "occupancy,occupancy status"),
    **keys(door(true_is_open=True), "magnet status,magnet,door,door status,door state"),
    **keys(flagged("tamper"), "tamper status,install status,tamper"),
    **keys(flagged("tamper", inverted=True), "install"),
    **keys(flagged("leak"), "leakage status,leak status,leakage,leak,water leak"),
    **keys(meant(_button, "button"), "button,button event,button event status,button status,press"),
    **{fold(f"button {n}"): press({1: "press"}, str(n)) for n in range(1, 7)},
    **keys(measure("illuminance"), "illumination,illuminance,light,lux"),
    **keys(meant(_tvoc, "voc"), "tvoc"),
    **keys(meant(_power, "power"), "power"),
    **keys(measure("power"), "active power"),
    **keys(measure("energy", unit="wh"), "power consumption,power sum,energy"),
    **keys(measure("voltage"), "voltage"),
    **keys(meant(_current, "current"), "current"),
    **keys(flagged("switch"), "socket status,switch status"),
    **{fold(f"temperature chn{n}"): measure("temperature", str(n)) for n in range(1, 5)},
    **{fold(f"magnet chn{n}"): door(str(n), true_is_open=True) for n in range(1, 3)},
    **keys(flagged("switch", "gpio"), "gpio"),
    **{fold(f"{name} {n}"): flagged("switch", f"{part}_{n}")
       for name, part in (("gpio in", "in"), ("gpio out", "out"), ("gpio input", "in"), ("gpio output", "out"))
       for n in range(1, 5)},
    **keys(meant(_gas, "gas"), "state"),
    **keys(flagged("gas"), "gas status"),
    **keys(meant(_gs101, "fault"), "alarm"),
    **keys(meant(_burning, "heat_alarm"), "temperature alarm type"),
    **keys(meant(_detection, "fall"), "detection status"),
    **keys(meant(_fall_alarm, "fall"), "fall alarm alarm status,fall alarm"),
    **keys(meant(_events, "fall"), "events"),
    **{fold(f"region {n}"): _region(n) for n in range(1, 11)},
    **{fold(f"region {n} occupancy"): _bed_region(n) for n in range(1, 5)},
    **keys(NOTHING, "daylight,light level,light status,window detection,occupied"),
}  # fmt: skip
SIGNS = frozenset(map(fold, (
    "magnet_status", "leakage_status", "tamper_status", "button_event", "button_event.status", "socket_status",
    "pir_trigger", "magnet_chn1", "magnet_chn2", "temperature_chn1", "gpio_in_1", "gpio_out_1",
    "daylight", "light_level", "ipso_version", "tsl_version", "power_consumption", "detection_status", "lorawan_class",
)))  # fmt: skip
"""Keys that only its codecs have."""
MODEL = r"(?:WS|EM|AM|VS|WT|GS|TS|UC|CT|DS)[0-9]{2}[0-9X]{1,2}"
