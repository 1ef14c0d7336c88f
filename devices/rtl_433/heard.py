"""Devices that say with every message what they are: introduced once, and again when they say something new."""

from collections import OrderedDict
from collections.abc import Iterable

from devices.measurement import Description

MOST_DEVICES = 4_096


class Heard:
    """The quantities of each device heard so far."""

    def __init__(self) -> None:
        self._devices: OrderedDict[str, frozenset[str]] = OrderedDict()

    def introduce(
        self, address: str, name: str, maker: str | None, model: str | None, quantities: Iterable[str]
    ) -> tuple[Description, ...]:
        """The device's picture so far, if this message changed it."""
        known = self._devices.get(address)
        now = frozenset(quantities) if known is None else known.union(quantities)
        if now == known:
            return ()
        self._devices[address] = now
        if len(self._devices) > MOST_DEVICES:
            self._devices.popitem(last=False)
        return (Description(address, name, maker, model, tuple(sorted(now))),)
