"""One day of a home, from 05:00 to 05:00 local time, in 74 bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import Struct

KINDS = ("kitchen", "living", "bedroom", "bathroom", "dining", "office", "hall", "entrance", "other")
"""Kinds of rooms whose visits are counted."""
MOST_VISITS = 254
_PACKED = Struct("<I4Hh12B24H")
SIZE = _PACKED.size
_NO_TIME = 0xFFFF
_NO_COUNT = 0xFF
_NO_TEMPERATURE = -0x8000
_SATURDAY = 5
_NUMBER = Struct("<I")
_VISITS = Struct(f"<17x{len(KINDS)}B48x")
_QUIETS = Struct("<I22x24H")
Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """Times are minutes after the local midnight with which the day began, durations minutes; None is not known."""

    number: int
    """`date.toordinal()` of the local day on which it began."""
    first: int | None = None
    """The first sign of being up that a second confirmed."""
    bed: int | None = None
    """The end of the evening: the last activity in rooms of the day before their longest pause of the night."""
    kettle: int | None = None
    """The first use of kettle, fridge, cooker or microwave."""
    out: int = 0
    temperature: float | None = None
    """Mean of the rooms' hourly means, in degrees Celsius."""
    warm_hours: int | None = None
    """Of 24 hours those with a mean of 18 degrees and above."""
    night_bathroom: int | None = None
    """Visits to the bathroom in the night with whose morning the day began, gap 5 min."""
    times_up: int | None = None
    """Times up between 23:00 and 05:00, half an hour apart."""
    visits: tuple[int | None, ...] = (None,) * len(KINDS)
    """Visits to the rooms of each of KINDS, gap 5 min; None where it could not be seen all day."""
    quiet: tuple[int, ...] = (0,) * 24
    """The longest quiet at home that began in each local hour; 0 for none of ten minutes or more."""

    def pack(self) -> bytes:
        """Its bytes, in SIZE."""
        times = (_NO_TIME if at is None else min(at, _NO_TIME - 1) for at in (self.first, self.bed, self.kettle))
        temperature = _NO_TEMPERATURE if self.temperature is None else round(self.temperature * 10)
        counts = (self.warm_hours, self.night_bathroom, self.times_up, *self.visits)
        return _PACKED.pack(
            self.number,
            *times,
            min(self.out, _NO_TIME - 1),
            max(-9999, min(temperature, 9999)) if self.temperature is not None else temperature,
            *(_NO_COUNT if count is None else min(count, MOST_VISITS) for count in counts),
            *(min(minutes, _NO_TIME) for minutes in self.quiet),
        )


def is_weekend(number: int) -> bool:
    """Whether the day of this number is a Saturday or a Sunday."""
    return (number + 6) % 7 >= _SATURDAY


def number_at(packed: bytes, at: int) -> int:
    """The number of the day at this place, from the end where it is negative."""
    return int(_NUMBER.unpack_from(packed, at * SIZE)[0])


def visits_of(packed: bytes) -> Iterator[int]:
    """All visits of each day."""
    return (sum(count for count in counts if count != _NO_COUNT) for counts in _VISITS.iter_unpack(packed))


def quiets_of(packed: bytes) -> Iterator[Row]:
    """The number of each day, and the longest quiet that began in each hour."""
    return _QUIETS.iter_unpack(packed)


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a figure stands in a packed day: it is read without looking at the others."""

    columns: Struct
    missing: int
    parts: int = 1

    def of(self, packed: bytes) -> list[tuple[int, float]]:
        """(number, value) of each day that has it."""
        missing, parts = self.missing, self.parts
        found = self.columns.iter_unpack(packed)
        if parts == 1:
            return [pair for pair in found if pair[1] != missing]
        return [(number, value / parts) for number, value in found if value != missing]


def _measure(at: int, code: str, missing: int, parts: int = 1) -> Measure:
    return Measure(Struct(f"<I{at - 4}x{code}{SIZE - at - Struct(code).size}x"), missing, parts)


MEASURES: Mapping[str, Measure] = {
    "first_activity": _measure(4, "H", _NO_TIME),
    "bedtime": _measure(6, "H", _NO_TIME),
    "kettle": _measure(8, "H", _NO_TIME),
    "out": _measure(10, "H", _NO_TIME),
    "temperature": _measure(12, "h", _NO_TEMPERATURE, 10),
    "warm_hours": _measure(14, "B", _NO_COUNT),
    "night_bathroom": _measure(15, "B", _NO_COUNT),
    "times_up": _measure(16, "B", _NO_COUNT),
    **{kind: _measure(17 + place, "B", _NO_COUNT) for place, kind in enumerate(KINDS)},
}
"""What a day says, by name; a kind of room stands for the visits to it."""
