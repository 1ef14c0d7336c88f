"""What the journal's edges tell the dashboards: strangers that were heard, and messages that nobody could read. Pure.

What each measurement holds is declared in gateway/recorder/schema.py. Of a home without consent nothing is told.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from devices.instant import DAY, MILLISECOND, SECOND, Instant
from gateway.model import GATEWAY_HOME, Directory, Fact, SightingSummary, is_named
from gateway.ports import Journal

MOST_STRANGERS = 500
"""A receiver by a busy road hears the tyres of every car: each address is a series of its own in the store."""
BY_NAME = "zigbee2mqtt:name:*"
"""In place of addresses by friendly name, which may hold anything, also somebody's name."""
_MODEL = 64
_CODE = re.compile(r"[a-z_]{1,32}")


async def strangers(journal: Journal, directory: Directory, now: Instant) -> Sequence[Fact]:
    """Devices that nobody has registered, and messages that nobody could read. TryLater where they cannot be asked."""
    found = unregistered(await journal.sightings(), directory, now)
    return [*found, *rejected(await journal.rejected(), directory, now)]


def unregistered(seen: Iterable[SightingSummary], directory: Directory, now: Instant) -> Sequence[Fact]:
    """Addresses heard within a day that nobody has registered, the latest first."""
    told: dict[tuple[str, str], Fact] = {}
    for one in seen:
        home = _home(directory, one.hub)
        if not one.count or one.last_heard <= now - DAY or home is None:
            continue
        address = BY_NAME if is_named(one.address) else one.address
        before = told.get((home, address))
        if before is None and len(told) >= MOST_STRANGERS:
            continue
        fields: dict[str, float | str] = {"count": float(one.count), "heard_s": max(0, now - one.last_heard) / SECOND}
        if before is not None:
            fields = {"count": float(before.fields["count"]) + one.count,
                      "heard_s": min(float(before.fields["heard_s"]), float(fields["heard_s"]))}  # fmt: skip
        elif one.model and address is not BY_NAME:
            fields["model"] = one.model[:_MODEL]
        told[home, address] = Fact("unregistered", home, {"device": address}, fields, _whole(now))
    return tuple(told.values())


def rejected(counts: Mapping[tuple[str, str | None], int], directory: Directory, now: Instant) -> Sequence[Fact]:
    """How many messages are kept that could not be read, by home and reason."""
    told: Counter[tuple[str, str]] = Counter()
    for (reason, hub), count in counts.items():
        home = _home(directory, hub) or GATEWAY_HOME
        told[home, reason if _CODE.fullmatch(reason) else "other"] += count
    return [
        Fact("gateway_rejected", home, {"reason": reason}, {"count": float(count)}, _whole(now))
        for (home, reason), count in told.items()
    ]


def _home(directory: Directory, hub: str | None) -> str | None:
    """Whose hub it is: the gateway's, where it is nobody's; None where the home has not consented."""
    found = None if hub is None else directory.hubs.get(hub)
    if found is None:
        return GATEWAY_HOME
    return found[0].reference if found[0].consent else None


def _whole(at: Instant) -> Instant:
    return at // MILLISECOND * MILLISECOND
