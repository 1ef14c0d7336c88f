"""A registry that lives in memory, for tests and demonstrations of single stages."""

from dataclasses import replace

from devices.instant import Instant
from devices.measurement import Description
from gateway.model import Device, Directory, Home
from gateway.registry.devices import told_of
from gateway.registry.homefile import HomeFile


class MemoryRegistry:
    """Registry of the homes it was given; every change raises the revision."""

    def __init__(self, *homes: Home) -> None:
        self._homes = {home.reference: home for home in homes}
        self._revision = len(homes)

    async def directory(self) -> Directory:
        """The present picture."""
        return Directory(tuple(self._homes[name] for name in sorted(self._homes)), self._revision)

    async def revision(self) -> int:
        """Grows with every change."""
        return self._revision

    async def describe(self, hub: str, address: str, description: Description) -> bool:
        """Note what a registered device tells of itself; whether there was anything new."""
        for home in self._homes.values():
            row = next((one for one in home.devices if (one.hub, one.address) == (hub, address)), None)
            if row is None:
                continue
            told = replace(
                row,
                maker=told_of(row.maker, description.maker),
                model=told_of(row.model, description.model),
                quantities=tuple(dict.fromkeys([*row.quantities, *description.quantities])),
            )
            if told != row:
                self.put(replace(home, devices=tuple(told if one is row else one for one in home.devices)))
            return told != row
        return False

    async def resolve_address(self, hub: str, named: str, address: str) -> bool:
        """Re-key a device registered by friendly name to its stable address; whether there was one."""
        for home in self._homes.values():
            row = next((device for device in home.devices if (device.hub, device.address) == (hub, named)), None)
            if row is None or named == address:
                continue
            self.put(replace(home, devices=_rekeyed(home.devices, row, address)))
            return True
        return False

    def put(self, home: Home) -> None:
        """Register a home, or replace the one of that reference."""
        self._homes[home.reference] = home
        self._revision += 1

    def remove(self, reference: str) -> None:
        """Forget a home."""
        del self._homes[reference]
        self._revision += 1

    def import_home(self, file: HomeFile, now: Instant) -> None:
        """Register the home of a file; as in the real registry, consent is what its residents' records say."""
        self.put(file.to_home(now, consent=file.consents))


def _rekeyed(devices: tuple[Device, ...], named: Device, address: str) -> tuple[Device, ...]:
    if not any((device.hub, device.address) == (named.hub, address) for device in devices):
        return tuple(replace(device, address=address) if device is named else device for device in devices)
    return tuple(
        replace(device, room=device.room or named.room, role=device.role or named.role)
        if (device.hub, device.address) == (named.hub, address)
        else device
        for device in devices
        if device is not named
    )
