"""The contract of a rule type: a pure state machine over one home's readings and clock."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Literal, TypeVar

from devices.instant import MINUTE, Instant, rfc3339
from gateway.model import EXTERIOR_DOORS, Concerns, Device, Evidence, Flag, Home, Priority, Reading, RuleState, Verdict
from gateway.speech import Phrase, say, worded
from gateway.watch.parameters import Parameters
from gateway.watch.routine.routine import LEARNING_DAYS
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import device_name, in_words, named

P = TypeVar("P", bound=Parameters)
CONFIRMED_WITHIN = 45 * MINUTE
State = dict[str, Any]
"""A rule's own memory of one home: JSON values only, changed in place by the rule and kept by the engine."""


class RuleType(Generic[P]):
    """One configured rule of one home. It holds parameters only; what it remembers is in the `state` it is handed.

    `reads` are the quantities whose readings it wants; `on_activity` adds every reading that proves activity, and
    `on_any_word` every reading of any device while `awaits_word`. What is not wanted may move its `due` on, never back.
    The engine calls `on_time` at the moments that `due` names while the rule is not blind; an exception from either
    makes this rule of this home blind and concerns no other.
    """

    name: ClassVar[str]
    concerns: ClassVar[Concerns]
    priority: ClassVar[Priority]
    reads: ClassVar[frozenset[str]] = frozenset()
    on_activity: ClassVar[bool] = False
    on_any_word: ClassVar[bool] = False
    rests_on_quiet: ClassVar[bool] = True
    """Whether hearing nothing counts for it. A rule on a state does not mind that we could not listen for a while: what
    was said meanwhile reaches us when we can, and `on_gap` tells it only of sensors that nobody could hear."""
    Parameters: ClassVar[type[Parameters]] = Parameters

    def __init__(self, parameters: P, route: str = "default") -> None:
        self.parameters = parameters
        self.route = route

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """What a reading means for this rule."""
        return ()

    def awaits_word(self, state: State) -> bool:
        """Whether something was raised that a word from any device may clear."""
        return bool(state.get("silent"))

    def on_verdict(self, state: State, verdict: Verdict, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """What another rule of this home has concluded; asked only of those that `hear_verdicts`."""
        return ()

    def due(self, state: State, view: HomeView) -> Instant | None:  # noqa: ARG002
        """The next instant at which time alone may change something; None for never."""
        return None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """What the clock brings about. Must change the state so that `due` moves on."""
        return ()

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """The rule could not see between `start` and `end`."""
        return

    def begin(self, state: State, view: HomeView, now: Instant) -> None:  # noqa: ARG002
        """The rule is new in this home, which may be known for long."""
        return

    def day_figures(self, state: State, view: HomeView, start: Instant, end: Instant) -> Mapping[str, float]:  # noqa: ARG002
        """What it has to say of the day from `start` to `end`, which is over: fields of the fact `daily`.

        Asked once for each day. What the state kept for it may be forgotten.
        """
        return {}

    def on_health(self, state: State) -> None:  # noqa: ARG002
        """Who is healthy, or what is registered, has changed: `due` must be worked out afresh."""
        return

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Whether this rule's sight depends on the device, which is known to report `quantities`."""
        return not self.reads.isdisjoint(quantities)

    believes_anybody: ClassVar[bool] = False
    """Whether a reading that nobody vouches for (Flag.UNTRUSTED) may clear too; see Active.hear."""
    learns: ClassVar[bool] = False
    """Whether it rests on the learned routine: then it is blind, and says so, while that is not ready."""
    hears_verdicts: ClassVar[bool] = False
    """Whether it is told what the other rules conclude."""
    concludes_from_absence: ClassVar[bool] = False
    """Whether it takes quiet for a sign: then it is blind as soon as too little can be seen."""
    needs: ClassVar[str] = "no sensor that it could use is registered"
    """The reason given when nothing it rests on is registered."""

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:  # noqa: ARG002
        """Armed, degraded or blind, with the reason in words."""
        devices = self.devices(view)
        if not devices:
            return RuleState.BLIND, self.needs
        if self.learns and not view.routine.ready:
            return RuleState.BLIND, f"still learning: {view.routine.days} of {LEARNING_DAYS} days"
        silent = [device for device in devices if device.address in view.unhealthy]
        if not silent:
            return RuleState.ARMED, "all sensors healthy" if len(devices) > 1 else "its sensor is healthy"
        names = in_words(sorted({device_name(device) for device in silent})[:4])
        if len(silent) == len(devices):
            return RuleState.BLIND, f"nothing is heard from {names}"
        if self.concludes_from_absence and not view.sees_enough(devices):
            return RuleState.BLIND, f"too little can be seen without {names}"
        return RuleState.DEGRADED, f"{len(silent)} of {len(devices)} sensors silent: {names}"

    def devices(self, view: HomeView) -> list[Device]:
        """The registered devices that this rule rests on."""
        return [
            device for device in view.home.devices if self.rests_on(device, frozenset(device.quantities), view.home)
        ]

    # ---------------------------------------------------------------- building verdicts

    def verdict(  # noqa: PLR0913 - a verdict has that many parts
        self,
        kind: Literal["trigger", "clear", "cancel"],
        view: HomeView,
        *said: Phrase | None,
        at: Instant,
        now: Instant | None = None,
        subject: str | None = None,
        priority: Priority | None = None,
        readings: Iterable[Reading] = (),
        received_at: Instant | None = None,
        **details: Any,  # noqa: ANN401 - JSON values
    ) -> Verdict:
        """A verdict of this rule about its home, with the health of the sensors that it rests on.

        What is `said` is worded as of `now`, or of `at`; nothing is said by None.
        """
        phrases = tuple(one for one in said if one is not None)
        devices, readings = self.devices(view), tuple(readings)
        heard = {reading.device for reading in readings}
        silent = tuple(one.address for one in devices if one.address in view.unhealthy and one.address not in heard)
        return Verdict(
            kind,
            view.home.reference,
            self.name,
            subject,
            at,
            self.concerns,
            self.parameters.priority or priority or self.priority,
            worded(phrases, view.home.zone, at if now is None else now),
            Evidence(
                tuple(reading_json(reading) for reading in readings),
                len(devices) - len(silent),
                len(devices),
                silent,
                details,
            ),
            self.route,
            received_at,
            phrases,
        )

    def health(self, view: HomeView) -> Phrase:
        """What the rule rests on, and how that is: all its sensors work, or some are silent."""
        devices = self.devices(view)
        silent = [device for device in devices if device.address in view.unhealthy]
        if not silent:
            return say("shared.all_sensors_work", count=len(devices))
        return say("shared.some_sensors_silent", healthy=len(devices) - len(silent), count=len(devices),
                   silent=[named(device) for device in silent[:4]])  # fmt: skip


def confirmed(state: State, seen: Seen, view: HomeView) -> Instant | None:
    """Since when activity in a home that seemed empty is believed: movement only with a second within 45 minutes.

    Where firings come alone anyway, one is enough.

    A reading that nobody vouches for confirms none that somebody does.
    """
    at = seen.reading.at
    trusted = not seen.reading.flags & Flag.UNTRUSTED
    first: Instant | None = state.get("sign" if trusted else "any_sign", state.get("sign"))
    state["any_sign"] = at
    if trusted:
        state["sign"] = at
    if first is not None and first < at <= first + CONFIRMED_WITHIN:
        return first
    return None if seen.reading.quantity == "motion" and view.lone_is_weak() else at


def reading_json(reading: Reading) -> dict[str, Any]:
    """A reading as evidence."""
    return {
        "device": reading.device,
        "room": reading.room,
        "quantity": reading.quantity,
        "value": reading.value,
        "at": rfc3339(reading.at),
    }


def doors_say(view: HomeView, since: Instant | None) -> Phrase:
    """What the outside doors say about the time since `since`; of one that is not heard nobody knows."""
    doors = [device for device in view.home.devices if device.role in EXTERIOR_DOORS]
    if not doors:
        return say("shared.no_door_sensor")
    one = {"door": named(doors[0])} if len(doors) == 1 else {}
    kind = "door" if one else "doors"
    if view.door_at is None or (since is not None and view.door_at < since):
        heard = all(device.address not in view.unhealthy for device in doors)
        return say(f"shared.{kind}_{'not_opened' if heard else 'unknown'}", **one)
    return say(f"shared.{kind}_moved", at=view.door_at, **one)
