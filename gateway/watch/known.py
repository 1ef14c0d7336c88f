"""The registered devices of a home, with the quantities that they were heard to report besides the registered ones."""

from dataclasses import dataclass, field, replace

from devices.instant import Instant
from gateway.clock import STEP
from gateway.model import Device, Home


@dataclass(slots=True)
class KnownDevices:
    """`learned`: address -> quantities that nobody registered."""

    learned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _by_address: dict[str, Device] = field(default_factory=dict)

    def use(self, home: Home) -> Home:
        """The home with what is learned of its devices."""
        devices = tuple(
            replace(device, quantities=tuple(dict.fromkeys(device.quantities + self.learned.get(device.address, ()))))
            for device in home.devices
        )
        self._by_address = {device.address: device for device in devices}
        return replace(home, devices=devices)

    def find(self, address: str) -> Device | None:
        """The device of an address, or of the one that its part belongs to."""
        return self._by_address.get(address) or self._by_address.get(address.rsplit("/", 1)[0])

    def learn(self, home: Home, device: Device, quantity: str) -> tuple[Home, Device]:
        """The device is known by now to report this quantity too."""
        self.learned[device.address] = (*self.learned.get(device.address, ()), quantity)
        taught = replace(device, quantities=(*device.quantities, quantity))
        self._by_address[device.address] = taught
        return replace(home, devices=tuple(taught if one is device else one for one in home.devices)), taught


def known_by(home: Home, now: Instant) -> Home:
    """The home without words that it cannot have said yet: they were noted by a clock that ran ahead."""
    ahead = now + STEP
    if all((one.last_heard or 0) <= ahead and one.registered_at <= ahead for one in home.devices):
        return home
    devices = tuple(
        replace(
            one,
            last_heard=None if (one.last_heard or 0) > ahead else one.last_heard,
            registered_at=min(one.registered_at, now) if one.registered_at > ahead else one.registered_at,
        )
        for one in home.devices
    )
    return replace(home, devices=devices)
