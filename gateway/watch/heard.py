"""Whether the home itself can be heard: quiet means something only while its hubs are."""

from devices.instant import MINUTE, Instant
from gateway.watch.view import HomeView

_BEAT = 16 * MINUTE
"""A hub gives a word every 15 minutes (FIELD.md, rule 18), and counts as silent only after three."""
LOOK_AGAIN = 5 * MINUTE


def heard_lately(view: HomeView, now: Instant) -> bool:
    """Whether some hub has given its last beat. Before much shorter than three beats is concluded, that is asked."""
    return view.trusting or any((hub.heard or 0) >= now - _BEAT for hub in view.hubs.values())
