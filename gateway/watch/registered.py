"""Which registered device an address belongs to, and whether what it says is news."""

from gateway.model import Device, Flag, Home, parent_address
from gateway.watch.usage import as_usage
from gateway.watch.view import HomeView, Seen


def owner(address: str, home: Home) -> Device | None:
    """The registered device of this address or of its sub-unit; None where it is registered no longer."""
    names = (address, parent_address(address))
    return next((device for device in home.devices if device.address in names), None)


def is_news(seen: Seen, view: HomeView) -> bool:
    """Whether a two-valued reading tells how things are: it is the latest, and live or a change of what was known."""
    reading = seen.reading
    quantity, value = as_usage(reading, seen.device)
    if not seen.live and (seen.before is not (not value) or reading.flags & Flag.DUPLICATE):
        return False
    part = reading.device[len(seen.device.address) :]
    known = view.devices[seen.device.address].values.get(f"{part} {quantity}" if part else quantity)
    return known is None or known[1] <= reading.at
