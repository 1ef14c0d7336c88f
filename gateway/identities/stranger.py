"""Whether the broker keeps strangers out: we knock as one, without name, password or certificate."""

import asyncio
import contextlib
import ipaddress
import secrets
from typing import NamedTuple

from gateway.config import Broker
from gateway.errors import KeepwellError
from gateway.ingest.session import Connection
from gateway.ingest.trouble import NotLetIn
from gateway.ingest.wire import Packet

_HOMES = "homes/#"
_HEARS_WITHIN_S = 2.0
_MEND = (
    "set allow_anonymous false in the broker's configuration and give the gateway and every hub an account"
    " (keepwell hubs setup, keepwell hubs add)"
)


class Seen(NamedTuple):
    """What was found. `good` None: worth knowing, and no reason to stop."""

    good: bool | None
    text: str


_REFUSED = Seen(good=True, text="strangers: the broker refuses whoever has no account")


async def strangers(settings: Broker) -> Seen | None:
    """What a stranger may do; None where that cannot be seen, because we cannot connect either: that is told elsewhere.

    One message is published below keepwell/, where nobody listens but we.
    """
    token = secrets.token_hex(8)
    topic = f"keepwell/gateway/stranger-{token}"
    published, homes_heard = asyncio.Event(), asyncio.Event()

    def hear(packet: Packet) -> None:
        (published if packet.topic == topic else homes_heard).set()

    try:
        async with Connection(_as_nobody(settings, f"stranger-{token}"), hear) as connection:
            connection.resume()
            granted, _ = await connection.subscribe([_HOMES, topic])
            connection.publish(topic, b"whoever reads this: the broker lets strangers publish")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(published.wait(), _HEARS_WITHIN_S)
    except NotLetIn:
        return _REFUSED
    except KeepwellError as error:
        slow = isinstance(error.__cause__, TimeoutError)
        return _REFUSED if not slow and await _answers_to_our_certificate(settings) else None
    return _told(settings, granted=granted < 0x80, heard=homes_heard.is_set(), publishes=published.is_set())


async def _answers_to_our_certificate(settings: Broker) -> bool:
    """Whether the broker speaks with us, where showing our certificate is what we do and a stranger does not.

    A broker that wants one ends the connection in words that differ from one version of TLS to the next.
    """
    if settings.tls is None or settings.tls.certificate is None:
        return False
    asking = {"client_id": f"{settings.client_id}-check", "clean_session": True, "session_expiry_s": 0}
    try:
        async with Connection(settings.model_copy(update=asking), lambda _: None):
            return True
    except NotLetIn:
        return True
    except KeepwellError:
        return False


def _as_nobody(settings: Broker, client_id: str) -> Broker:
    nobody = {
        "client_id": client_id,
        "username": None,
        "password": None,
        "password_file": None,
        "tls": settings.tls and settings.tls.model_copy(update={"certificate": None, "key": None}),
        "clean_session": True,
        "session_expiry_s": 0,
    }
    return settings.model_copy(update=nobody)


def _told(settings: Broker, *, granted: bool, heard: bool, publishes: bool) -> Seen:
    """An access list may grant a subscription and hand nothing out, so that alone is no proof."""
    if not heard and not publishes:
        return Seen(good=None, text=f"strangers: the broker lets anybody connect, as far as we see to no use; {_MEND}")
    may = [word for word, so in (("read all homes", granted), ("publish as any home", publishes)) if so]
    text = f"strangers: anybody who reaches the broker can {' and '.join(may)}: {_MEND}"
    return Seen(good=None if _for_this_machine(settings) else False, text=text)


def _for_this_machine(settings: Broker) -> bool:
    """A broker that was set up without accounts for programs beside it, as far as can be seen from here."""
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    return loopback and settings.username is None
