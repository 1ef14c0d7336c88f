"""The gateway's own day in the simulated town: its figures, and what it tells of messages that concern no home."""

from collections.abc import Iterable, Iterator
from zlib import crc32

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from gateway.alerts.facts import notifications
from gateway.journal.facts import rejected, unregistered
from gateway.model import Directory, Fact, Home, Point, SightingSummary
from gateway.oversight.figures import FIGURES
from gateway.recorder.points import fact_point, health_point
from tests.dashboards.residents import NOW

NAME = "keepwell"
SINCE = NOW - DAY
OFTEN_SINCE = NOW - 7 * HOUR
STARTED = NOW - 5 * HOUR
"""The gateway was started anew then: what only grows began at 0."""
BROKER_AWAY = NOW - 130 * MINUTE, NOW - 120 * MINUTE
STORE_AWAY = NOW - 4 * HOUR, NOW - 230 * MINUTE
RECEIVED_A_SECOND = 7.0
READINGS_A_SECOND = 5.0
UNREGISTERED = {("elm-02", "zigbee2mqtt:0x00a1"): ("Model 9", 342, 35), ("elm-20", "rtl_433:Nexus/7"): (None, 310, 600),
                ("nobody", "shelly:plusht-08b6"): ("Plus H&T", 203, 40_000)}  # fmt: skip
"""Hub and address -> model, messages at NOW, one a minute, and seconds between its last word and NOW."""
REJECTED = {
    ("not_json", "elm-05"): 212,
    ("not_json", "elm-09"): 205,
    ("unknown_topic", None): 240,
    ("bad_value", "elm-17"): 203,
}
"""(reason, hub) -> how many are kept, at NOW: one more each minute."""
NOTIFICATIONS = {
    ("mailto", "sent"): (283, None),
    ("mailto", "failed"): (202, None),
    ("ntfy", "sent"): (320, None),
    ("ntfy", "waiting"): (203, 95),
    ("mqtt", "sent"): (241, None),
    ("mqtt", "blocked"): (201, 7_200),
}
"""(channel, result) -> messages of the last 24 h at NOW, one more each minute, and the age of the oldest that waits."""


def moments() -> Iterator[Instant]:
    """When the gateway wrote its figures: every 10 s in the last seven hours, every minute before."""
    yield from range(SINCE, OFTEN_SINCE, MINUTE)
    yield from range(OFTEN_SINCE, NOW + 1, 10 * SECOND)


def figures(at: Instant) -> dict[str, float]:
    """All figures at a moment, by field."""
    up = at - (STARTED if at >= STARTED else SINCE - DAY)
    offline = _within(at, BROKER_AWAY)
    silent = max(0, min(at, BROKER_AWAY[1]) - BROKER_AWAY[0]) if at >= STARTED else 0
    heard_s = (up - silent) / SECOND
    store_away = _within(at, STORE_AWAY)
    wave = at // (10 * SECOND) % 7 / 10
    lag_s = (at - STORE_AWAY[0]) / SECOND if store_away else 0.4 + wave
    found = {
        f"{part}_{name}": float(int(up / HOUR) * (crc32(name.encode()) % 3) if grows else crc32(name.encode()) % 50)
        for (part, name), (grows, _) in FIGURES.items()
    }
    end = 9_000_000.0 + int((at - SINCE) / SECOND * READINGS_A_SECOND)
    return found | {
        "ingest_received": float(int(heard_s * RECEIVED_A_SECOND)),
        "ingest_readings": float(int(heard_s * READINGS_A_SECOND)),
        "ingest_connected": float(not offline),
        "ingest_draining": float(_within(at, (BROKER_AWAY[1], BROKER_AWAY[1] + 20 * SECOND))),
        "ingest_paused": 0.0,
        "ingest_rejected": float(int(up / (10 * MINUTE))),
        "commit_messages": float(int(heard_s * RECEIVED_A_SECOND)),
        "journal_end": end,
        "journal_bytes": 400e6 + (at - SINCE) / SECOND * 100,
        "journal_quota_bytes": 2e9,
        "journal_disk_free_bytes": 30e9 - (at - SINCE) / SECOND * 100_000,
        "journal_ballast": 1.0,
        "watch_watch_offset": end - 4,
        "watch_watch_homes": 30.0,
        "recorder_healthy": float(not store_away),
        "recorder_lag_s": lag_s,
        "recorder_depth": float(int(lag_s * READINGS_A_SECOND)),
        "recorder_written": float(int(heard_s * READINGS_A_SECOND)),
        "recorder_readings_per_s": 0.0 if offline else READINGS_A_SECOND + wave,
        "recorder_points_per_s": 0.0 if store_away else READINGS_A_SECOND + 1.0 + wave,
        "recorder_write_s": 0.5 if store_away else 0.02 + wave,
        "journal_watch_depth": 4.0 + 10 * wave,
        "journal_watch_lag_s": 0.8 + wave,
        "process_memory_mib": 180.0 + (at - SINCE) / HOUR,
        "process_cpu_s": float(int(up / SECOND * 0.05)),
        "process_up_s": up / SECOND,
        "recorder_failures": float(at >= STORE_AWAY[1]),
    }


def points(homes: Iterable[Home] = ()) -> list[Point]:
    """Everything of the gateway that the store holds."""
    directory = Directory(tuple(homes))
    found = [health_point(NAME, figures(at), at) for at in moments()]
    for at in range(NOW - 2 * HOUR + 30 * SECOND, NOW, MINUTE):
        found += map(fact_point, _restated(directory, at))
    return found


def _restated(directory: Directory, at: Instant) -> Iterator[Fact]:
    fewer = (NOW - at) // MINUTE
    seen = [SightingSummary(hub, address, (), SINCE, min(at, NOW - ago_s * SECOND), count - fewer, model=model)
            for (hub, address), (model, count, ago_s) in UNREGISTERED.items()]  # fmt: skip
    yield from unregistered(seen, directory, at)
    yield from rejected({key: kept - fewer for key, kept in REJECTED.items()}, directory, at)
    counts = {key: count - fewer for key, (count, _) in NOTIFICATIONS.items()}
    since = {key: at - age_s * SECOND for key, (_, age_s) in NOTIFICATIONS.items() if age_s is not None}
    yield from notifications(counts, since, at)


def _within(at: Instant, span: tuple[Instant, Instant]) -> bool:
    return span[0] <= at < span[1]


def of_reason(reason: str) -> list[int]:
    """How many messages of each hub are kept for a reason."""
    return [kept for (why, _), kept in REJECTED.items() if why == reason]


def rejected_by_reason() -> dict[str, int]:
    """How many are kept for each reason."""
    return {reason: sum(of_reason(reason)) for reason, _ in REJECTED}
