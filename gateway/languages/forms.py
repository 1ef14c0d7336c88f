"""How a value looks in a text: times, durations, numbers, rooms, devices and what is usual, by the names of forms."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway import saying
from gateway.languages import FIRST, tables

_NUMBERED = re.compile(r"(.+?)[_ -]?(\d+)")
_NOWHERE = (None, "", "home", "unknown", "other")
Json = Any
"""A value of a phrase; a form meets whatever was kept, and may fail on it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: by which clock, when, and in which language."""

    zone: ZoneInfo
    now: Instant
    language: str = FIRST

    @property
    def words(self) -> Mapping[str, Any]:
        """The small words of the language."""
        words: Mapping[str, Any] = tables(self.language)["words"]
        return words


# ------------------------------------------------------------------------------------------------ names


def _dative(named: str, reader: Reader) -> str:
    """A name with its article, as it stands after "von" or "in"; the same in a language without cases."""
    article, _, name = named.partition(" ")
    return f"{reader.words['dative'].get(article, article)} {name}"


def _bare(named: str) -> str:
    return named.partition(" ")[2]


def _the_room(name: str, reader: Reader) -> str:
    """A room with its article: by its key in `rooms`, or by its name in this language, either with a number."""
    rooms: Mapping[str, str] = tables(reader.language)["rooms"]
    by_name = {_bare(named).lower(): named for named in rooms.values()}
    numbered = _NUMBERED.fullmatch(name)
    for kind, number in ((name, ""), *([(numbered[1], f" {numbered[2]}")] if numbered else [])):
        spoken = re.sub("[_-]", " ", kind.lower())
        if named := rooms.get(spoken.replace(" ", "_")) or by_name.get(spoken):
            return named + number
    return str(reader.words["another_room"]).format(room=re.sub("[_-]", " ", name))


def room(name: str | None, reader: Reader) -> str:
    """Such as `living room`."""
    return str(reader.words["nowhere"]) if name in _NOWHERE else _bare(_the_room(str(name), reader))


def in_room(name: str | None, reader: Reader) -> str:
    """Such as `in the living room`, `im Wohnzimmer`; `at home` for none."""
    if name in _NOWHERE:
        return str(reader.words["in_nowhere"])
    where = f"{reader.words['in']} {_dative(_the_room(str(name), reader), reader)}"
    together: Mapping[str, str] = reader.words["together"]
    return next((short + where[len(both) :] for both, short in together.items() if where.startswith(both + " ")), where)


def the(device: Sequence[str | None], reader: Reader) -> str:
    """A device that `wording.named` has named, with its article: `the front door`, `the motion sensor in the hall`."""
    kind, where, address = device
    names: Mapping[str, str] = tables(reader.language)["devices"]
    name = names.get(str(kind), names["sensor"])
    if where is not None:
        return f"{name} {in_room(where, reader)}"
    return name if address is None else f"{name} {address}"


def listed(names: Sequence[str], reader: Reader) -> str:
    """`a`, `a and b`, `a, b and c`."""
    joined = f" {reader.words['and']} "
    return joined.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _each(shape: Callable[[str, Reader], str]) -> Callable[[Json, Reader], str]:
    """Of one device or of a list of them, each name once, in the `shape` that is wanted."""

    def shaped(value: Json, reader: Reader) -> str:
        several = value if not value or isinstance(value[0], list | tuple) else [value]
        return listed(list(dict.fromkeys(shape(the(one, reader), reader) for one in several)), reader)

    return shaped


# ------------------------------------------------------------------------------------------------ numbers


def _clock(at: Instant, reader: Reader) -> str:
    return saying.clock_time(at, reader.now, reader.zone, reader.language)


def _when(at: Instant | Sequence[Instant], reader: Reader) -> str:
    """`at 14:02`, or of [since, at] `between 02:10 and 04:05`."""
    since, until = (_clock(one, reader) for one in ((at, at) if isinstance(at, int) else at))
    if since == until:
        return str(reader.words["at"]).format(at=until)
    return str(reader.words["between"]).format(since=since, at=until)


def _duration(length: int, reader: Reader) -> str:
    return saying.duration(length, reader.language)


def _dative_duration(length: int, reader: Reader) -> str:
    cases: Mapping[str, str] = reader.words["dative"]
    return " ".join(cases.get(word, word) for word in _duration(length, reader).split(" "))


def _number(value: float, reader: Reader) -> str:
    """One decimal, which is left out where it is nought."""
    return f"{value:.1f}".removesuffix(".0").replace(".", reader.words["decimal"])


def _count(value: float, reader: Reader) -> str:  # noqa: ARG001 - a form
    return str(round(value))


def _times(value: float, reader: Reader) -> str:
    """`once`, `3 times`, `1.5 times`."""
    return str(reader.words["once" if value == 1 else "times"]).format(count=_number(value, reader))


def _wall(minutes: float, reader: Reader) -> str:
    """Minutes after the local midnight, also after the next one, as the clock shows them."""
    hours, rest = divmod(round(minutes), 60)
    return str(reader.words["time"]).format(time=f"{time(hours % 24, rest):%H:%M}")


def _usual(shape: Callable[[float, Reader], str], words: str = "usual") -> Callable[[Json, Reader], str]:
    """`routine.Usual.to_json()` as the range in which nine of ten days lie, with the number of days.

    `words`: the text of the language that says so.
    """

    def usual(value: Json, reader: Reader) -> str:
        low, high = shape(value["low"], reader), shape(value["high"], reader)
        form = reader.words[f"{words}_alike" if low == high else words]
        return str(form).format(low=low, high=high, n=value["n"])

    return usual


FORMS: Mapping[str, Callable[[Json, Reader], str]] = {
    "as_it_is": lambda value, _: str(value),
    "clock": _clock,
    "when": _when,
    "duration": _duration,
    "dative_duration": _dative_duration,
    "number": _number,
    "count": _count,
    "times": _times,
    "room": room,
    "in": in_room,
    "device": _each(lambda named, _: _bare(named)),
    "devices": _each(lambda named, _: _bare(named)),
    "the": _each(lambda named, _: named),
    "dative": _each(_dative),
    "usual": _usual(_count),
    "usual_clock": _usual(_wall, "usual_clock"),
    "usual_duration": _usual(lambda minutes, reader: _duration(round(minutes) * MINUTE, reader)),
}
"""By the word that a text puts after the name of a value: {since|clock}."""
