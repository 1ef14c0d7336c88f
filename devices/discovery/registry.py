"""What was announced on a hub: who speaks on which topic, and what each device is. Exact topics, never a search."""

from collections.abc import Callable
from typing import NamedTuple

from devices.discovery.availability import Availability, availability_of
from devices.discovery.configuration import Component, Device, identity_of, text_of, topic_of, topics_of
from devices.discovery.entities import Entity, entities
from devices.discovery.expiry import Expiries
from devices.discovery.template import STEPS_LIMIT, Template
from devices.measurement import Description

ANNOUNCEMENTS_LIMIT = 4_000
"""Announcements that are remembered; the one that was not renewed for longest goes first."""
ENTITIES_LIMIT = 8_000
_LISTENERS_LIMIT = 256
_STEPS_OF_TOPIC = 40 * STEPS_LIMIT

NATIVE = "its topics are read natively, as another convention's"


class Topic:
    """Who speaks on one topic: entities by their serial number, and devices that tell there whether they are up.

    `unread`: why what else is announced for this topic is not read.
    """

    __slots__ = ("availabilities", "entities", "steps", "unread")

    def __init__(self) -> None:
        self.entities: dict[int, Entity] = {}
        self.unread: dict[int, str] = {}
        self.availabilities: dict[tuple[str, object], tuple[Known, Availability]] = {}
        self.steps = 0


class Known:
    """One announced device: its block, and what it can say, by the announcement's serial numbers.

    `triggers`: the button (its address) and the type of each.
    """

    __slots__ = ("address", "availabilities", "block", "quantities", "triggers")

    def __init__(self, address: str, block: Device) -> None:
        self.address = address
        self.block = block
        self.quantities: dict[int, str | None] = {}
        self.triggers: dict[int, tuple[str, str]] = {}
        self.availabilities: dict[object, Availability] = {}

    def online(self) -> bool | None:
        """Up if any of its entities is known to be; down if all that are known are; else not known."""
        states = {availability.available() for availability in self.availabilities.values()} - {None}
        return None if not states else True in states

    def description(self) -> Description:
        """All that is known of it by now."""
        block = self.block
        quantities = [*filter(None, self.quantities.values()), *(["online"] if self.availabilities else [])]
        name = block.name or block.identity
        return Description(self.address, name, block.maker, block.model, tuple(dict.fromkeys(quantities)))


class _Learned(NamedTuple):
    """One announced entity, or one that is not read, as it is remembered."""

    serial: int
    known: Known
    topic: str | None
    steps: int = 0
    availability: object = None


class Registry:
    """The announcements of one hub."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.expiries = Expiries()
        self._known: dict[str, Known] = {}
        self._announced: dict[str, list[_Learned]] = {}
        self._serial = 0
        self._count = 0

    def announce(
        self, where: str, listed: list[Component], read_natively: Callable[[str], bool]
    ) -> tuple[tuple[Description, ...], str]:
        """Take over an announcement in place of the one before it; what it describes, and why if it is nothing."""
        before = self._announced.pop(where, [])
        now: list[_Learned] = []
        told: dict[Known, None] = {}
        reason = "it lists nothing"
        for component in listed:
            if _of_zigbee2mqtt(component) or any(read_natively(topic) for topic in topics_of(component)):
                reason = NATIVE
                continue
            known = self._device(component)
            found = entities(component, known.address)
            if isinstance(found, str):
                reason = found
                spoken = topic_of(component.options.get("state_topic"))
                if spoken or component.device:
                    now.append(self._leave_unread(known, spoken, reason))
            elif kept := [one for one in found if not read_natively(one.topic)]:
                availability = self._availability(component, known, read_natively)
                now += [self._learn(known, one, availability) for one in kept]
                self.expiries.announce(known.address, now[-1].serial, component.options.get("expire_after"))
            if component.device is not None or not isinstance(found, str):
                told[known] = None
        if now:
            self._announced[where] = now
        self._forget(before)
        self._bound()
        return tuple(known.description() for known in told), reason

    def has(self, where: str) -> bool:
        """Whether an announcement there is remembered."""
        return where in self._announced

    def announces(self, entity: Entity, trigger: str) -> bool:
        """Whether the button that an entity tells of announced such a trigger too."""
        known = self._known.get(entity.device)
        return known is not None and (entity.address, trigger) in known.triggers.values()

    def withdraw(self, where: str) -> None:
        """Forget what was announced there."""
        self._forget(self._announced.pop(where, []))

    def _device(self, component: Component) -> Known:
        block = component.device
        if block is None:
            own = text_of(component.options.get("unique_id")) or "_".join(filter(None, component[2:0:-1]))
            block = Device(identity_of(own), text_of(component.options.get("name")))
        address = f"homeassistant:{block.identity}"
        known = self._known.get(address)
        if known is None:
            return Known(address, block)
        before = known.block
        known.block = Device(
            block.identity, block.name or before.name, block.maker or before.maker, block.model or before.model
        )
        return known

    def _learn(self, known: Known, entity: Entity, availability: Availability | None) -> _Learned:
        serial = self._next(known)
        topic = self.topics.setdefault(entity.topic, Topic())
        steps = _steps(entity.template)
        if len(topic.entities) < _LISTENERS_LIMIT and topic.steps + steps <= _STEPS_OF_TOPIC:
            topic.steps += steps
            topic.entities[serial] = entity
            known.quantities[serial] = entity.quantity
            if entity.trigger:
                known.triggers[serial] = (entity.address, entity.trigger)
        if availability is not None:
            availability.shared_by.add(serial)
        return _Learned(serial, known, entity.topic, steps, availability and availability.key)

    def _leave_unread(self, known: Known, where: str | None, reason: str) -> _Learned:
        serial = self._next(known)
        if where is not None:
            topic = self.topics.setdefault(where, Topic())
            if len(topic.unread) < _LISTENERS_LIMIT:
                topic.unread[serial] = reason
        return _Learned(serial, known, where)

    def _next(self, known: Known) -> int:
        self._serial += 1
        self._count += 1
        self._known[known.address] = known
        known.quantities[self._serial] = None
        return self._serial

    def _availability(
        self, component: Component, known: Known, read_natively: Callable[[str], bool]
    ) -> Availability | None:
        """How it announces that it is up, shared with all entities of the device that announce the same."""
        own = availability_of(component, read_natively)
        if own is None:
            return None
        shared = known.availabilities.get(own.key)
        if shared is not None:
            return shared
        known.availabilities[own.key] = own
        for source in own.sources:
            topic = self.topics.setdefault(source.topic, Topic())
            steps = topic.steps + sum(_steps(each.template) for each in own.sources)
            if steps <= _STEPS_OF_TOPIC and (known.address, own.key) not in topic.availabilities:
                topic.steps = steps
                topic.availabilities[known.address, own.key] = (known, own)
        return own

    def _forget(self, announced: list[_Learned]) -> None:
        for serial, known, where, steps, key in announced:
            self._count -= 1
            self.expiries.withdraw(known.address, serial)
            known.quantities.pop(serial, None)
            known.triggers.pop(serial, None)
            if where is not None and (topic := self.topics.get(where)) is not None:
                topic.unread.pop(serial, None)
                if topic.entities.pop(serial, None) is not None:
                    topic.steps -= steps
                self._drop_if_silent(where)
            availability = known.availabilities.get(key)
            if availability is not None:
                availability.shared_by.discard(serial)
                if not availability.shared_by:
                    self._forget_availability(known, availability)
            if not known.quantities and self._known.get(known.address) is known:
                del self._known[known.address]

    def _forget_availability(self, known: Known, availability: Availability) -> None:
        del known.availabilities[availability.key]
        for source in availability.sources:
            if (topic := self.topics.get(source.topic)) is not None:
                if topic.availabilities.pop((known.address, availability.key), None) is not None:
                    topic.steps -= sum(_steps(each.template) for each in availability.sources)
                self._drop_if_silent(source.topic)

    def _drop_if_silent(self, topic: str) -> None:
        heard = self.topics[topic]
        if not (heard.entities or heard.availabilities or heard.unread):
            del self.topics[topic]

    def _bound(self) -> None:
        while len(self._announced) > ANNOUNCEMENTS_LIMIT or self._count > ENTITIES_LIMIT:
            self.withdraw(next(iter(self._announced)))


def _of_zigbee2mqtt(component: Component) -> bool:
    """Whether Zigbee2MQTT announces one of its own devices, whose base may not be known yet."""
    return component.device is not None and component.device.identity.startswith("zigbee2mqtt_")


def _steps(template: Template | str | None) -> int:
    return template.cost if isinstance(template, Template) else 1
