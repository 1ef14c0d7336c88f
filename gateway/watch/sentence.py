"""How a home is, in one honest sentence."""

from devices.instant import Instant
from gateway.localtime import within
from gateway.watch.view import HomeView
from gateway.watch.whereabouts import NIGHT
from gateway.watch.wording import clock_time, room_name, sentence


def how_it_is(view: HomeView, now: Instant) -> str:  # noqa: PLR0911 - the cases of a day, in their order
    """Such as `Up since 07:32, last seen in the kitchen at 12:10.` What cannot be seen is said first."""
    if all(view.hub_is_silent(hub.name, now) for hub in view.home.hubs):
        heard = max((hub.heard or 0 for hub in view.hubs.values()), default=0)
        return sentence(f"we cannot see this home since {clock_time(heard, now, view.home)}" if heard
                        else "nothing has been heard from this home yet")  # fmt: skip
    blind = f"{len(view.unhealthy)} of {len(view.home.devices)} sensors are silent" if view.unhealthy else ""
    if view.home.mode != "at home":
        return sentence(f"the home is set to {view.home.mode}", blind)
    if view.door_at is not None and view.whereabouts(now) == "out":
        return sentence(f"out since about {clock_time(view.door_at, now, view.home)}", blind)
    seen = (
        f"last seen in the {room_name(view.moved_in)} at {clock_time(view.moved_at, now, view.home)}"
        if view.moved_at is not None
        else "no movement seen so far"
    )
    by_day = view.day_start <= now < view.day_end and not within(now, view.home.zone, NIGHT)
    if not by_day:
        return sentence(seen, blind)
    if view.up_at is None:
        return sentence(f"not up yet, {seen}", blind)
    if view.started <= view.day_start:  # otherwise we did not see when the day began
        return sentence(f"up since {clock_time(view.up_at, now, view.home)}, {seen}", blind)
    return sentence(seen, blind)
