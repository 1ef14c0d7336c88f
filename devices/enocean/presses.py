"""One press, one event: telegrams of keys come again through repeaters, and some say in each that the key is up."""

from typing import Literal, NamedTuple

from devices.duplicates import Recent
from devices.instant import MILLISECOND, SECOND, Instant
from devices.remembering import keep

REPEATED = SECOND
"""A press that comes again within this, with no release between, was repeated on its way."""
_REMEMBERED = 1_000


class Key(NamedTuple):
    """What a telegram says of a key: `part` of the device, `action`; None: it is up, which is no event."""

    part: str
    action: str | None
    kind: Literal["held", "level", "shot"] = "held"
    """`held`: a release follows each press. `level`: each telegram tells whether the key is down. `shot`: no more
    follows."""


class Keys:
    """Which keys of which sensors are down, as far as was heard."""

    def __init__(self) -> None:
        self._down: dict[str, tuple[tuple[str, ...], Instant | None]] = {}
        """By address: the parts that are down (none: released), and since when."""
        self._shots = Recent(300 * MILLISECOND)

    def news(self, address: str, key: Key, now: Instant | None) -> tuple[tuple[str, str], ...]:
        """(part, action) of what is new in it."""
        parts, since = self._down.get(address, (None, None))
        if key.action is None:
            self._note(address, (), now)
            return ()
        if key.action == "release" and key.kind == "held":
            if parts == () and _close(since, now):
                return ()
            self._note(address, (), now)
            return tuple((part, "release") for part in parts or (key.part,))
        if key.kind == "shot":
            return () if self._shots.is_copy((address, key), now) else ((key.part, key.action),)
        if parts and key.part in parts and (key.kind == "level" or _close(since, now)):
            return ()
        others = tuple(part for part in parts or () if part != key.part)[:1] if _close(since, now) else ()
        self._note(address, (key.part, *others), now)
        return ((key.part, "press"),)

    def _note(self, address: str, parts: tuple[str, ...], now: Instant | None) -> None:
        keep(self._down, address, (parts, now), _REMEMBERED)


def _close(since: Instant | None, now: Instant | None) -> bool:
    return since is None or now is None or abs(now - since) <= REPEATED
