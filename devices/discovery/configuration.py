"""An announcement's JSON with its keys written out: one component, or a device with many.

Keys, abbreviations and what a component inherits are those of https://www.home-assistant.io/integrations/mqtt/ and of
homeassistant/components/mqtt/abbreviations.py; of the abbreviations, those of all keys that Keepwell reads.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from devices.values import CONTROL

COMPONENTS_LIMIT = 512
"""Components of one device-based announcement that are read."""
_TEMPLATES_LIMIT = 24 << 10
"""Characters of templates (and of availability) in one device-based announcement that are read."""
KEYS_LIMIT = 256
TOPIC_LIMIT = 512
_TEXT_LIMIT = 200
_PIECE = 6

_LONG = {
    "atype": "automation_type", "avty": "availability", "avty_mode": "availability_mode",
    "avty_t": "availability_topic", "avty_tpl": "availability_template", "cmps": "components",
    "curr_hum_t": "current_humidity_topic", "curr_hum_tpl": "current_humidity_template",
    "curr_temp_t": "current_temperature_topic", "curr_temp_tpl": "current_temperature_template",
    "dev": "device", "dev_cla": "device_class", "ent_cat": "entity_category", "en": "enabled_by_default",
    "evt_typ": "event_types", "exp_aft": "expire_after", "json_attr_t": "json_attributes_topic", "o": "origin",
    "obj_id": "object_id", "off_dly": "off_delay", "p": "platform", "pl": "payload", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "pl_off": "payload_off", "pl_on": "payload_on",
    "stat_cla": "state_class", "stat_clsd": "state_closed", "stat_closing": "state_closing",
    "stat_locked": "state_locked", "stat_off": "state_off", "stat_on": "state_on", "stat_open": "state_open",
    "stat_opening": "state_opening", "stat_stopped": "state_stopped", "stat_t": "state_topic",
    "stat_tpl": "state_template", "stat_unlocked": "state_unlocked", "stat_val_tpl": "state_value_template",
    "stype": "subtype", "t": "topic", "temp_unit": "temperature_unit", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
}  # fmt: skip
_LONG_OF_DEVICE = {
    "cns": "connections", "cu": "configuration_url", "hw": "hw_version", "ids": "identifiers", "mdl": "model",
    "mdl_id": "model_id", "mf": "manufacturer", "sa": "suggested_area", "sn": "serial_number", "sw": "sw_version",
}  # fmt: skip
_SHARED = (
    "availability", "availability_mode", "availability_template", "availability_topic", "payload_available",
    "payload_not_available", "state_topic",
)  # fmt: skip
"""Options of a device-based announcement that hold for each component that does not say otherwise."""

_BAD_IN_TOPIC = re.compile(r"[+#\x00]")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-]?)(?:[0-9a-fA-F]{2}\1){4,6}[0-9a-fA-F]{2}")
_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]{6,32}")


class Device(NamedTuple):
    """Whose component it is: `identity` is stable and safe in an address, `known_as` its names in topics and ids."""

    identity: str
    name: str | None = None
    maker: str | None = None
    model: str | None = None
    known_as: tuple[str, ...] = ()


class Component(NamedTuple):
    """One entity or trigger: its platform (`binary_sensor`), its id, the node's in the topic, and what it says."""

    platform: str
    object_id: str
    node_id: str
    options: Mapping[str, Any]
    device: Device | None


def components(platform: str, node_id: str, object_id: str, content: dict[str, Any]) -> list[Component]:
    """What an announcement on `<prefix>/<platform>/[<node_id>/]<object_id>/config` lists; `device` lists many."""
    options = _written_out(content)
    device = _device(options.get("device"))
    if platform != "device":
        return [Component(platform, object_id, node_id, _with_base(options, options.get("~")), device)]
    listed = options.get("components")
    if not isinstance(listed, dict):
        return []
    device = device or Device(identity_of(object_id))
    device = device._replace(known_as=(*device.known_as, object_id))
    shared = {key: options[key] for key in _SHARED if key in options}
    found: list[Component] = []
    templates = 0
    for name, raw in islice(listed.items(), COMPONENTS_LIMIT):
        if isinstance(raw, dict):
            own = _written_out(raw)
            kind = own.get("platform")
            if isinstance(kind, str) and len(own) > 1:  # nothing but its platform: it is taken away
                merged = _with_base({**shared, **own}, own.get("~", options.get("~")))
                templates += _length_of_templates(merged)
                if templates > _TEMPLATES_LIMIT:
                    break
                found.append(Component(kind, name[:_TEXT_LIMIT], node_id, merged, device))
    return found


def _length_of_templates(options: Mapping[str, Any]) -> int:
    """Characters of all its templates."""
    own = sum(len(raw) for key, raw in options.items() if key.endswith("template") and isinstance(raw, str))
    return own + sum(
        len(text) for source in options["availability"] for text in source.values() if isinstance(text, str)
    )


def _written_out(content: Mapping[str, Any]) -> dict[str, Any]:
    return {_LONG.get(key, key): raw for key, raw in islice(content.items(), KEYS_LIMIT)}


def _with_base(options: dict[str, Any], base: object) -> dict[str, Any]:
    """`~` at either end of a topic stands for the base."""
    sources = options.get("availability")
    sources = [sources] if isinstance(sources, dict) else sources if isinstance(sources, list) else []
    sources = [_written_out(source) for source in sources[:8] if isinstance(source, dict)]
    if isinstance(base, str):
        sources = [{**source, "topic": _based(source.get("topic"), base)} for source in sources]
        options = {key: _based(raw, base) if key.endswith("topic") else raw for key, raw in options.items()}
    return {**options, "availability": sources}


def _based(raw: Any, base: str) -> Any:  # noqa: ANN401 - what is no text is left as it is
    if not isinstance(raw, str):
        return raw
    if raw.startswith("~"):
        raw = base + raw[1:]
    return raw[:-1] + base if raw.endswith("~") and len(raw) > 1 else raw


def _device(raw: object) -> Device | None:
    """The device block; None without one that identifies."""
    if not isinstance(raw, dict):
        return None
    block = {_LONG_OF_DEVICE.get(key, key): value for key, value in islice(raw.items(), KEYS_LIMIT)}
    identifiers = texts_of(block.get("identifiers"))
    connections = block.get("connections")
    pairs = connections[:8] if isinstance(connections, list) else []
    if len(pairs) == 2 and isinstance(pairs[0], str):
        pairs = [pairs]
    linked = [text for pair in pairs if isinstance(pair, list) and len(pair) == 2 for text in texts_of(pair[1])]
    if not identifiers and not linked:
        return None
    model, model_id = text_of(block.get("model")), text_of(block.get("model_id"))
    if model and model_id and model != model_id:
        model = f"{model} ({model_id})"
    known_as = [*identifiers, *linked]
    known_as += [re.sub(r"[:-]", "", each) for each in known_as if _MAC.fullmatch(each)]
    return Device(
        identity_of((identifiers or linked)[0]),
        text_of(block.get("name")),
        text_of(block.get("manufacturer")),
        model or model_id,
        tuple(dict.fromkeys(known_as)),
    )


def texts_of(raw: object, limit: int = 8) -> list[str]:
    """A text or a number, or a list of them, as texts."""
    listed = raw[:limit] if isinstance(raw, list) else [raw]
    found = [str(each) if type(each) is int and abs(each) < 10**18 else each for each in listed]
    return [each for each in found if isinstance(each, str) and text_of(each.strip())]


def identity_of(raw: str) -> str:
    """An identifier as it may stand in an address: hexadecimal ones in lower case and without separators."""
    raw = raw.strip()
    if _MAC.fullmatch(raw):
        return re.sub(r"[:-]", "", raw).lower()
    if _HEX.fullmatch(raw):
        return raw.lower()
    return slug(raw)


def slug(raw: str) -> str:
    """Letters, digits, `_`, `-`, `.` and `@`; everything else becomes `_`."""
    return re.sub(r"[^\w.@-]", "_", raw[:_TEXT_LIMIT])


def text_of(raw: object) -> str | None:
    """A name fit to be kept."""
    return raw if isinstance(raw, str) and 0 < len(raw) <= _TEXT_LIMIT and not CONTROL.search(raw) else None


def payload_of(raw: object, default: str) -> str:
    """A payload to compare with: true and 22 become texts as Home Assistant's become; both cases of true are one."""
    if isinstance(raw, bool | int | float):
        raw = str(raw)
    return same(raw) if isinstance(raw, str) else default


def same(text: str) -> str:
    """A text in the form in which payloads are compared: `True` and `true` are one."""
    return text.lower() if text in ("True", "False") else text


def topic_of(raw: object) -> str | None:
    """A topic that can be learned."""
    if not isinstance(raw, str) or not 0 < len(raw) <= TOPIC_LIMIT:
        return None
    return None if _BAD_IN_TOPIC.search(raw) or CONTROL.search(raw) else raw


def topics_of(component: Component) -> list[str]:
    """Topics by which it is told who reads a component: where it speaks, else where it is spoken to.

    In place of a wildcard (OpenMQTTGateway's `+/+/BTtoMQTT/...`) stands a name.
    """
    options = component.options
    spoken = [options.get(key) for key in ("state_topic", "topic", "current_temperature_topic")]
    given = [*filter(None, spoken)] or [options.get("command_topic")]
    named = [re.sub(r"[+#]", "any", raw[:TOPIC_LIMIT]) for raw in given if isinstance(raw, str)]
    return [topic for topic in named if topic_of(topic)]


def part_of(component: Component, quantity: str) -> str | None:
    """What part of its device an entity is, by its own announcement alone: its object id, without the device's names.

    The node id stands before it unless one of the two names the device. An id that says nothing but the quantity
    (`temperature`) is the device itself; so is an entity without a device.
    """
    if component.device is None:
        return None
    names = sorted(component.device.known_as, key=len, reverse=True)
    rest = _without(component.object_id, names)
    node = component.node_id
    if node and _is_name_of(node, component.device):
        rest = _without(rest, [node])
    elif node and rest == component.object_id:
        rest = "_".join(filter(None, (_without(node, names), rest)))
    part = slug(rest).lower().strip("_-.")
    return None if part in ("", quantity) else part


def _is_name_of(node: str, device: Device) -> bool:
    """Whether a node id is the device's name, one of its identifiers, or a piece of one of them."""
    plain = _plain(node)
    if plain == _plain(device.name or ""):
        return True
    return any(plain == name or (len(plain) >= _PIECE and plain in name) for name in map(_plain, device.known_as))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _without(text: str, names: list[str]) -> str:
    """A text without a name at its beginning or end, where a separator tells it from the rest."""
    for name in names:
        if text.lower() == name.lower():
            return ""
        before, after = text[: len(name) + 1], text[-len(name) - 1 :]
        if before[:-1].lower() == name.lower() and before[-1] in "_- .":
            return text[len(name) + 1 :]
        if after[1:].lower() == name.lower() and after[0] in "_- .":
            return text[: -len(name) - 1]
    return text
