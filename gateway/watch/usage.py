"""Whether appliances are in use, from what their plugs and sensors say."""

from devices.instant import MINUTE
from devices.measurement import Value
from gateway.model import Device, Reading
from gateway.watch.equipment import DeviceView

APPLIANCES = frozenset({"kettle", "microwave", "cooker"})
_IN_USE_W = 30.0
CYCLE = 10 * MINUTE
"""An appliance that was off for no longer was in use all the time: a thermostat switches it."""


def as_usage(reading: Reading, device: Device) -> tuple[str, Value]:
    """Power of a kettle, microwave or cooker is read as usage: such appliances draw hundreds of watts or none."""
    if reading.quantity == "power" and device.role in APPLIANCES and isinstance(reading.value, float):
        return "usage", reading.value >= _IN_USE_W
    return reading.quantity, reading.value


def by_itself(view: DeviceView, reading: Reading, device: Device, value: Value) -> bool:
    """Whether nobody need be there for it: a kettle switches itself off, an oven goes off and on by its thermostat."""
    if value is not True or device.role == "kettle":
        return value is not True
    known = view.values.get(value_name(device, reading, "usage"))
    return known is not None and not known[0] and reading.at - known[1] < CYCLE


def value_name(device: Device, reading: Reading, quantity: str) -> str:
    """Under which a value is kept: the quantity, with the sub-unit before it where the device has several."""
    if reading.device == device.address:
        return quantity
    return f"{reading.device[len(device.address) :]} {quantity}"
