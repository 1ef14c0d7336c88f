"""What the Homie devices of one hub have told of themselves: all at once (5), or one attribute a topic (3 and 4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.homie.meaning import Property, meaning, property_of
from devices.measurement import Description
from devices.remembering import keep
from devices.values import CONTROL

_DEVICES = 1_000
_NODES = 64
_PROPERTIES = 64
_NAME_LIMIT = 200


@dataclass(slots=True)
class Node:
    """A part of a device, and its properties by id."""

    type: str = ""
    properties: dict[str, Property] = field(default_factory=dict)


@dataclass(slots=True)
class Device:
    """One device. `root`: the device whose connection carries it, itself for none; `state` as last heard."""

    name: str = ""
    kind: str | None = None
    root: str = ""
    state: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)

    def node(self, name: str) -> Node | None:
        """The node of this name, made if need be; None where there are too many."""
        if name not in self.nodes and len(self.nodes) >= _NODES:
            return None
        return self.nodes.setdefault(name, Node())


class Devices:
    """All devices of a hub, by id. The one that was heard of first goes when there are too many."""

    def __init__(self) -> None:
        self._known: dict[str, Device] = {}

    def get(self, device: str) -> Device | None:
        """What is known of a device."""
        return self._known.get(device)

    def known(self, device: str) -> Device:
        """What is known of a device, which may be nothing yet."""
        found = self._known.get(device)
        if found is None:
            found = keep(self._known, device, Device(), _DEVICES)
        return found

    def forget(self, device: str) -> bool:
        """Whether the device was known; it is not any more."""
        return self._known.pop(device, None) is not None

    def carried_by(self, root: str) -> list[tuple[str, Device]]:
        """The devices that are lost when `root` is, without itself."""
        return [(name, one) for name, one in self._known.items() if one.root == root and name != root]

    def describe(self, device: str, content: Mapping[str, Any]) -> None:
        """Take over a Homie 5 `$description`."""
        known = self.known(device)
        known.name = name_of(content.get("name")) or ""
        known.kind = name_of(content.get("type"))
        root, parent = content.get("root"), content.get("parent")
        known.root = root if isinstance(root, str) else parent if isinstance(parent, str) else ""
        known.nodes = {}
        for name, raw in _members(content.get("nodes"), _NODES):
            node = known.nodes[name] = Node(name_of(raw.get("type")) or "")
            for one, about in _members(raw.get("properties"), _PROPERTIES):
                node.properties[one] = property_of(about)

    def attribute(self, device: str, node: str, name: str, attribute: str, value: str) -> bool:
        """Take over one attribute of Homie 3 or 4; `node` and `name` empty for those above. Whether it is of use."""
        known = self.known(device)
        if node:
            place = known.node(node)
            return place is not None and _of_node(place, name, attribute, value)
        if attribute == "$name":
            known.name = name_of(value) or ""
        return attribute in ("$name", "$nodes")


def _of_node(node: Node, name: str, attribute: str, value: str) -> bool:
    if name:
        return (name in node.properties or len(node.properties) < _PROPERTIES) and _of_property(
            node, name, attribute, value
        )
    if attribute == "$type":
        node.type = value[:64]
    return attribute in ("$type", "$properties")


def _of_property(node: Node, name: str, attribute: str, value: str) -> bool:
    about = node.properties.get(name, Property())
    changed = {
        "$datatype": about._replace(datatype=value[:32]),
        "$unit": about._replace(unit=value[:32]),
        "$format": about._replace(format=value[:256]),
        "$retained": about._replace(retained=value != "false"),
        "$settable": about._replace(settable=value == "true"),
    }.get(attribute)
    if changed is not None:
        node.properties[name] = changed
    return changed is not None


def description(address: str, device: str, known: Device) -> Description:
    """The device as the registry wants it."""
    return Description(address, known.name or device, None, known.kind, tuple(dict.fromkeys(_quantities(known))))


def _quantities(known: Device) -> Iterator[str]:
    for name, node in known.nodes.items():
        for one, about in node.properties.items():
            if (told := meaning(name, node.type, one, about)) is not None:
                yield told.quantity


def _members(raw: object, most: int) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """(id, object) of a map by id, or of a list of objects with an id, as drafts of Homie 5 had it."""
    if isinstance(raw, dict):
        pairs: list[tuple[Any, Any]] = list(raw.items())
    elif isinstance(raw, list):
        pairs = [(one.get("id"), one) for one in raw[:most] if isinstance(one, dict)]
    else:
        pairs = []
    return [(name, one) for name, one in pairs[:most] if name_of(name) and isinstance(one, dict)]


def name_of(raw: object) -> str | None:
    """A name fit to be kept."""
    return raw if isinstance(raw, str) and 0 < len(raw) <= _NAME_LIMIT and not CONTROL.search(raw) else None
