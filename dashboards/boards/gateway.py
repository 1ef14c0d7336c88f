"""Gateway: whether Keepwell itself is well."""

from grafana_foundation_sdk.builders import bargauge, statetimeline, timeseries
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables

from dashboards.board import Board, Row
from dashboards.panels import (
    ALARM,
    CALM,
    PLAIN,
    UNKNOWN,
    WARN,
    WELL,
    Column,
    Steps,
    Words,
    bars,
    series,
    stat,
    table,
    timeline,
)
from dashboards.queries import RANGE, InfluxQuery, newest
from dashboards.words import RESULTS

_SILENT = "The gateway has said nothing in this time"
_ASK = "If it is empty, the gateway says nothing to the store: look at its log and its page /health."


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-gateway",
        title="Gateway",
        purpose="Does Keepwell itself hear, keep, and tell?",
        reader="those who run it",
        since="now-6h",
        refresh="30s",
        rows=(
            Row("", 4, [(4, one) for one in _now()]),
            Row("Messages in", 8, [(10, _rates()), (6, _broker()), (8, _rejected())]),
            Row("Journal and its readers", 8, [(8, _depth()), (8, _lag()), (8, _size())]),
            Row("Store", 8, [(8, _latency()), (8, _points()), (8, _trouble())]),
            Row("Messages to people", 8, [(12, _told()), (12, _sending())]),
            Row("Process", 7, [(8, _memory()), (8, _processor()), (8, _restarts())]),
        ),
    )


def _figure(name: str) -> InfluxQuery:
    return InfluxQuery(newest("gateway_health", (name,), ("gateway",)), alias="$tag_gateway")


def _over_time(name: str, said: str, how: str = "max") -> InfluxQuery:
    text = (
        f'SELECT {how}("{name}") AS "{name}" FROM "gateway_health" WHERE {RANGE}'
        ' GROUP BY time($__interval), "gateway" fill(none)'
    )
    return InfluxQuery(text, alias=f"{said} ($tag_gateway)")


def _rate(name: str, said: str) -> InfluxQuery:
    """Of a count that only grows: by how much a second. The first of each step, as the last step is not over yet."""
    text = (
        f'SELECT non_negative_derivative(first("{name}"), 1s) AS "{name}" FROM "gateway_health" WHERE {RANGE}'
        ' GROUP BY time($__interval), "gateway" fill(none)'
    )
    return InfluxQuery(text, alias=f"{said} ($tag_gateway)")


def _more(name: str, said: str) -> InfluxQuery:
    """Of a count that only grows: by how much in each step."""
    text = (
        f'SELECT non_negative_difference(last("{name}")) AS "{name}" FROM "gateway_health" WHERE {RANGE}'
        ' GROUP BY time($__interval), "gateway" fill(none)'
    )
    return InfluxQuery(text, alias=f"{said} ($tag_gateway)")


def _now() -> list[stats.Panel]:
    broker: Words = {"1": ("connected", CALM), "0": ("not connected", ALARM)}
    store: Words = {"1": ("takes points", CALM), "0": ("does not answer", ALARM)}
    return [
        _word("Broker", "Whether the gateway is connected to the broker and subscribed.", "ingest_connected", broker),
        _word("Store", "Whether the store takes points; until then the journal keeps them.", "recorder_healthy", store),
        _number("Readings a second", "What was taken in, in the last 10 s.", "recorder_readings_per_s", "short", 1),
        _number(
            "The rules are behind by",
            "Between the oldest reading that the rules have not taken in and the latest.",
            "journal_watch_lag_s",
            "s",
            0,
            ((None, CALM), (10, WARN), (60, ALARM)),
        ),
        _number(
            "The store is behind by",
            "For how long the oldest reading has waited for the store.",
            "recorder_lag_s",
            "s",
            0,
            ((None, CALM), (60, WARN), (600, ALARM)),
        ),
        _number("Runs for", "Since the gateway was started.", "process_up_s", "s", 1),
    ]


def _word(title: str, what: str, name: str, words: Words) -> stats.Panel:
    return stat(title, f"{what} {_ASK}", _figure(name), unit="none", empty="no word", words=words, filled=True)


def _number(title: str, what: str, name: str, unit: str, decimals: int, steps: Steps = PLAIN) -> stats.Panel:
    return stat(
        title, f"{what} {_ASK}", _figure(name), unit=unit, decimals=decimals, empty="no word", steps=steps, filled=True
    )


def _rates() -> timeseries.Panel:
    return series(
        "Messages a second",
        "What came from the broker, the readings that were taken in, and what could not be read, of devices that are"
        f" not registered, or of homes without consent. {_ASK}",
        _rate("ingest_received", "received"),
        _rate("ingest_readings", "readings"),
        _rate("ingest_rejected", "rejected"),
        _rate("ingest_unregistered", "not registered"),
        _rate("ingest_without_consent", "without consent"),
        unit="short",
        empty=_SILENT,
    ).interval("1m")


def _broker() -> statetimeline.Panel:
    words: Words = {"1": ("yes", WELL), "0": ("no", UNKNOWN)}
    return timeline(
        "Broker",
        "Connected and subscribed; catching up with what the broker had kept; reading paused as too much is on its way"
        f" to disk. A gap: the gateway said nothing. {_ASK}",
        _over_time("ingest_connected", "connected", "min"),
        _over_time("ingest_draining", "catching up"),
        _over_time("ingest_paused", "paused"),
        words=words,
        empty=_SILENT,
        unit="none",
        joined_ms=120_000,
    ).interval("1m")


def _rejected() -> bargauge.Panel:
    return bars(
        "Messages that could not be read, by reason",
        "Those kept for somebody to look at, by reason. `keepwell quarantine` shows them. Empty: every message could be"
        " read.",
        InfluxQuery(
            'SELECT sum("count") AS "count" FROM ('
            + newest("gateway_rejected", ("count",), ("reason", "home"))
            + ') GROUP BY "reason"',
            alias="$tag_reason",
        ),
        unit="none",
        decimals=0,
        empty="Every message could be read",
        steps=((None, WARN),),
    )


def _depth() -> timeseries.Panel:
    return series(
        "Readings that a reader of the journal has before it",
        "The rules and the store read the journal each at its own pace; what waits for the store is on disk: nothing"
        f" is lost. {_ASK}",
        _over_time("journal_watch_depth", "rules"),
        _over_time("recorder_depth", "store"),
        unit="short",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")


def _lag() -> timeseries.Panel:
    return series(
        "By how much a reader of the journal is behind",
        "For how long the oldest of these readings has waited. Alerts come late by as much as the rules are behind."
        f" {_ASK}",
        _over_time("journal_watch_lag_s", "rules"),
        _over_time("recorder_lag_s", "store"),
        unit="s",
        empty=_SILENT,
    ).interval("1m")


def _size() -> timeseries.Panel:
    return series(
        "Room on disk",
        "Size of the journal, the size that it may have, and the room left on its disk. At the quota the oldest"
        f" readings are dropped, also those that the store has not got. {_ASK}",
        _over_time("journal_bytes", "journal"),
        _over_time("journal_quota_bytes", "quota"),
        _over_time("journal_disk_free_bytes", "free", "min"),
        unit="bytes",
        decimals=1,
        empty=_SILENT,
    ).interval("1m")


def _latency() -> timeseries.Panel:
    return series(
        "Time of a write to the store",
        f"In the mean of 10 s, the longest of each step. {_ASK}",
        _over_time("recorder_write_s", "a write"),
        unit="s",
        empty=_SILENT,
    ).interval("1m")


def _points() -> timeseries.Panel:
    return series(
        "Points that the store confirmed, a second",
        f"In the mean of each step. {_ASK}",
        _over_time("recorder_points_per_s", "points", "mean"),
        unit="short",
        empty=_SILENT,
    ).interval("1m")


def _trouble() -> timeseries.Panel:
    return series(
        "Trouble with the store",
        f"Writes that failed and were tried again, and points that the store refused and that were set aside. {_ASK}",
        _more("recorder_failures", "failed writes"),
        _more("recorder_refused", "refused points"),
        unit="none",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")


def _told() -> tables.Panel:
    return table(
        "Messages to people, by channel and result",
        "Of those due in the last 24 hours, and all that still wait. Empty: nobody had to be told anything.",
        InfluxQuery(newest("gateway_notifications", ("count", "oldest_s"), ("channel", "result")), table=True),
        columns=(
            Column("channel", "Channel"),
            Column("result", "Result", width=220, words=RESULTS),
            Column("count", "Messages", unit="none", decimals=0, width=140),
            Column("oldest_s", "Oldest that waits", unit="s", decimals=0, width=170),
        ),
        sort=("channel", False),
        then=("count", True),
        empty="No message to anybody in 24 hours",
    )


def _sending() -> timeseries.Panel:
    return series(
        "Messages to people over time",
        f"Sent, to be tried again, given up, and waiting for a setting to be fixed, in each step. {_ASK}",
        _more("notify_sent", "sent"),
        _more("notify_retried", "to be tried again"),
        _more("notify_failed", "given up"),
        _more("notify_blocked", "blocked by a setting"),
        unit="none",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")


def _memory() -> timeseries.Panel:
    return series(
        "Memory",
        f"What the gateway holds. {_ASK}",
        _over_time("process_memory_mib", "memory"),
        unit="mbytes",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")


def _processor() -> timeseries.Panel:
    return series(
        "Processor",
        f"Share of one processor core. {_ASK}",
        _rate("process_cpu_s", "processor"),
        unit="percentunit",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")


def _restarts() -> timeseries.Panel:
    return series(
        "What should not happen",
        "Parts that failed and were started again, broken connections to the broker, times that the broker had not kept"
        f" our session, times that the disk took nothing, and steps of the clock. {_ASK}",
        _more("parts_restarts", "restarted parts"),
        _more("ingest_failures", "broken connections"),
        _more("ingest_gaps", "sessions not kept"),
        _more("journal_refused", "disk took nothing"),
        _more("clock_steps", "steps of the clock"),
        unit="none",
        decimals=0,
        empty=_SILENT,
    ).interval("1m")
