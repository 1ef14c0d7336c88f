"""Whose value a topic of Z-Wave JS UI names, in both of its automatic forms (api/lib/Gateway.ts, valueTopic).

Both end in class, endpoint, property and perhaps a key, which hold no slash; what stands before is the node, perhaps
with its location, and both of these may hold slashes. So a topic is read from its end.
"""

import re
from typing import NamedTuple

PREFIX = "zwave:"
LAST_SEGMENTS = frozenset({"status", "nodeinfo", "lastActive"})
"""What the bridge says of a node itself, below the node's topic."""

CLASSES = {
    "basic": 32, "switch_binary": 37, "switch_multilevel": 38, "scene_activation": 43, "sensor_binary": 48,
    "sensor_multilevel": 49, "meter": 50, "thermostat_setpoint": 67, "central_scene": 91, "door_lock": 98,
    "user_code": 99, "barrier_operator": 102, "configuration": 112, "notification": 113, "battery": 128,
    "sensor_alarm": 156, "entry_control": 111,
}  # fmt: skip
"""Command classes by the names that they have in topics (api/lib/Constants.ts); only those that are read or named."""

_FIRST_CLASS = 32
_MOST_ENDPOINT = 127
_UNNAMED = re.compile(r"nodeID_([0-9]{1,5})")
_UNKNOWN_CLASS = re.compile(r"unknownClass_([0-9]{1,3})")
_ENDPOINT = re.compile(r"endpoint_([0-9]{1,3})")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


class ValueTopic(NamedTuple):
    """One value of one node: its command class (0: none that has a meaning here), endpoint, property and key.

    `name` and `key` are in plain form (`plain`); `key` is empty where there is none.
    """

    node: str
    command_class: int
    endpoint: int
    name: str
    key: str


class NodeTopic(NamedTuple):
    """What the bridge says of a node itself: `what` is one of LAST_SEGMENTS."""

    node: str
    what: str


def plain(text: str) -> str:
    """Letters and digits alone, in lower case: how names are compared, since topics lose signs and spaces."""
    return _NOT_PLAIN.sub("", text.lower())


def read_topic(path: str) -> ValueTopic | NodeTopic | None:
    """What the path below the prefix names; None where the topic was made up by hand."""
    segments = path.split("/")
    count = len(segments)
    for place in (count - 3, count - 4):  # without a key, with one
        if place < 1:
            continue
        head, endpoint = segments[place], segments[place + 1]
        number = _whole(head)
        if number is not None and _FIRST_CLASS <= number <= 255:
            index = _whole(endpoint)
            if index is not None and index <= _MOST_ENDPOINT:
                return _value(segments[:place], number, index, segments[place + 2 :], by_number=True)
        elif number is None and (found := _ENDPOINT.fullmatch(endpoint)):
            return _value(segments[:place], _named(head), int(found[1]), segments[place + 2 :], by_number=False)
    if segments[-1] in LAST_SEGMENTS and count > 1:
        return NodeTopic(_node(segments[:-1], by_number=True), segments[-1])
    for place in (count - 2, count - 3):  # before version 1 the main endpoint was left out
        if place >= 1 and segments[place] in CLASSES:
            return _value(segments[:place], CLASSES[segments[place]], 0, segments[place + 1 :], by_number=False)
    return None


def _value(node: list[str], command_class: int, endpoint: int, rest: list[str], *, by_number: bool) -> ValueTopic:
    key = plain(rest[1]) if len(rest) > 1 else ""
    return ValueTopic(_node(node, by_number=by_number), command_class, endpoint, plain(rest[0]), key)


def _node(segments: list[str], *, by_number: bool) -> str:
    """The address of a node: by its number where the topic has it, else by location and name as they stand there."""
    last = segments[-1]
    if found := _UNNAMED.fullmatch(last):
        return f"{PREFIX}{int(found[1])}"
    if by_number and (number := _whole(last)) is not None:
        return f"{PREFIX}{number}"
    name = ".".join(segments)
    return f"{PREFIX}node.{name}" if name == "bridge" else PREFIX + name


def _named(head: str) -> int:
    if found := _UNKNOWN_CLASS.fullmatch(head):
        return int(found[1])
    return CLASSES.get(head, 0)


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 5 else None
