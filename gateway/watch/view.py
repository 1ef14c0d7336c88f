"""What is known about one home at a moment, worked out once per reading and shared by all its rules.

Everything here is a function of the readings seen so far and the time asked about; it serialises to a small JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Literal

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from devices.measurement import Value
from devices.quantity import SAFETY
from gateway.localtime import at_local, local_date, within
from gateway.model import EXTERIOR_DOORS, PENDANTS, Device, Flag, Home, Reading

DAY_STARTS = time(5, 0)
"""Signs of being up count from here on; a visit to the bathroom at 3 is still the night."""
NIGHT = "22:00-06:00"
EXIT_BY_NIGHT = 15 * MINUTE
EXIT_BY_DAY = 50 * MINUTE
"""Exit: an exterior door and then no movement for so long (Just Checking and MySense use such figures)."""
AT_THE_DOOR = 15 * SECOND
"""Movement in the hall this soon after the door is still the person who is leaving."""
DOOR_EPISODE = 2 * MINUTE
"""Openings and closings this close together are one coming or going."""
AFTER_LEAVING = 5 * MINUTE
LONE_FIRING = 10 * MINUTE
"""So long after the door, one firing alone, with no second within ten minutes, is no proof that somebody is there."""
SILENT_SAFETY = 26 * HOUR
SILENT_OTHER = 72 * HOUR
HUB_SILENT = 45 * MINUTE
HELD_AT_MOST = 2 * HOUR
"""A presence sensor that stays true longer may be stuck: from then on it proves nothing."""

_SEEDS_ONLY = Flag.RETAINED | Flag.REPLAYED
_NOT_LIVE = _SEEDS_ONLY | Flag.DUPLICATE
ON_CHANGE = frozenset({"contact", "usage", "bed", "chair", "presence"})
"""Quantities of which any change proves activity."""
_APPLIANCES = frozenset({"kettle", "microwave", "cooker"})
_IN_USE_W = 30.0
_SEES = frozenset({"motion", "presence", "bed", "chair"})
"""Quantities that see a person, wherever in the room; a door or a kettle sees only who uses it."""
ACTIVITY = ON_CHANGE | {"motion", "button"}
"""Quantities that prove that a person is active."""


def is_safety(device: Device) -> bool:
    """Whether its silence could cost a life: pendants, pull cords, smoke, heat, gas, leak and fall sensors."""
    return device.role in PENDANTS or not SAFETY.isdisjoint(device.quantities)


@dataclass(slots=True)
class DeviceView:
    """One registered device. `quiet_from`: `heard`, moved on by times in which we could not have heard it.

    `values`: [value, at] of two-valued quantities; `clears`: those that ever went false.
    """

    heard: Instant | None = None
    quiet_from: Instant | None = None
    offline_since: Instant | None = None
    values: dict[str, list[Any]] = field(default_factory=dict)
    clears: list[str] = field(default_factory=list)


@dataclass(slots=True)
class HubView:
    """One hub; `quiet_from` as for devices."""

    heard: Instant | None = None
    quiet_from: Instant | None = None
    offline_since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A reading, with what it changed. `device` is the registered one; `before` the value known until now, or None."""

    reading: Reading
    device: Device
    before: Value | None
    live: bool
    """False for retained, replayed and duplicate readings: they seed state and are no event."""
    active: bool
    """Proves that a person was active at `reading.at`."""
    up: bool
    """Proves that somebody is up: activity outside the bedroom, in the day that began at 05:00."""


@dataclass(slots=True)
class HomeView:
    """State of one home."""

    home: Home
    started: Instant
    devices: dict[str, DeviceView] = field(default_factory=dict)
    hubs: dict[str, HubView] = field(default_factory=dict)
    moved_at: Instant | None = None
    moved_in: str | None = None
    moved_by: str | None = None
    door_at: Instant | None = None
    arrived: bool = False
    """At the last coming or going nobody was home before: somebody came in, and is there until the next."""
    weak_at: Instant | None = None
    base: Instant | None = None
    """Activity before this says nothing: the home was away or paused until then."""
    day_start: Instant = 0
    day_end: Instant = 0
    up_at: Instant | None = None
    urgent: list[list[Any]] = field(default_factory=list)
    """Priority 1 concerns of the last hours: [at, label], so that a second names the first."""
    unhealthy: frozenset[str] = frozenset()

    @property
    def trusting(self) -> bool:
        """A recording holds no beats: in a home that is replayed, whoever was not reported offline counts as alive."""
        return any(hub.replay for hub in self.home.hubs)

    # ---------------------------------------------------------------- taking in a reading

    def observe(self, reading: Reading, device: Device) -> Seen:
        """Take in a reading of a registered device."""
        live = not reading.flags & _NOT_LIVE
        view = self.devices.setdefault(device.address, DeviceView())
        self._heard(view, reading, live=live)
        quantity, value = _as_usage(reading, device)
        before = self._remember(view, reading, device, quantity, value, live=live)
        active = live and self._is_activity(view, device, reading, quantity, value, before)
        if active:
            active = self._moved(reading, device)
        up = active and self._is_up(reading, device)
        return Seen(reading, device, before, live, active, up)

    def observe_hub(self, reading: Reading) -> None:
        """Take in a beat or the bridge's connection state."""
        if reading.value is False:
            hub = self.hubs.setdefault(reading.hub, HubView())
            hub.offline_since = hub.offline_since or reading.at
        elif not reading.flags & _NOT_LIVE:
            self._beat(reading, back=True)
        elif (known := self.hubs.get(reading.hub)) is not None:
            known.offline_since = None

    def _heard(self, view: DeviceView, reading: Reading, *, live: bool) -> None:
        if live:
            self._beat(reading, back=not self.trusting)
        if reading.quantity == "online":
            if reading.value is False:
                view.offline_since = view.offline_since or reading.at
                return
            view.offline_since = None
        elif live and not self.trusting:
            view.offline_since = None
        if live:
            view.heard = max(view.heard or 0, reading.at)
            view.quiet_from = max(view.quiet_from or 0, reading.at)

    def _beat(self, reading: Reading, *, back: bool) -> None:
        """The hub is heard. What its devices did not say while it was silent is not held against them."""
        hub = self.hubs.setdefault(reading.hub, HubView())
        if not self.trusting and hub.quiet_from is not None and self.hub_is_silent(reading.hub, reading.received_at):
            self._pause(reading.hub, reading.received_at - (hub.offline_since or hub.quiet_from))
        if back:
            hub.offline_since = None
        hub.heard = max(hub.heard or 0, reading.received_at)
        hub.quiet_from = max(hub.quiet_from or 0, reading.received_at)

    def _pause(self, hub: str, length: int) -> None:
        for device in self.home.devices:
            if device.hub == hub and (since := self.silent_since(device)) is not None:
                self.devices.setdefault(device.address, DeviceView()).quiet_from = since + length

    def gap(self, start: Instant, end: Instant) -> Instant:
        """We ourselves could not listen from `start` to `end`: that time is nobody's silence.

        What was heard meanwhile, from the broker's queue, shortens it; returns where it really began.
        """
        heard = [view.heard or 0 for view in self.devices.values()] + [view.heard or 0 for view in self.hubs.values()]
        start = min(max([start, *(at for at in heard if at <= end)]), end)
        for hub, view in self.hubs.items():
            self._pause(hub, end - start)
            if view.quiet_from is not None:
                view.quiet_from = min(view.quiet_from + end - start, end)
        return start

    def _remember(
        self, view: DeviceView, reading: Reading, device: Device, quantity: str, value: Value, *, live: bool
    ) -> Value | None:
        if not isinstance(value, bool) or reading.flags & Flag.DUPLICATE:
            return None
        part = reading.device[len(device.address) :]
        name = f"{part} {quantity}" if part else quantity
        known = view.values.get(name)
        if known is not None and reading.at < known[1]:
            return value  # older than what we know: no change, though a late movement still counts as one
        if known is None or known[0] is not value:
            view.values[name] = [value, reading.at]
        if live and not value and name not in view.clears:
            view.clears.append(name)
        return None if known is None else known[0]

    def _is_activity(
        self, view: DeviceView, device: Device, reading: Reading, quantity: str, value: Value, before: Value | None
    ) -> bool:
        if quantity == "button":
            return device.role not in PENDANTS  # a call is an alert of its own, and says nothing about moving
        if quantity == "motion":
            part = reading.device[len(device.address) :]
            never_clears = (f"{part} motion" if part else "motion") not in view.clears
            return value is True and (before is not True or never_clears or bool(reading.flags & Flag.LATE))
        return quantity in ON_CHANGE and before is not None and before is not value

    def _moved(self, reading: Reading, device: Device) -> bool:
        """Note activity; False when it is a lone firing in a home that everybody has left."""
        at = reading.at
        if reading.quantity == "contact" and device.role in EXTERIOR_DOORS:
            self._came_or_went(at, opened=reading.value is True)
            return True
        if self.door_at is not None and not self.arrived and (self.moved_at or 0) <= self.door_at <= at:
            if at <= self.door_at + AT_THE_DOOR and self.home.room_kind(reading.room) in ("hall", "entrance"):
                return True
            alone = self.weak_at is None or not self.weak_at <= at <= self.weak_at + LONE_FIRING
            if alone and at > self.door_at + AFTER_LEAVING:
                self.weak_at = at
                return False
        if self.moved_at is None or at >= self.moved_at:
            self.moved_at, self.moved_in, self.moved_by = at, reading.room, reading.device
        self.weak_at = None
        return True

    def _came_or_went(self, at: Instant, *, opened: bool) -> None:
        """An exterior door opened or closed. A coming or going begins with an opening."""
        if opened and (self.door_at is None or at > self.door_at + DOOR_EPISODE or (self.moved_at or 0) > self.door_at):
            self.arrived = self.whereabouts(at) == "out"
        self.door_at = max(self.door_at or 0, at)
        self.weak_at = None

    def _is_up(self, reading: Reading, device: Device) -> bool:
        if device.role == "bed" or not self.shows_up(reading.room):
            return False
        self.turn_day(reading.at)
        if reading.at < self.day_start:
            return False
        if self.up_at is None:
            self.up_at = reading.at
        return True

    def shows_up(self, room: str | None) -> bool:
        """Whether movement in this room means being up: not in the bedroom, unless the home has no other room seen."""
        return self.home.room_kind(room) != "bedroom" or not any(
            self.home.room_kind(device.room) != "bedroom" and not _SEES.isdisjoint(device.quantities)
            for device in self.home.devices
        )

    # ---------------------------------------------------------------- days

    def turn_day(self, moment: Instant) -> None:
        """Make day_start..day_end, 05:00 to 05:00 local, the day of `moment`, unless it is an earlier one."""
        if moment < self.day_end:
            return
        zone = self.home.zone
        day = local_date(moment, zone)
        start = at_local(day, DAY_STARTS, zone)
        if moment < start:
            day -= timedelta(days=1)
            start = at_local(day, DAY_STARTS, zone)
        self.day_start, self.day_end = start, at_local(day + timedelta(days=1), DAY_STARTS, zone)
        self.up_at = None

    # ---------------------------------------------------------------- where everybody is

    def active_at(self) -> Instant | None:
        """The last proof of activity inside or at an exterior door."""
        known = [at for at in (self.moved_at, self.door_at, self.base) if at is not None]
        return max(known, default=None)

    def whereabouts(self, moment: Instant) -> Literal["home", "out", "unknown"]:
        """`out`: an exterior door moved and nothing inside since, for long enough; `unknown` where no door tells."""
        if not any(device.role in EXTERIOR_DOORS for device in self.home.devices):
            return "unknown"
        if self.door_at is None or self.arrived or (self.moved_at is not None and self.moved_at > self.door_at):
            return "home"
        limit = EXIT_BY_NIGHT if within(self.door_at, self.home.zone, NIGHT) else EXIT_BY_DAY
        return "out" if moment - self.door_at >= limit else "home"

    def held_until(self) -> Instant:
        """Until when a presence sensor that is still true proves that somebody is there; 0 for none."""
        return max(
            (
                known[1] + HELD_AT_MOST
                for address, view in self.devices.items()
                if address not in self.unhealthy
                for name, known in view.values.items()
                if name.endswith("presence") and known[0]
            ),
            default=0,
        )

    def resting_since(self) -> Instant | None:
        """Since when a bed or chair has been occupied; None when none is."""
        return max(
            (
                known[1]
                for address, view in self.devices.items()
                if address not in self.unhealthy
                for name, known in view.values.items()
                if name.endswith(("bed", "chair")) and known[0]
            ),
            default=None,
        )

    # ---------------------------------------------------------------- who is silent

    def sees_enough(self, devices: Sequence[Device]) -> bool:
        """Whether absence of activity at these devices says anything: half of them heard, one that sees people too."""
        healthy = [device for device in devices if device.address not in self.unhealthy]
        if any(not _SEES.isdisjoint(device.quantities) for device in devices):
            return 2 * len(healthy) >= len(devices) and any(
                not _SEES.isdisjoint(device.quantities) for device in healthy
            )
        return 2 * len(healthy) >= len(devices)

    def cannot_see(self, room: str | None, devices: Sequence[Device]) -> bool:
        """Whether all of these devices that stand in the room are silent."""
        there = [device for device in devices if device.room == room]
        return bool(there) and all(device.address in self.unhealthy for device in there)

    def silent_since(self, device: Device) -> Instant | None:
        """Since when this device's silence counts; None when nothing can be said (back-tests: it counts as alive)."""
        view = self.devices.get(device.address, DeviceView())
        if self.trusting:
            return view.offline_since
        return max(view.quiet_from or 0, device.last_heard or 0) or device.registered_at or self.started

    def last_heard(self, device: Device) -> Instant | None:
        """When this device was really heard last, if ever."""
        view = self.devices.get(device.address, DeviceView())
        return view.offline_since if self.trusting else (max(view.heard or 0, device.last_heard or 0) or None)

    def hub_silent_since(self, hub: str) -> Instant | None:
        """Since when this hub gave no beat; None when it never gave one, so that nothing can be said."""
        view = self.hubs.get(hub, HubView())
        return view.offline_since if self.trusting else view.quiet_from

    def hub_is_silent(self, hub: str, moment: Instant) -> bool:
        """Whether the hub is offline by its bridge's word or has missed its beats."""
        view = self.hubs.get(hub, HubView())
        if view.offline_since is not None:
            return True
        since = self.hub_silent_since(hub)
        return since is not None and moment - since >= HUB_SILENT

    def assess(self, moment: Instant) -> Instant:
        """Work out `unhealthy` as of `moment`; returns when it can next change by time alone."""
        unhealthy: set[str] = set()
        next_look = moment + DAY
        for hub in self.home.hubs:
            since = self.hub_silent_since(hub.name)
            if since is not None and since + HUB_SILENT > moment:
                next_look = min(next_look, since + HUB_SILENT)
        silent_hubs = {
            hub.name
            for hub in self.home.hubs
            if self.hub_is_silent(hub.name, moment) or (not self.trusting and hub.name not in self.hubs)
        }
        for device in self.home.devices:
            view = self.devices.get(device.address)
            if device.hub in silent_hubs or (view is not None and view.offline_since is not None):
                unhealthy.add(device.address)
            elif not self.trusting and (since := self.silent_since(device)) is not None:
                gone = since + (SILENT_SAFETY if is_safety(device) else SILENT_OTHER)
                if gone <= moment:
                    unhealthy.add(device.address)
                else:
                    next_look = min(next_look, gone)
        self.unhealthy = frozenset(unhealthy)
        return next_look


def _as_usage(reading: Reading, device: Device) -> tuple[str, Value]:
    """Power of a kettle, microwave or cooker is read as usage: such appliances draw hundreds of watts or none."""
    if reading.quantity == "power" and device.role in _APPLIANCES and isinstance(reading.value, float):
        return "usage", reading.value >= _IN_USE_W
    return reading.quantity, reading.value
