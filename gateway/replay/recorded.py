"""A home's recorded history, as its rules would have heard it: in order of arrival, with the times nobody listened.

The store holds what a live gateway heard, beats of hubs and all, so silence in it is silence, as it was live; unlike a
readings file, in which whoever was not reported silent counts as alive. Only when the gateway itself did not run is it
nobody's silence. That is seen from its health, which it records every 10 s: where the home was quiet for a quarter of
an hour and there is no health for a minute or more of that, the gateway was not there. A store that holds no health
around a quiet time says nothing about it, and then it was the home that was quiet. A time in which the gateway could
not reach its store looks the same, and is left out too where the home was quiet then.

Every reading is bound to its device as that is registered now. What is not recorded does not come back: retained
values, what unregistered devices said, and which mode the home was in.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count, pairwise

from devices.instant import DAY, MINUTE, Instant
from gateway.model import HUB_DEVICE, Device, Flag, Home, Point, Reading, parent_address
from gateway.ports import Store
from gateway.recorder.points import hub_device, reading
from gateway.recorder.schema import DEVICE, GATEWAY, HEALTH, HOME, MEASUREMENTS

QUIET = 15 * MINUTE
"""A quiet shorter than one beat of a hub proves nothing to any rule, and is not looked into."""
_ABSENT = MINUTE
_AROUND = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class Gap:
    """The gateway did not run."""

    start: Instant
    end: Instant


class Recorded:
    """The history of one home in a store. `gateway`: by which name the gateway's health is recorded."""

    def __init__(self, store: Store, home: Home, gateway: str) -> None:
        self.unregistered: dict[str, int] = {}
        """Readings of addresses that the home does not have now, by address."""
        self._store = store
        self._home = home.reference
        self._gateway = gateway
        self._replayed = {hub.name for hub in home.hubs if hub.replay}
        self._devices = {device.address: device for device in home.devices}
        self._bound: dict[str, Device | None] = {
            hub_device(hub.name): Device(hub.name, HUB_DEVICE) for hub in home.hubs
        }

    async def heard(self, start: Instant, end: Instant) -> AsyncIterator[Reading | Gap]:
        """Everything from the first reading at or after `start` up to `end`, in order of arrival."""
        before: Instant | None = None
        async for one in self._by_arrival(start, end):
            if before is not None and one.received_at - before >= QUIET:
                for gap in await self._gaps(before, one.received_at):
                    yield gap
            before = one.received_at
            yield one
        if before is not None and end - before >= QUIET:
            for gap in await self._gaps(before, end):
                yield gap

    async def _by_arrival(self, start: Instant, end: Instant) -> AsyncIterator[Reading]:
        """Late readings wait until the moment at which they reached us."""
        late: list[tuple[Instant, int, Reading]] = []
        order = count()
        for day in range(start, end, DAY):
            points = await self._store.read(MEASUREMENTS, {HOME: self._home}, day, min(day + DAY, end))
            for point in points:
                one = self._reading(point)
                if one is None:
                    continue
                while late and late[0][0] <= one.at:
                    yield heappop(late)[2]
                if one.received_at > one.at:
                    heappush(late, (one.received_at, next(order), one))
                else:
                    yield one
        while late and late[0][0] <= end:
            yield heappop(late)[2]

    def _reading(self, point: Point) -> Reading | None:
        address = point.tags.get(DEVICE, "")
        if address in self._bound:
            device = self._bound[address]
        else:
            device = self._devices.get(address) or self._devices.get(parent_address(address) or "")
            self._bound[address] = device
        if device is None:
            self.unregistered[address] = self.unregistered.get(address, 0) + 1
            return None
        one = reading(point, device)
        if one is not None and one.flags & Flag.LATE and device.hub in self._replayed:
            return replace(one, received_at=one.at, flags=one.flags & ~Flag.LATE)  # a recording is always late
        return one

    async def _gaps(self, start: Instant, end: Instant) -> Sequence[Gap]:
        """When the gateway did not run in this time, in which nothing of the home reached it."""
        healthy: list[Instant] = []
        for day in range(start - _AROUND, end + _AROUND, DAY):
            until = min(day + DAY, end + _AROUND)
            healthy += [one.at for one in await self._store.read([HEALTH], {GATEWAY: self._gateway}, day, until)]
        if not healthy:
            return ()
        moments = [start, *(at for at in healthy if start < at < end), end]
        return [Gap(one, other) for one, other in pairwise(moments) if other - one >= _ABSENT]
