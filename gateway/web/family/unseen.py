"""What of a home cannot be seen: said as not known, never taken for all being well. Pure."""

from collections.abc import Iterator, Sequence

from devices.instant import Instant
from gateway.model import Device
from gateway.saying import counted
from gateway.watch.equipment import STUCK_AFTER, is_safety, stuck_times
from gateway.watch.view import HomeView, tells_of_activity
from gateway.watch.wording import device_name
from gateway.web.family.words import Words


def hubs_silent(view: HomeView, now: Instant) -> bool:
    """Whether nothing is heard of the home."""
    return all(view.hub_is_silent(hub.name, now) for hub in view.home.hubs)


def not_seen(said: Words, view: HomeView) -> Iterator[str]:
    """A sentence for each room whose sensors are silent or stuck, and each sensor that is not believed.

    Before these each pendant or alarm that is not heard, whatever somebody may see: alerts rest on it.
    """
    yield from _safety(said, view)
    rooms: dict[str | None, list[Device]] = {}
    for device in view.home.devices:
        if tells_of_activity(device):
            rooms.setdefault(device.room, []).append(device)
    blind = [room for room, there in rooms.items() if all(one.address in view.unhealthy for one in there)]
    if not said.rooms:
        if blind:
            yield f"We cannot see {len(blind)} of {counted(len(rooms), 'room')} at the moment."
        return
    for room in blind:
        yield f"We cannot see {_the(said, room)}{_since(said, view, rooms[room])}."
    for device in view.home.devices:
        if device.address in view.stuck and device.room not in blind:
            yield f"The {device_name(device)} has said the same for hours, so we do not go by it."


def _safety(said: Words, view: HomeView) -> Iterator[str]:
    for device in view.home.devices:
        if is_safety(device) and device.address in view.silent and not tells_of_activity(device):
            heard = view.last_heard(device)
            since = "yet" if heard is None else f"since {said.at(heard)}" if said.rooms else "for a while"
            yield f"We have not heard the {device_name(device)} {since}, so its call may not reach us."


def _the(said: Words, room: str | None) -> str:
    return said.where(room).removeprefix("in ") if room else "a part of the home"


def _since(said: Words, view: HomeView, there: Sequence[Device]) -> str:
    moments = [blind_from(view, device) for device in there]
    if any(moment is None for moment in moments):
        return ": its sensor has not been heard yet" if len(moments) == 1 else ""
    return f" since {said.at(max(moment for moment in moments if moment is not None))}"


def blind_from(view: HomeView, device: Device) -> Instant | None:
    """Since when an unhealthy device tells nothing: its own last word, or that of its hub where that is silent."""
    if device.address in view.stuck and device.address not in view.silent:
        begins, _ = stuck_times(view.devices[device.address])
        return None if begins is None else begins - STUCK_AFTER
    if device.hub in view.silent_hubs:
        return view.hub_silent_since(device.hub)
    return view.last_heard(device)
