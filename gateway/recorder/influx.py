"""Any store that speaks the InfluxDB v2 write API, through influxdb-client."""

import asyncio
import contextlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException

from devices.instant import Instant
from gateway.errors import BatchTooLarge, FixConfiguration, KeepwellError, StoreRefused, TryLater
from gateway.model import Point
from gateway.ports import Extent
from gateway.recorder.influx_erase import InfluxEraser
from gateway.recorder.influxql import InfluxReader
from gateway.recorder.lines import line
from gateway.recorder.outlet import MayHaveForgotten

_DETAIL_SHOWN = 300
_CONFIGURATION = {
    401: "does not know our token (401): set [store] token or token_file",
    403: "does not let our token write there (403): give it write access, or correct [store] bucket or token",
    404: "has no such bucket or organisation (404): correct [store] bucket, org or url",
}


class InfluxStore:
    """Implements ports.Store. Make it inside a running event loop; it keeps its connections open."""

    def __init__(self, url: str, *, org: str, bucket: str, token: str = "", timeout_s: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._org = org
        self._bucket = bucket
        self._line = _Line()
        self._client = InfluxDBClientAsync(
            self._url, token=token, org=org, timeout=int(timeout_s * 1000), client_session_type=self._line.session
        )
        self._write_api = self._client.write_api()
        self._reader = InfluxReader(self._url, bucket=bucket, token=token, timeout_s=timeout_s)
        self._eraser = InfluxEraser(self._url, org=org, bucket=bucket, token=token, timeout_s=timeout_s)
        self._turn = asyncio.Lock()

    async def write(self, points: Sequence[Point]) -> None:
        """Return once the store has confirmed all of them; raises as ports.Store says.

        MayHaveForgotten: these are confirmed, and the store may have been started anew since the last time.
        """
        if points:
            await self._post("\n".join([line(point) for point in points]).encode())

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """Points with start <= at < end, in order of time; see ports.Store. Asked in InfluxQL."""
        return await self._reader.read(measurements, tags, start, end)

    async def extent(self, home: str) -> Extent:
        """How much it holds of a home; where a store answers no InfluxQL, of each field by itself."""
        return await self._eraser.extent(home)

    async def erase(self, home: str) -> None:
        """Delete every point of a home, in the way that this store knows."""
        await self._eraser.erase(home)

    async def check(self) -> str:
        """That the store answers, in which version, and that it would let us write; raises as `write` does."""
        try:
            version = await self._client.version()
        except ApiException as error:
            if error.status != 404:  # some stores have no /ping
                raise self._meaning(error) from error
            version = "unknown"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error
        with contextlib.suppress(
            StoreRefused
        ):  # it had to let us in before it could say that there is nothing to write
            await self._post(b"\n")
        return f"the store at {self._url} answers (version {version}) and takes writes to bucket {self._bucket}"

    async def close(self) -> None:
        """Close the connections."""
        await self._reader.close()
        await self._client.close()  # type: ignore[no-untyped-call]
        await asyncio.sleep(0)  # aiohttp closes its transports in the next turn of the loop

    async def _post(self, body: bytes) -> None:
        async with self._turn:  # one after the other on one connection, so that a second one means something
            try:
                confirmed = await self._write_api.write(self._bucket, self._org, body)  # precision: nanoseconds
            except ApiException as error:
                raise self._meaning(error) from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._line.expect_another()
                raise self._unreachable(error) from error
            if not confirmed:
                raise TryLater(f"the store at {self._url} did not confirm a write")
            if self._line.was_closed():
                raise MayHaveForgotten(
                    f"the store at {self._url} closed our connection between two writes: it may have been started anew"
                )

    def _meaning(self, error: ApiException) -> KeepwellError:
        status = int(error.status or 0)
        if status in {400, 422}:
            return StoreRefused(f"the store refused it ({status}): {_said(error)}")
        if status == 413:
            return BatchTooLarge("the store finds the batch too large (413)")
        if status in _CONFIGURATION:
            return FixConfiguration(f"the store at {self._url} {_CONFIGURATION[status]}")
        return TryLater(
            f"the store at {self._url} cannot take writes just now ({status})", after_s=_retry_after_s(error)
        )

    def _unreachable(self, error: Exception) -> TryLater:
        what = "does not answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
        return TryLater(
            f"the store at {self._url} {what} ({type(error).__name__}): is it running, and is [store] url right?"
        )


class _Line:
    """Our connection to the store, which it may close while nothing is said: then it may have crashed meanwhile.

    A server that ends every answer with `Connection: close` closes for its own reasons, and tells nothing by it.
    """

    def __init__(self) -> None:
        self._another_expected = True
        self._closed = False

    def session(self, **options: Any) -> aiohttp.ClientSession:  # noqa: ANN401 - influxdb-client's own
        """A client session whose connections we follow."""
        follow = aiohttp.TraceConfig()
        follow.on_connection_create_end.append(self._on_connected)
        follow.on_request_end.append(self._on_answer)
        return aiohttp.ClientSession(**options | {"trace_configs": [follow]})

    def expect_another(self) -> None:
        """The connection failed us, which is known already."""
        self._another_expected = True

    def was_closed(self) -> bool:
        """Whether the store has closed it since the last time we asked, without a reason that we know."""
        closed, self._closed = self._closed, False
        return closed

    async def _on_connected(self, *_: object) -> None:
        self._closed |= not self._another_expected
        self._another_expected = False

    async def _on_answer(self, _session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
        version, said = params.response.version, params.response.headers.get("Connection", "").lower()
        if said == "close" or (version is not None and version < aiohttp.HttpVersion11 and said != "keep-alive"):
            self._another_expected = True


def _said(error: ApiException) -> str:
    """The store's own words, for the record of the refused point."""
    body = error.body
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    return re.sub(r"\s+", " ", text).strip()[:_DETAIL_SHOWN]


def _retry_after_s(error: ApiException) -> float | None:
    """Seconds that the store asks us to wait (RFC 9110: a number or a date)."""
    text = error.headers.get("Retry-After") if error.headers else None
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
