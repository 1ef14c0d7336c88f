"""What is known of models: how often they check in, what they are usually used for, how their batteries run down.

A silent sensor is one that missed two check-ins; for a model that is not in the table the gateway has its own default.
Intervals are common knowledge of these devices, rounded up; they have not been held against the makers' manuals.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MINUTE_S = 60
HOUR_S = 3_600
_NAME_LIMIT = 200

Curve = Sequence[tuple[float, float]]
"""(volts, per cent left), rising; between two points a straight line."""

COIN_CELL: Curve = ((2.1, 0), (2.44, 6), (2.74, 18), (2.9, 42), (3.0, 100))
"""A 3 V lithium coin cell: `3V_2100` of zigbee-herdsman-converters' battery voltages."""
LUMI: Curve = ((2.85, 0), (3.0, 100))
"""Aqara's sensors with a coin cell: `3V_2850_3000` of the same."""


class Model(NamedTuple):
    """`check_in_s`: longest time between two messages of a healthy device; `role`: a role of docs/architecture.md.

    `battery`: how its voltage tells the charge, for those that may report nothing but volts.
    """

    maker: str
    check_in_s: int
    role: str | None = None
    battery: Curve | None = None


MODELS: dict[str, Model] = {
    # Aqara: a report every 50 to 60 minutes
    "RTCGQ11LM": Model("Aqara", HOUR_S, battery=LUMI),
    "RTCGQ14LM": Model("Aqara", HOUR_S),
    "MCCGQ11LM": Model("Aqara", HOUR_S, battery=LUMI),
    "WSDCGQ11LM": Model("Aqara", HOUR_S, battery=LUMI),
    "SJCGQ11LM": Model("Aqara", HOUR_S, battery=LUMI),
    "WXKG11LM": Model("Aqara", HOUR_S, battery=LUMI),
    # the same as they call themselves, for bridges without a list of models
    "lumi.sensor_motion.aq2": Model("Aqara", HOUR_S, battery=LUMI),
    "lumi.sensor_magnet.aq2": Model("Aqara", HOUR_S, battery=LUMI),
    "lumi.sensor_wleak.aq1": Model("Aqara", HOUR_S, battery=LUMI),
    "lumi.weather": Model("Aqara", HOUR_S, battery=LUMI),
    "PS-S04D": Model("Aqara", HOUR_S),  # FP300
    # Frient (Develco): every 10 to 30 minutes
    "SMSZB-120": Model("Frient", 30 * MINUTE_S),
    "HESZB-120": Model("Frient", 30 * MINUTE_S),
    "FLSZB-110": Model("Frient", 30 * MINUTE_S),
    "MOSZB-130": Model("Frient", 30 * MINUTE_S),
    "MOSZB-140": Model("Frient", 30 * MINUTE_S),
    "MOSZB-141": Model("Frient", 30 * MINUTE_S),
    "MOSZB-153": Model("Frient", 30 * MINUTE_S),
    "WISZB-120": Model("Frient", 30 * MINUTE_S),
    "SBTZB-110": Model("Frient", 30 * MINUTE_S, "pendant"),
    "KEPZB-110": Model("Frient", 30 * MINUTE_S),
    # Sonoff: every hour or two
    "SNZB-02": Model("SONOFF", 2 * HOUR_S, battery=COIN_CELL),
    "SNZB-03": Model("SONOFF", 2 * HOUR_S, battery=COIN_CELL),
    "SNZB-04": Model("SONOFF", 2 * HOUR_S, battery=COIN_CELL),
    # Tuya: some say nothing for a day; pendants report their battery every few hours
    "TS0202": Model("Tuya", 24 * HOUR_S),
    "TS0203": Model("Tuya", 24 * HOUR_S),
    "TS0207_water_leak_detector": Model("Tuya", 24 * HOUR_S),
    "TS0215A_sos": Model("Tuya", 13 * HOUR_S, "pendant"),
    "SEB01ZB": Model("Ecolink", 13 * HOUR_S, "pendant"),
    "PB206": Model("OWON", 13 * HOUR_S, "pendant"),
    # Shelly: battery devices of the first generation wake every 12 hours, the smoke alarm of the second once a day
    "SHDW-1": Model("Shelly", 12 * HOUR_S),
    "SHDW-2": Model("Shelly", 12 * HOUR_S),
    "SHWT-1": Model("Shelly", 12 * HOUR_S),
    "SHSM-01": Model("Shelly", 12 * HOUR_S),
    "SHHT-1": Model("Shelly", 12 * HOUR_S),
    "shellyplussmoke": Model("Shelly", 24 * HOUR_S),
    # Milesight's buttons: every 6 to 18 hours
    "WS101": Model("Milesight", 18 * HOUR_S),
    "WS101-SOS": Model("Milesight", 18 * HOUR_S, "pendant"),
    # OWON
    "SPM915": Model("OWON", HOUR_S, "bed"),  # a sleeping pad that calls its one value `contact`
    "FDS315": Model("OWON", HOUR_S),
}
"""Model, as the bridge's inventory names it, to what is known of it."""


def _known(model: str | None) -> Model | None:
    """By the whole name, else by one of its words: `Door sensor (SNZB-04)`, `Milesight WS101`, `ws101`."""
    if not model:
        return None
    found = MODELS.get(model)
    if found is None:
        words = model[:_NAME_LIMIT].replace("(", " ").replace(")", " ").upper().split()
        found = next((MODELS[word] for word in words if word in MODELS), None)
    return found


def check_in_s(model: str | None) -> int | None:
    """Longest silence of a healthy device of this model, in seconds; None for a model that is not known."""
    known = _known(model)
    return known.check_in_s if known else None


def battery_percent(model: str | None, volts: float) -> float | None:
    """Per cent of charge left at this voltage; None for a model whose curve is not known."""
    known = _known(model)
    if known is None or known.battery is None:
        return None
    below = known.battery[0]
    for point in known.battery:
        if volts < point[0]:
            share = (volts - below[0]) / (point[0] - below[0]) if point is not below else 0.0
            return float(round(below[1] + share * (point[1] - below[1])))
        below = point
    return 100.0


def suggested_role(model: str | None, quantities: Iterable[str] = (), name: str | None = None) -> str | None:
    """The role to offer an installer: by model, else by its name and what it reports; None where nothing tells."""
    known = _known(model)
    if known is not None and known.role is not None:
        return known.role
    reports = set(quantities)
    for role, words, needs in _NAMED:
        if name and not needs.isdisjoint(reports) and words.search(name):
            return role
    if {"bed", "chair"} & reports:
        return "bed" if "bed" in reports else "chair"
    return "plug" if {"power", "switch"} <= reports else None


_DOOR, _PLUG, _PRESSED, _PAD = (
    frozenset({"contact"}),
    frozenset({"power", "switch", "usage"}),
    frozenset({"button"}),
    frozenset({"contact", "switch", "presence", "vibration", "bed", "chair"}),
)


def _named(role: str, words: str, needs: frozenset[str]) -> tuple[str, re.Pattern[str], frozenset[str]]:
    return role, re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE), needs


_NAMED = (
    _named("front-door", r"(front|entrance|main)[ _/-]?door|haust(ü|ue)r|porta (da )?(rua|entrada)", _DOOR),
    _named("back-door", r"(back|rear|garden|patio|terrace)[ _/-]?door", _DOOR),
    _named("fridge", r"fridge|refrigerator|freezer|k(ü|ue)hlschrank", _DOOR | _PLUG),
    _named("medicine-cabinet", r"(medicine|medication|pills?|tablets?)[ _/-]?(cabinet|box|cupboard|drawer)?", _DOOR),
    _named("window", r"window|fenster|janela", _DOOR),
    _named("interior-door", r"(bed|bath|living|dining)[ _/-]?room[ _/-]?door|(kitchen|hall|toilet)[ _/-]?door", _DOOR),
    _named("kettle", r"kettle|wasserkocher", _PLUG),
    _named("microwave", r"microwave", _PLUG),
    _named("cooker", r"cooker|oven|hob|stove", _PLUG),
    _named("television", r"tv|television|telly", _PLUG),
    _named("light", r"lamp|lights?", _PLUG),
    _named("pull-cord", r"(pull|red|emergency)[ _/-]?cord", _PRESSED),
    _named("pendant", r"pendant|sos|panic|(alarm|emergency|help|call)[ _/-]?button|wristband", _PRESSED),
    _named("bed", r"bed|mattress|bett", _PAD),
    _named("chair", r"(arm)?chair|sofa|sessel", _PAD),
)
"""(role, words in the device's name, quantities of which it must report one): what installers call their sensors."""
