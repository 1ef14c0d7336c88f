"""Priority 1 concerns of one home name each other: a press and smoke in one flat belong together."""

import re

from devices.instant import HOUR, Instant
from gateway.watch.view import HomeView

_TOGETHER = 2 * HOUR
_AT_MOST = 4


def also_urgent(view: HomeView, label: str, at: Instant) -> tuple[str, ...]:
    """Words on the latest other urgent concern of the last two hours, if any; remembers this one."""
    kind = re.split(" at | between ", label, maxsplit=1)[0]
    recent = [entry for entry in view.urgent if abs(at - entry[0]) <= _TOGETHER]
    others = [entry[1] for entry in recent if not entry[1].startswith(kind)]
    view.urgent = [*(entry for entry in recent if not entry[1].startswith(kind)), [at, label]][-_AT_MOST:]
    return (f"also: {others[-1]}",) if others else ()
