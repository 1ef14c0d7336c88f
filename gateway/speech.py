"""What is said to people: phrases by key and values, worded in the reader's language when they are told.

Pure but for reading the texts of gateway/languages once.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway import saying

FIRST = "en"
"""The language in which alerts and evidence are kept; others are worded for each reader."""
_SLOT = re.compile(r"\{(\w+)(?:\|(\w+))?\}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One short sentence: `key` is `table.name` of the language files, `values` are JSON values that it names.

    Instants and durations are whole microseconds, devices what `gateway.watch.wording.named` makes of them.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def say(key: str, **values: Any) -> Phrase:  # noqa: ANN401 - JSON values
    """A phrase, such as say("inactivity.quiet", since=at, lasting=length)."""
    return Phrase(key, values)


def worded(phrases: Iterable[Phrase], zone: ZoneInfo, now: Instant, language: str = FIRST) -> str:
    """The phrases as short sentences in `language`, as a reader at `now` whose clock shows `zone` understands them."""
    return " ".join(_sentence(one, zone, now, language) for one in phrases)


def _sentence(phrase: Phrase, zone: ZoneInfo, now: Instant, language: str) -> str:
    text = _SLOT.sub(lambda slot: _formed(slot[2], phrase.values[slot[1]], zone, now), _text(phrase, language))
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _text(phrase: Phrase, language: str) -> str:
    table, _, name = phrase.key.partition(".")
    text = texts(language).get(table, {}).get(name)
    if text is None:
        text = texts(FIRST)[table][name]
    if isinstance(text, Mapping):
        text = text["one" if phrase.values[text["by"]] == 1 else "other"]
    return str(text)


@lru_cache(maxsize=16)
def texts(language: str) -> Mapping[str, Any]:
    """All tables of a language; those of FIRST for one that there is not."""
    found = files("gateway.languages") / f"{language}.toml"
    return tomllib.loads(
        (found if found.is_file() else files("gateway.languages") / f"{FIRST}.toml").read_text("utf-8")
    )


def _formed(form: str | None, value: Any, zone: ZoneInfo, now: Instant) -> str:  # noqa: ANN401 - JSON values
    if form == "clock":
        return saying.clock_time(value, now, zone)
    if form == "duration":
        return saying.duration(value)
    return str(value)
