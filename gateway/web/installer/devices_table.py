"""A list of sensors as CSV: what each line would do, and what is wrong with it. Nothing is changed here."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from devices.codes import Unreadable, read
from gateway.database.tables import DeviceRow, HomeRow
from gateway.web.installer.devices_registering import address_problem, find, unknown
from gateway.web.installer.devices_suggest import ROLES

MOST_BYTES = 512 * 1024
MOST_LINES = 250
"""A list of one home; the largest in the field has some dozens."""
_LONGEST = 128
COLUMNS = ("address", "room", "role", "hub", "maker", "model")
_NAMES: Mapping[str, str] = {
    "address": "address", "device": "address", "device address": "address", "ieee": "address",
    "ieee address": "address", "eui": "address", "deveui": "address", "dev eui": "address", "id": "address",
    "room": "room", "location": "room", "place": "room",
    "role": "role", "use": "role", "watches": "role", "type": "role",
    "hub": "hub", "gateway": "hub",
    "maker": "maker", "manufacturer": "maker", "vendor": "maker", "brand": "maker",
    "model": "model", "product": "model",
}  # fmt: skip
Outcome = Literal["added", "changed", "already so", "wrong"]


class NoTable(ValueError):  # noqa: N818 - its text is a sentence for who sent it
    """The whole cannot be read; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list as it was written; empty for what it does not say."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a line would do. `says`: what changes, or why it is wrong and how to put it right."""

    line: int
    outcome: Outcome
    address: str
    says: str
    hub: str = ""
    values: Mapping[str, str] | None = None
    """Room, role, maker and model, as far as the line says them."""


def text_of(raw: bytes) -> str:
    """The text of an uploaded file."""
    if len(raw) > MOST_BYTES:
        raise NoTable(f"The file is too large: a list of sensors has at most {MOST_BYTES // 1024} kB.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise NoTable("The file is no plain text: save it from your spreadsheet as “CSV UTF-8” and send it again.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise NoTable(
            f"Line {line} has a letter that is not written in UTF-8. Save the file from your spreadsheet as “CSV UTF-8”"
            " and send it again."
        ) from error


def rows_of(text: str) -> Sequence[Row]:
    """Its lines, the names of columns aside. Commas, semicolons or tabs."""
    text = text.removeprefix("\ufeff").strip("\r\n")
    if not text.strip():
        raise NoTable("Choose a file, or paste a list.")
    if len(text) > MOST_BYTES or text.count("\n") > MOST_LINES:
        raise NoTable(f"The list is too long: send at most {MOST_LINES} lines at a time.")
    first = text.splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NoTable(f"The list cannot be read ({error}). Look for a quotation mark that is not closed.") from error
    columns = [_NAMES.get(" ".join(cell.lower().replace("_", " ").split())) for cell in lines[0]]
    _check_columns(lines[0], columns)
    return [
        Row(number, {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
            | ({"": "more cells than columns"} if len(cells) > len(columns) else {}))
        for number, cells in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]  # fmt: skip


def _check_columns(written: Sequence[str], columns: Sequence[str | None]) -> None:
    if "address" not in columns:
        raise NoTable(
            "The first line must name the columns, with “address” among them: address, room, role, hub, maker, model."
        )
    strange = [cell.strip() for cell, column in zip(written, columns, strict=True) if column is None and cell.strip()]
    if strange:
        raise NoTable(f"There is no column “{strange[0][:40]}”. Columns are {', '.join(COLUMNS)}.")
    twice = next((one for one in columns if one is not None and columns.count(one) > 1), None)
    if twice is not None:
        raise NoTable(f"The column “{twice}” is there twice. Leave one of them out.")


def plan(rows: Sequence[Row], home: HomeRow, known: Collection[str] = ()) -> Sequence[Planned]:
    """What each line would do in this home. `known`: addresses that were heard and are not registered."""
    seen: dict[tuple[str, str], int] = {}
    return [_planned(row, home, known, seen) for row in rows]


def _planned(row: Row, home: HomeRow, known: Collection[str], seen: dict[tuple[str, str], int]) -> Planned:
    address, why = _address(row.cells.get("address", ""), home, known)
    if "" in row.cells:
        why = "It has more cells than the first line names columns. Put a cell with a comma in it into quotation marks."
    hub, problem = _hub(row.cells.get("hub", ""), home)
    why = why or problem
    values: dict[str, str] = {}
    for name, allowed in (("room", [room.name for room in home.rooms]), ("role", ROLES)):
        if given := row.cells.get(name, ""):
            found = _named(given, allowed, role=name == "role")
            why = why or ("" if found else unknown("use" if name == "role" else name, given, allowed))
            values[name] = found or given
    for name in ("maker", "model"):
        if given := row.cells.get(name, ""):
            long = len(given) > _LONGEST or not given.isprintable()
            why = why or (f"The {name} has at most {_LONGEST} characters, on one line." if long else "")
            values[name] = given
    if not why and (earlier := seen.setdefault((hub, address), row.line)) != row.line:
        why = f"Line {earlier} has the same sensor. Leave one of them out."
    if why:
        return Planned(row.line, "wrong", address, why)
    there = find(home, hub, address)
    if there is None:
        return Planned(row.line, "added", address, _in_words(values), hub, values)
    news = {name: value for name, value in values.items() if getattr(there, name) != value}
    if not news:
        return Planned(row.line, "already so", address, "Nothing to do.", hub, {})
    return Planned(row.line, "changed", address, _changes(there, news), hub, news)


def _address(given: str, home: HomeRow, known: Collection[str]) -> tuple[str, str]:
    """(address, what is wrong). What is printed on a sensor will do where it can mean one only."""
    if not given or any(row.address == given for row in home.devices) or given in known:
        return given, address_problem(given) or ""
    try:
        meant = read(given).addresses
    except Unreadable as why:
        return given, str(why) if ":" not in given else ""
    likely = [one for one in meant if one in known or any(row.address == one for row in home.devices)] or list(meant)
    if len(likely) == 1:
        return likely[0], address_problem(likely[0]) or ""
    return given, f"It can mean {' or '.join(likely) or 'several sensors'}: write the whole address."


def _hub(given: str, home: HomeRow) -> tuple[str, str]:
    names = [hub.name for hub in home.hubs]
    if given:
        found = next((name for name in names if name.lower() == given.lower()), None)
        return (found, "") if found else (given, unknown("hub", given, names))
    if len(names) == 1:
        return names[0], ""
    return "", f"Say on which hub it is: {', '.join(names)}." if names else "This home has no hub yet: add it first."


def _named(given: str, allowed: Sequence[str], *, role: bool) -> str | None:
    wanted = "-".join(given.lower().replace("_", " ").split()) if role else given.lower()
    return next((one for one in allowed if one.lower() == wanted), None)


def _in_words(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "no room, no special use"


def _changes(there: DeviceRow, news: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {getattr(there, name) or 'none'} → {value}" for name, value in news.items())
