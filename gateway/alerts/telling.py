"""Facts on their way to the recorder: written and deleted in pieces, each a transaction.

So nobody's call for help waits for what is told of ten thousand homes.
"""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts import effects, queries
from gateway.alerts.homestate import Seen
from gateway.database.engine import Database
from gateway.model import Fact

FACTS_AT_ONCE = 2_000
HOMES_AT_ONCE = 200
MOST_KEPT = 2_000_000
"""Facts that may wait, about 500 MB: what is told of a hundred homes in sixteen hours."""


async def restate(database: Database, now: Instant) -> None:
    """Write what dashboards want every minute: open alerts, rule states, how each home is, how messages fare.

    While too much waits for a store that is away, only what happens is kept for it.
    """
    if await database.run(queries.facts_kept) > MOST_KEPT:
        return
    told, homes = await database.run(lambda session: queries.restated(session, now))
    await tell(database, told)
    for start in range(0, len(homes), HOMES_AT_ONCE):
        await database.run(partial(_tell_of, homes=homes[start : start + HOMES_AT_ONCE], now=now))


async def tell(database: Database, told: Sequence[Fact]) -> None:
    """Write these."""
    for start in range(0, len(told), FACTS_AT_ONCE):
        await database.run(partial(effects.keep_facts, told=told[start : start + FACTS_AT_ONCE]))


async def prune(database: Database, up_to: int) -> int:
    """Delete facts up to this id, but never the last one: its id must not be given out again. How many."""
    total = 0
    while gone := await database.run(partial(queries.prune_facts, up_to=up_to, limit=FACTS_AT_ONCE)):
        total += gone
    return total


def _tell_of(session: Session, homes: Sequence[Seen], now: Instant) -> None:
    effects.keep_facts(session, queries.homes_restated(session, homes, now))
