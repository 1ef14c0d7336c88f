"""A home's hot state as compressed JSON, and back: below 2 KiB for a home of fifteen devices."""

import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from devices.instant import Instant
from devices.quantity import QUANTITIES
from gateway.model import RuleState
from gateway.watch.coverage import Coverage
from gateway.watch.episodes import Visit
from gateway.watch.equipment import DeviceView, HubView
from gateway.watch.view import HomeView

Learned = dict[str, tuple[str, ...]]
RuleMemory = tuple[dict[str, Any], RuleState, str, Instant, dict[str, dict[str, Any]]]
"""A rule's state, what it can see, why, since when, and its doubted concerns (gateway/watch/active.py)."""
_NAMES = tuple(QUANTITIES)
_NUMBERS = {name: number for number, name in enumerate(_NAMES)}
_QUICK = 1
_FIRST_INSTANT: Instant = 1_000_000_000_000_000


def save(time: Instant, view: HomeView, learned: Learned, rules: Mapping[str, RuleMemory], coverage: Coverage) -> bytes:
    """Everything that a restart must not forget."""
    state = orjson.dumps(
        {
            "time": time,
            "started": view.started,
            "devices": {
                address: [
                    known.heard,
                    known.quiet_from,
                    known.offline_since,
                    known.values,
                    known.clears,
                    known.toggles,
                    known.pause,
                    known.words,
                    *([known.levels["battery"]] if "battery" in known.levels else []),
                ]
                for address, known in view.devices.items()
            },
            "hubs": {name: [hub.heard, hub.quiet_from, hub.offline_since] for name, hub in view.hubs.items()},
            "moved": [view.moved_at, view.moved_in, view.moved_by, view.lone_since, *view.firings],
            "door": [view.door_at, view.arrived, view.weak, view.base],
            "day": [view.day_start, view.day_end, view.up_at],
            "urgent": view.urgent,
            "visits": {room: list(visit) for room, visit in view.visits.rooms.items()},
            "company": view.company.to_state(),
            "movement": view.movement.to_state(),
            "today": view.today_so_far.to_state(),
            "told": view.quiet_told,
            "coverage": coverage.to_state(),
            "learned": {address: [_NUMBERS[name] for name in names] for address, names in learned.items()},
            "rules": rules,
        }
    )
    return zlib.compress(state, _QUICK)


def moved(saved: bytes, by: int) -> bytes:
    """The same with every instant moved by so many microseconds, so that all durations stay what they were.

    An instant is a whole number above that of the year 2001; no duration, count or reading comes near it.
    """
    return zlib.compress(orjson.dumps(_moved(orjson.loads(zlib.decompress(saved)), by)), _QUICK)


def _moved(value: Any, by: int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _moved(one, by) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    return value + by if type(value) is int and value >= _FIRST_INSTANT else value


def restore(saved: bytes, view: HomeView, coverage: Coverage) -> tuple[Instant, Learned, dict[str, RuleMemory]]:
    """Fill `view` and return how far time had come, what was learned of devices, and each rule's memory by its key."""
    data: dict[str, Any] = orjson.loads(zlib.decompress(saved))
    view.started = data["started"]
    view.recall({address: _device(*known) for address, known in data["devices"].items()})
    view.hubs = {name: HubView(*hub) for name, hub in data["hubs"].items()}
    view.moved_at, view.moved_in, view.moved_by, *lone = data["moved"]
    view.lone_since = lone[0] if lone else None
    view.firings = lone[1:] or [0, 0]
    view.door_at, view.arrived, weak, view.base = data["door"]
    view.weak = weak if isinstance(weak, list) else []
    view.set_day(*data["day"])
    view.urgent = data["urgent"]
    if "visits" in data:  # a version before this had none of it
        view.visits.rooms = {room: Visit(*visit) for room, visit in data["visits"].items()}
        view.company.from_state(data["company"])
        view.today_so_far.from_state(data["today"])
        view.movement.from_state(data.get("movement", ()))
        view.quiet_told = data["told"]
        sights = {key: (RuleState(sight), since) for key, (_, sight, _, since, *_) in data["rules"].items()}
        coverage.from_state(data["coverage"], sights)
    learned = {
        address: tuple(_NAMES[number] for number in numbers if number < len(_NAMES))
        for address, numbers in data["learned"].items()
    }
    rules = {
        key: (state, RuleState(sight), reason, since, *(doubted or [{}]))
        for key, (state, sight, reason, since, *doubted) in data["rules"].items()
    }
    return data["time"], learned, rules


def _device(*known: Any) -> DeviceView:  # noqa: ANN401 - JSON
    """As saved; a version before this one knew less of a device."""
    view = DeviceView(*known[:6])
    if len(known) > 6:
        view.pause, view.words = known[6], known[7]
    if len(known) > 8:
        view.levels["battery"] = known[8]
    return view
