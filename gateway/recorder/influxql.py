"""Points read back in InfluxQL, the one language that InfluxDB 1.8+, 2 and 3 all answer.

InfluxDB 2 looks for a bucket of that name where no DBRP mapping says otherwise (docs.influxdata.com, "Virtual DBRP
mappings"). Asked for a day at a time, InfluxDB 3 Core stays within what it lets one query read.
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import aiohttp
import orjson

from devices.instant import Instant
from gateway.errors import FixConfiguration, TryLater
from gateway.model import Point
from gateway.recorder.lines import NANOSECONDS

_PATIENCE = 6
"""A query may take so many times as long as a write."""
_DETAIL_SHOWN = 300
_CONFIGURATION = {
    401: "does not know our token (401): set [store] token or token_file",
    403: "does not let our token read there (403): give it read access to the bucket, or correct [store] token",
    404: "has no such bucket, or does not answer InfluxQL (404): correct [store] bucket or url",
}


class InfluxReader:
    """Asks over its own connection, so that what the writer notices of its own stays true."""

    def __init__(self, url: str, *, bucket: str, token: str, timeout_s: float) -> None:
        self._url = url
        self._bucket = bucket
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
        self._timeout = aiohttp.ClientTimeout(total=timeout_s * _PATIENCE)
        self._session: aiohttp.ClientSession | None = None

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """Points with start <= at < end, in order of time. TryLater or FixConfiguration when they cannot be had."""
        if not measurements:
            return []
        answer = await self.ask(query(measurements, tags, start, end))
        points = [point for series in answer for point in _points(series)]
        return sorted(points, key=attrgetter("at"))

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, influxql: str) -> Sequence[Mapping[str, Any]]:
        """The series of the answer, with times in microseconds."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        parameters = {"db": self._bucket, "epoch": "u", "q": influxql}
        try:
            async with self._session.get(f"{self._url}/query", params=parameters) as answer:
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(
                f"the store at {self._url} cannot be asked ({type(error).__name__}): is it running?"
            ) from error
        if status in _CONFIGURATION:
            raise FixConfiguration(f"the store at {self._url} {_CONFIGURATION[status]}")
        said: Any = None
        with contextlib.suppress(orjson.JSONDecodeError):
            said = orjson.loads(body)
        result = said["results"][0] if isinstance(said, dict) and said.get("results") else said
        if status != 200 or not isinstance(result, dict) or "error" in result:
            why = result.get("error") if isinstance(result, dict) else body[:_DETAIL_SHOWN].decode(errors="replace")
            raise TryLater(f"the store at {self._url} cannot answer just now ({status}): {str(why)[:_DETAIL_SHOWN]}")
        series: Sequence[Mapping[str, Any]] = result.get("series") or ()
        return series


def query(measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant) -> str:
    """All fields, a series for each set of tags."""
    sources = ", ".join(_name(measurement) for measurement in sorted(measurements))
    times = f"time >= {start * NANOSECONDS} AND time < {end * NANOSECONDS}"
    wanted = " AND ".join([*(f"{_name(tag)} = {quoted(value)}" for tag, value in sorted(tags.items())), times])
    return f"SELECT *::field FROM {sources} WHERE {wanted} GROUP BY *"  # noqa: S608 - every name and text is quoted


def _points(series: Mapping[str, Any]) -> list[Point]:
    """One series of the answer. Its columns are `time` and fields; what a point does not have is null."""
    if "name" not in series:
        return []
    measurement, columns = series["name"], series["columns"][1:]
    tags = MappingProxyType({name: text for name, text in (series.get("tags") or {}).items() if text})
    return [
        Point(
            measurement,
            tags,
            {
                name: value if isinstance(value, str) else float(value)
                for name, value in zip(columns, values, strict=True)
                if value is not None
            },
            at,
        )
        for at, *values in series["values"]
    ]


def _name(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted(text: str) -> str:
    """A text value in InfluxQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
