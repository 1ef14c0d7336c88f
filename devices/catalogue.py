"""What is known of models: how often they check in, and what they are usually used for.

A silent sensor is one that missed two check-ins; for a model that is not in the table the gateway has its own default.
Intervals are common knowledge of these devices, rounded up; they have not been held against the makers' manuals.
"""

from collections.abc import Iterable
from typing import NamedTuple

MINUTE_S = 60
HOUR_S = 3_600


class Model(NamedTuple):
    """`check_in_s`: longest time between two messages of a healthy device; `role`: a role of docs/architecture.md."""

    maker: str
    check_in_s: int
    role: str | None = None


MODELS: dict[str, Model] = {
    # Aqara: a report every 50 to 60 minutes
    "RTCGQ11LM": Model("Aqara", HOUR_S),
    "RTCGQ14LM": Model("Aqara", HOUR_S),
    "MCCGQ11LM": Model("Aqara", HOUR_S),
    "WSDCGQ11LM": Model("Aqara", HOUR_S),
    "SJCGQ11LM": Model("Aqara", HOUR_S),
    "WXKG11LM": Model("Aqara", HOUR_S),
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
    "SNZB-02": Model("SONOFF", 2 * HOUR_S),
    "SNZB-03": Model("SONOFF", 2 * HOUR_S),
    "SNZB-04": Model("SONOFF", 2 * HOUR_S),
    # Tuya: some say nothing for a day; pendants report their battery every few hours
    "TS0202": Model("Tuya", 24 * HOUR_S),
    "TS0203": Model("Tuya", 24 * HOUR_S),
    "TS0207_water_leak_detector": Model("Tuya", 24 * HOUR_S),
    "TS0215A_sos": Model("Tuya", 13 * HOUR_S, "pendant"),
    "SEB01ZB": Model("Ecolink", 13 * HOUR_S, "pendant"),
    "PB206": Model("OWON", 13 * HOUR_S, "pendant"),
    # OWON
    "SPM915": Model("OWON", HOUR_S, "bed"),  # a sleeping pad that calls its one value `contact`
    "FDS315": Model("OWON", HOUR_S),
}
"""Model, as the bridge's inventory names it, to what is known of it."""


def check_in_s(model: str | None) -> int | None:
    """Longest silence of a healthy device of this model, in seconds; None for a model that is not known."""
    known = MODELS.get(model) if model else None
    return known.check_in_s if known else None


def suggested_role(model: str | None, quantities: Iterable[str] = ()) -> str | None:
    """The role to offer an installer, by model, else by what it reports; None where only a person can know."""
    known = MODELS.get(model) if model else None
    if known is not None and known.role is not None:
        return known.role
    return "plug" if {"power", "switch"} <= set(quantities) else None
