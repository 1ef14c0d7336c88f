"""What a decoder remembers is bounded, so that nobody can fill our memory by sending ever new names."""

from collections.abc import Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def keep(table: dict[K, V], key: K, value: V, most: int) -> V:
    """Put the value in as the latest, and forget the oldest beyond `most`; returns the value."""
    table.pop(key, None)
    if len(table) >= most:
        del table[next(iter(table))]
    table[key] = value
    return value
