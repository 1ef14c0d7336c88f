"""How fast: a replay on one core, what a home keeps, and a tick of ten thousand homes.

Times are processor time of this process, so that other work on the machine does not count.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from gc import collect, freeze
from statistics import median
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, SECOND, Instant
from devices.simulation.lives.life import Life
from gateway.localtime import at_local
from gateway.model import HUB_DEVICE, Directory, Home, Hub, Journaled, Reading
from gateway.replay.backtest import backtest
from gateway.watch.engine import Engine
from gateway.watch.home import HomeWatch
from gateway.watch.memory import moved
from tests.benchmarks.alerts import recordings
from tests.benchmarks.alerts.homes import lived
from tests.benchmarks.alerts.replay import HomeResult, replayed

_LONDON = (0, 12, 24, 36, 48, 60)
"""Numbers of simulated homes in one zone, so that all have their days turn at one moment."""
_DAYS = 20


def run(results: Sequence[HomeResult], seed: int, homes: int, days: int) -> dict[str, Any]:
    """Rates of this process alone; sizes of all homes."""
    collect()
    freeze()  # all that the benchmark itself has gathered is none of the replay's business
    return {
        "readings_per_s": _replay(seed, days),
        **_recordings(),
        "state_bytes": max(max(one.states_bytes) for one in results),
        "state_bytes_median": int(median(size for one in results for size in one.states_bytes)),
        "baseline_bytes": max(one.baseline_bytes for one in results),
        "tick": _tick(seed, homes),
    }


def _replay(seed: int, days: int) -> int:
    """Three homes, the best of two each, as other work on the machine only ever makes it slower."""
    readings, seconds = 0, 0.0
    for number in (0, 1, 5):
        home = lived(Life(number, days, seed))
        times = []
        for _ in range(2):
            began = process_time()
            replayed(home)
            times.append(process_time() - began)
        readings, seconds = readings + home.readings, seconds + min(times)
    return round(readings / seconds)


def _recordings() -> dict[str, int | None]:
    """Of all together, and of the slowest: one with few readings a day spends its time on what each day brings."""
    readings, seconds, rates = 0, 0.0, []
    for name in recordings.NAMES:
        try:
            home, recording = recordings.read(name)
        except Exception:  # noqa: BLE001 - the recordings are no part of the project
            return {"recordings_readings_per_s": None, "slowest_recording_readings_per_s": None}
        times = []
        for _ in range(2):
            began = process_time()
            report = backtest(home, recording)
            times.append(process_time() - began)
        readings, seconds = readings + report.readings, seconds + min(times)
        rates.append(report.readings / min(times))
    return {
        "recordings_readings_per_s": round(readings / seconds),
        "slowest_recording_readings_per_s": round(min(rates)),
    }


def _tick(seed: int, homes: int) -> dict[str, Any]:
    """Homes that have lived some weeks, many times over, from a quarter to five until the new day has begun.

    Hubs beat meanwhile; the tick is timed alone, and so is handing over what came of it.
    """
    watches = [_early(Life(number, _DAYS, seed)) for number in _LONDON]
    now = watches[0].time
    engine, town, states, taught = Engine(), [], {}, {}
    kept = [(moved(watch.save(), now - watch.time), watch.view.routine.save()) for watch in watches]
    for number in range(homes):
        which = number % len(kept)
        named = _named(watches[which].view.home, number)
        town.append(named)
        states[named.reference], taught[named.reference] = kept[which]
    engine.restore(states, taught)
    began = process_time()
    engine.update(Directory(tuple(town)), now)
    found: dict[str, Any] = {"homes": homes, "start_s": round(process_time() - began, 2)}
    engine.tick(now)
    engine.collect()
    collect()
    minutes: list[tuple[float, float]] = []
    for minute in range(now + MINUTE, now + 31 * MINUTE, MINUTE):
        for number in range((minute // MINUTE) % 15, homes, 15):
            engine.take(_beat(town[number], minute - 30 * SECOND))
        minutes.append((_timed(engine, minute), _commit(engine)))
        now = minute
    found |= {
        "idle_ms": _ms(median(ticked for ticked, _ in minutes)),
        "turn_of_the_day_ms": _ms(max(ticked for ticked, _ in minutes)),
        "median_hand_over_ms": _ms(median(handed for _, handed in minutes)),
        "turn_of_the_day_hand_over_ms": _ms(max(handed for _, handed in minutes)),
    }
    return found | {"one_in_hundred_due_ms": _one_in_hundred(engine, town, now)}


def _early(life: Life) -> HomeWatch:
    """A home at a quarter to five on one of its last days."""
    at = at_local(life.first + timedelta(days=_DAYS - 2), time(4, 45), ZoneInfo(life.dwelling.zone))
    return replayed(lived(life), at)


def _one_in_hundred(engine: Engine, town: Sequence[Home], now: Instant) -> float:
    """A hundredth of the homes fall due within one tick: those whose next moment comes first, brought forward to it."""
    moments = sorted(moment for watch in engine.homes().values() if (moment := watch.next_due()) is not None)
    until = max(now, moments[len(town) // 100]) if moments else now
    return _ms(_timed(engine, until))


def _named(home: Home, number: int) -> Home:
    hub = f"hub-{number}"
    return replace(home, reference=f"TICK-{number}", hubs=(Hub(hub),),
                   devices=tuple(replace(one, hub=hub) for one in home.devices))  # fmt: skip


def _beat(home: Home, at: Instant) -> Journaled:
    return Journaled(0, Reading(home.reference, home.hubs[0].name, HUB_DEVICE, None, None, "online", True, at, at))


def _timed(engine: Engine, now: Instant) -> float:
    began = process_time()
    engine.tick(now)
    return process_time() - began


def _commit(engine: Engine) -> float:
    began = process_time()
    engine.collect()
    return process_time() - began


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
