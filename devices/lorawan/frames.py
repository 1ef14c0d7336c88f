"""What is remembered of each device: its name and quantities, and the frames that it sent last."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from devices.instant import MINUTE, SECOND, Instant
from devices.lorawan.brands import MAKERS, TEXT_LIMIT, Brand, told_by
from devices.lorawan.envelope import Identity, Uplink
from devices.measurement import Description

DEVICES_LIMIT = 4_096
FRAMES_LIMIT = 8_192
SAME_TIME = 10 * SECOND
"""Two times of one frame differ by no more: the clocks of two gateways, or the way through two servers."""
RETRANSMISSION = 5 * MINUTE
"""How long a confirmed frame may be sent again under its count while no other frame follows."""
_QUANTITIES_LIMIT = 64


@dataclass(slots=True)
class Device:
    """One device, as far as its messages have told."""

    address: str
    identity: Identity | None = None
    brand: Brand = field(default_factory=Brand)
    quantities: dict[str, None] = field(default_factory=dict)
    calling: bool = False
    """Whether its last frame was in alarm mode (a tracker's SOS)."""
    joins: int = 0
    last_count: int = -1
    described: Description | None = None

    def introduced(self, identity: Identity) -> None:
        """Take over its names, as far as given; the brand is worked out once for each."""
        known = self.identity
        if known is not None:
            identity = Identity(*(new or old for new, old in zip(identity, known, strict=True)))
        if identity != known:
            self.identity = identity
            told = told_by(f"{identity.maker or ''} {identity.model or ''}"[:TEXT_LIMIT])
            self.brand = told if told.name or told.emergency else self.brand

    def description(self, quantities: Iterable[str] = ()) -> Description | None:
        """Its picture if it has changed since it was last asked for."""
        for quantity in quantities:
            if len(self.quantities) < _QUANTITIES_LIMIT:
                self.quantities[quantity] = None
        identity = self.identity or Identity()
        name = identity.name or self.address.partition(":")[2]
        maker = MAKERS.get(self.brand.name) or identity.maker
        model = identity.model or self.brand.model or None
        picture = Description(self.address, name, maker, model, tuple(self.quantities))
        if picture == self.described:
            return None
        self.described = picture
        return picture


class Devices:
    """The devices of a hub and their last frames; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._devices: OrderedDict[str, Device] = OrderedDict()
        self._frames: OrderedDict[tuple[object, ...], tuple[str | None, Instant | None]] = OrderedDict()

    def get(self, address: str) -> Device:
        """The device of an address, known or new."""
        device = self._devices.get(address)
        if device is None:
            device = self._devices[address] = Device(address)
            if len(self._devices) > DEVICES_LIMIT:
                self._devices.popitem(last=False)
        return device

    def is_copy(
        self, device: Device, uplink: Uplink, received_at: Instant | None, *, second: bytes | None = None
    ) -> bool:
        """Whether this frame was read before: through another gateway or server, sent again, or delivered again.

        A frame is known by its session, count and bytes. A count that starts again (after a join, or when the device
        forgot it) is another frame: its time differs, and a higher count stood between. `second`: the payload on
        `up/normalized`, one for each measurement, which says nothing new where `up` was read.
        """
        key: tuple[object, ...] = (device.address, device.joins, uplink.session, uplink.frame, uplink.data)
        if second is not None and key in self._frames:
            return True
        key = key if second is None else (*key, hash(second))
        at = uplink.heard_at if uplink.heard_at is not None else received_at
        seen = self._frames.pop(key, None)
        self._frames[key] = (uplink.token, at)
        if len(self._frames) > FRAMES_LIMIT:
            self._frames.popitem(last=False)
        latest, device.last_count = device.last_count, uplink.frame
        if seen is None:
            return False
        token, before = seen
        if (token is not None and token == uplink.token) or at is None or before is None:
            return True
        apart = abs(at - before)
        return apart <= SAME_TIME or (apart <= RETRANSMISSION and latest == uplink.frame)
