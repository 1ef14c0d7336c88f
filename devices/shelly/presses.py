"""One press, one event: a Shelly may tell it as an event, by a script, and through several Bluetooth gateways."""

from collections.abc import Hashable

from devices.duplicates import Recent
from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.remembering import keep

EVENTS: dict[str, str] = {
    "single_push": "press",
    "double_push": "double",
    "triple_push": "triple",
    "long_push": "long",
    "long_double_push": "long_double",
    "long_triple_push": "long_triple",
    "hold_press": "long",
}
"""Event of an input, a BLU device or one of its buttons, to the action.

`btn_down` and `btn_up` come besides, and are edges of an input, not presses.
"""

_SAME_PRESS = 2 * SECOND
"""Two tellers of one press are no further apart than this: radio, a script's queue, two clocks."""
_REMEMBERED = 1_024


class Presses:
    """The last presses, by what tells them apart: the time that the device gave, or the number of its radio packet."""

    def __init__(self) -> None:
        self._dated = Recent(7 * DAY, _REMEMBERED)
        self._numbered = Recent(MINUTE, _REMEMBERED)
        self._last: dict[tuple[str, str], tuple[Instant | None, Hashable, bool]] = {}
        """(when, source, whether by a packet's number) of the last press of each."""

    def is_copy(
        self, who: tuple[str, str], source: Hashable, at: Instant | None, mark: Hashable, *, dated: bool
    ) -> bool:
        """Whether the press of `who` (address, action) was told before.

        `mark` is the same for all copies: the device's time where `dated`, else a packet's number, which comes round
        again, or None. Another `source` (gateway, script) that tells it within 2 seconds tells the same press, unless
        both give numbers, which then differ; so does the same source where there is no mark.
        """
        numbered = mark is not None and not dated
        if mark is not None and (self._dated if dated else self._numbered).is_copy((who, mark), at):
            return True
        last = self._last.get(who)
        by_another = last is not None and last[1] != source and not (numbered and last[2])
        if last is not None and (mark is None or by_another) and _close(last[0], at, unknown=mark is None):
            return True
        keep(self._last, who, (at, source, numbered), _REMEMBERED)
        return False


def _close(earlier: Instant | None, later: Instant | None, *, unknown: bool) -> bool:
    return unknown if earlier is None or later is None else abs(later - earlier) <= _SAME_PRESS
