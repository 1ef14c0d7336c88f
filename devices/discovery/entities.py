"""What an announced component says later: on which topics, by which template, of which quantity."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from devices.actions import ACTIONS, read_action
from devices.discovery.configuration import Component, part_of, payload_of, same, slug, text_of, texts_of, topic_of
from devices.discovery.meaning import BINARY, Meaning, number_meaning
from devices.discovery.template import Scope, Template, Unsupported, compile_template
from devices.measurement import Measurement, Value
from devices.payload import read_object
from devices.values import number, word

NOT_EVALUATED = "its value template uses what Keepwell does not evaluate"
NO_VALUE = "nothing in it that Keepwell measures has a usable value"

Found = tuple[str | None, str, Value, bool]
"""A part of the entity or None, quantity, value, and whether it is momentary."""


class Entity(NamedTuple):
    """One thing that an announced device says on `topic`. `template` is a reason where it cannot be evaluated.

    `event`: each message is something that happened; `trigger`: the type of a trigger, one of several of a button.
    """

    address: str
    device: str
    topic: str
    quantity: str
    template: Template | str | None
    find: Callable[[str], Found | None]
    event: bool = False
    trigger: str | None = None

    def read(self, scope: Scope) -> Measurement | None:
        """What it says in this message; raises `Missing` where its template has no result."""
        if isinstance(self.template, str):
            return None
        found = self.find(scope.value if self.template is None else self.template.render(scope))
        if found is None:
            return None
        part, quantity, value, momentary = found
        address = self.address
        if part:
            address += f"_{part}" if "/" in address else f"/{part}"
        return Measurement(address, quantity, value, None, None, momentary)


def entities(component: Component, device: str) -> list[Entity] | str:
    """What a component lets Keepwell read, or why nothing. `device` is the address of its device."""
    make = _MAKERS.get(component.platform)
    return make(component, device) if make else f"{component.platform[:40]} is a component that measures nothing"


def _entity(component: Component, device: str, quantity: str, topic: str, template: str, **more: Any) -> Entity | None:  # noqa: ANN401
    """The entity that reads the topic and the template under these names; None if there is no such topic."""
    where = topic_of(component.options.get(topic))
    if where is None:
        return None
    part = _part(component, quantity)
    address = f"{device}/{part}" if part else device
    how = template_of(component.options.get(template), reading=more.pop("reading", False))
    return Entity(address, device, where, quantity, how, **more)


def _part(component: Component, quantity: str) -> str | None:
    """With the platform, where another of the same object id may tell the same quantity: a switch beside a light."""
    part, platform = part_of(component, quantity), component.platform
    if component.device is None or platform == "sensor" or quantity in ("button", "motion"):
        return part
    if platform == "binary_sensor":
        return part or (platform if quantity == "switch" else None)
    if platform == "switch":
        return part and f"{part}_{platform}"
    return f"{part}_{platform}" if part else platform


def template_of(source: object, *, reading: bool = False) -> Template | str | None:
    """The template, None for none, and a reason where it is not understood."""
    if source is None or source == "":
        return None
    try:
        return compile_template(source, reading=reading) if isinstance(source, str) else NOT_EVALUATED
    except Unsupported:
        return NOT_EVALUATED


def _one(entity: Entity | None) -> list[Entity] | str:
    return [entity] if entity else "it has no state topic, or one with wildcards"


def _name(component: Component) -> str:
    return f"{text_of(component.options.get('name')) or ''} {component.object_id}"


# ---------------------------------------------------------------------------------------- sensors


def _binary_sensor(component: Component, device: str) -> list[Entity] | str:
    options = component.options
    kind = options.get("device_class")
    quantity = BINARY.get(kind.lower(), "switch") if isinstance(kind, str) else "switch"
    momentary = (number(options.get("off_delay")) or 0) > 0 or options.get("payload_off", "OFF") in (None, "")
    states = {
        payload_of(options.get("payload_off"), "OFF"): (None, quantity, False, False),
        payload_of(options.get("payload_on"), "ON"): (None, quantity, True, momentary),
    }
    return _one(_entity(component, device, quantity, "state_topic", "value_template", find=_state(states)))


def _state(states: Mapping[str, Found]) -> Callable[[str], Found | None]:
    return lambda text: states.get(same(text))


def _sensor(component: Component, device: str) -> list[Entity] | str:
    options = component.options
    diagnostic = options.get("entity_category") == "diagnostic"
    meaning = number_meaning(
        options.get("device_class"), options.get("unit_of_measurement"), _name(component), diagnostic=diagnostic
    )
    if isinstance(meaning, str):
        return meaning
    return _one(_measuring(component, device, meaning, "state_topic", "value_template"))


def _measuring(component: Component, device: str, meaning: Meaning, topic: str, template: str) -> Entity | None:
    quantity, read = meaning

    def find(text: str) -> Found | None:
        value = read(text.strip())
        return None if value is None else (None, quantity, value, False)

    return _entity(component, device, quantity, topic, template, find=find, reading=True)


def _climate(component: Component, device: str) -> list[Entity] | str:
    """The room's temperature and humidity; what it is set to is no reading."""
    unit = component.options.get("temperature_unit")
    found = []
    for kind, each in (("temperature", unit if unit in ("F", "K") else "°C"), ("humidity", "%")):
        meaning = number_meaning(kind, each, "", diagnostic=False)
        if isinstance(meaning, Meaning):
            entity = _measuring(component, device, meaning, f"current_{kind}_topic", f"current_{kind}_template")
            found += [entity] if entity else []
    return found or "it measures neither temperature nor humidity"


# ---------------------------------------------------------------------------------------- switches and doors


def _switch(component: Component, device: str) -> list[Entity] | str:
    options = component.options
    on, off = payload_of(options.get("payload_on"), "ON"), payload_of(options.get("payload_off"), "OFF")
    return _two_states(component, device, ("state_off", off), ("state_on", on))


def _two_states(
    component: Component, device: str, off: tuple[str, str], on: tuple[str, str], template: str = "value_template"
) -> list[Entity] | str:
    """What is off or on by its words; each is (the option that sets the word, the word by default)."""
    states: dict[str, Found] = {
        payload_of(component.options.get(option), usual): (None, "switch", value, False)
        for (option, usual), value in ((off, False), (on, True))
    }
    return _one(_entity(component, device, "switch", "state_topic", template, find=_state(states)))


def _light(component: Component, device: str) -> list[Entity] | str:
    options = component.options
    schema = options.get("schema", "basic")
    if schema == "json":
        return _one(_entity(component, device, "switch", "state_topic", "", find=_light_json))
    if schema == "template":
        states: dict[str, Found] = {"off": (None, "switch", False, False), "on": (None, "switch", True, False)}
        return _one(_entity(component, device, "switch", "state_topic", "state_template", find=_state(states)))
    template = "state_value_template" if "state_value_template" in options else "value_template"
    return _two_states(component, device, ("payload_off", "OFF"), ("payload_on", "ON"), template)


def _light_json(text: str) -> Found | None:
    content = read_object(text.encode("utf-8", "surrogatepass"))
    state = content.get("state") if isinstance(content, dict) else None
    return {"ON": (None, "switch", True, False), "OFF": (None, "switch", False, False)}.get(
        state if isinstance(state, str) else ""
    )


def _cover(component: Component, device: str) -> list[Entity] | str:
    """A door or a window that moves by itself; blinds and awnings say nothing of who comes and goes."""
    options = component.options
    if options.get("device_class") not in ("door", "garage", "gate", "window"):
        return "a blind is not measured"
    states: dict[str, Found] = {
        payload_of(options.get(f"state_{state}"), state): (None, "contact", is_open, False)
        for state, is_open in (("closed", False), ("opening", True), ("closing", True), ("open", True))
    }
    return _one(_entity(component, device, "contact", "state_topic", "value_template", find=_state(states)))


def _lock(component: Component, device: str) -> list[Entity] | str:
    return _two_states(component, device, ("state_locked", "LOCKED"), ("state_unlocked", "UNLOCKED"))


def _valve(component: Component, device: str) -> list[Entity] | str:
    return _two_states(component, device, ("state_closed", "closed"), ("state_open", "open"))


# ---------------------------------------------------------------------------------------- buttons


def _event(component: Component, device: str) -> list[Entity] | str:
    options = component.options
    types = frozenset(texts_of(options.get("event_types"), 64))
    quantity = "motion" if options.get("device_class") == "motion" else "button"
    alone = types.isdisjoint(_BEFORE_RELEASE)

    def find(text: str) -> Found | None:
        content = read_object(text.encode("utf-8", "surrogatepass"))
        kind = "".join(texts_of(content.get("event_type"), 1)) if isinstance(content, dict) else text
        if not kind or kind not in (types or (kind,)):
            return None
        if quantity == "motion":
            return None, quantity, True, True
        pressed = press(kind)
        if pressed is None:
            return None
        return pressed[0], quantity, "press" if kind == "short_release" and alone else pressed[1], False

    return _one(_entity(component, device, quantity, "state_topic", "value_template", find=find, event=True))


def _device_automation(component: Component, device: str) -> list[Entity] | str:
    """A trigger: each of a button's kinds of press is announced on its own; together they are that button."""
    options = component.options
    topic = topic_of(options.get("topic"))
    kind, subtype = (word("".join(texts_of(options.get(key), 1))) for key in ("type", "subtype"))
    if options.get("automation_type", "trigger") != "trigger" or topic is None or kind is None or subtype is None:
        return "a trigger without a topic, a type or a subtype"
    wanted = None if options.get("payload") in (None, "") else payload_of(options.get("payload"), "")
    pressed = _trigger_press(kind, subtype, options.get("payload"))
    if pressed is None:
        return "a trigger that is not a press"
    part, action = pressed
    address = f"{device}/{part}" if part else device

    def find(text: str) -> Found | None:
        return (None, "button", action, False) if wanted is None or same(text) == wanted else None

    how = template_of(options.get("value_template"))
    return [Entity(address, device, topic, "button", how, find, event=True, trigger=kind)]


_WHOLE_BUTTON = frozenset({"button", "action", "click", "press"})
"""Subtypes that tell no button from another."""


def _trigger_press(kind: str, subtype: str, payload: object) -> tuple[str | None, str] | None:
    """(button, action). `button_short_press` of `button_2`, the `action` `2_single`, or `button_2` by its payload."""
    button = None if subtype.lower() in _WHOLE_BUTTON else slug(subtype).lower()
    if kind.lower() not in ("action", "click"):
        pressed = press(kind)
        return pressed and (button, pressed[1])
    pressed = press(subtype)
    if pressed and pressed[1] not in _KNOWN and isinstance(payload, str):
        told = press(payload)
        if told and told[1] in _KNOWN:
            return button, told[1]
    return pressed


_BEFORE_RELEASE = frozenset({"initial_press", "short_press", "press", "single", "pressed"})
SHORT_RELEASE = "button_short_release"
SHORT_PRESS = "button_short_press"
"""A button that announces no `button_short_press` says by its short release that it was pressed."""

_PRESSES = {
    "short_press": "press", "short": "press", "pressed": "press", "pushed": "press", "push": "press", "ring": "press",
    "single_push": "press", "short_release": "release", "released": "release", "long_push": "long", "held": "long",
    "double_push": "double", "triple_push": "triple", "quadruple_press": "quadruple", "quintuple_press": "quintuple",
    "multi_press_1": "press", "multi_press_2": "double", "multi_press_3": "triple", "short_click": "press",
}  # fmt: skip
"""Words of Home Assistant's events and triggers (without `button_`) that `devices.actions` does not have."""


_KNOWN = {*_PRESSES.values(), *ACTIONS.values()}


def press(raw: str) -> tuple[str | None, str] | None:
    """(part of the device or None, action) for an event's type; None for what is no press."""
    plain = raw.lower().removeprefix("button_").removeprefix("remote_button_")
    if known := _PRESSES.get(plain) or ACTIONS.get(plain):
        return None, known
    return read_action(raw)


_MAKERS: dict[str, Callable[[Component, str], list[Entity] | str]] = {
    "binary_sensor": _binary_sensor,
    "sensor": _sensor,
    "event": _event,
    "device_automation": _device_automation,
    "switch": _switch,
    "light": _light,
    "cover": _cover,
    "lock": _lock,
    "valve": _valve,
    "climate": _climate,
    "humidifier": _climate,
}
"""Platforms that are read."""
