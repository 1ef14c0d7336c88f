"""Quiet at home: what the rules on inactivity share, so that both judge the same quiet by the same signs."""

from datetime import time
from typing import Any

from devices.instant import HOUR, MINUTE, Instant
from gateway.watch.view import HELD_AT_MOST, HomeView, minutes_wall

EVENING = time(20, 0)
"""From then on, while the resident's own evenings are not known, quiet after the bedroom is that of the night."""
_MORNING = time(9, 30)
_BEFORE_BED = 60.0
"""Minutes before the usual bedtime from which the same holds, once it is known."""
_SITTING = frozenset({"living", "dining", "office", "bedroom"})
"""Kinds of rooms where people sit or lie for long, seen by a presence sensor and hardly moving."""
_MARGIN, _MORE = 1.25, 10 * MINUTE
"""Quiet that this resident is known for is given a quarter more, and ten minutes."""
AT_MOST = 4 * HOUR
"""However long they are known to rest."""


def earliest(view: HomeView, after: int) -> Instant:
    """When quiet has lasted for `after`. A lone firing in it is weak evidence: it puts the end off, and not by all.

    The quiet then counts from the activity before it, a quarter longer, and lasts for six tenths from the firing on.
    """
    last = view.active_at() or 0
    if view.lone_since is None:
        return last + after
    return max(view.lone_since + after * 5 // 4, last + after * 3 // 5)


def gone_to_bed(view: HomeView) -> bool:
    """Whether it is quiet because it is night: last seen in the bedroom or in bed, and that in the evening."""
    last = view.active_at()
    in_bed = view.home.room_kind(view.moved_in) == "bedroom" and view.moved_at == last
    if last is None or not (in_bed or view.resting_since("bed") is not None):
        return False
    usual = view.routine.bedtime(view.date)
    evening = EVENING if usual is None else min(EVENING, minutes_wall(usual.low - _BEFORE_BED))
    return (view.lone_since or last) >= view.today(evening)


def used_to(view: HomeView) -> int:
    """Quiet that this resident is known for at the hour of the last activity, with a margin; 0 for none."""
    minutes, _ = view.routine.quiet_so_far(view.hour_of(view.active_at() or 0))
    return min(round(minutes * _MARGIN * MINUTE) + _MORE, AT_MOST) if minutes else 0


def lies_down(view: HomeView) -> bool:
    """Whether the last activity was where people lie down by day: in a bedroom that is not the living room too.

    In a home of one room that can only be told in the morning, when they may have gone back to bed.
    """
    if view.home.room_kind(view.moved_in) != "bedroom":
        return False
    kinds = {view.home.room_kind(device.room) for device in view.home.devices}
    return "living" in kinds or (view.active_at() or 0) < view.today(_MORNING)


def sits(view: HomeView) -> bool:
    """Whether a bed, a chair, or a presence sensor where people sit says that somebody is there.

    A presence that was old already when the last activity was seen may be a stuck sensor, and says nothing.
    """
    if view.resting_since() is not None:
        return True
    since = view.present_since()
    recent = since is not None and since >= (view.active_at() or 0) - HELD_AT_MOST
    return recent and view.home.room_kind(view.moved_in) in _SITTING


def rests(state: dict[str, Any], view: HomeView) -> bool:
    """Whether they sit or lie, or did when this quiet was looked at before: a presence that ends is no new quiet."""
    if sits(view):
        state["rests"] = True
    return "rests" in state


def put_off(state: dict[str, Any], view: HomeView, until: Instant) -> None:
    """This quiet need not be looked at again before then, unless who sits or lies where is told anew."""
    state["later"] = [until, *_places(view)]


def put_off_until(state: dict[str, Any], view: HomeView) -> Instant:
    """Until when that holds; 0 for not at all."""
    if "later" not in state:
        return 0
    until, *places = state["later"]
    return until if places == _places(view) else 0


def _places(view: HomeView) -> list[Instant | None]:
    return [view.resting_since("bed"), view.resting_since(), view.present_since()]
