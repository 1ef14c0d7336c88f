"""What the shortcuts of an EnOcean profile mean, by profile (EEP) and family of profiles.

Shortcuts, codes and polarities are those of EEP.xml in kipe/enocean 0.60.1 and of its descendants in HA_enoceanmqtt.
enocean-mqtt publishes a scaled number where the profile has a scale, and the raw code where it has a list of words.
Published one by one, the shortcuts of a telegram come in the order of EEP.xml; a Field is read when its own arrives.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from devices.enocean.presses import Key
from devices.measurement import Value
from devices.values import NUMBERS, number, within

Telegram = Mapping[str, Any]
"""Shortcut to value: of one telegram, or the latest ones of a sensor that publishes them one by one."""


class Field(NamedTuple):
    """What is said once `shortcut` is there."""

    shortcut: str
    quantity: str
    read: Callable[[Telegram], Value | None]
    part: str = ""


def _no_key(_telegram: Telegram, _shortcut: str) -> Key | None:
    return None


class Profile(NamedTuple):
    """`press`: what a telegram says of a key once one of `press_shortcuts` is there (the last argument names it)."""

    fields: tuple[Field, ...]
    press: Callable[[Telegram, str], Key | None] = _no_key
    press_shortcuts: tuple[str, ...] = ()
    channels: bool = False
    """Output channel `IO` n above 0 is a part of the device."""


def code(telegram: Telegram, shortcut: str) -> int | None:
    """A whole number, or true and false as 1 and 0; None where it is missing or something else."""
    raw = telegram.get(shortcut)
    if isinstance(raw, bool):
        return int(raw)
    value = number(raw)
    return int(value) if value is not None and value.is_integer() else None


def _state(
    shortcut: str, quantity: str, true: tuple[int, ...] = (1,), false: tuple[int, ...] = (0,), part: str = ""
) -> Field:
    table = dict.fromkeys(false, False) | dict.fromkeys(true, True)

    def read(telegram: Telegram) -> Value | None:
        found = code(telegram, shortcut)
        return None if found is None else table.get(found)

    return Field(shortcut, quantity, read, part)


def _number(shortcut: str, quantity: str, unless: str = "", bounds: tuple[float, float] | None = None) -> Field:
    """A number; left out where the shortcut `unless` is 0, which tells that the device cannot measure it."""
    reader = within(*bounds) if bounds else NUMBERS[quantity]

    def read(telegram: Telegram) -> Value | None:
        return None if unless and code(telegram, unless) == 0 else reader(telegram.get(shortcut))

    return Field(shortcut, quantity, read)


def _from(shortcut: str, quantity: str, read: Callable[[Telegram], float | None], part: str = "") -> Field:
    """A number that is worked out of several shortcuts, kept within the bounds of its quantity."""

    def bounded(telegram: Telegram) -> Value | None:
        value = read(telegram)
        return None if value is None else NUMBERS[quantity](value)

    return Field(shortcut, quantity, bounded, part)


def _supply(most: float, unless: str = "") -> Field:
    """Volts of the battery. 0 stands for none, and what lies above the scale for an error."""
    return _number("SVC", "battery_voltage", unless, (0.5, most))


def _range_lux(telegram: Telegram) -> float | None:
    select = code(telegram, "RS")
    return None if select is None else number(telegram.get("ILL2" if select else "ILL1"))


def _counted(telegram: Telegram, unit: int) -> float | None:
    """A meter's reading: DT says which of two units it is in, DIV how many decimals it has."""
    reading, decimals = number(telegram.get("MR")), code(telegram, "DIV")
    if reading is None or decimals not in {0, 1, 2, 3} or code(telegram, "DT") != unit:
        return None
    return reading / (1, 10, 100, 1000)[decimals]


_MEASURED = {0: ("energy", 1 / 3_600_000), 1: ("energy", 0.001), 2: ("energy", 1), 3: ("power", 1), 4: ("power", 1000)}
"""UN of a D2-01's measurement: Ws, Wh, kWh, W, kW."""


def _plug(telegram: Telegram, quantity: str) -> float | None:
    unit, value = _MEASURED.get(code(telegram, "UN") or 0), number(telegram.get("MV"))
    if value is None or unit is None or unit[0] != quantity or code(telegram, "UN") is None:
        return None
    return round(value * unit[1], 9)


def _output(telegram: Telegram) -> Value | None:
    """Per cent of the output; in a status alone, since a command says what somebody wants."""
    if code(telegram, "CMD") not in {None, 4}:
        return None
    value = code(telegram, "OV")
    return value > 0 if value is not None and 0 <= value <= 100 else None


def _failed(telegram: Telegram) -> Value | None:
    """Only where the device can tell (PF)."""
    found = code(telegram, "PFD")
    return None if found is None or code(telegram, "PF") == 0 else found == 1


def _voc(telegram: Telegram) -> float | None:
    """Total volatile compounds in ppb; SCM is a power of ten, where the library knows it."""
    if code(telegram, "VOC_ID") != 0:
        return None
    scale, value = code(telegram, "SCM"), number(telegram.get("Conc"))
    if value is None or scale not in {None, 0, 1, 2, 3}:
        return None
    return value if scale is None else value * (0.01, 0.1, 1, 10)[scale]


def _low_supply(telegram: Telegram) -> Value | None:
    found = code(telegram, "SVC")
    return None if found is None or not 0 <= found <= 255 else found <= 120


def _open_input(telegram: Telegram) -> Value | None:
    found = code(telegram, "IPS")
    return None if found is None or not 0 <= found <= 255 else found >= 196


def _motion(telegram: Telegram) -> Value | None:
    found = code(telegram, "PIRS")
    return None if found is None or not 0 <= found <= 255 else found >= 128


# ----------------------------------------------------------------------------------------------- keys

_ROCKERS = ("AI", "AO", "BI", "BO", "CI", "CO", "DI", "DO")
_ROCKER_CODES = {48: "AO", 16: "AI", 112: "BO", 80: "BI"}
_BUTTON = {1: "press", 2: "double", 3: "long", 4: "release"}


def _rocker(telegram: Telegram, shortcut: str) -> Key | None:
    """Energy bow pressed with a rocker's button, perhaps a second one (SA, R2); or released, whichever it was."""
    bow = code(telegram, "EB")
    if bow == 0:
        return Key("", "release") if shortcut == "EB" else None
    if bow != 1 or (shortcut == "SA" and code(telegram, "SA") != 1):
        return None
    if code(telegram, "NU") == 0 and shortcut == "EB":
        return Key("", "press")  # a count of buttons pressed at once, not a button
    button = code(telegram, "R2" if shortcut == "SA" else "R1")
    return Key(_ROCKERS[button], "press") if button is not None and 0 <= button < len(_ROCKERS) else None


def _rocker_code(telegram: Telegram, _shortcut: str) -> Key | None:
    found = code(telegram, "RA")
    if found == 0:
        return Key("", "release")
    return Key(_ROCKER_CODES[found], "press") if found in _ROCKER_CODES else None


def _push_button(telegram: Telegram, _shortcut: str) -> Key | None:
    found = code(telegram, "PB")
    return Key("", "press" if found else "release") if found in {0, 1} else None


def _occupancy_button(telegram: Telegram, _shortcut: str) -> Key | None:
    """0 is pressed. Each telegram of the sensor tells it."""
    found = code(telegram, "OCC")
    return Key("", None if found else "press", "level") if found in {0, 1} else None


def _soft_button(telegram: Telegram, _shortcut: str) -> Key | None:
    found = code(telegram, "BA")
    return Key("", _BUTTON[found], "shot") if found in _BUTTON else None


# ----------------------------------------------------------------------------------------------- profiles

_CLIMATE = (_number("TMP", "temperature", "TSN"), _number("HUM", "humidity", "HSN"))
_LIGHT = _number("ILL", "illuminance")
_PANEL = Profile(_CLIMATE, _occupancy_button, ("OCC",))
_ROCKER = Profile((), _rocker, ("EB", "SA"))
_DOOR = (_state("DCT", "contact"), _state("VIB", "vibration"), _LIGHT, _supply(5.0))

PROFILES: dict[str, Profile] = {
    "A5-07-01": Profile((Field("PIRS", "motion", _motion), _state("PIR", "motion"), _supply(5.0, "SVA"))),
    "A5-09-02": Profile((_number("TMP", "temperature", "TSN"), _supply(5.1))),
    "A5-09-04": Profile((*_CLIMATE, _number("Conc", "co2"))),
    "A5-09-05": Profile((_from("VOC_ID", "voc", _voc),)),
    "A5-09-07": Profile((_number("PM2.5", "pm25", "PM2.5a"),)),
    "A5-09-08": Profile((_number("CO2", "co2"),)),
    "A5-09-09": Profile((_number("CO2", "co2"), _state("PFD", "mains_failure"))),
    "A5-11-01": Profile((
        _LIGHT, _state("MGC", "contact", (0,), (1,)), _state("OCC", "presence"), _state("PWR", "switch"),
    )),
    "A5-12-01": Profile((
        _from("DIV", "power", lambda telegram: _counted(telegram, 1)),
        _from("DIV", "energy", lambda telegram: _counted(telegram, 0)),
    )),
    "A5-14-09": Profile((_state("CT", "contact", (1, 3)), *_DOOR)),  # 1 tilted, 3 open
    "A5-14-0A": Profile((_state("CT", "contact", (1, 3)), *_DOOR)),
    "A5-20-01": Profile((
        _number("TMP", "device_temperature"), _state("BCAP", "battery_low"), _state("CCO", "tamper"),
        _state("FTS", "fault", part="FTS"), _state("ACO", "fault", part="ACO"),
    )),
    "A5-30-01": Profile((
        Field("IPS", "contact", _open_input), Field("SVC", "battery_low", _low_supply),
    )),
    "A5-30-02": Profile((_state("IPS", "contact"),)),
    "A5-30-03": Profile((
        _number("TMP", "temperature"),
        *(_state(pin, "switch", part=pin) for pin in ("WA0", "DI3", "DI2", "DI1", "DI0")),
    )),
    "A5-30-04": Profile(tuple(_state(pin, "switch", part=pin) for pin in ("DI2", "DI1", "DI0"))),
    "D2-03-0A": Profile((_number("BATT", "battery"),), _soft_button, ("BA",)),
    "D2-03-10": Profile((_state("WIN", "contact", (1, 3, 4), (2,)),)),
    "D2-14-30": Profile((
        _state("SMA0", "smoke"), _state("SMA1", "fault"), _state("ES", "battery_low", (2, 3), (0, 1)),
        _number("TMP8", "temperature"), _number("HUM", "humidity"),
    )),
    "D2-14-40": Profile((*_CLIMATE, _LIGHT)),
    "D2-14-41": Profile((*_CLIMATE, _LIGHT, _state("CO", "contact", (0,), (1,)))),
    "D5-00-01": Profile((_state("CO", "contact", (0,), (1,)),)),  # contact, not carbon monoxide; 1 is closed
    "F6-01-01": Profile((), _push_button, ("PB",)),
    "F6-02-03": Profile((), _rocker_code, ("RA",)),
    "F6-04-01": Profile((_state("KC", "switch", (112,)),)),
    "F6-04-02": Profile((_state("SOC", "switch"),)),
    "F6-05-01": Profile((_state("WAS", "leak", (17,), ()),)),
    "F6-05-02": Profile((_state("SMO", "smoke", (16,)), _state("SMO", "battery_low", (48,), ()))),
    "F6-10-00": Profile((_state("WIN", "contact", (0, 1, 2), (3,)),)),  # handle level or up; down
    "F6-10-01": Profile((_state("HVL", "contact", (12, 13, 14), (15,)),)),
}  # fmt: skip
"""Profiles that differ from others of their family, or have none."""

FAMILIES: dict[str, Profile] = {
    "A5-02": Profile((_number("TMP", "temperature"),)),
    "A5-04": Profile(_CLIMATE),
    "A5-05": Profile((_number("BAR", "pressure"),)),
    "A5-06": Profile((_LIGHT, _from("RS", "illuminance", _range_lux), _supply(5.1))),
    "A5-07": Profile((_state("PIRS", "motion"), _LIGHT, _supply(5.0))),
    "A5-08": Profile(
        (_state("PIRS", "motion", (0,), (1,)), _number("TMP", "temperature"), _LIGHT, _supply(5.1)),
        _occupancy_button,
        ("OCC",),
    ),
    "A5-10": _PANEL,
    "A5-14": Profile((_state("CT", "contact"), *_DOOR)),
    "D2-01": Profile(
        (
            Field("OV", "switch", _output),
            Field("PFD", "mains_failure", _failed),
            _state("EL", "fault", (1, 2)),
            _from("MV", "power", lambda telegram: _plug(telegram, "power")),
            _from("MV", "energy", lambda telegram: _plug(telegram, "energy")),
        ),
        channels=True,
    ),
    "F6-02": _ROCKER,
    "F6-03": _ROCKER,
}
"""Profiles by the first two parts of their name."""


def profile(name: str) -> Profile | None:
    """What a profile such as `D5-00-01` says; None for one that is not read."""
    return PROFILES.get(name) or FAMILIES.get(name[:5])


MOMENTARY = frozenset({"F6-05-01"})
"""Profiles whose states nothing ever ends."""
