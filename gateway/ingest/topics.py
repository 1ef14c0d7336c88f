"""Topics and filters: whose a message is, and what of a topic may be kept. Pure."""

from collections.abc import Sequence

from devices.decode import split_hub
from gateway.config import TopicFilter

CONNECTION = "connection"
"""`homes/<hub>/connection`: where a hub's bridge says 1 or 0 (Mosquitto: notification_topic)."""
_LONGEST_HUB = 64

_WORDS = frozenset({
    "homes", "connection", "keepwell", "zigbee2mqtt", "bridge", "state", "devices", "groups", "info", "event",
    "logging", "health", "definitions", "availability", "set", "get", "action", "response", "request",
    "tasmota", "tele", "stat", "cmnd", "SENSOR", "STATE", "STATUS", "RESULT", "LWT", "INFO1", "INFO2", "INFO3",
    "POWER", "discovery", "sensors", "config", "homeassistant", "homie", "$state", "$description", "shellies", "status",
    "events", "rpc", "online", "announce", "application", "device", "up", "v3", "zwave", "nodeinfo", "rtl_433", "glow",
    "enocean", "spBv1.0", "BTtoMQTT", "433toMQTT",
})  # fmt: skip


def covers(filter_: str, topic: str) -> bool:
    """Whether an MQTT filter matches a topic; a wildcard first level does not match `$` topics."""
    wanted, given = filter_.split("/"), topic.split("/")
    if given[0].startswith("$") and wanted[0] in {"+", "#"}:
        return False
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(given) or level not in {"+", given[position]}:
            return False
    return len(wanted) == len(given)


def overlap(first: str, second: str) -> bool:
    """Whether some topic matches both filters."""
    one, two = first.split("/"), second.split("/")
    for left, right in zip(one, two, strict=False):
        if "#" in {left, right}:
            return True
        if left != right and "+" not in {left, right}:
            return False
    return len(one) == len(two) or (len(one) == len(two) + 1 and one[-1] == "#") or _tail(two, one)


def _tail(longer: list[str], shorter: list[str]) -> bool:
    return len(longer) == len(shorter) + 1 and longer[-1] == "#"


def whose(topic: str, filters: Sequence[TopicFilter]) -> tuple[str | None, str]:
    """The hub that published, and the topic without its prefix. The topic alone decides, never the payload.

    Topics without `homes/<hub>/` belong to the hub of the first filter that names one and matches; None for nobody's.
    """
    hub, rest = split_hub(topic)
    if hub is not None:
        return (hub, rest) if len(hub) <= _LONGEST_HUB else (None, rest)
    for one in filters:
        if one.hub is not None and covers(one.filter, topic):
            return one.hub, topic
    return None, topic


def shape(topic: str) -> str:
    """The topic with everything but the conventions' own words replaced by +: no hub, no device, no friendly name."""
    return "/".join(level if level in _WORDS else "+" for level in topic.split("/"))
