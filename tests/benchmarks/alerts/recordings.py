"""The recorded homes through the default pack: false alerts, collapses by the labels, and the empty house of tm000."""

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, Instant, from_datetime, to_datetime
from gateway.registry.homefile import HomeFile, load_home
from gateway.replay.backtest import Report, backtest
from gateway.replay.recording import Recording, read_recording
from tests.benchmarks.alerts.judging import ABSENCE, LEARNED_FROM, learns
from tests.support.shared import CHECKOUT

NAMES = ("casas_hh111_week", "casas_tm000_absence", "homeassistant_pt")
_FOLDER = CHECKOUT.parent / "shared" / "data"
_OUT = ("away", "absence")
_IN_BED = ("sleep", "in_bed")
_EMPTY = ("no_activity", "inactivity", "routine_inactivity")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of time that somebody has described."""

    start: Instant
    end: Instant
    label: str

    def says(self, *words: str) -> bool:
        return any(word in self.label.lower() for word in words)


def run(collapses: int, seed: int) -> dict[str, Any]:
    """Each recording that is there; nothing for those that are not."""
    return {name: _one(name, collapses, seed) for name in NAMES if (_FOLDER / f"{name}.readings.csv").exists()}


def read(name: str) -> tuple[HomeFile, Recording]:
    home = load_home(_FOLDER / f"{name}.home.toml")
    return home, read_recording(_FOLDER / f"{name}.readings.csv", ZoneInfo(home.time_zone))


def _one(name: str, collapses: int, seed: int) -> dict[str, Any]:
    home, recording = read(name)
    labels = _labels(_FOLDER / f"{name}.labels.csv", ZoneInfo(home.time_zone))
    began = process_time()
    report = backtest(home, recording)
    seconds = process_time() - began
    found = _alerts(report, labels) | {
        "days": round(report.days, 2), "readings": report.readings, "readings_per_s": round(report.readings / seconds),
    }  # fmt: skip
    random = Random(f"{seed}:{name}")  # noqa: S311 - a story, not a secret
    return found | {"collapses": _collapses(home, recording, labels, random, collapses)}


def _alerts(report: Report, labels: list[Labelled]) -> dict[str, Any]:
    """A question about an absence is justified where the labels say that they were away for 17 h by then."""
    zone = report.home.zone
    listed, rates = [], {}
    absences = [one for one in labels if one.says("multiday")]
    for alert in report.alerts:
        verdict = alert.verdict
        if verdict.concerns != "person":
            continue
        out = next((one for one in labels if one.says(*_OUT) and one.start <= verdict.at < one.end), None)
        counts = not learns(verdict.rule) or verdict.at >= report.start + LEARNED_FROM
        justified = verdict.rule == ABSENCE and out is not None and verdict.at >= out.start + 17 * HOUR
        false = counts and not justified
        local = f"{to_datetime(verdict.at).astimezone(zone):%a %d %b %H:%M}"
        listed.append({"rule": verdict.rule, "priority": verdict.priority, "at": local,
                       "explanation": verdict.explanation, "away": out is not None, "false": false,
                       "details": dict(verdict.evidence.details)})  # fmt: skip
        if false:
            weeks = (report.days - (LEARNED_FROM / DAY if learns(verdict.rule) else 0)) / 7
            rates[verdict.rule] = round(rates.get(verdict.rule, 0) + 1 / max(weeks, 1 / 7), 3)
    inside = [alert.verdict for alert in report.alerts
              if any(one.start + 2 * HOUR < alert.verdict.at < one.end for one in absences)]  # fmt: skip
    return {
        "false_a_week": rates,
        "alerts": listed,
        "long_bathroom": sum(one.rule == "long_bathroom" for one in inside),
        "inactivity_while_out": sum(one.rule in ("inactivity", "routine_inactivity") for one in inside),
        "questions": sum(one.rule == ABSENCE for one in inside),
    }


def _labels(path: Path, zone: ZoneInfo) -> list[Labelled]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Labelled(_instant(row["start"], zone), _instant(row["end"], zone), row["label"])
                for row in csv.DictReader(file)]  # fmt: skip


def _instant(text: str, zone: ZoneInfo) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone))


def _collapses(
    home: HomeFile, recording: Recording, labels: list[Labelled], random: Random, count: int
) -> list[dict[str, Any]]:
    """Each a full replay up to it and two days on, with what --stop-at does."""
    first, last = recording.rows[0].at, recording.rows[-1].at
    zone = ZoneInfo(home.time_zone)
    found = []
    times = sorted({row.at for row in recording.rows if row.quantity in ("motion", "contact")})
    while len(found) < count:
        # A moment just after somebody was seen, as a recording does not always say who was at home.
        at = times[random.randrange(len(times))] + random.randrange(MINUTE)
        if not first + DAY < at < last - HOUR or any(one.says(*_OUT) and one.start <= at < one.end for one in labels):
            continue
        cut = replace(recording, rows=tuple(row for row in recording.rows if row.at <= at + 48 * HOUR))
        report = backtest(home, cut, stop_at=at)
        noticed = next((one.verdict for one in report.alerts if one.verdict.concerns == "person"
                        and one.verdict.priority < 4 and one.verdict.at > at), None)  # fmt: skip
        local = to_datetime(at).astimezone(zone)
        in_bed = any(one.says(*_IN_BED) and one.start <= at < one.end for one in labels)
        part = "night" if in_bed or local.hour < 5 else "evening" if local.hour >= 20 else "day"
        found.append({"at": f"{local:%a %d %b %H:%M}", "part": part, "rule": noticed.rule if noticed else None,
                      "delay_h": round((noticed.at - at) / HOUR, 2) if noticed else None})  # fmt: skip
    return found
