"""What is heard of a home's devices and hubs, and who of them is silent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from devices.quantity import SAFETY
from gateway.model import PENDANTS, Device, Flag, Home, Reading

SILENT_SAFETY = 26 * HOUR
SILENT_OTHER = 72 * HOUR
HUB_SILENT = 45 * MINUTE
"""FIELD rules 17 and 18: safety devices, other devices, hubs (three beats of 15 minutes, as Acticheck has them)."""
NOT_LIVE = Flag.RETAINED | Flag.REPLAYED | Flag.DUPLICATE
"""Such readings seed state at most; nothing happened, and nobody was heard, when they arrived."""
BELATED = NOT_LIVE | Flag.LATE | Flag.QUEUED
"""Such readings do not say when their device was heard last: it has said more since then, or may have."""
_OWN_TIMES, _OWN_AT_LEAST = 3, 4 * HOUR
_KNOWN_WORDS, _KNOWN_FOR = 100, 3 * DAY
"""A sensor that keeps silent for three times its longest pause of late, and for four hours, is not relied on any more,
once its pauses are known. It is told as silent (rule 17) after the times above."""
_FORGETS = 256
"""With each word the longest pause shrinks by such a part, so that one long pause is not remembered for ever."""
STUCK_AFTER = 2 * HOUR
TOGGLES = 60
"""FIELD rule 21: movement that is reported for so long without an end; a contact that toggles so often in a minute."""
CALM_AFTER = 6 * HOUR
"""A contact that toggled too fast is believed again after so long without that: longer than any rule waits in quiet, as
one that rattles now and then would else read as somebody who moves all day."""
SEES = frozenset({"motion", "presence", "bed", "chair"})
"""Quantities that see a person, wherever in the room; a door or a kettle sees only who uses it."""

LEVELS = frozenset({"battery", "link_quality", "rssi"})
"""Quantities of which the last value is kept for each device; over a restart, that of the battery."""


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
    toggles: list[int] = field(default_factory=list)
    """[since, count, flapping until] of a contact; empty while it has not toggled fast."""
    pause: int = 0
    """The longest between two words of late, in seconds."""
    words: int = 0
    """How many were heard, as far as that matters."""
    levels: dict[str, float] = field(default_factory=dict)
    """What it said last of its battery and its radio."""


@dataclass(slots=True)
class HubView:
    """One hub; `quiet_from` as for devices."""

    heard: Instant | None = None
    quiet_from: Instant | None = None
    offline_since: Instant | None = None


_UNKNOWN, _UNKNOWN_HUB = DeviceView(), HubView()
"""Of whom nothing was heard yet; only looked at."""


@dataclass(slots=True)
class Equipment:
    """Devices by registered address and hubs by name; `unhealthy` as of the last `assess`."""

    home: Home
    started: Instant
    devices: dict[str, DeviceView] = field(default_factory=dict)
    hubs: dict[str, HubView] = field(default_factory=dict)
    unhealthy: frozenset[str] = frozenset()
    stuck: frozenset[str] = frozenset()
    """Of the unhealthy those that are heard, and say the same thing for too long or toggle without end."""
    doubted: frozenset[str] = frozenset()
    """Silent for longer than is their way: unhealthy too, unless most of the home is."""
    silent: frozenset[str] = frozenset()
    """Of the unhealthy those that are not heard."""
    silent_hubs: frozenset[str] = frozenset()
    trusting: bool = False
    """A recording holds no beats: in a home that is replayed, whoever was not reported offline counts as alive."""
    _limits: dict[str, int] = field(default_factory=dict)
    """For how long each registered device may be silent at most."""
    _carried: frozenset[str] = frozenset()
    """Tags, which may stay where they are for hours."""

    def __post_init__(self) -> None:
        self.use(self.home)

    def use(self, home: Home) -> None:
        """Take up the home as it is registered now."""
        self.home = home
        self.trusting = any(hub.replay for hub in home.hubs)
        self._limits = {one.address: SILENT_SAFETY if is_safety(one) else SILENT_OTHER for one in home.devices}
        self._carried = frozenset(one.address for one in home.devices if one.role == "carer-tag")

    def observe_hub(self, reading: Reading) -> bool:
        """Take in a beat or the bridge's connection state; whether that may change who is healthy."""
        if reading.value is not False and not reading.flags & NOT_LIVE and self._beats_on(reading):
            return False
        if reading.value is False:
            hub = self.hubs.setdefault(reading.hub, HubView())
            hub.offline_since = hub.offline_since or reading.at
        elif not reading.flags & NOT_LIVE:
            self._beat(reading, back=True)
        elif (known := self.hubs.get(reading.hub)) is not None:
            known.offline_since = None
        return True

    def hear(self, view: DeviceView, reading: Reading, *, live: bool) -> None:
        """A word from a device or, for `online`, about it."""
        if live and not self._beats_on(reading):
            self._beat(reading, back=not self.trusting)
        if reading.quantity == "online":
            if reading.value is False:
                view.offline_since = view.offline_since or reading.at
                return
            view.offline_since = None
        elif live and not self.trusting:
            view.offline_since = None
        if live:
            at = reading.at
            if view.heard is None or view.heard < at:
                view.heard = at
            if view.quiet_from is None or view.quiet_from < at:
                pause = 0 if view.quiet_from is None else (at - view.quiet_from) // SECOND
                view.pause = max(pause, view.pause - view.pause // _FORGETS)
                view.words += view.words < _KNOWN_WORDS
                view.quiet_from = at

    def gap(self, start: Instant, end: Instant) -> Instant:
        """We ourselves could not listen from `start` to `end`: that time is nobody's silence.

        What was heard meanwhile, from the broker's queue, shortens it; returns where it really began.
        """
        heard = [view.heard or 0 for view in self.devices.values()] + [view.heard or 0 for view in self.hubs.values()]
        start = min(max([start, *(at for at in heard if at <= end)]), end)
        self.unheard(end - start)
        for hub, view in self.hubs.items():
            self._pause(hub, end - start)
            if view.quiet_from is not None:
                view.quiet_from = min(view.quiet_from + end - start, end)
        return start

    def unheard(self, length: int) -> None:
        """For so long a hub, or the whole home, could not be heard; it can now."""

    def _beats_on(self, reading: Reading) -> bool:
        """One beat more of a hub that is heard all the time, which is what nearly all are: then it is noted."""
        hub, now = self.hubs.get(reading.hub), reading.received_at
        if hub is None or hub.quiet_from is None or hub.heard is None or hub.offline_since is not None:
            return False
        if not hub.quiet_from <= now < hub.quiet_from + HUB_SILENT:
            return False
        hub.heard, hub.quiet_from = max(hub.heard, now), now
        return True

    def _beat(self, reading: Reading, *, back: bool) -> None:
        """The hub is heard. What its devices did not say while it was silent is not held against them."""
        hub = self.hubs.setdefault(reading.hub, HubView())
        if not self.trusting and hub.quiet_from is None:
            self._begin(reading.hub, reading.received_at)
        elif not self.trusting and self.hub_is_silent(reading.hub, reading.received_at):
            length = reading.received_at - (hub.offline_since or hub.quiet_from or 0)
            self._pause(reading.hub, length)
            self.unheard(length)
        if back:
            hub.offline_since = None
        hub.heard = max(hub.heard or 0, reading.received_at)
        hub.quiet_from = max(hub.quiet_from or 0, reading.received_at)

    def _begin(self, hub: str, moment: Instant) -> None:
        """The hub's first word: until now nothing could be heard from those that never were."""
        for device in self.home.devices:
            if device.hub == hub and self.last_heard(device) is None:
                self.devices.setdefault(device.address, DeviceView()).quiet_from = moment

    def _pause(self, hub: str, length: int) -> None:
        for device in self.home.devices:
            if device.hub == hub and (since := self.silent_since(device)) is not None:
                self.devices.setdefault(device.address, DeviceView()).quiet_from = since + length

    # ---------------------------------------------------------------- who is silent

    def silent_since(self, device: Device) -> Instant | None:
        """Since when this device's silence counts; None when nothing can be said (back-tests: it counts as alive)."""
        view = self.devices.get(device.address, _UNKNOWN)
        if self.trusting:
            return view.offline_since
        return max(view.quiet_from or 0, device.last_heard or 0) or device.registered_at or self.started

    def last_heard(self, device: Device) -> Instant | None:
        """When this device was really heard last, if ever."""
        view = self.devices.get(device.address, _UNKNOWN)
        return view.offline_since if self.trusting else (max(view.heard or 0, device.last_heard or 0) or None)

    def hub_silent_since(self, hub: str) -> Instant | None:
        """Since when this hub gave no beat; None when it never gave one, so that nothing can be said."""
        view = self.hubs.get(hub, _UNKNOWN_HUB)
        return view.offline_since if self.trusting else view.quiet_from

    def hub_is_silent(self, hub: str, moment: Instant) -> bool:
        """Whether the hub is offline by its bridge's word, has missed its beats, or has never given one."""
        view = self.hubs.get(hub, _UNKNOWN_HUB)
        if view.offline_since is not None:
            return True
        since = self.hub_silent_since(hub)
        return not self.trusting if since is None else moment - since >= HUB_SILENT

    def assess(self, moment: Instant) -> Instant:
        """Work out `unhealthy` as of `moment`; returns when it can next change by time alone."""
        unhealthy: set[str] = set()
        doubted: set[str] = set()
        next_look = moment + DAY
        for hub in self.home.hubs:
            since = self.hub_silent_since(hub.name)
            if since is not None and since + HUB_SILENT > moment:
                next_look = min(next_look, since + HUB_SILENT)
        self.silent_hubs = frozenset(hub.name for hub in self.home.hubs if self.hub_is_silent(hub.name, moment))
        for device in self.home.devices:
            view = self.devices.get(device.address)
            if device.hub in self.silent_hubs or (view is not None and view.offline_since is not None):
                unhealthy.add(device.address)
            elif not self.trusting and self.last_heard(device) is None:
                unhealthy.add(device.address)  # registered, and never heard yet
            elif not self.trusting:
                gone, strange, known_from = self._silent_at(device, moment)
                if gone <= moment:
                    unhealthy.add(device.address)
                elif strange <= moment:
                    doubted.add(device.address)
                next_look = _next(next_look, moment, gone, strange, known_from)
        if 3 * len(doubted) <= len(self.home.devices) - len(unhealthy):
            unhealthy |= doubted  # where most are silent the home is, and nobody there to be heard
        next_change = self._look_for_stuck(moment)
        self.silent, self.doubted = frozenset(unhealthy), frozenset(doubted)
        self.unhealthy = self.silent | self.stuck
        return min(next_look, next_change)

    def _look_for_stuck(self, moment: Instant) -> Instant:
        stuck, next_change = set(), moment + STUCK_AFTER  # nothing that is said from now on sticks before
        for address, view in self.devices.items():
            begins, ends = stuck_times(view)
            if begins is None or address in self._carried:
                continue
            if begins <= moment and (ends is None or moment < ends):
                stuck.add(address)
            next_change = _next(next_change, moment, begins, ends)
        self.stuck = frozenset(stuck)
        return next_change

    def _silent_at(self, device: Device, moment: Instant) -> tuple[Instant, Instant, Instant]:
        """When its silence is that of one that is gone, when it is not its way, and from when on that is known."""
        view, since = self.devices.get(device.address, _UNKNOWN), self.silent_since(device) or self.started
        known_from = max(self.started, device.registered_at) + _KNOWN_FOR
        gone = strange = since + self._limits[device.address]
        if view.words >= _KNOWN_WORDS and moment >= known_from:
            strange = min(gone, since + max(_OWN_AT_LEAST, _OWN_TIMES * view.pause * SECOND))
        return gone, strange, known_from

    def toggled(self, view: DeviceView, at: Instant) -> bool:
        """A contact toggled; whether it has just been found to toggle without end."""
        since, count, until = view.toggles or [at, 0, 0]
        if not since <= at < since + MINUTE:
            since, count = at, 0
        count += 1
        found = count > TOGGLES and at >= until
        view.toggles = [since, count, at + CALM_AFTER if count > TOGGLES else until]
        return found

    def sees_enough(self, devices: Sequence[Device]) -> bool:
        """Whether absence of activity at these devices says anything: half of them heard, one that sees people too."""
        healthy = [device for device in devices if device.address not in self.unhealthy]
        if any(not SEES.isdisjoint(device.quantities) for device in devices):
            return 2 * len(healthy) >= len(devices) and any(
                not SEES.isdisjoint(device.quantities) for device in healthy
            )
        return 2 * len(healthy) >= len(devices)

    def has_unseen_room(self, devices: Sequence[Device], since: Instant) -> bool:
        """Whether somebody may be in a room that none of these devices sees now, and one of them used to.

        A sensor whose last word `since` then was the last movement that was seen is not held against them.
        """
        eyes = [one for one in devices if not SEES.isdisjoint(one.quantities)]
        seen = {one.room for one in eyes if one.address not in self.unhealthy or self._holds_since(one.address, since)}
        return any(one.room not in seen for one in eyes)

    def _holds_since(self, address: str, since: Instant) -> bool:
        begins, _ = stuck_times(self.devices[address]) if address in self.stuck else (None, None)
        return begins is not None and begins - STUCK_AFTER >= since

    def cannot_see(self, room: str | None, devices: Sequence[Device]) -> bool:
        """Whether all of these devices that stand in the room are silent."""
        there = [device for device in devices if device.room == room]
        return bool(there) and all(device.address in self.unhealthy for device in there)


def _next(known: Instant, now: Instant, *moments: Instant | None) -> Instant:
    """The first of these that is yet to come, or the one that was known if that is sooner."""
    for at in moments:
        if at is not None and now < at < known:
            known = at
    return known


def stuck_times(view: DeviceView) -> tuple[Instant | None, Instant | None]:
    """From when and until when a device counts as stuck, as things stand; (None, None) for not at all.

    One that never says that movement has ended is not held to be stuck by saying that there is some.
    """
    held = [
        at + STUCK_AFTER
        for name, (value, at) in view.values.items()
        if value is True and name.endswith(("motion", "presence")) and name in view.clears
    ]
    if held:
        return min(held), None
    if view.toggles and view.toggles[2]:
        return view.toggles[2] - CALM_AFTER, view.toggles[2]
    return None, None
