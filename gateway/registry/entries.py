"""The tables of a home file, one model each, checked by pydantic. What an entry means in the registry is said here."""

import re
import unicodedata
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from devices.instant import SECOND
from devices.quantity import QUANTITIES
from gateway.localtime import parse_window
from gateway.model import GATEWAY_HOME, Purpose, Role, RoomKind, Sees
from gateway.registry.options import OptionsEntry
from gateway.registry.wording import known_words
from gateway.saying import parse_duration

MOMENT_YEARS = range(1971, 2200)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,62}")
_HUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*", re.DOTALL)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{1,30}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
DAY_S = 86_400


def one_line(text: str) -> str:
    """Text without control characters or spaces at its ends; ValueError otherwise."""
    if not text or text != text.strip():
        raise ValueError("must not be empty and must not begin or end with a space")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise ValueError("must be on one line, without control characters")
    return text


def duration_s(text: str | float) -> int:
    """Whole seconds of a duration as people write it; at least 1 and at most a day."""
    try:
        seconds, rest = divmod(parse_duration(text), SECOND)
    except ValueError:
        raise ValueError(f'{text!r} is no waiting time: write seconds, "90 s", "5 min" or "1 h"') from None
    if rest or not 1 <= seconds <= DAY_S:
        raise ValueError(f"{text!r} must be whole seconds between 1 s and 24 h")
    return seconds


def duration_text(seconds: int) -> str:
    """The shortest exact writing that `duration_s` reads: `5 min`, `90 s`."""
    for unit_s, unit in ((3600, "h"), (60, "min")):
        if seconds % unit_s == 0:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError(f"{text!r} is no reference: use 2 to 63 letters, digits and hyphens, such as ELM-12, no name")
    if text.lower() == GATEWAY_HOME:
        raise ValueError(f"{text!r} stands for Keepwell itself in alerts: use another reference, such as ELM-12")
    return text


def _hub(text: str) -> str:
    if not _HUB.fullmatch(text):
        raise ValueError(f"{text!r} is no hub name: use letters, digits, '.', '_' and '-', as in its topics")
    if text.lower() == GATEWAY_HOME or text.lower().startswith("keepwell"):
        raise ValueError(f"{text!r} would be taken for the gateway's own account on the broker: use another name")
    return text


def _channel(text: str) -> str:
    if not _CHANNEL.fullmatch(one_line(text)):
        raise ValueError("a channel is written console:, mqtt:, announce: or as an Apprise URL such as mailto://…")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{text!r} is no language: write en, de, pt …")
    return text


def _hours(text: str) -> str:
    window = parse_window(text)
    return f"{window.start:%H:%M}-{'24:00' if window.end == time() else f'{window.end:%H:%M}'}"


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text) or not 3 <= sum(map(str.isdigit, text)) <= 15:  # ITU E.164: 15 digits at most
        raise ValueError(f"{text!r} is no telephone number: write it like 01632 960123 or +44 1632 960123")
    return text


def _moment(value: object) -> object:
    """The text of a time, from text or from TOML's own dates; it keeps no offset that it did not have."""
    if isinstance(value, date):  # a datetime is a date too
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        year = datetime.fromisoformat(value.strip()).year
    except ValueError:
        raise ValueError(f"{value!r} is not a time: write it like 2026-01-05T08:30:00 or with an offset") from None
    if year not in MOMENT_YEARS:
        raise ValueError(f"{value!r} lies outside {MOMENT_YEARS[0]} to {MOMENT_YEARS[-1]}")
    return value.strip()


def _day(value: object) -> object:
    """The text of a day, from text or from TOML's own dates."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{value!r} is not a day: write it like 2027-01-31") from None
    if day.year not in MOMENT_YEARS:
        raise ValueError(f"{value!r} lies outside {MOMENT_YEARS[0]} to {MOMENT_YEARS[-1]}")
    return day.isoformat()


def _some(items: tuple[str, ...]) -> tuple[str, ...]:
    if not items:
        raise ValueError("give at least one")
    if len(set(items)) != len(items):
        raise ValueError("names the same one twice")
    return items


def _quantities(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in QUANTITIES:
            raise ValueError(known_words("quantity", name, QUANTITIES))
    return names


def _each_once(items: tuple[str, ...]) -> tuple[str, ...]:
    return _some(items) if items else items


DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Reference = Annotated[str, AfterValidator(_reference)]
HubName = Annotated[str, AfterValidator(_hub)]
Name = Annotated[str, Field(max_length=64), AfterValidator(one_line)]
PersonName = Annotated[str, Field(max_length=128), AfterValidator(one_line)]
Address = Annotated[str, Field(max_length=255), AfterValidator(one_line)]
Channel = Annotated[str, Field(max_length=1024), AfterValidator(_channel)]
Moment = Annotated[str, BeforeValidator(_moment)]
"""ISO 8601 text; without an offset it is the home's local time."""
Day = Annotated[str, BeforeValidator(_day)]
"""ISO 8601 text of a date."""


class Entry(BaseModel):
    """One table of the file. Unknown keys are refused, so that a slip of the pen is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RoomEntry(Entry):
    """`[[home.rooms]]`."""

    name: Name
    kind: RoomKind = "unknown"


class HubEntry(Entry):
    """`[[home.hubs]]`: what publishes under homes/<name>/. `replay`: it plays a recording."""

    name: HubName
    replay: bool = False
    options: OptionsEntry = OptionsEntry()


class DeviceEntry(Entry):
    """`[[home.devices]]`. `hub` may be left out in a home with one hub."""

    address: Address
    room: Name | None = None
    role: Role | None = None
    hub: HubName | None = None
    maker: PersonName | None = None
    model: PersonName | None = None
    quantities: Annotated[tuple[str, ...], AfterValidator(_quantities)] = ()
    last_heard: Moment | None = None


class OutageEntry(Entry):
    """`[[home.outages]]`: a known time without data, of one device or of the whole home; for back-tests only."""

    device: Address | None = None
    start: Moment
    end: Moment


class ConsentEntry(Entry):
    """Consent to data: who gave it, on which basis, when, what for, and when it was withdrawn.

    Once `review_on` is past somebody is to ask again; data flows all the same until it is withdrawn.
    """

    by: PersonName
    basis: Name
    at: Moment
    withdrawn_at: Moment | None = None
    purposes: Annotated[tuple[Purpose, ...], AfterValidator(_each_once)] = ()
    review_on: Day | None = None


class ResidentEntry(Entry):
    """`[[home.residents]]`. No data flows until every resident's consent is recorded."""

    name: PersonName
    consent: ConsentEntry | None = None


class ContactEntry(Entry):
    """`[[home.contacts]]`: a person or team to reach, by `channels` in order of choice.

    `sees`: what of the home its residents let them see on pages.
    """

    name: PersonName
    channels: Annotated[tuple[Channel, ...], AfterValidator(_some)]
    language: Annotated[str, AfterValidator(_language)] = "en"
    quiet_hours: Annotated[str, AfterValidator(_hours)] | None = None
    phone: Annotated[str, AfterValidator(_phone)] | None = None
    sees: Sees = "alerts"


class StepEntry(Entry):
    """`[[home.escalation]]`: who is told together, and the wait until the next step of the same route."""

    route: Annotated[str, Field(max_length=32), AfterValidator(one_line)] = "default"
    contacts: Annotated[tuple[PersonName, ...], AfterValidator(_some)]
    wait: Annotated[int, BeforeValidator(duration_s)] = 300
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    """On duty in these hours of the home's clock only; past midnight they belong to the day on which they begin."""
    days: Annotated[tuple[DayName, ...], AfterValidator(_each_once)] = ()
    """On duty on these days only."""


class RuleEntry(Entry):
    """`[[home.rules]]`: every key but type, key and route is a parameter of the rule type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: Annotated[str, Field(max_length=32), AfterValidator(one_line)]
    key: Annotated[str, Field(max_length=64)] = ""
    route: Annotated[str, Field(max_length=32), AfterValidator(one_line)] = "default"

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, raw: object) -> object:
        return {key: _json(value) for key, value in raw.items()} if isinstance(raw, dict) else raw

    @property
    def parameters(self) -> dict[str, Any]:
        """What the file says about this rule, as JSON values; TOML's own dates and times have become text."""
        return dict(self.model_extra or {})


def _json(value: object) -> object:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, time) and not (value.second or value.microsecond):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date | time) else value
