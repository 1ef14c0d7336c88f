"""What a home's days have taught, learned again from the store where it was lost."""

from dataclasses import replace
from typing import NamedTuple

from devices.instant import DAY, Instant
from gateway.model import Home, Rule
from gateway.ports import Store
from gateway.replay.recorded import Recorded
from gateway.replay.trying import Played

RELEARNED = 56 * DAY


class Relearned(NamedTuple):
    """`data` is what gateway/watch/routine saves: a baseline."""

    data: bytes
    days: int


async def relearn(store: Store, home: Home, now: Instant, gateway: str) -> Relearned | None:
    """Live through the last 56 days again; None where nothing was recorded. Raises TryLater or FixConfiguration.

    What days teach rests on what was seen, not on rules, so only one that costs nothing goes along. Days on which the
    home was away count by what was seen in them, as its mode then is not recorded.
    """
    home = replace(home, mode="at home", rules=(Rule("pendant"),), pack=None)
    recorded = Recorded(store, home, gateway)
    played = Played((home,), now)
    await played.hear_all(recorded.heard(now - RELEARNED, now))
    for run in played.runs:
        run.watch.advance(now)
        return Relearned(run.watch.view.routine.save(), run.watch.view.routine.days)
    return None
