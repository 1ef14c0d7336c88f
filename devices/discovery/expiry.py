"""`expire_after`: how long what a device said holds. After that Home Assistant calls it unavailable, and so do we.

A decoder has no clock of its own: that a device is overdue is told with the next word of another of the hub's.
"""

from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.values import within

_LOOKS_EVERY = 10 * SECOND
_BREAK = 10 * MINUTE
"""With no word of anybody for so long, it was the hub or we who could not be heard, and nobody is overdue."""
_seconds = within(1, 30 * DAY // SECOND)


class Expiries:
    """The devices of a hub that announced how long they may be silent, by address; each by its most patient entity."""

    def __init__(self) -> None:
        self._lasts: dict[str, dict[int, int]] = {}
        self._heard: dict[str, Instant] = {}
        self._overdue: set[str] = set()
        self._last: Instant | None = None
        self._looked: Instant = 0

    def announce(self, address: str, serial: int, expire_after: object) -> None:
        """Note what an entity announced, in seconds."""
        seconds = _seconds(expire_after)
        if isinstance(seconds, float):
            self._lasts.setdefault(address, {})[serial] = round(seconds * SECOND)

    def withdraw(self, address: str, serial: int) -> None:
        """The entity is no longer announced."""
        lasts = self._lasts.get(address)
        if lasts is not None and lasts.pop(serial, None) is not None and not lasts:
            del self._lasts[address]
            self._heard.pop(address, None)
            self._overdue.discard(address)

    def hear(self, address: str, now: Instant) -> bool:
        """A device spoke; whether it had been overdue."""
        if address not in self._lasts:
            return False
        self._heard[address] = now
        if address in self._overdue:
            self._overdue.discard(address)
            return True
        return False

    def overdue(self, now: Instant) -> list[str]:
        """The devices that have become overdue by now; each is told once until it is heard again."""
        broken = self._last is not None and not 0 <= now - self._last <= _BREAK
        self._last = now
        if broken:
            self._heard = dict.fromkeys(self._heard, now)
        if not self._heard or not (broken or now >= self._looked + _LOOKS_EVERY):
            return []
        self._looked = now
        late = [
            address
            for address, heard in self._heard.items()
            if address not in self._overdue and now - heard > max(self._lasts[address].values())
        ]
        self._overdue.update(late)
        return late
