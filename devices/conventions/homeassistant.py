"""Home Assistant MQTT discovery (https://www.home-assistant.io/integrations/mqtt/), and with it ESPHome.

A device announces on `<prefix>/<component>/[<node_id>/]<object_id>/config`, or all at once on
`<prefix>/device/<object_id>/config`, on which topics it speaks and what that means; only what was announced is read.
A device's address is `homeassistant:<first of its identifiers>`, and `<address>/<object id>` is an entity of it.
"""

from collections.abc import Callable

from devices.convention import Options, ignored
from devices.discovery.configuration import components
from devices.discovery.entities import NO_VALUE, NOT_EVALUATED, SHORT_PRESS, SHORT_RELEASE, Entity
from devices.discovery.registry import Registry, Topic
from devices.discovery.template import Scope
from devices.discovery.template_values import Missing, NotEvaluated
from devices.guide import Guide
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object

NAME = "homeassistant"
ANNOUNCEMENT_LIMIT = 256 << 10
"""Bytes that an announcement may have. One of a device with a hundred components has about 40,000."""
STATE_LIMIT = 64 << 10
"""Bytes that a message on an announced topic may have."""

GUIDE = Guide(
    name=NAME,
    title="Home Assistant MQTT discovery, and with it ESPHome",
    source=(
        "home-assistant.io/integrations/mqtt and the components mqtt, sensor and binary_sensor of home-assistant/core "
        "(discovery, abbreviations, availability, event, device_trigger); esphome/components/mqtt."
    ),
    topics=(
        "A device announces itself on `homeassistant/<component>/[<node_id>/]<object_id>/config`, or at once on "
        "`homeassistant/device/<object_id>/config`, and says there on which topics it will speak. Only these are "
        "read. Its address is `homeassistant:<identifier>`, of its first identifier, else its first connection, else "
        "the `unique_id`, else the ids in the topic. Each entity is a part of it, named for its object id without the "
        "names of the device (and with the node id where neither names it); an object id that says nothing but the "
        "quantity, such as `temperature`, is the device itself; a switch, light, lock, valve, cover or climate has its "
        "platform's name behind it. So an address rests on the entity's own announcement "
        "and never on what is announced later. A trigger's part is its `subtype`."
    ),
    readings=(
        ("`binary_sensor` of class motion", "motion"),
        ("occupancy, presence", "presence"),
        ("door, window, opening, garage_door; `cover` of class door, garage, gate or window", "contact; on is open"),
        ("moisture", "leak"),
        ("smoke, carbon_monoxide, gas, vibration, tamper", "smoke, co, gas, vibration, tamper"),
        ("battery", "battery_low"),
        ("the availability of the device", "online"),
        (
            "any other class (connectivity, problem, safety) or none; `switch`, `light`, `lock` and `valve`",
            "switch; on is on, unlocked or open, and it needs a role to mean more",
        ),
        (
            "`event`, and each trigger of `device_automation`",
            "button; an event of class motion is motion without an end",
        ),
        ("`sensor` of class temperature in °C, °F or K; `climate`, the current temperature", "temperature"),
        ("temperature of a chip or a box, or `entity_category: diagnostic`", "device_temperature"),
        ("humidity (also of `climate` and `humidifier`), illuminance, carbon_dioxide", "humidity, illuminance, co2"),
        ("pressure and atmospheric_pressure in hPa, mbar, Pa, kPa, bar, inHg, mmHg or psi", "pressure"),
        ("pm25, volatile_organic_compounds_parts", "pm25, voc"),
        ("power, energy (Wh to GWh, kJ to GJ), current", "power, energy, current"),
        ("voltage; in mV or of a battery by its name", "voltage, battery_voltage"),
        ("battery in %, signal_strength in dBm, anything in lqi", "battery, rssi, link_quality"),
    ),
    notes=(
        (
            "**Templates** that are evaluated: `{{ }}` and text, `{% if %}`, `{% set %}`, `value`, `value_json` "
            "with members, elements and slices, lists and objects, `a if c else b`, `and`, `or`, `not`, "
            "comparisons, `in`, `+ - * / // % ~`, `is defined`, `none`, `number`, `equalto` and their like, the "
            "filters float, int, round, default, iif, bool, abs, multiply, add, lower, upper, title, capitalize, "
            "trim, string, is_defined, replace, format (one placeholder), length, first, last, min, max, to_json "
            "and from_json, and the methods split, strip, rstrip, replace, startswith, endswith, lower, upper, title, "
            "capitalize and get. No patterns, no loops, no states: an entity whose template needs them is shown "
            "and not read. Up to 2,048 characters and 400 steps."
        ),
        (
            "**What is missing** or null in a message decides nothing, also where Home Assistant would show OFF. "
            "A default or an `else 0` that only fills a gap of a number is no reading either; `default('OFF')` of "
            "a binary sensor is taken as its announcement says it."
        ),
        (
            "**off_delay**: the device says only that it began, so each ON is an event of its own. "
            "**expire_after**: a device that has been silent for longer than the longest that it announced is not "
            "`online`, which is told with the next word of another device; not after a break of 10 minutes in "
            "which nobody was heard."
        ),
        (
            "**Availability**: one `online` for each device, up if any of its entities is. Where several topics "
            "decide (`all`), nothing is said before all were heard or one is down."
        ),
        (
            "**One press once**: a retained press is an old one; a press that is announced as an event and as a "
            "trigger of the same topic is told as the event; a short release is the press only where the button "
            "announces no short press."
        ),
        (
            "**One source for a device**: what speaks on a topic that another convention reads (Zigbee2MQTT, "
            "Tasmota, Shelly, rtl_433 and the others) is neither learned nor shown."
        ),
        ("ESPHome's states are retained by default: a retained ON may be days old and is marked as retained."),
    ),
    ignored=(
        "components that measure nothing (`button`, `number`, `select`, `text`, `camera`, `update`, `device_tracker`, "
        "`alarm_control_panel` with its codes and others); numbers of another kind or unit, set points, limits, shares "
        "of a day, dew points; `json_attributes_topic`; `homeassistant/status`; "
        "`esphome/discover`."
    ),
    to_set=(
        "announcements must be retained, so that they are there after a restart. Give each entity a device class and "
        "each device an identifier. ESPHome: `mqtt:` with `discovery: true`."
    ),
    options=("discovery_prefix",),
)

_OLD_PRESS = "a retained press is an old one"

Found = dict[tuple[str, str], Measurement]
"""What a message says, by address and quantity: each once."""


class Homeassistant:
    """Reads what devices of one hub announced: holds who speaks on which topic, and who can be reached."""

    def __init__(self, options: Options) -> None:
        self._prefix = options.discovery_prefix + "/"
        self._registry = Registry()
        self._topics = self._registry.topics
        self.read_natively: Callable[[str], bool] = lambda _topic: False
        """Whether another convention reads a topic; set by the decoder of the hub. Then that one is left to it."""

    def claims(self, topic: str) -> bool:
        """Whether it is under the discovery prefix, or an announced topic, or ESPHome's own announcement."""
        return topic in self._topics or topic.startswith((self._prefix, "esphome/discover/"))

    def decode(self, message: Message) -> Decoded:
        """What an announcement or a message on an announced topic means."""
        topic = message.topic
        if topic.startswith(self._prefix) and topic.endswith("/config"):
            levels = topic[len(self._prefix) :].split("/")
            if len(levels) in (3, 4):
                return self._announcement(levels, message)
        heard = self._topics.get(topic)
        if heard is not None:
            return self._with_overdue(self._message(heard, message), message)
        if topic == self._prefix + "status":
            return ignored(NAME, "Home Assistant itself came or went")
        if topic.startswith("esphome/discover/"):
            return ignored(NAME, "ESPHome's own announcement says nothing of what the device measures")
        return ignored(NAME, "no device announced that it speaks on this topic")

    # ------------------------------------------------------------------------------------------- announcements

    def _announcement(self, levels: list[str], message: Message) -> Decoded:
        platform, object_id = levels[0], levels[-2]
        if not platform or not object_id:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no component"))
        content = read_object(message.payload, ANNOUNCEMENT_LIMIT) if message.payload else {}
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if not content:
            return self._withdrawn(message.topic)
        if True in (content.get("migrate_discovery"), content.get("migr_discvry")):
            return ignored(NAME, "the device is about to announce itself in another form")
        known = self._registry.has(message.topic)
        listed = components(platform, levels[1] if len(levels) == 4 else "", object_id, content)
        described, reason = self._registry.announce(message.topic, listed, self.read_natively)
        taught = known or self._registry.has(message.topic)
        if platform == "alarm_control_panel":  # it may hold a code, and teaches nothing that is read
            taught = False
        lesson = message.topic if taught else None
        if described:
            return Decoded(NAME, described=described, lesson=lesson)
        return Decoded(NAME, ignored=reason, lesson=lesson)

    def _withdrawn(self, topic: str) -> Decoded:
        self._registry.withdraw(topic)
        return Decoded(NAME, ignored="an announcement was withdrawn", lesson=topic)

    # ------------------------------------------------------------------------------------------- states

    def _message(self, heard: Topic, message: Message) -> Decoded:
        """What a message means to all that is announced for its topic."""
        if not (heard.entities or heard.availabilities):
            return ignored(NAME, f"announced, but not read: {next(iter(heard.unread.values()))}")
        scope = _scope(message.payload)
        if isinstance(scope, Rejected):
            return Decoded(NAME, rejected=scope)
        if not scope.value:
            return ignored(NAME, "empty payload: a retained value was cleared")
        found: Found = {}
        reason = self._states(heard, scope, found, message)
        if heard.availabilities and _availabilities(heard, message.topic, scope, found):
            reason = reason or "whether the device is up depends on other topics too, which were not heard yet"
        if found:
            return Decoded(NAME, tuple(found.values()))
        if scope.not_json is not None and reason is None:
            return Decoded(NAME, rejected=scope.not_json)
        return ignored(NAME, reason or NO_VALUE)

    def _with_overdue(self, decoded: Decoded, message: Message) -> Decoded:
        """With word of the devices that have been silent for longer than they announced, and of those that are back."""
        now = message.received_at
        if now is None or message.retained or decoded.rejected is not None:
            return decoded
        expiries = self._registry.expiries
        said = decoded.measurements
        spoke = dict.fromkeys(one.address.partition("/")[0] for one in said if one.quantity != "online")
        told = {one.address for one in said if one.quantity == "online"}
        back = [address for address in spoke if expiries.hear(address, now) and address not in told]
        late = [address for address in expiries.overdue(now) if address not in told]
        more = [Measurement(address, "online", address in spoke) for address in (*back, *late)]
        return decoded._replace(measurements=(*said, *more), ignored=None) if more else decoded

    def _states(self, heard: Topic, scope: Scope, found: Found, message: Message) -> str | None:
        """Add what the entities say; why not, where that is known."""
        reason = None
        presses: list[tuple[Entity, Measurement]] = []
        for entity in heard.entities.values():
            if isinstance(entity.template, str):
                reason = NOT_EVALUATED
                continue
            try:
                said = entity.read(scope)
            except Missing as missing:
                reason = NOT_EVALUATED if isinstance(missing, NotEvaluated) else reason
                continue
            if said is None:
                continue
            if not entity.event:
                found.setdefault((said.address, said.quantity), said)
            elif message.retained:
                reason = _OLD_PRESS
            else:
                presses.append((entity, said))
        as_event = {entity.device for entity, _ in presses if not entity.trigger}
        for entity, said in presses:  # each press once, however often it is announced
            if entity.trigger and entity.device in as_event:
                continue
            if entity.trigger == SHORT_RELEASE:
                said = said._replace(value=self._released(entity))  # noqa: PLW2901
            found.setdefault((said.address, said.quantity), said)
        return reason

    def _released(self, entity: Entity) -> str:
        """A short release is the press itself where the button announces no short press."""
        return "release" if self._registry.announces(entity, SHORT_PRESS) else "press"


def _scope(payload: bytes) -> Scope | Rejected:
    if len(payload) > STATE_LIMIT:
        return Rejected("too_large", f"the payload has {len(payload)} bytes, the limit is {STATE_LIMIT}")
    try:
        return Scope(payload.decode())
    except UnicodeDecodeError:
        return Rejected("bad_value", "the payload is no text")


def _availabilities(heard: Topic, topic: str, scope: Scope, found: Found) -> bool:
    """Add once for each device whether it is up; whether the message said so at all."""
    told = [known for known, availability in heard.availabilities.values() if availability.hear(topic, scope)]
    for known in dict.fromkeys(told):
        online = known.online()
        if online is not None:
            found[known.address, "online"] = Measurement(known.address, "online", online)
    return bool(told)
