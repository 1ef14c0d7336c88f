"""Zigbee2Tasmota: the Zigbee devices of a Tasmota bridge, each a part of it.

The SetOptions that change the form, after Z_Device::jsonPublishAttrList in xdrv_23_zigbee_2a_devices_impl: 83 name as
key, 89 and 112 short address or name in the topic, 100 without the wrapper, 118 the wrapper as last segment, 119
without the address, 120 an endpoint in the topic, 125 without the bridge.

A device is named by its Name, which Tasmota puts in every message once it is given; else by its IEEE address, which is
told when it joins, by ZbInfo and by ZbStatus2 and 3; else by its short address. One that was heard by its short address
keeps it as its name, also when its IEEE address is told later or it joins again under another.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.measurement import Description, Measurement
from devices.remembering import keep
from devices.tasmota.attributes import Zigbee, promised, read
from devices.values import CONTROL

_SHORT = re.compile(r"0[xX][0-9a-fA-F]{1,4}")
_IEEE = re.compile(r"0[xX][0-9a-fA-F]{6,16}")
_WRAPPERS = ("ZbReceived", "ZigbeeReceived", "ZbInfo")
_LISTS = ("ZbStatus1", "ZbStatus2", "ZbStatus3")
_DEVICE_LIMIT = 256
_MESSAGE_LIMIT = 32
"""Devices in one ZbReceived; Tasmota tells of one."""
_REMEMBERED = 2_000
_NAME_LIMIT = 64
_JOINED = frozenset({30, 34})
_CALLED = "called"
_NOTHING = "nothing of a Zigbee device in it that Keepwell measures"


class Reading(NamedTuple):
    """What a message of a bridge says: measurements, devices, and the name of what it teaches."""

    measurements: tuple[Measurement, ...] = ()
    described: tuple[Description, ...] = ()
    lesson: str | None = None
    why: str = _NOTHING


class Network:
    """The Zigbee devices of a hub's bridges: what each is called, and of what model."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._devices: dict[tuple[str, str], Zigbee] = {}

    def read(
        self, bridge: str, kind: str, content: Mapping[str, Any], at: Instant | None, *, retained: bool
    ) -> Reading | None:
        """What a message says of Zigbee devices; None if it is not about any."""
        for key in _LISTS:
            if isinstance(entries := content.get(key), list):
                return self._inventory(bridge, entries, key)
        if isinstance(state := content.get("ZbState"), dict):
            return self._state(bridge, state)
        if (named := _renamed(content)) is not None:
            return self._rename(bridge, *named)
        messages = list(islice(_unwrapped(kind, content), _MESSAGE_LIMIT))
        if not messages:
            known = any(key.startswith(("Zb", "Zigbee")) for key in islice(content, _DEVICE_LIMIT))
            return Reading(why="the Zigbee bridge's own message") if known else None
        if "ZbInfo" in content or kind == "ZbInfo":
            return self._inventory(bridge, [{"Device": key, **attributes} for key, attributes in messages], "ZbInfo")
        return self._received(bridge, messages, at, retained=retained)

    def _received(
        self, bridge: str, messages: list[tuple[str, Mapping[str, Any]]], at: Instant | None, *, retained: bool
    ) -> Reading:
        measurements: list[Measurement] = []
        described: list[Description] = []
        lesson = why = None
        for key, attributes in messages:
            address, device, taught = self._device(bridge, key, attributes, heard=True)
            for said in read(device, attributes):
                device.quantities[said.quantity] = None
                part = f"{address}/{said.part}" if said.part else address
                if retained and (said.momentary or said.quantity == "button"):
                    why = "a retained press or movement is an old one"
                else:
                    measurements.append(Measurement(part, said.quantity, said.value, at, None, said.momentary))
            if taught:
                lesson = lesson or f"tasmota:zigbee:{bridge}:{taught}"
            if taught and not taught.endswith(_CALLED):
                described.append(_describe(address, device))
        return Reading(tuple(measurements), tuple(described), lesson, why or _NOTHING)

    # ------------------------------------------------------------------------------------------- who is who

    def _device(
        self, topic: str, key: str, attributes: Mapping[str, Any], *, heard: bool = False
    ) -> tuple[str, Zigbee, str | None]:
        """(address, device, what was learned) of one device's attributes; `key` is its short address or its name.

        `heard`: it speaks itself, so what it is called by now is what it will be called.
        """
        short = _hex(attributes.get("Device"), _SHORT) or _hex(key, _SHORT)
        name = _name(attributes.get("Name")) or (_name(key) if _hex(key, _SHORT) is None else None)
        bridge = _bridge(topic, short, name)
        device = self._known(bridge, short or name or "")
        learned = _learn(device, attributes)
        device.name = device.name or name
        if heard and not (device.name or device.called or device.ieee) and short is not None:
            device.called, learned = short, learned or _CALLED
        address = self._address(bridge, device, short, name)
        return address, device, f"{short or name}:{learned}" if learned else None

    def _address(self, bridge: str, device: Zigbee, short: str | None, name: str | None = None) -> str:
        identity = name or device.name or device.called or device.ieee or short or "unknown"
        return f"{self._prefix}{bridge}/{identity}" if bridge else f"{self._prefix}{identity}"

    def _known(self, bridge: str, short: str) -> Zigbee:
        device = self._devices.get((bridge, short))
        return keep(self._devices, (bridge, short), Zigbee(), _REMEMBERED) if device is None else device

    def _inventory(self, bridge: str, entries: list[Any], told_by: str) -> Reading:
        """ZbInfo, ZbStatus2 and ZbStatus3 tell names, addresses and models. Their values are old and are not read."""
        described = []
        first = ""
        for entry in islice(entries, _DEVICE_LIMIT):
            if not isinstance(entry, dict) or (short := _hex(entry.get("Device"), _SHORT)) is None:
                continue
            first = first or short
            address, device, _ = self._device(bridge, short, entry)
            device.quantities.update(dict.fromkeys(promised(entry)))
            described.append(_describe(address, device))
        if not described:
            return Reading(why="a list without Zigbee devices")
        which = first if len(described) == 1 else f"{first} and {len(described) - 1} more"
        return Reading((), tuple(described), f"tasmota:zigbee:{bridge}:{which}:{told_by}")

    def _state(self, bridge: str, state: Mapping[str, Any]) -> Reading:
        """Status 30 (or 34, EZSP): a device joined, or joined again under another short address."""
        short, ieee = _hex(state.get("ShortAddr"), _SHORT), _hex(state.get("IEEEAddr"), _IEEE)
        status = state.get("Status")
        if type(status) is not int or status not in _JOINED or short is None or ieee is None:
            return Reading(why="the Zigbee bridge's own state")
        device = self._known(bridge, short)
        if device.ieee != ieee:
            earlier = next((one for one in self._devices.values() if one.ieee == ieee), None)
            device = keep(self._devices, (bridge, short), earlier or Zigbee(ieee=ieee), _REMEMBERED)
        described = _describe(self._address(bridge, device, short), device)
        return Reading((), (described,), f"tasmota:zigbee:{bridge}:{ieee}:joined")

    def _rename(self, bridge: str, short: str, name: str | None) -> Reading:
        device = self._known(bridge, short)
        device.name = name  # none: the name was taken away
        described = _describe(self._address(bridge, device, short), device)
        return Reading((), (described,), f"tasmota:zigbee:{bridge}:{short}:name")


def _learn(device: Zigbee, attributes: Mapping[str, Any]) -> str:
    """Note what a device says of itself; the names of what was new, empty if nothing was."""
    zone = attributes.get("ZoneType")
    told = {
        "ieee": _hex(attributes.get("IEEEAddr"), _IEEE),
        "model": _name(attributes.get("ModelId")),
        "maker": _name(attributes.get("Manufacturer")),
        "zone": zone if type(zone) is int else None,
    }
    new = [what for what, value in told.items() if value is not None and getattr(device, what) != value]
    for what in new:
        setattr(device, what, told[what])
    return "-".join(new)


def _describe(address: str, device: Zigbee) -> Description:
    return Description(address, address.rpartition("/")[2], device.maker, device.model, tuple(device.quantities))


def _unwrapped(kind: str, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(key, attributes) of each device in a message, in whatever form: wrapped or not, with or without an address."""
    for wrapper in _WRAPPERS:
        if isinstance(inner := content.get(wrapper), dict):
            yield from _by_key(inner, sure=True)
            return
    yield from _by_key(content, sure=kind in _WRAPPERS)


def _by_key(inner: Mapping[str, Any], *, sure: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if _hex(inner.get("Device"), _SHORT) is not None:
        yield str(inner["Device"]), inner
        return
    for key, attributes in islice(inner.items(), _DEVICE_LIMIT):
        if isinstance(attributes, dict) and "Payload" not in attributes and not key.startswith("Zb"):
            known = _hex(attributes.get("Device"), _SHORT) or _hex(key, _SHORT)  # the key alone before 7.1
            if known is not None or (sure and _name(key) is not None):
                yield key, attributes


def _bridge(topic: str, short: str | None, name: str | None) -> str:
    """The bridge of a topic that may end in a device's short address or name, and then perhaps an endpoint."""
    rest, _, last = topic.rpartition("/")
    lowered = last.lower().replace(" ", "_")
    for own in (short[2:].zfill(4) if short else None, name.lower().replace(" ", "_") if name else None):
        if own is not None and (
            lowered == own or (lowered.startswith(f"{own}_") and lowered[len(own) + 1 :].isdecimal())
        ):
            return rest
    return topic


def _renamed(content: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """(short address, name) of the answer to ZbName: `{"0xED0B": {"Name": "hall"}}`."""
    if len(content) != 1:
        return None
    key, value = next(iter(content.items()))
    short = _hex(key, _SHORT)
    if short is None or not isinstance(value, dict) or len(value) != 1 or "Name" not in value:
        return None
    return short, _name(value["Name"])


def _hex(raw: object, form: re.Pattern[str]) -> str | None:
    return raw.lower() if isinstance(raw, str) and form.fullmatch(raw) else None


def _name(raw: object) -> str | None:
    """A name fit for an address: without a slash. A short address given as a name is none."""
    if not isinstance(raw, str) or len(raw) > _NAME_LIMIT or CONTROL.search(raw) or _SHORT.fullmatch(raw.strip()):
        return None
    return raw.strip().replace("/", "_") or None
