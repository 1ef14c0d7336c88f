"""Back-test: the same rules as live, run over a recording in simulated time."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from devices.instant import HOUR, Instant, rfc3339
from devices.measurement import Value
from gateway.errors import BadInput
from gateway.model import HUB_DEVICE, Device, Home, Journaled, Reading, Rule
from gateway.registry.homefile import HomeFile, Outage
from gateway.replay.recording import Recording, is_caused_by_a_person
from gateway.replay.report import Report, Run
from gateway.watch.equipment import DeviceView
from gateway.watch.pack import build_rule, pack_of, rules_of
from gateway.watch.registered import owner
from gateway.watch.view import HomeView

AFTER_STOP = 48 * HOUR
"""How long after a collapse the back-test goes on, unless told."""


def backtest(
    home_file: HomeFile,
    recording: Recording,
    *,
    rules: tuple[Rule, ...] = (),
    pack: str | None = None,
    start: Instant | None = None,
    end: Instant | None = None,
    stop_at: Instant | None = None,
) -> Report:
    """Run the home's rules (or `rules`, those of `pack`, or both) over the recording.

    BadInput when a rule or the times make no sense.
    """
    if not recording.rows and (start is None or end is None):
        raise BadInput("the readings file holds no readings: give --from and --to, or another file")
    start = recording.rows[0].at if start is None else start
    if end is None:
        end = recording.rows[-1].at if stop_at is None else stop_at + AFTER_STOP
    if end <= start:
        raise BadInput(
            f"the end {rfc3339(end)} is not after the start {rfc3339(start)}: change --from, --to or --stop-at"
        )
    home = _as_recorded(home_of(home_file, rules, pack, start), recording)
    for rule in rules_of(home):
        build_rule(rule)
    run = Run(home, start)
    _know_ends(run.watch.view, recording)
    run.open(start)
    readings, unregistered = _play(recording, home_file.outage_times(), run, start, end, stop_at)
    report = run.close(end, readings)
    report.unregistered = unregistered
    return report


def _play(
    recording: Recording, outages: tuple[Outage, ...], run: Run, start: Instant, end: Instant, stop_at: Instant | None
) -> tuple[int, dict[str, int]]:
    """Hand the rows to the rules, as readings: how many, and how many of each address that nobody registered."""
    home, take = run.watch.view.home, run.watch.take
    reference, readings = home.reference, 0
    bound: dict[str, Device | None] = {}
    known = {device.address: device for device in home.devices}
    unregistered: dict[str, int] = {}
    marks = _marks(outages, home, start, end)
    mark = next(marks, None)
    for row in recording.between(start, end):
        at, address, quantity, value = row
        while mark is not None and mark.at <= at:
            take(Journaled(0, mark))
            mark = next(marks, None)
        if stop_at is not None and at > stop_at and is_caused_by_a_person(row):
            continue
        if address in bound:
            device = bound[address]
        else:
            device = bound[address] = known.get(address) or known.get(address.rsplit("/", 1)[0])
        if device is None:
            unregistered[address] = unregistered.get(address, 0) + 1
            continue
        readings += 1
        take(Journaled(0, Reading(reference, device.hub, address, device.room, device.role, quantity, value, at, at)))
    while mark is not None:
        take(Journaled(0, mark))
        mark = next(marks, None)
    return readings, unregistered


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Rules from a TOML file of `[[rules]]` (or `[[home.rules]]`) tables: `type`, `key?`, `route?` and parameters."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of a rules file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not a TOML file in UTF-8: {error}") from error
    home = raw.get("home")
    tables = raw.get("rules") or (home.get("rules") if isinstance(home, Mapping) else None)
    if not isinstance(tables, list) or not all(isinstance(table, dict) and "type" in table for table in tables):
        raise BadInput(f'{path}: write each rule as [[rules]] with type = "..." and its parameters')
    rules = tuple(
        Rule(
            str(table["type"]),
            {name: value for name, value in table.items() if name not in ("type", "key", "route")},
            str(table.get("key", "")),
            str(table.get("route", "default")),
        )
        for table in tables
    )
    for rule in rules:
        build_rule(rule)
    return rules


def home_of(home_file: HomeFile, rules: tuple[Rule, ...] = (), pack: str | None = None, start: Instant = 0) -> Home:
    """The home in the file, with these rules, those of the pack, or both in place of its own."""
    home = home_file.to_home(start)
    if pack is not None:
        pack_of(pack)
    return replace(home, rules=rules, pack=pack) if rules or pack is not None else home


def _as_recorded(home: Home, recording: Recording) -> Home:
    """The home, its devices with the quantities that the recording shows: a registry would know them by now."""
    reported = recording.quantities()
    devices = []
    for device in home.devices:
        heard = [
            quantity
            for address, quantities in reported.items()
            if address == device.address or address.startswith(device.address + "/")
            for quantity in quantities
        ]
        devices.append(replace(device, quantities=tuple(dict.fromkeys((*device.quantities, *heard)))))
    hubs = tuple(replace(hub, replay=True) for hub in home.hubs)
    return replace(home, hubs=hubs, devices=tuple(devices))


def _know_ends(view: HomeView, recording: Recording) -> None:
    """Which sensors say when movement is over: a live home would know from the days before.

    Those that never report movement twice without an end between, in a recording that has ends of their quantity.
    """
    latest: dict[tuple[str, str], Value] = {}
    again, ended = set(), set()
    for row in recording.rows:
        if row.quantity in ("motion", "presence"):
            name = row.address, row.quantity
            if row.value is False:
                ended.add(row.quantity)
            elif latest.get(name) is True:
                again.add(name)
            latest[name] = row.value
    for address, quantity in sorted(latest.keys() - again):
        device = owner(address, view.home)
        if device is not None and quantity in ended:
            part = address[len(device.address) :]
            known = view.devices.setdefault(device.address, DeviceView())
            known.clears.append(f"{part} {quantity}" if part else quantity)


def _marks(outages: tuple[Outage, ...], home: Home, start: Instant, end: Instant) -> Iterator[Reading]:
    """The outages' beginnings and ends, in order of time."""
    found: list[Reading] = []
    for outage in _merged(outages):
        for at, online in ((max(outage.start, start), False), (outage.end, True)):
            if outage.end > start and at <= end:
                found += _statements(outage, home, at, online=online)
    return iter(sorted(found, key=lambda mark: mark.at))


def _merged(outages: tuple[Outage, ...]) -> Iterator[Outage]:
    """Outages of one device, or of the hub, that overlap or touch are one."""
    latest: dict[str | None, Outage] = {}
    for outage in sorted(outages, key=lambda one: one.start):
        before = latest.get(outage.device)
        if before is not None and outage.start <= before.end:
            outage = replace(before, end=max(before.end, outage.end))  # noqa: PLW2901
        elif before is not None:
            yield before
        latest[outage.device] = outage
    yield from latest.values()


def _statements(outage: Outage, home: Home, at: Instant, *, online: bool) -> Iterator[Reading]:
    if outage.device is None:
        for hub in home.hubs:
            yield Reading(home.reference, hub.name, HUB_DEVICE, None, None, "online", online, at, at)
        return
    for device in home.devices:
        if device.address == outage.device:
            yield Reading(
                home.reference, device.hub, device.address, device.room, device.role, "online", online, at, at
            )
