"""One event, heard several times: by several gateways, or repeated by a transmitter that gets no answer."""

from collections import OrderedDict
from collections.abc import Hashable

from devices.instant import Instant


class Recent:
    """The keys of the last events, for `window` microseconds each and `most` of them."""

    def __init__(self, window: int, most: int = 1_024) -> None:
        self._window = window
        self._most = most
        self._seen: OrderedDict[Hashable, Instant | None] = OrderedDict()

    def is_copy(self, key: Hashable, at: Instant | None) -> bool:
        """Whether an event with this key was told within the window before `at`; remembers it if it was not.

        Where one of the two times is not known, an equal key is a copy.
        """
        if key in self._seen:
            seen = self._seen[key]
            if seen is None or at is None or abs(at - seen) <= self._window:
                return True
            del self._seen[key]
        self._seen[key] = at
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return False
