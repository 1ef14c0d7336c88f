"""One press, announced in two ways: as an event and as a trigger, each on a topic of its own."""

from collections import OrderedDict

from devices.instant import SECOND, Instant

WINDOW = SECOND
_MOST = 1_024


class AnnouncedTwice:
    """The last presses by device and action, and whether an event or a trigger told them."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], tuple[bool, Instant | None]] = OrderedDict()

    def is_other_half(self, device: str, action: str, at: Instant | None, *, trigger: bool) -> bool:
        """Whether the press was told already in the other way, within a second (or at a time that is not known).

        Two presses told in the same way are two presses.
        """
        key = (device, action)
        last = self._last.pop(key, None)
        if last is not None and last[0] != trigger and (at is None or last[1] is None or abs(at - last[1]) <= WINDOW):
            return True
        self._last[key] = (trigger, at)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)
        return False
