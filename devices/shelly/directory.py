"""What a hub's Shelly devices have told of themselves: who publishes under which prefix, and who is behind a component.

One device has one address for ever: the first message that measures fixes it. A prefix that ends in Shelly's own id
gives that id. Under any other prefix it is the `src` of a notification, if one came first; else the prefix itself.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from devices.measurement import Description
from devices.remembering import keep
from devices.shelly.bthome import BUTTON, OBJECTS, WEATHER, mac_of
from devices.values import number, word

MAKER = "Shelly"
_MOST = 2_048
_ID = re.compile(r"shelly[a-z0-9]{1,30}(?:-[a-z0-9]{1,4})?-[0-9a-f]{6,12}")
_LONGEST_ID = 60
_GEN1 = frozenset(
    {
        *("shelly1", "shelly1l", "shelly1pm", "shelly2", "shelly2led", "shelly4pro", "shellyair", "shellybulb"),
        *("shellybulbduo", "shellybutton1", "shellybutton2", "shellycolorbulb", "shellydimmer", "shellydimmer2"),
        *("shellydimmerw1", "shellydw", "shellydw2", "shellyem", "shellyem3", "shellyflood", "shellygas", "shellyhd"),
        *("shellyht", "shellyix3", "shellymotion", "shellymotion2", "shellymotionsensor", "shellyplug", "shellyplug-s"),
        *("shellyplug-e", "shellyplug-u1", "shellyrgbw2", "shellyrgbww", "shellysense", "shellysmoke", "shellysmoke2"),
        *("shellyspot", "shellyspot2", "shellyswitch", "shellyswitch25", "shellytrv", "shellyuni", "shellyvintage"),
    }
)
"""Models of the first generation, as their ids begin."""

ASLEEP = ("shellyplusht", "shellyhtg3", "shellyazht", "shellyplussmoke", "shellyfloodg4", "shellyfloodsg4")
"""Models that run on a battery and are connected only while they report."""

_BLU_MODELS = {
    1: "SBBT-002C", 2: "SBDW-002C", 3: "SBHT-003C", 5: "SBMO-003Z", 6: "SBBT-004CEU", 7: "SBBT-004CUS",
    8: "SBTR-001AEU", 12: "SBHT-103C", 17: "SBHT-203C", 22: "SBBT-104CUS",
}  # fmt: skip
"""`attrs.model_id` of a BTHome device to its model (ha-shellies-discovery-gen2)."""
_VALVE = 8


class Blu(NamedTuple):
    """What stands behind a `bthomedevice`, `bthomesensor` or `blutrv` of a gateway."""

    address: str
    object_id: int | None = None
    place: int = 0


class _Known(NamedTuple):
    name: str
    model: str | None
    quantities: tuple[str, ...]


def own_id(prefix: str) -> str | None:
    """Shelly's id, if that is the last segment of a topic prefix; not the id of a Gen1 device under `shellies/`."""
    last = prefix[prefix.rfind("/") + 1 :].lower()
    if len(last) > _LONGEST_ID or not _ID.fullmatch(last):
        return None
    if prefix.startswith("shellies/") and last.rpartition("-")[0] in _GEN1:
        return None
    return last


class Directory:
    """What is known of one hub's devices: prefixes, BLU components, descriptions, and which run on a battery."""

    def __init__(self, name: str) -> None:
        self._start = f"{name}:"
        self.prefixes: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._blu: dict[str, Blu] = {}
        self._buttons: dict[str, str] = {}
        self._objects: dict[str, frozenset[int]] = {}
        self._valves: dict[str, bool] = {}
        self._known: dict[str, _Known] = {}
        self._battery: dict[str, bool] = {}

    # ------------------------------------------------------------------------------------------- who publishes

    def identify(self, prefix: str, src: object = None) -> tuple[str, bool]:
        """(id of the device under a prefix, whether that was news). `src` is what its notification says it is."""
        own = own_id(prefix)
        if own is not None:
            return own, False
        said = word(src)
        said = None if said is None or "/" in said else said.lower()
        known = self.prefixes.get(prefix)
        if known is None:
            known = said or prefix.removeprefix("shellies/").replace("/", ".").lower()[:128]
            keep(self.prefixes, prefix, known, _MOST)
            return known, True
        if said is not None and said != known and self._aliases.get(said) != known:
            keep(self._aliases, said, known, _MOST)
            return known, True
        return known, False

    def forget(self, prefix: str) -> None:
        """Nothing under the prefix showed that it is a Shelly device's."""
        self.prefixes.pop(prefix, None)

    def identify_source(self, src: object) -> str | None:
        """The id of a device that answers by its `src` alone; None where that is no id."""
        said = word(src)
        if said is None or "/" in said:
            return None
        return self._aliases.get(said.lower(), said.lower())

    def address(self, device: str) -> str:
        """The address of a device by its id, or by a Bluetooth address."""
        return self._start + device

    # ------------------------------------------------------------------------------------------- batteries

    def has_battery(self, device: str) -> bool:
        """Learn that a device has one; on a cable, too, it sleeps between its reports. Whether it was news."""
        news = not self.asleep(device)
        if news:
            keep(self._battery, device, True, _MOST)
        return news

    def asleep(self, device: str) -> bool:
        """Whether the device is one that disconnects after each report."""
        return device in self._battery or device.startswith(ASLEEP)

    # ------------------------------------------------------------------------------------------- BLU

    def blu(self, gateway: str, key: str) -> Blu | None:
        """What stands behind a gateway's component, if its configuration was heard."""
        return self._blu.get(f"{gateway} {key}")

    def button(self, gateway: str, key: str) -> tuple[str, int, bool]:
        """(address, which of its buttons, whether that was news) of the button behind a gateway's component.

        Where its own address was not heard before its first press, it is a part of the gateway, and stays that.
        """
        called = f"{gateway} {key}"
        pinned = self._buttons.get(called)
        if pinned is None and (blu := self._blu.get(called)) is not None:
            return blu.address, blu.place, False
        if pinned is None:
            keep(self._buttons, called, f"{self.address(gateway)}/{key}", _MOST)
        return self._buttons[called], 0, pinned is None

    def is_weather(self, address: str) -> bool:
        """Whether the device is a weather station: what it calls moisture is rain."""
        return not WEATHER.isdisjoint(self._objects.get(address, ()))

    def is_valve(self, address: str) -> bool:
        """Whether the device is a radiator valve, whose two temperatures are the room's and the set point's."""
        return address in self._valves

    def learn(self, gateway: str, key: str, config: object, attrs: object = None) -> str | None:
        """Learn a component's configuration (`addr`, `obj_id`, `idx`); the address of the BLU device, or None."""
        name = key.partition(":")[0]
        if name not in ("bthomedevice", "bthomesensor", "blutrv") or not isinstance(config, dict):
            return None
        mac = mac_of(config.get("addr"))
        if mac is None or len(key) > 32:
            return None
        address = self.address(mac)
        object_id, index = config.get("obj_id"), config.get("idx")
        blu = Blu(
            address,
            object_id if type(object_id) is int else None,
            index if type(index) is int and 0 <= index < 256 else 0,
        )
        keep(self._blu, f"{gateway} {key}", blu, _MOST)
        if blu.object_id is not None:
            keep(self._objects, address, self._objects.get(address, frozenset()) | {blu.object_id & 0xFF}, _MOST)
        model_id = attrs.get("model_id") if isinstance(attrs, dict) else None
        if name == "blutrv" or model_id == _VALVE:
            keep(self._valves, address, True, _MOST)
        quantities = ["battery", "rssi"] if name == "bthomedevice" else []
        if blu.object_id == BUTTON:
            quantities = ["button"]
        elif blu.object_id in OBJECTS:
            quantities = [OBJECTS[blu.object_id].quantity]
        called = word(config.get("name")) if name != "bthomesensor" else None
        model = _BLU_MODELS.get(model_id) if type(model_id) is int else None
        self.describe(address, called, model, quantities)
        return address

    # ------------------------------------------------------------------------------------------- descriptions

    def describe(self, address: str, name: str | None, model: str | None, quantities: Iterable[str]) -> bool:
        """Add to what is known of a device; whether that was news."""
        known = self._known.get(address)
        if known is None:
            now = _Known(name or address.removeprefix(self._start), model, tuple(sorted(set(quantities))))
        else:
            added = known.quantities
            if not set(quantities) <= set(added):
                added = tuple(sorted({*added, *quantities}))
            now = _Known(name or known.name, model or known.model, added)
        if now == known:
            return False
        keep(self._known, address, now, _MOST)
        return True

    def description(self, address: str) -> Description:
        """What is known of a device; its id names a model where nothing else did."""
        device = address.removeprefix(self._start)
        name, model, quantities = self._known.get(address) or _Known(device, None, ())
        if self.is_weather(address):
            quantities = tuple(quantity for quantity in quantities if quantity != "leak")
        return Description(address, name, MAKER, model or _model_of(device), quantities)

    def device_info(self, info: Mapping[str, Any]) -> Description | None:
        """A device that tells its `id`, `name` and `model` (Shelly.GetDeviceInfo, announce)."""
        told = word(info.get("id"))
        if told is None or "/" in told:
            return None
        device = self.identify_source(told) or told.lower()
        address = self.address(device)
        self.describe(address, word(info.get("name")), word(info.get("model")) or word(info.get("app")), ())
        return self.description(address)


def _model_of(device: str) -> str | None:
    """The model's name in Shelly's id, such as shellyplusht."""
    return device.rpartition("-")[0] if len(device) <= _LONGEST_ID and _ID.fullmatch(device) else None


def components_of(result: Mapping[str, Any], most: int = 512) -> list[tuple[str, object, object, object]]:
    """(key, configuration, attributes, status) of the components that Shelly.GetComponents lists."""
    listed = result.get("components")
    if not isinstance(listed, list):
        return []
    return [
        (each["key"], each.get("config"), each.get("attrs"), each.get("status"))
        for each in islice(listed, most)
        if isinstance(each, dict) and isinstance(each.get("key"), str)
    ]


def page_of(result: Mapping[str, Any]) -> int:
    """Where in the whole list a page of Shelly.GetComponents begins."""
    offset = number(result.get("offset"))
    return int(offset) if offset is not None and 0 <= offset < 10_000 else 0
