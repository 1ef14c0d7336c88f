"""A long absence ends in a question to the family, never in silence."""

from collections.abc import Iterable

from devices.instant import HOUR, Instant, rfc3339
from gateway.model import Device, Home, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import ACTIVITY, HomeView, Seen


class AbsenceParameters(Parameters):
    """After how long we ask: `inferred_after` where nobody was seen leaving, `seen_after` where a door told of it.

    FIELD.md gives 18 h for the first. Somebody who was seen leaving and sleeps elsewhere is asked for the next day.
    """

    inferred_after: Duration = 18 * HOUR
    seen_after: Duration = 26 * HOUR


class Absence(RuleType[AbsenceParameters]):
    """Nobody has been at home, it seems, for long: are they away? Asked once per absence; coming home clears.

    While they are taken to be out no rule misses them, so that what was assumed must be asked about in the end: a
    visitor may have left, and not the resident.
    """

    name = "absence"
    concerns = "person"
    priority = 3
    on_activity = True
    concludes_from_absence = True
    Parameters = AbsenceParameters
    needs = "no sensor that could show activity is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Whatever tells of activity, save what is worn."""
        return not ACTIVITY.isdisjoint(quantities) and device.role not in ("pendant", "pull-cord")

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Somebody is there."""
        if seen.active and "asked" in state and view.absence(now) is None:
            del state["asked"]
            yield self.verdict("clear", view, say("absence.back", since=seen.reading.at), at=seen.reading.at, now=now,
                               readings=(seen.reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When we ask, if nothing is seen until then."""
        if "asked" in state or view.home.mode != "at home" or (left := view.left()) is None:
            return None
        since = max(left.since, view.base or 0)  # while the home was set to away nobody was missed
        return since + (self.parameters.seen_after if left.seen else self.parameters.inferred_after)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """We ask."""
        away = view.absence(now)
        state["asked"] = True
        if away is None:
            return
        kind = "seen" if away.seen else "inferred"
        yield self.verdict(
            "trigger",
            view,
            say("absence.question", lasting=now - away.since),
            say(f"absence.{kind}", since=away.since, room=view.moved_in),
            say("absence.ask"),
            self.health(view),
            at=now,
            since=rfc3339(away.since),
            last_room=view.moved_in,
            assumed="out, as a door told" if away.seen else "out, inferred from a last sign at the entrance",
        )
