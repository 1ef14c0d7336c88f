"""How often somebody may try: in memory, over moving windows, counted by the `limits` library.

The client's host is what uvicorn says. It takes the host from X-Forwarded-For only where the connection comes from a
server in front that is trusted (loopback, and `[web] proxies`); a server in front that does not send that header makes
one host of everybody.
"""

import hashlib
import ipaddress
import math
import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request

ALLOWED: Mapping[str, str] = {
    "link asked by host": "30 per 15 minutes",
    "link asked for address": "5 per 15 minutes",
    "password by host": "60 per 15 minutes",
    "password for address": "10 per 15 minutes",
    "link opened by host": "60 per minute",
    "test message to oneself": "5 per 15 minutes",
    "wrong message link by host": "60 per minute",
    "wrong token by host": "30 per minute",
    "token": "600 per minute",
}
"""What is counted. Hosts may stand for a whole office. Our own choice; NIST SP 800-63B 5.2.2 wants at most 100 wrong
passwords in a row for one account."""
_TOO_OFTEN = "That was too often. Please wait {wait} and try again."
_IPV6_OF_ONE = 64


class Limits:
    """Of one site. `allowed`: by what is counted, such as `5 per 15 minutes`."""

    def __init__(self, allowed: Mapping[str, str] = ALLOWED) -> None:
        self._items: Mapping[str, RateLimitItem] = {what: parse(text) for what, text in allowed.items()}
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def take(self, what: str, who: str) -> None:
        """Count one more of `what` by or for `who`; HTTPException 429 with Retry-After where that is one too many.

        Whoever is refused is not counted. `who` is kept as a digest: it may be an address.
        """
        key = hashlib.sha256(who.encode()).hexdigest()
        if self._windows.hit(self._items[what], what, key):
            return
        frees_at = self._windows.get_window_stats(self._items[what], what, key).reset_time
        wait_s = max(1, math.ceil(frees_at - time.time()))
        wait = f"{wait_s} seconds" if wait_s < 90 else f"{math.ceil(wait_s / 60)} minutes"
        raise HTTPException(429, _TOO_OFTEN.format(wait=wait), {"Retry-After": str(wait_s)})


def host(request: Request) -> str:
    """Where a request comes from; of an IPv6 address the network, which is one household's or one machine's."""
    given = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return given
    return str(ipaddress.ip_network((found, _IPV6_OF_ONE), strict=False)) if found.version == 6 else str(found)
