"""What Grafana makes of a dashboard's queries: variables, macros, intervals and frames of its InfluxDB data source.

Grafana 11 to 13 with an InfluxQL data source: variables are written in by the browser (`interpolateQueryExpr` in
datasource.ts), `$timeFilter` and the interval by the server (models/query.go), which makes frames of the answer
(influxql/buffered/response_parser.go, influxql/util/util.go).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devices.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Instant, rfc3339

Series = Mapping[str, Any]
Ask = Callable[[str], Sequence[Series]]
ALL = "$__all"
_UNITS = {"ms": MILLISECOND, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_STEPS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000), (3_500, 2_000),
    (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000), (90_000, 60_000),
    (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000),
    (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000), (16_200_000, 10_800_000),
    (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000), (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
)  # fmt: skip
"""rangeUtil.roundInterval: below so many ms, an interval of so many."""
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_LEGEND = re.compile(r"\$(\w+)|\[\[([\s\S]+?)\]\]")
_COLUMN_PX = 60
"""A panel of all 24 columns has about 1,440 points."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: columns by name, all of one length. `time` in ms. `labels` of a series."""

    name: str
    columns: Mapping[str, Sequence[Any]]
    labels: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """A dictionary a row."""
        return [dict(zip(self.columns, values, strict=True)) for values in zip(*self.columns.values(), strict=True)]

    @property
    def values(self) -> Sequence[Any]:
        """Of a series: its values."""
        return self.columns["Value"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query of a panel brought."""

    ref: str
    asked: str
    frames: Sequence[Frame]

    def rows(self) -> list[dict[str, Any]]:
        """Of a table: its rows."""
        return [row for frame in self.frames for row in frame.rows()]

    def only(self) -> Any:
        """The one value of the one series."""
        (value,) = [value for frame in self.frames for value in frame.values]
        return value

    def by(self, label: str) -> dict[str, Frame]:
        """Series by the value of a tag; by name where there is no such tag."""
        return {frame.labels.get(label, frame.name): frame for frame in self.frames}


@dataclass(frozen=True, slots=True)
class Range:
    """A span of time; both ends belong to it."""

    start: Instant
    end: Instant


def duration(text: str) -> int:
    """Microseconds of `5m` or `>10s`."""
    found = re.fullmatch(r">?=?(\d+)(ms|[smhdw])", text.strip())
    assert found, f"{text} is no duration"
    return int(found[1]) * _UNITS[found[2]]


def moment(text: str, now: Instant) -> Instant:
    """An end of a range: `now`, `now-24h`, `now/d`, `now-1d/d` (days of UTC; an end is rounded as a start is)."""
    found = re.fullmatch(r"now(?:([+-])(\d+)([smhdw]))?(?:/([dhw]))?", text)
    assert found, f"{text} is no end of a range"
    at = now + (1 if found[1] == "+" else -1) * (int(found[2]) * _UNITS[found[3]] if found[2] else 0)
    return at - at % _UNITS[found[4]] if found[4] else at


def interval_ms(span: Range, points: int, least: str | None) -> int:
    """rangeUtil.calculateInterval."""
    exact = (span.end - span.start) / MILLISECOND / points
    rounded = next((step for below, step in _STEPS if exact < below), 31_536_000_000)
    return max(rounded, duration(least) // MILLISECOND if least else 0)


def interval_text(milliseconds: int) -> str:
    """gtime.FormatInterval."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if milliseconds >= size:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def escaped(text: str) -> str:
    """escapeRegex of the data source."""
    return re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", text)


class Opened:
    """A dashboard as somebody has opened it at `now`, with the variables that they chose (default: as it begins)."""

    def __init__(
        self, board: Mapping[str, Any], ask: Ask, now: Instant, chosen: Mapping[str, str | Sequence[str]] | None = None
    ) -> None:
        self.board = board
        self.now = now
        self.options: dict[str, list[str]] = {}
        self._ask = ask
        self._variables: dict[str, Mapping[str, Any]] = {}
        self._values: dict[str, str | list[str]] = {}
        span = board.get("time", {"from": "now-6h", "to": "now"})
        self.range = Range(moment(span["from"], now), moment(span["to"], now))
        for variable in board.get("templating", {}).get("list", ()):
            self._choose(variable, (chosen or {}).get(variable["name"]))

    # ---------------------------------------------------------------- variables

    def _choose(self, variable: Mapping[str, Any], chosen: str | Sequence[str] | None) -> None:
        name, kind = variable["name"], variable["type"]
        self._variables[name] = variable
        if kind == "query":
            self.options[name] = self._listed(variable)
        elif kind == "custom":
            self.options[name] = [one.strip().split(" : ")[-1] for one in str(variable["query"]).split(",")]
        elif kind in ("constant", "textbox"):
            self.options[name] = [str(variable.get("query", ""))]
        elif kind == "interval":
            self.options[name] = [one.strip() for one in variable["query"].split(",")]
        else:
            raise AssertionError(f"the variable {name} is of the kind {kind}, which this knows nothing of")
        value = chosen if chosen is not None else (variable.get("current") or {}).get("value")
        if not value or (value not in ([ALL], ALL) and kind == "query" and chosen is None):
            value = ALL if variable.get("includeAll") else (self.options[name] or [""])[0]
        self._values[name] = ALL if value == [ALL] else value if isinstance(value, str) else list(value)

    def _listed(self, variable: Mapping[str, Any]) -> list[str]:
        query = variable["query"]
        answer = self.run(query if isinstance(query, str) else query["query"], self.range, table=False, points=1_000)
        found = [str(value) for frame in answer for value in frame.columns.get("Value", ()) if value is not None]
        wanted = re.compile(variable["regex"].strip("/")) if variable.get("regex") else None
        if wanted is not None:
            found = [match[match.re.groups and 1] for one in found if (match := wanted.search(one))]
        found = list(dict.fromkeys(found))
        return sorted(found) if variable.get("sort") else found

    def written_in(self, text: str) -> str:
        """The text with the values of variables in it; others stay."""
        return _VARIABLE.sub(lambda match: self._value(match, text), text)

    def _value(self, match: re.Match[str], text: str) -> str:
        name, kind = match[1] or match[3] or match[5], match[2] or match[4]
        if name in ("__from", "__to"):
            at = self.range.start if name == "__from" else self.range.end
            return rfc3339(at) if kind == "date" else str(at // MILLISECOND)
        if name not in self._values:
            return match[0]
        variable, value = self._variables[name], self._values[name]
        if value == ALL:
            if variable.get("allValue"):
                return str(variable["allValue"])
            value = self.options[name]
        many = [value] if isinstance(value, str) else list(value)
        if kind == "regex":
            return escaped(many[0]) if len(many) == 1 else f"({'|'.join(map(escaped, many))})"
        assert kind is None, f"the format {kind} of {match[0]} is not known here"
        if not isinstance(value, str):
            return f"({'|'.join(map(escaped, many))})"
        numeric = re.match(r"\s*[+-]?(\d|\.\d)", value) is not None
        within = re.search(rf"[=!]~\s*/[^/]*\${name}[^/]*/", text) is not None
        return escaped(value) if not numeric and (variable.get("multi") or within) else value

    def chosen(self, name: str) -> str:
        """The one value of a variable."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def has_many(self, name: str) -> bool:
        """Whether several values of a variable may be chosen."""
        return bool(self._variables[name].get("multi"))

    # ---------------------------------------------------------------- panels

    def panels(self) -> Iterator[Mapping[str, Any]]:
        """All panels but rows and texts, those of collapsed rows among them."""
        for panel in self.board["panels"]:
            for one in (panel, *panel.get("panels", ())):
                if one["type"] not in ("row", "text"):
                    yield one

    def range_of(self, panel: Mapping[str, Any]) -> Range:
        """The board's range, or the panel's own."""
        end, start = self.range.end, self.range.start
        if panel.get("timeFrom"):
            own = panel["timeFrom"]
            start, end = (moment(own if own.startswith("now") else f"now-{own}", self.now), self.now)
        back = duration(panel["timeShift"]) if panel.get("timeShift") else 0
        return Range(start - back, end - back)

    def answers(self, panel: Mapping[str, Any]) -> list[Answer]:
        """What each query of a panel brings, those that are hidden left out."""
        span = self.range_of(panel)
        points = panel.get("maxDataPoints") or panel["gridPos"]["w"] * _COLUMN_PX
        return [
            Answer(
                target["refId"],
                asked := self.text(target["query"], span, points, panel.get("interval")),
                self.run(asked, span, table=target.get("resultFormat") == "table", points=points,
                         alias=self.written_in(target.get("alias") or "")),
            )
            for target in panel.get("targets", ())
            if not target.get("hide")
        ]  # fmt: skip

    def text(self, query: str, span: Range, points: int, least: str | None = None) -> str:
        """The query as the database gets it. Its own `now()` is the simulated one."""
        step = interval_ms(span, points, least)
        text = self.written_in(query)
        text = text.replace(
            "$timeFilter", f"time >= {span.start // MILLISECOND}ms and time <= {span.end // MILLISECOND}ms"
        )
        text = text.replace("$interval", interval_text(step)).replace("$__interval_ms", str(step))
        return text.replace("$__interval", interval_text(step)).replace("now()", f"'{rfc3339(self.now)}'")

    def run(self, query: str, span: Range, *, table: bool, points: int, alias: str = "") -> list[Frame]:
        """The frames of an answer."""
        asked = self.text(query, span, points)
        assert "$" not in re.sub(r"\$/|\$\)|\$\||'[^']*'", "", asked), f"a variable is left in {asked}"
        return frames(self._ask(asked), table=table, alias=alias)


def frames(answer: Sequence[Series], *, table: bool, alias: str = "") -> list[Frame]:
    """Frames of the data source's server: one for a table, whose columns are those of the first series; else many."""
    if not answer:
        return []
    if "time" not in answer[0]["columns"]:  # SHOW ...
        return [
            Frame(one["name"], {"Value": [row[-1 if len(row) > 1 else 0] for row in one["values"]]}) for one in answer
        ]
    if table:
        first = answer[0]
        tags = list(first.get("tags") or {})
        rows = [
            [values[0], *[(one.get("tags") or {}).get(tag, "") for tag in tags], *values[1:]]
            for one in answer
            for values in one["values"]
        ]
        names = ["Time", *tags, *first["columns"][1:]]
        return [Frame(first["name"], {name: [row[at] for row in rows] for at, name in enumerate(names)})]
    return [
        Frame(
            _named(one, column, alias),
            {"Time": [row[0] for row in one["values"]], "Value": [row[at] for row in one["values"]]},
            dict(one.get("tags") or {}),
        )
        for one in answer
        for at, column in enumerate(one["columns"])
        if column != "time"
    ]


def _named(series: Series, column: str, alias: str) -> str:
    tags = series.get("tags") or {}
    if not alias:
        shown = ", ".join(f"{key}: {value}" for key, value in tags.items())
        return f"{series['name']}.{column}" + (f" {{ {shown} }}" if tags else "")

    def one(match: re.Match[str]) -> str:
        word = match[1] or match[2]
        if word in ("m", "measurement"):
            return str(series["name"])
        if word == "col":
            return column
        return str(tags.get(word.removeprefix("tag_"), match[0])) if word.startswith("tag_") else match[0]

    return _LEGEND.sub(one, alias)
