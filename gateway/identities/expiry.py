"""Whether a certificate that the connection to the broker rests on ends soon."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gateway.broker import tls_context
from gateway.config import Broker, Tls
from gateway.errors import BadInput, KeepwellError
from gateway.identities.certificates import read
from gateway.identities.stranger import Seen

SOON = timedelta(days=60)
URGENT = timedelta(days=14)
_TIMEOUT_S = 5.0


async def expiring(settings: Broker, now: datetime) -> list[Seen]:
    """A finding for each certificate of [broker.tls] and for the broker's own; none without TLS.

    What cannot be read or reached is left out: whoever connects is told of it.
    """
    if settings.tls is None:
        return []
    ends = dict(_own(settings.tls))
    with contextlib.suppress(OSError, TimeoutError, KeepwellError):
        ends["the broker's own certificate"] = await _of_broker(settings, settings.tls)
    return [_seen(what, end, now) for what, end in ends.items()]


def _own(tls: Tls) -> Iterator[tuple[str, datetime]]:
    for setting, file in (("ca", tls.ca), ("certificate", tls.certificate)):
        if file is not None:
            with contextlib.suppress(BadInput):
                yield f"[broker.tls] {setting} {file}", read(file).ends


async def _of_broker(settings: Broker, tls: Tls) -> datetime:
    """When the certificate that the broker shows ends."""
    async with asyncio.timeout(_TIMEOUT_S):
        _, writer = await asyncio.open_connection(settings.host, settings.port, ssl=tls_context(tls))
    try:
        shown = writer.get_extra_info("peercert")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _seen(what: str, ends: datetime, now: datetime) -> Seen:
    if ends - now > SOON:
        return Seen(good=True, text=f"{what} is good until {ends:%Y-%m-%d}")
    text = (
        f"{what} {'ends' if ends > now else 'ended'} on {ends:%Y-%m-%d}, and nothing connects after that: make a new"
        " one with keepwell tls server, or keepwell tls client, and --renew"
    )
    return Seen(good=None if ends - now > URGENT else False, text=text)
