"""Whose codec an object is from, and what its keys then mean."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from devices.lorawan import dragino, milesight, netvox, others, sensecap
from devices.lorawan.field import Keys
from devices.lorawan.generic import GENERIC

TABLES: dict[str, Keys] = {
    "": GENERIC,
    "milesight": GENERIC | milesight.MILESIGHT,
    "dragino": GENERIC | dragino.DRAGINO,
    "netvox": GENERIC | netvox.NETVOX,
    "browan": GENERIC | others.BROWAN,
    "elsys": GENERIC | others.ELSYS,
    "mclimate": GENERIC | others.MCLIMATE,
    "radiobridge": GENERIC | others.RADIO_BRIDGE,
    "sensative": GENERIC | others.SENSATIVE,
    "tektelic": GENERIC | others.TEKTELIC,
    "sensecap": GENERIC,
}
"""Brand ("" for an unknown one) to what its keys mean."""

MAKERS = {
    "milesight": "Milesight", "dragino": "Dragino", "netvox": "Netvox", "browan": "Browan", "elsys": "Elsys",
    "mclimate": "MClimate", "radiobridge": "Radio Bridge", "sensative": "Sensative", "tektelic": "Tektelic",
    "sensecap": "SenseCAP",
}  # fmt: skip

PER_CENT = frozenset({"milesight", "sensative"})
"""Brands whose codecs put a per cent where the normalised payload has volts."""

_NAMES = {
    "milesight": "milesight", "ursalink": "milesight", "dragino": "dragino", "netvox": "netvox", "browan": "browan",
    "merryiot": "browan", "tabs": "browan", "elsys": "elsys", "mclimate": "mclimate", "radiobridge": "radiobridge",
    "sensative": "sensative", "tektelic": "tektelic", "sensecap": "sensecap", "seeed": "sensecap",
}  # fmt: skip
_MODELS = {
    "milesight": milesight.MODEL,
    "dragino": dragino.MODEL,
    "netvox": netvox.MODEL,
    "browan": others.BROWAN_MODEL,
    "elsys": others.ELSYS_MODEL,
    "mclimate": others.MCLIMATE_MODEL,
    "radiobridge": others.RADIO_BRIDGE_MODEL,
    "sensative": others.SENSATIVE_MODEL,
    "tektelic": others.TEKTELIC_MODEL,
    "sensecap": sensecap.MODEL,
}
_MODEL = re.compile("|".join(f"(?P<{brand}>{pattern})" for brand, pattern in _MODELS.items()))
_TOKEN = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+){0,4}")
_SIGNS: dict[str, str] = {
    **dict.fromkeys(milesight.SIGNS, "milesight"),
    **dict.fromkeys(dragino.SIGNS, "dragino"),
    **dict.fromkeys(netvox.SIGNS, "netvox"),
    **{sign: brand for brand, signs in others.SIGNS.items() for sign in signs},
}
_MODEL_KEYS = ("device", "nodetype", "sensormodel")
"""Folded keys by which an object itself says its model (Netvox, Dragino)."""
TEXT_LIMIT = 160


class Brand(NamedTuple):
    """`name` in TABLES ("" unknown), `model` in capitals or "", `emergency`: the profile says that it is an SOS."""

    name: str = ""
    model: str = ""
    emergency: bool = False


@lru_cache(maxsize=1_024)
def told_by(text: str) -> Brand:
    """The brand that names of a device profile, a maker or a model tell; of at most TEXT_LIMIT characters."""
    tokens = _TOKEN.findall(text.upper())
    parts = {part for token in tokens for part in token.split("-")}
    name = next((_NAMES[part.lower()] for part in sorted(parts) if part.lower() in _NAMES), "")
    model = ""
    for token in tokens:
        found = _MODEL.match(token.partition("-")[0]) or _MODEL.match(token.replace("-", ""))
        if found is not None and name in ("", found.lastgroup):
            model, name = found[0], found.lastgroup or ""
            break
    return Brand(name, model, not parts.isdisjoint({"SOS", "PANIC", "EMERGENCY"}))


def told_in(fields: Mapping[str, Any], brand: Brand) -> Brand:
    """The brand and model as the object itself tells them, where it does and does not contradict the names."""
    for key in _MODEL_KEYS:
        if isinstance(text := fields.get(key), str) and len(text) <= TEXT_LIMIT:
            told = told_by(text)
            if told.model and brand.name in ("", told.name):
                return brand._replace(name=told.name, model=told.model)
    if not brand.name:
        for key in fields:
            if (name := _SIGNS.get(key)) is not None:
                return brand._replace(name=name)
    return brand
