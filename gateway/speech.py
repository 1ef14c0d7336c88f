"""What is said to people: phrases by key and values, worded in the reader's language when they are told. Pure."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.languages import FIRST, tables
from gateway.languages.forms import FORMS, Reader

_SLOT = re.compile(r"\{(\w+)(?:\|(\w+))?\}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One short sentence: `key` is `table.name` of the language files, `values` are JSON values that it names.

    Instants and durations are whole microseconds, devices what `gateway.watch.wording.named` makes of them.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def say(key: str, **values: Any) -> Phrase:  # noqa: ANN401 - JSON values
    """A phrase by its key and values: `since=at, lasting=length`."""
    return Phrase(key, values)


def worded(phrases: Iterable[Phrase], zone: ZoneInfo, now: Instant, language: str = FIRST) -> str:
    """The phrases as short sentences in `language`, as a reader at `now` whose clock shows `zone` understands them."""
    reader = Reader(zone, now, language)
    return " ".join(sentence(fragment(one, reader)) for one in phrases)


def fragment(phrase: Phrase, reader: Reader) -> str:
    """The words alone, for a title or a place within a sentence. Never fails, as an alert waits for it.

    In the first language where the reader's lacks the words, or the key in plain words where a value is missing.
    """
    for language in dict.fromkeys((reader.language, FIRST)):
        with suppress(Exception):  # whatever is wrong with a text or a value, somebody has to be told
            return _filled(phrase, replace(reader, language=language))
    return re.sub(r"[\W_]+", " ", phrase.key).strip()


def is_known(phrase: Phrase) -> bool:
    """Whether the first language has words for it."""
    table, _, name = phrase.key.partition(".")
    return name in tables(FIRST).get(table, {})


def sentence(text: str) -> str:
    """Beginning with a capital letter and ending in a full stop, or in what ends it already."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!", ":")) else ".")


def to_json(phrases: Iterable[Phrase]) -> list[Any]:
    """As [[key, values], ...], for evidence."""
    return [[phrase.key, dict(phrase.values)] for phrase in phrases]


def from_json(kept: object) -> tuple[Phrase, ...]:
    """What `to_json` gave; nothing of what is not that."""
    try:
        return tuple(Phrase(str(key), dict(values)) for key, values in kept)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return ()


def _filled(phrase: Phrase, reader: Reader) -> str:
    table, _, name = phrase.key.partition(".")
    text = tables(reader.language)[table][name]
    if isinstance(text, Mapping):
        text = text["one" if phrase.values[text["by"]] == 1 else "other"]
    return _SLOT.sub(lambda slot: FORMS[slot[2] or "as_it_is"](phrase.values[slot[1]], reader), text)
