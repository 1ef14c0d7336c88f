"""Where readings go: one of them to each millisecond of a (home, device, quantity), so that no store merges two."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from devices.instant import MILLISECOND, Instant
from gateway.model import Flag, Reading

Slot = tuple[Instant, str, str, str]
"""(at, home, device, quantity)."""
Event = tuple[str, str, str, str]
"""(identity, home, device, quantity)."""

_RUNS_REMEMBERED = 10_000


class Placing:
    """Shifts a reading whose slot is occupied to the next free millisecond; marks one whose identity is known.

    It remembers where a run of occupied slots ends, so that a thousand readings of one instant cost a thousand look-ups
    and not half a million. `forget` after a transaction that was rolled back: those slots are free again.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str, str], tuple[Instant, Instant]] = {}

    def forget(self) -> None:
        """Drop what was learned about occupied slots."""
        self._runs.clear()

    def place(
        self, readings: Sequence[Reading], occupied: Callable[[Slot], bool], known: Callable[[Event], bool]
    ) -> list[Reading]:
        """The readings as they are to be kept, in the same order; `occupied` and `known` tell what is on record."""
        placed: list[Reading] = []
        slots: set[Slot] = set()
        events: set[Event] = set()
        for reading in readings:
            if reading.identity is not None:
                event = (reading.identity, reading.home, reading.device, reading.quantity)
                if event in events or known(event):
                    placed.append(replace(reading, flags=reading.flags | Flag.DUPLICATE))
                    continue
                events.add(event)
            if reading.flags != 0 and reading.flags & Flag.DUPLICATE:
                placed.append(reading)
                continue
            key = (reading.home, reading.device, reading.quantity)
            slot = (reading.at, *key)
            if slot not in slots and key not in self._runs and not occupied(slot):
                slots.add(slot)
                placed.append(reading)
                continue
            at = self._free(reading.at, key, lambda slot: slot in slots or occupied(slot))
            slots.add((at, *key))
            placed.append(reading if at == reading.at else replace(reading, at=at))
        return placed

    def _free(self, wanted: Instant, key: tuple[str, str, str], occupied: Callable[[Slot], bool]) -> Instant:
        first, last = self._runs.get(key, (wanted, wanted - MILLISECOND))
        in_run = first <= wanted <= last and (wanted - first) % MILLISECOND == 0
        at = last + MILLISECOND if in_run else wanted
        while occupied((at, *key)):
            at += MILLISECOND
        if at != wanted:
            if len(self._runs) >= _RUNS_REMEMBERED:
                self._runs.clear()
            self._runs[key] = (first if in_run else wanted, at)
        return at
