"""Pads in beds and chairs: which device an address belongs to, and what it said last."""

from collections.abc import Iterable
from typing import Any

from gateway.model import Device
from gateway.watch.view import HomeView


def pad_of(devices: Iterable[Device], address: str) -> Device | None:
    """The registered device of an address, which may be that of one of its parts."""
    return next((one for one in devices if address == one.address or address.startswith(one.address + "/")), None)


def last_said(view: HomeView, device: Device, address: str, quantity: str) -> tuple[Any, int]:
    """(value, since when) of a pad or its part; (None, 0) where it said nothing yet."""
    part = address[len(device.address) :]
    known = view.devices.get(device.address)
    value, at = known.values.get(f"{part} {quantity}" if part else quantity, (None, 0)) if known else (None, 0)
    return value, at
