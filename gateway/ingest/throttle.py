"""How much one topic may send: a burst at any speed, then so many messages a second. Pure; time is an argument.

A device gone wild must not fill the journal that all homes share. What is beyond the limit is acknowledged, counted and
not kept, but for what is urgent: a press or an alarm still comes through, once a second each, and a hazard's change of
value always.

    if draining:
        throttle.forget_values()
    elif not throttle.allows(topic, now) and not throttle.keeps(hub, topic, decoded, now):
        ...  # leave it
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from devices.instant import MINUTE, SECOND, Instant
from devices.measurement import Decoded, Measurement
from devices.quantity import SAFETY
from gateway.ingest.topics import shape
from gateway.model import GATEWAY_HOME, Directory, Trouble
from gateway.saying import counted

OVER_AFTER = 5 * MINUTE
"""A flood is over when for so long nothing of it had to be left."""
URGENT_EVERY = SECOND
_RATE_OVER = 2 * SECOND
_SWEEP_FROM, _MOST_TOPICS = 4_096, 100_000
_MOST_VALUES = 32
"""Of one topic: hazards whose last value is known, and urgent values that have a second of their own."""
_FLOODING: Instant = 1 << 62
_STRANGE = re.compile(r"[^A-Za-z0-9._-]")

_Urgent = tuple[str, str, str]


@dataclass(slots=True)
class _Flood:
    """One topic beyond its limit. `full_at`: when its allowance would be whole again."""

    hub: str
    began: Instant
    full_at: Instant
    left_at: Instant
    left: int = 0
    address: str | None = None
    rate: float = 0.0
    """The highest of any stretch so far, messages a second."""
    counting_since: Instant = 0
    counting: int = 0
    hazards: dict[tuple[str, str], object] = field(default_factory=dict)
    urgent_at: dict[_Urgent, Instant] = field(default_factory=dict)

    def count(self, now: Instant) -> None:
        """One more message has come."""
        if now - self.counting_since >= _RATE_OVER:
            self.rate = max(self.rate, self.counting * SECOND / (now - self.counting_since))
            self.counting_since, self.counting = now, 0
        self.counting += 1

    def changes(self, measurements: Sequence[Measurement]) -> bool:
        """Whether a hazard has another value than the last one kept, or than we can know; remembers it."""
        changed = False
        for one in measurements:
            key = one.address, one.quantity
            if one.quantity not in SAFETY or (len(self.hazards) >= _MOST_VALUES and key not in self.hazards):
                continue
            if key not in self.hazards or self.hazards[key] != one.value:
                self.hazards[key] = one.value
                changed = True
        return changed

    def presses(self, measurements: Sequence[Measurement], now: Instant) -> bool:
        """Whether there is a press or an alarm whose equal did not come through within the last second."""
        due = False
        for one in measurements:
            if one.quantity == "button" or (one.quantity in SAFETY and one.value is True):
                key = one.address, one.quantity, str(one.value)
                if len(self.urgent_at) >= _MOST_VALUES and key not in self.urgent_at:
                    key = ("", "", "")  # so many different ones share a second
                if not 0 <= now - self.urgent_at.get(key, -URGENT_EVERY) < URGENT_EVERY:
                    self.urgent_at[key] = now
                    due = True
        return due


class Throttle:
    """Allowances of all topics: `burst` messages at any speed, and `per_s` a second after that.

    An allowance is kept as the instant at which it would be whole again; one that is whole need not be remembered, so
    the memory that strangers can take is bounded by how fast they send, and nobody's allowance makes way for another.
    """

    def __init__(self, burst: int, per_s: float) -> None:
        self.throttled = 0
        """Messages that were left, ever."""
        self._interval = max(1, round(SECOND / per_s))
        self._reach = (burst - 1) * self._interval
        self._full_at: dict[str, Instant] = {}
        self._floods: dict[str, _Flood] = {}
        self._sweep_at = _SWEEP_FROM
        self._per_s = per_s

    def allows(self, topic: str, now: Instant) -> bool:
        """Whether a message on the whole topic is within its limit. If not, ask `keeps` with what it says."""
        full_at = self._full_at.get(topic, 0)
        if full_at <= now:
            full_at = now
            if len(self._full_at) >= self._sweep_at:
                self._sweep(now)
        elif full_at > now + self._reach:
            if full_at == _FLOODING or full_at <= now + self._reach + self._interval:
                return False
            full_at = now  # further than an allowance can reach: the clock was put back
        self._full_at[topic] = full_at + self._interval
        return True

    def keeps(self, hub: str, topic: str, decoded: Decoded, now: Instant) -> bool:
        """Whether a message that `allows` did not allow is to be kept all the same."""
        flood = self._floods.get(topic) or self._begin(hub, topic, now)
        flood.count(now)
        if decoded.measurements:
            flood.address = decoded.measurements[0].address
        changed = flood.changes(decoded.measurements)
        if flood.full_at > now + self._reach + self._interval:
            flood.full_at = now
        if flood.full_at <= now + self._reach:
            flood.full_at = max(flood.full_at, now) + self._interval
            return True
        if flood.presses(decoded.measurements, now) or changed:
            return True
        flood.left += 1
        flood.left_at = now
        self.throttled += 1
        return False

    def forget_values(self) -> None:
        """Messages go by without a limit, as a backlog drains: which value of a hazard was last kept is not known."""
        for flood in self._floods.values():
            flood.hazards.clear()

    def troubles(self, directory: Directory, now: Instant) -> Sequence[Trouble]:
        """One for each device, or topic, that sends too much or did so within the last five minutes."""
        for topic in [topic for topic, flood in self._floods.items() if now - flood.left_at >= OVER_AFTER]:
            self._full_at[topic] = self._floods.pop(topic).full_at
        found: dict[str, list[_Flood]] = {}
        names: dict[str, str] = {}
        for topic, flood in self._floods.items():
            if flood.left and (flood.rate or now - flood.counting_since >= _RATE_OVER):
                subject, name = _who(flood, topic, directory)
                found.setdefault(subject, []).append(flood)
                names[subject] = name
        return [self._trouble(subject, names[subject], floods, directory) for subject, floods in found.items()]

    def _trouble(self, subject: str, name: str, floods: Sequence[_Flood], directory: Directory) -> Trouble:
        """Several topics of one device are one trouble."""
        rate = sum(flood.rate or flood.counting * SECOND / _RATE_OVER for flood in floods)
        left = sum(flood.left for flood in floods)
        sentence = (
            f"{name} sends about {counted(_rounded(rate), 'message')} a second: {self._per_s:g} a second are kept, and"
            f" about {_rounded(left):,} were not; presses and alarms among them still come through. Take it off the"
            " network (its battery or plug out), and set it up anew or replace it."
        )
        known = directory.hubs.get(floods[0].hub)
        home = GATEWAY_HOME if known is None else known[0].reference
        return Trouble("flood", subject, sentence, min(flood.began for flood in floods), home)

    def _begin(self, hub: str, topic: str, now: Instant) -> _Flood:
        if len(self._floods) >= _MOST_TOPICS:
            oldest = next(iter(self._floods))
            self._full_at[oldest] = self._floods.pop(oldest).full_at
        full_at = self._full_at.get(topic, now)
        self._full_at[topic] = _FLOODING
        flood = self._floods[topic] = _Flood(hub, now, full_at, left_at=now, counting_since=now)
        return flood

    def _sweep(self, now: Instant) -> None:
        """Forget allowances that are whole."""
        self._full_at = {topic: full_at for topic, full_at in self._full_at.items() if full_at > now}
        if len(self._full_at) >= _MOST_TOPICS:  # only after the clock was put back: then all begin anew
            self._full_at = dict.fromkeys(self._floods, _FLOODING)
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._full_at))


def _who(flood: _Flood, topic: str, directory: Directory) -> tuple[str, str]:
    """What the trouble is about, and its name in a sentence. A device that is not registered is not named."""
    found = directory.find(flood.hub, flood.address) if flood.address is not None else None
    if found is None:
        hub = _STRANGE.sub("?", flood.hub)  # of a hub that is registered nowhere it may be any text
        return f"{hub}/{shape(topic)}", f"Something behind hub {hub}, on a topic such as {shape(topic)},"
    device = found[1]
    what = " ".join(filter(None, (device.role or "device", f"in {device.room}" if device.room else "")))
    return f"{flood.hub}/{device.address}", f"The {what} ({device.address} of hub {flood.hub})"


def _rounded(number: float) -> int:
    """To two digits that count."""
    whole = max(1, round(number))
    return round(whole, 2 - len(str(whole)))
