"""`[home.hubs.options]`: how a hub's conventions are set up, as an installer writes it and as the registry keeps it.

Only what departs from the defaults is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from devices.convention import Options
from devices.lorawan.keys import IGNORE, read_key
from devices.quantity import QUANTITIES
from gateway.registry.wording import known_words

FULL_TOPIC_NAMES = ("%topic%", "%hostname%", "%id%")
_EEP = re.compile(r"[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}")
_PREFIXES = ("zigbee2mqtt_base", "discovery_prefix", "zwave_prefix", "rtl_433_prefix", "glow_prefix", "homie_domain",
             "enocean_prefix")  # fmt: skip
DEFAULTS = Options()


def _prefix(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError("must not be empty, begin or end with a space, or hold control characters")
    if "+" in text or "#" in text:
        raise ValueError(f'"{text}" must be a plain topic: leave out the wildcards + and #')
    if text.startswith("/") or text.endswith("/") or "//" in text:
        raise ValueError(f'"{text}" must not begin or end with a slash: write "{re.sub("/+", "/", text).strip("/")}"')
    if text.startswith("homes/"):
        raise ValueError(f'"{text}": leave out homes/HUB/, write what stands behind it')
    return text


def _full_topic(text: str) -> str:
    if not text:
        return text
    _prefix(text.rstrip("/"))
    if "%prefix%" not in text or not any(name in text for name in FULL_TOPIC_NAMES):
        raise ValueError(f'"{text}" must hold %prefix% and %topic%, as FullTopic on the device does: %prefix%/%topic%/')
    return text


def _three(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) != 3:
        raise ValueError("give all three, Prefix1, Prefix2 and Prefix3 of the device: cmnd, stat, tele")
    for name in names:
        if "/" in _prefix(name):
            raise ValueError(
                f'"{name}" must be one word without a slash, as Prefix1, Prefix2 and Prefix3 on the device'
            )
    if len(set(names)) != len(names):
        raise ValueError("Prefix1, Prefix2 and Prefix3 must differ")
    return names


def _profile(text: str) -> str:
    if not _EEP.fullmatch(text.upper()):
        raise ValueError(f'"{text}" is no EnOcean profile: write it like D5-00-01, as it is printed on the sensor')
    return text.upper()


def _meaning(text: str) -> str:
    quantity = (text.split() or [IGNORE])[0].partition("/")[0].removeprefix("!")
    if quantity not in {*QUANTITIES, IGNORE}:
        raise ValueError(known_words("quantity", quantity, {*QUANTITIES, IGNORE}))
    read = read_key(text)
    if isinstance(read, str):
        raise ValueError(read.rstrip("."))  # noqa: TRY004 - a sentence in place of the meaning, no wrong type
    return text.strip()


Prefix = Annotated[str, Field(max_length=255), AfterValidator(_prefix)]
SensorName = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_prefix)]


class OptionsEntry(BaseModel):
    """The fields of devices.convention.Options that an installer may set, with the same defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zigbee2mqtt_base: Prefix = DEFAULTS.zigbee2mqtt_base
    discovery_prefix: Prefix = DEFAULTS.discovery_prefix
    shelly_prefixes: Annotated[tuple[Prefix, ...], Field(max_length=64)] = DEFAULTS.shelly_prefixes
    shelly_fahrenheit: bool = DEFAULTS.shelly_fahrenheit
    tasmota_full_topic: Annotated[str, Field(max_length=255), AfterValidator(_full_topic)] = DEFAULTS.tasmota_full_topic
    tasmota_prefixes: Annotated[tuple[str, ...], AfterValidator(_three)] = DEFAULTS.tasmota_prefixes
    zwave_prefix: Prefix = DEFAULTS.zwave_prefix
    rtl_433_prefix: Prefix = DEFAULTS.rtl_433_prefix
    glow_prefix: Prefix = DEFAULTS.glow_prefix
    homie_domain: Prefix = DEFAULTS.homie_domain
    enocean_prefix: Prefix = DEFAULTS.enocean_prefix
    enocean_sensors: Annotated[
        dict[SensorName, Annotated[str, AfterValidator(_profile)]], Field(max_length=1_000)
    ] = Field(default_factory=dict)  # fmt: skip
    lorawan_keys: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, AfterValidator(_meaning)]],
        Field(max_length=1_000),
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _differ(self) -> Self:
        owner: dict[str, str] = {}
        for name in _PREFIXES:
            prefix = getattr(self, name)
            if prefix in owner:
                raise ValueError(f'{owner[prefix]} and {name} are both "{prefix}": a topic can be only one of them')
            owner[prefix] = name
        return self

    def given(self) -> dict[str, Any]:
        """What departs from the defaults, as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def to_options(self) -> Options:
        """As decoders take it."""
        return Options(**self.model_dump())


def options_given(options: Options) -> dict[str, Any]:
    """What of them departs from the defaults, as JSON values."""
    names = [name for name in OptionsEntry.model_fields if getattr(options, name) != getattr(DEFAULTS, name)]
    return OptionsEntry.model_construct(**{name: getattr(options, name) for name in names}).given()


def options_of(kept: Mapping[str, Any]) -> Options:
    """The options of a row of the registry, which were checked when they came into it; DEFAULTS itself for none."""
    if not kept:
        return DEFAULTS
    known = {one.name for one in fields(Options)} - {"trust_device_time"}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in kept.items() if name in known
    }
    return replace(DEFAULTS, **values)
