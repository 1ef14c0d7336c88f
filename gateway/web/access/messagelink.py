"""Links in messages: each lets one contact answer one alert, without signing in. Signed, not stored."""

from collections.abc import Callable
from dataclasses import dataclass

from devices.instant import DAY, MINUTE, Instant
from gateway.model import Notice
from gateway.web.access.secret import same, signature

LASTS = 7 * DAY
_SIGNED = 22
"""Letters of the signature that are kept, of 6 bits each: 132 bits."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Meant:
    """What a link is for: this alert, to be answered by this contact."""

    alert: int
    contact: int


def links(key: bytes, address: str, now: Callable[[], Instant]) -> Callable[[Notice], str | None]:
    """What the notifier puts into a call: `Notifier(..., link=links(site.key, settings.web.address, wall.now))`.

    `key` is that of the site, `address` such as https://care.example.org, `now` the machine's clock, as sessions have
    it. A message about several homes leads to the start; one to whoever is no contact of a home leads to where one
    signs in first.
    """

    def link(notice: Notice) -> str | None:
        if notice.alert is None:
            return f"{address}/"
        if notice.contact.id <= 0:
            return f"{address}/alerts/{notice.alert}"
        return f"{address}/m/{token(key, Meant(notice.alert, notice.contact.id), now())}"

    return link


def token(key: bytes, meant: Meant, now: Instant) -> str:
    """About 35 letters that begin with the signature: programs that look for links leave out a `-` at their end."""
    parts = [_written(number) for number in (meant.alert, meant.contact, now // MINUTE)]
    return ".".join([_sign(key, parts), *parts])


def read(key: bytes, given: str, now: Instant) -> Meant | None:
    """What a token of ours means; None for one that is not ours, was altered, or is too old."""
    signed, *parts = given.split(".")
    if len(given) > _LONGEST or len(parts) != 3 or not same(signed, _sign(key, parts)):
        return None
    alert, contact, minute = (int(part, 36) for part in parts)
    return Meant(alert, contact) if now < minute * MINUTE + LASTS else None


def _sign(key: bytes, parts: list[str]) -> str:
    return signature(key, "message", *parts)[:_SIGNED]


def _written(number: int) -> str:
    letters = ""
    while number or not letters:
        number, digit = divmod(number, 36)
        letters = _DIGITS[digit] + letters
    return letters
