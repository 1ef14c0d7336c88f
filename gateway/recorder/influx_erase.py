"""What a server holds of one home, and its deletion, in the way that each of them knows.

InfluxDB 2 and 1.8+ have `/api/v2/delete`, InfluxDB 1 has DROP SERIES, VictoriaMetrics has `delete_series`; InfluxDB 3
has nothing of the kind (docs.influxdata.com: "does not support data deletion"). What is deleted is no longer read at
once, and leaves the server's disk when it next compacts its files.
"""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson

from devices.instant import SECOND
from gateway.errors import FixConfiguration, TryLater
from gateway.ports import Extent
from gateway.recorder.influxql import InfluxReader, quoted
from gateway.recorder.schema import HOME

_PATIENCE = 12
"""A deletion may take so many times as long as a write."""
_START = "1970-01-01T00:00:00Z"
_STOP = datetime(2261, 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
"""The year before nanoseconds in 64 bits end."""
_EVER = "50y"
"""A longer window than this begins before 1970, and VictoriaMetrics then finds nothing."""
_REFUSED = {401, 403}


class InfluxEraser:
    """Asks over its own connections, one at a time: this is done once in a home's life."""

    def __init__(self, url: str, *, org: str, bucket: str, token: str, timeout_s: float) -> None:
        self._url = url
        self._org = org
        self._bucket = bucket
        self._token = token
        self._timeout_s = timeout_s
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})

    async def extent(self, home: str) -> Extent:
        """Points and their times. VictoriaMetrics keeps each field by itself, so there it is fields and seconds."""
        if await self._is_victoria():
            return await self._victorias_extent(home)
        reader = InfluxReader(self._url, bucket=self._bucket, token=self._token, timeout_s=self._timeout_s)
        try:
            where = f'FROM /.*/ WHERE "{HOME}" = {quoted(home)}'
            counts = [
                max((int(count) for count in values if count is not None), default=0)
                for series in await reader.ask(f"SELECT count(*::field) {where}")
                for _, *values in series["values"]
            ]
            if not sum(counts):
                return Extent()
            ends = [
                [
                    row[0]
                    for series in await reader.ask(f"SELECT *::field {where} ORDER BY time {order} LIMIT 1")
                    for row in series["values"]
                ]
                for order in ("ASC", "DESC")
            ]
            return Extent(sum(counts), min(ends[0]), max(ends[1]) + 1)
        finally:
            await reader.close()

    async def erase(self, home: str) -> None:
        """Delete every point. FixConfiguration where the server knows no way or does not let us."""
        if await self._is_victoria():
            status = await self._post("/api/v1/admin/tsdb/delete_series", {"match[]": self._selector(home)})
        else:
            predicate = f'{HOME}="{home}"'
            body = orjson.dumps({"start": _START, "stop": _STOP, "predicate": predicate})
            status = await self._post("/api/v2/delete", {"org": self._org, "bucket": self._bucket}, body)
            if status not in {204, *_REFUSED}:
                query = f'DROP SERIES WHERE "{HOME}" = {quoted(home)}'
                status = await self._post("/query", {"db": self._bucket, "q": query})
        if status in _REFUSED:
            raise FixConfiguration(
                f"the store at {self._url} does not let our token delete ({status}): give it that right, then erase"
                " again"
            )
        if status not in {200, 204}:
            raise FixConfiguration(
                f"the store at {self._url} knows no way to delete the points of one home ({status}): delete those with"
                f" the tag {HOME} = {home} by its own means, or let its retention end them"
            )

    # ------------------------------------------------------------------------------------------ the wire

    def _selector(self, home: str) -> str:
        """VictoriaMetrics knows no buckets: what is written to one lies with all else."""
        return "{" + f"{HOME}={orjson.dumps(home).decode()}" + "}"

    async def _is_victoria(self) -> bool:
        """InfluxDB has no such address, or answers it with its own page."""
        _, said = await self._call("GET", "/api/v1/status/buildinfo", {})
        return isinstance(said, dict) and said.get("status") == "success"

    async def _victorias_extent(self, home: str) -> Extent:
        window = f"{self._selector(home)}[{_EVER}]"
        points = await self._figure(f"sum(count_over_time({window}))")
        if not points:
            return Extent()
        first, last = [await self._figure(f"{which}_over_time({window}))") for which in ("min(tfirst", "max(tlast")]
        return Extent(int(points), int(first * SECOND), int(last * SECOND) + 1)

    async def _figure(self, query: str) -> float:
        status, said = await self._call("GET", "/api/v1/query", {"query": query, "nocache": "1"})
        if not isinstance(said, dict) or said.get("status") != "success":
            raise TryLater(f"the store at {self._url} cannot answer just now ({status})")
        result = said["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    async def _post(self, path: str, parameters: Mapping[str, str], body: bytes = b"") -> int:
        """The status; 400 for an InfluxQL answer that holds an error."""
        status, said = await self._call("POST", path, parameters, body)
        if status >= 500 and status != 501:
            raise TryLater(f"the store at {self._url} cannot delete just now ({status})")
        failed = isinstance(said, dict) and any("error" in one for one in (said, *(said.get("results") or ())))
        return 400 if failed and status == 200 else status

    async def _call(self, method: str, path: str, parameters: Mapping[str, str], body: bytes = b"") -> tuple[int, Any]:
        timeout = aiohttp.ClientTimeout(total=self._timeout_s * _PATIENCE)
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
                session.request(method, f"{self._url}{path}", params=parameters, data=body or None) as answer,
            ):
                said = None
                with contextlib.suppress(orjson.JSONDecodeError):
                    said = orjson.loads(await answer.read())
                return answer.status, said
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(
                f"the store at {self._url} cannot be reached ({type(error).__name__}): is it running?"
            ) from error
