"""Whether an announced device can be reached: one or several topics, put together as its `availability_mode` says.

After homeassistant/components/mqtt/entity.py, with one difference: a topic that was not heard yet is unknown, not down.
"""

from collections.abc import Callable
from typing import NamedTuple

from devices.discovery.configuration import Component, payload_of, same, topic_of
from devices.discovery.entities import template_of
from devices.discovery.template import Scope, Template
from devices.discovery.template_values import Missing

_SOURCES_LIMIT = 8


class Source(NamedTuple):
    """One topic, and what it says there when the device is up and when it is down."""

    topic: str
    up: str
    down: str
    written: str
    template: Template | None


class Availability:
    """What the entities of a device that announced the same sources know; `shared_by` are their serial numbers."""

    def __init__(self, mode: str, sources: tuple[Source, ...]) -> None:
        self.key = (mode, tuple(source[:4] for source in sources))
        self.sources = sources
        self.shared_by: set[object] = set()
        self._mode = mode
        self._heard: dict[str, bool] = {}
        self._latest: bool | None = None
        self._topics = len({source.topic for source in sources})

    def hear(self, topic: str, scope: Scope) -> bool:
        """Take over what a message on one of its topics says; whether it said something."""
        said = False
        for source in self.sources:
            if source.topic != topic:
                continue
            try:
                text = same(source.template.render(scope) if source.template else scope.value)
            except Missing:
                continue
            if text in (source.up, source.down):
                said = True
                self._latest = self._heard[topic] = text == source.up
        return said

    def available(self) -> bool | None:
        """Up, down, or None as long as that is not known."""
        if self._mode not in ("all", "any"):
            return self._latest
        decisive = self._mode == "any"
        if decisive in self._heard.values():
            return decisive
        return not decisive if len(self._heard) == self._topics else None


def availability_of(component: Component, read_natively: Callable[[str], bool]) -> Availability | None:
    """How a component announces whether it can be reached; None for one that is always there.

    A topic that is read natively is left out: its own convention says what it means.
    """
    options = component.options
    mode = options.get("availability_mode")
    listed = [
        {
            "topic": options.get("availability_topic"),
            "payload_available": options.get("payload_available"),
            "payload_not_available": options.get("payload_not_available"),
            "value_template": options.get("availability_template"),
        },
        *options["availability"][:_SOURCES_LIMIT],
    ]
    sources = []
    for one in listed:
        topic, template = topic_of(one.get("topic")), template_of(one.get("value_template"))
        if topic is not None and not isinstance(template, str) and not read_natively(topic):
            up = payload_of(one.get("payload_available"), "online")
            down = payload_of(one.get("payload_not_available"), "offline")
            written = one.get("value_template")
            sources.append(Source(topic, up, down, written if isinstance(written, str) else "", template))
    return Availability(mode if mode in ("all", "any") else "latest", tuple(sources)) if sources else None
