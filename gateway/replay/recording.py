"""The readings file (CSV `at,address,quantity,value`) as readings of a home, and what a collapse leaves of it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.instant import MILLISECOND, Instant
from devices.measurement import Value
from devices.quantity import QUANTITIES
from gateway.errors import BadInput
from gateway.localtime import local_instant

_COLUMNS = ["at", "address", "quantity", "value"]
_TRUE = frozenset({"true", "1", "on", "yes"})
_FALSE = frozenset({"false", "0", "off", "no"})
NOT_CAUSED_BY_A_PERSON = frozenset(
    {
        "temperature", "humidity", "illuminance", "pressure", "co2", "voc", "pm25", "battery", "battery_low",
        "battery_voltage", "voltage", "link_quality", "rssi", "online", "device_temperature", "mains_failure",
    }
)  # fmt: skip
"""What goes on after a person collapsed; all else is dropped by `stop_at`."""


class Row(NamedTuple):
    """One row: `at` in whole milliseconds, the precision of the store."""

    at: Instant
    address: str
    quantity: str
    value: Value


def is_caused_by_a_person(row: Row) -> bool:
    """What a collapse ends. That movement has ceased is said by the sensor's own timer, not by a person."""
    return row.quantity not in NOT_CAUSED_BY_A_PERSON and not (row.quantity == "motion" and row.value is False)


@dataclass(frozen=True, slots=True)
class Recording:
    """A readings file, in order of time; rows of one device and quantity at one time are 1 ms apart."""

    rows: tuple[Row, ...]

    def between(self, start: Instant, end: Instant) -> Iterator[Row]:
        """Rows from `start` up to and including `end`."""
        return (row for row in self.rows if start <= row.at <= end)

    def quantities(self) -> dict[str, tuple[str, ...]]:
        """Address -> the quantities that it reports, in order of first appearance."""
        found: dict[str, dict[str, None]] = {}
        for row in self.rows:
            found.setdefault(row.address, {})[row.quantity] = None
        return {address: tuple(quantities) for address, quantities in found.items()}


def read_recording(path: Path, zone: ZoneInfo) -> Recording:
    """Read a readings file; `at` without an offset is local time in `zone`. BadInput names the line and the fix."""
    rows: list[Row] = []
    previous: Instant | None = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            if header != _COLUMNS:
                raise BadInput(f"{path}: the first line must be {','.join(_COLUMNS)}, not {','.join(header)}")
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                try:
                    row = _row(cells, zone, previous)
                except ValueError as error:
                    raise BadInput(f"{path}, line {reader.line_num}: {error}") from error
                previous = row.at
                rows.append(row)
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of a readings file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV in UTF-8: {error}") from error
    return Recording(tuple(_apart(sorted(rows, key=lambda row: row.at))))


def _row(cells: list[str], zone: ZoneInfo, previous: Instant | None) -> Row:
    if len(cells) != len(_COLUMNS):
        raise ValueError(f"it has {len(cells)} columns, {len(_COLUMNS)} are needed: {','.join(_COLUMNS)}")
    at, address, quantity, value = (cell.strip() for cell in cells)
    if not address:
        raise ValueError("the address is empty")
    moment = local_instant(at, zone, not_before=previous)
    return Row(moment - moment % MILLISECOND, address, quantity, parse_value(quantity, value))


def parse_value(quantity: str, text: str) -> Value:
    """The canonical value of a quantity's text; ValueError says what was expected."""
    known = QUANTITIES.get(quantity)
    if known is None:
        raise ValueError(f'"{quantity}" is no quantity: use one of {", ".join(QUANTITIES)}')
    if known.kind == "action":
        if not text:
            raise ValueError("a button needs an action such as press or emergency")
        return text
    if known.kind == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError(f'"{text}" is not true or false, as {quantity} needs')
        return text.lower() in _TRUE
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a number, as {quantity} needs') from None
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        raise ValueError(f'"{text}" is not a finite number, as {quantity} needs')
    return number


def _apart(rows: list[Row]) -> Iterator[Row]:
    latest: dict[tuple[str, str], Instant] = {}
    for row in rows:
        at = max(row.at, latest.get((row.address, row.quantity), -1) + MILLISECOND)
        latest[row.address, row.quantity] = at
        yield row if at == row.at else row._replace(at=at)
