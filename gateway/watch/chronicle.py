"""What is written down of a home for dashboards, beside what its rules say: its days, their change, and its devices."""

from collections.abc import Mapping, Sequence
from datetime import date
from zlib import crc32

from devices.instant import HOUR, MINUTE, SECOND, Instant
from gateway.model import Device, Fact
from gateway.watch.changes import changes
from gateway.watch.daily import Ended, activity, daily
from gateway.watch.equipment import LEVELS, DeviceView
from gateway.watch.view import HomeView, tells_of_activity

_SOON = 10 * MINUTE
_LOW = 15.0
"""Per cent: rule 19 (FIELD.md) tells of a battery there."""
_NEVER: Instant = 2**63 - 1
_NEVER_HEARD = DeviceView()
State = tuple[bool, bool, bool]
"""Silent, stuck, battery low."""


class Chronicle:
    """Of one home. `hour` at the moment `due`, `look` whenever its devices may be otherwise, `day` after each day.

    Homes have their moments spread over the hour, by their references. Nothing is kept in the hot state: after a
    restart the devices are told again within the hour, and the day's changes with them, at the time they had before.
    Where nobody `reads` it, nothing is written and nothing is ever due.
    """

    def __init__(self, view: HomeView, now: Instant, *, reads: bool) -> None:
        self._view = view
        self._reads = reads
        self._known: Mapping[str, State] | None = None
        self._compared: date | None = None
        self._offset = crc32(view.home.reference.encode()) % (HOUR // SECOND) * SECOND
        self.due: Instant = 0
        self.begin(now)

    def begin(self, now: Instant) -> None:
        """Go on from `now`: what was before it was not seen, or is told."""
        self._known = None
        self.later(now)

    def later(self, now: Instant) -> None:
        """The next hour of this home after `now`."""
        self.due = _NEVER if not self._reads else (now - self._offset) // HOUR * HOUR + HOUR + self._offset

    def missed(self, end: Instant) -> None:
        """We could not listen until `end`. What was due meanwhile is due soon, and not of all homes at once."""
        if self.due <= end:
            self.due = end + self._offset % _SOON

    def hour(self, now: Instant) -> Sequence[Fact]:
        """How each device is; and once a day, how the days have changed."""
        view = self._view
        self.later(now)
        self._known = {device.address: self._state(device) for device in view.home.devices}
        facts = [self._fact(device, self._known[device.address], now) for device in view.home.devices]
        if self._compared != view.date:
            self._compared = view.date
            facts += changes(view.routine, view.home, view.date, view.day_start)
        return facts

    def look(self, now: Instant) -> Sequence[Fact]:
        """How those devices are that were otherwise until now."""
        if not self._reads:
            return ()
        known, devices = self._known, self._view.home.devices
        self._known = {device.address: self._state(device) for device in devices}
        if known is None or known == self._known:
            return ()
        changed = (device for device in devices if known.get(device.address) != self._known[device.address])
        return [self._fact(device, self._known[device.address], now) for device in changed]

    def day(self, ended: Ended, figures: Mapping[str, float]) -> Sequence[Fact]:
        """What a day was like, with what the rules say of it."""
        if not self._reads:
            return ()
        home = self._view.home
        watched = {home.room_kind(one.room) for one in home.devices if tells_of_activity(one)}
        hours = activity(ended, home)
        told = daily(ended, home, watched, figures)
        return [told] if hours is None else [told, hours]

    # ---------------------------------------------------------------- devices

    def _state(self, device: Device) -> State:
        view, known = self._view, self._view.devices.get(device.address, _NEVER_HEARD)
        low = known.levels.get("battery", 100.0) <= _LOW or any(
            value is True for name, (value, _) in known.values.items() if name.endswith("battery_low")
        )
        return device.address in view.silent, device.address in view.stuck, low

    def _fact(self, device: Device, state: State, now: Instant) -> Fact:
        view, known = self._view, self._view.devices.get(device.address, _NEVER_HEARD)
        tags = {"area": view.home.area, "room": device.room, "role": device.role, "device": device.address}
        silent, stuck, low = state
        fields: dict[str, float | str] = {"silent": float(silent), "stuck": float(stuck), "battery_low": float(low)}
        if (heard := view.last_heard(device)) is not None:
            fields["heard_s"] = float(max(0, now - heard) // SECOND)
        fields |= {name: float(known.levels[name]) for name in LEVELS if name in known.levels}
        if device.model:
            fields["model"] = device.model
        return Fact("device_state", view.home.reference, {name: tag for name, tag in tags.items() if tag}, fields, now)
