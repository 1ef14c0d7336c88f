"""What is wrong between the entries of a home file: names that nobody has, things said twice, ends before starts.

Works on the raw tables, so that these are found beside what is wrong inside an entry; what has the wrong form is
skipped.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from gateway.localtime import local_instant
from gateway.model import parent_address
from gateway.registry.wording import entry_name, known_words, place

Table = Mapping[str, Any]


def contradictions(home: Table, zone: ZoneInfo | None) -> list[str]:
    """One sentence for each, with its place. `home` is the `[home]` table as read; no zone, no check of times."""
    single = only_hub(home)
    problems = [
        *_twice(home, "rooms", lambda row: row.get("name")),
        *_twice(home, "hubs", lambda row: row.get("name")),
        *_twice(home, "devices", lambda row: _device(row, single)),
        *_twice(home, "residents", lambda row: row.get("name")),
        *_twice(home, "contacts", lambda row: row.get("name")),
        *_twice(home, "rules", lambda row: (row.get("type"), row.get("key", ""))),
        *_rooms(home),
        *_hubs(home),
        *_escalation(home),
        *_outages(home, zone),
    ]
    return list(problems)


def only_hub(home: Table) -> str | None:
    """The hub that a device without `hub` belongs to: the one given, or the reference in lower case when none is."""
    names = [row.get("name") for _, row in _rows(home, "hubs")]
    if not names:
        reference = home.get("reference")
        return reference.lower() if isinstance(reference, str) else None
    return str(names[0]) if len(names) == 1 else None


def _rows(home: Table, key: str) -> Iterator[tuple[int, Table]]:
    rows = home.get(key)
    if isinstance(rows, list | tuple):
        yield from ((index, row) for index, row in enumerate(rows) if isinstance(row, Mapping))


def _names(home: Table, key: str) -> list[str]:
    return [row["name"] for _, row in _rows(home, key) if isinstance(row.get("name"), str)]


def _where(key: str, index: int, row: Table) -> str:
    return place(f"home.{key}", index, entry_name(row))


def _device(row: Table, single: str | None) -> object:
    address = row.get("address")
    return None if address is None else (row.get("hub") or single, address)


def _twice(home: Table, key: str, identity: Callable[[Table], object]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for index, row in _rows(home, key):
        named = identity(row)
        if named is None:
            continue
        first = seen.setdefault(repr(named), index)
        if first != index:
            advice = ' (give each its own key = "…")' if key == "rules" else ""
            yield f"{_where(key, index, row)}: is no. {first + 1} again; take one of them out{advice}"


def _rooms(home: Table) -> Iterator[str]:
    rooms = _names(home, "rooms")
    for index, row in _rows(home, "devices"):
        room = row.get("room")
        if isinstance(room, str) and room not in rooms:
            yield f"{_where('devices', index, row)}: {known_words('room', room, rooms)}; or add it as [[home.rooms]]"


def _hubs(home: Table) -> Iterator[str]:
    single = only_hub(home)
    names = _names(home, "hubs") or ([single] if single else [])
    for index, row in _rows(home, "devices"):
        hub = row.get("hub")
        if hub is None and single is None and len(names) > 1:
            several = ", ".join(names)
            yield f'{_where("devices", index, row)}: this home has several hubs; add hub = "…", one of {several}'
        if isinstance(hub, str) and hub not in names:
            yield f"{_where('devices', index, row)}: {known_words('hub', hub, names)}; or add it as [[home.hubs]]"


def _escalation(home: Table) -> Iterator[str]:
    contacts = _names(home, "contacts")
    for index, row in _rows(home, "escalation"):
        named = row.get("contacts")
        told = [name for name in named if isinstance(name, str)] if isinstance(named, list | tuple) else []
        for name in dict.fromkeys(told):
            if name not in contacts:
                yield (
                    f"{place('home.escalation', index)}: {known_words('contact', name, contacts)};"
                    " or add them as [[home.contacts]]"
                )


def _outages(home: Table, zone: ZoneInfo | None) -> Iterator[str]:
    addresses = {known for _, row in _rows(home, "devices") if isinstance(known := row.get("address"), str)}
    for index, row in _rows(home, "outages"):
        device = row.get("device")
        if isinstance(device, str) and device not in addresses and parent_address(device) not in addresses:
            yield f"{place('home.outages', index)}: {known_words('device', device, sorted(addresses))}"
        if zone is None:
            continue
        try:
            start = local_instant(str(row.get("start")), zone)
            end = local_instant(str(row.get("end")), zone, not_before=start)
        except ValueError:
            continue
        if end <= start:
            times = f"end {row['end']} is not after start {row['start']}"
            yield f"{place('home.outages', index)}: {times}; swap or mend them"
