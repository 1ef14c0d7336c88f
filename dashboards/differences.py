"""What makes two states of a dashboard different, whoever saved them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
_GRAFANAS_OWN = frozenset({"id", "version", "iteration"})
"""Keys that Grafana gives, or counts up at each save."""


def plain(board: Mapping[str, Any]) -> Json:
    """A dashboard without what Grafana adds to it."""
    return {key: value for key, value in board.items() if key not in _GRAFANAS_OWN}


def digest(board: Mapping[str, Any]) -> str:
    """Twelve letters that stand for all that a dashboard says; key order does not count."""
    text = json.dumps(plain(board), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Each panel that was changed, added or taken away by its title, then other parts by their key."""
    old, new = _panels(before), _panels(now)
    found = [f"panel {_title(panel)}: taken away" for key, panel in old.items() if key not in new]
    found += [f"panel {_title(panel)}: added" for key, panel in new.items() if key not in old]
    found += [f"panel {_title(old[key])}: changed" for key in old if key in new and old[key] != new[key]]
    was, is_now = plain(before), plain(now)
    keys = [*was, *(key for key in is_now if key not in was)]
    return (*found, *(f"{key}: changed" for key in keys if key != "panels" and was.get(key) != is_now.get(key)))


def _panels(board: Mapping[str, Any]) -> dict[object, Json]:
    found: dict[object, Json] = {}
    for place, panel in enumerate(board.get("panels") or ()):
        inside = panel.get("panels") or ()
        for number, one in enumerate(({**panel, "panels": []} if inside else panel, *inside)):
            found[one.get("id", ("without id", place, number))] = one
    return found


def _title(panel: Mapping[str, Any]) -> str:
    return f"“{panel['title']}”" if panel.get("title") else f"{panel.get('id', 'without id')}"
