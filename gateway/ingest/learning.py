"""What decoders learn: told again to new ones, kept of consenting homes, held in memory for a while of all others.

After a restart the broker hands over what it had queued before it sends what it retains, so without this a press from
the outage could not be read: the message that says what it means would come after it.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from hashlib import blake2b

import structlog

from devices.decode import HubDecoder
from devices.measurement import Message
from devices.scrubbing import blotted
from gateway.errors import TryLater
from gateway.model import LESSON_KEPT, LESSONS_KEPT, Lesson

HELD_BYTES = 32 * 1024 * 1024
"""Of lessons of hubs that belong to no consenting home, all together; beyond that they are not held."""
_SCRUBBED = 256 * 1024
_log = structlog.get_logger("keepwell.ingest")

Recall = Callable[[str], Sequence[Lesson]]
"""What the journal keeps of a hub, the oldest first; raises TryLater (ports.Journal.lessons)."""


class Learning:
    """Knows what of each hub is kept already, so that what is announced again unchanged costs no write.

    A hub is often heard before it is registered: what it taught until then is held, and kept once its home consents.
    """

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self._kept: dict[str, dict[str, bytes]] = {}
        self._held: dict[str, dict[str, Lesson]] = {}
        self._held_bytes = 0

    def teach(self, hub: str, decoder: HubDecoder, *, kept: bool) -> bool:
        """Tell a new decoder of the hub all that is known; False where that could not be read just now."""
        if kept:
            try:
                lessons = self._recall(hub)
            except TryLater as error:
                _log.warning("ingest.lessons_later", hub=hub, reason=str(error))
                return False
            self._kept[hub] = {lesson.name: _digest(lesson) for lesson in lessons}
            decoder.recall(Message(lesson.topic, lesson.payload) for lesson in lessons)
        decoder.recall(Message(lesson.topic, lesson.payload) for lesson in self._held.get(hub, {}).values())
        return True

    def holds(self, hub: str) -> bool:
        """Whether there is something to keep as soon as its home consents."""
        return hub in self._held

    def learned(self, hub: str, name: str | None, message: Message, *, kept: bool) -> tuple[Lesson, ...]:
        """What is to be kept with a message: its lesson, if its `name` says that it is one, after those that are held.

        Nothing while the hub's lessons are not to be `kept`, nor of what is kept already.
        """
        lesson = None
        if name is not None and len(message.payload) <= LESSON_KEPT:
            lesson = Lesson(hub, name, message.topic, _without_secrets(message.payload))
        if not kept:
            self._kept.pop(hub, None)
            if lesson is not None:
                self._hold(lesson)
            return ()
        known = self._kept.setdefault(hub, {})
        told = [*self._let_go(hub), *(() if lesson is None else (lesson,))]
        new = tuple(one for one in told if known.get(one.name, b"") != _digest(one))
        for one in new:
            known.pop(one.name, None)
            if one.payload:
                known[one.name] = _digest(one)
        for former in list(known)[:-LESSONS_KEPT]:
            del known[former]
        return new

    def only(self, hubs: Collection[str], registered: Collection[str]) -> None:
        """Of other hubs nothing is kept any more. What registered ones taught is held: their homes may consent again.

        To be called before the journal forgets.
        """
        for hub in self._kept.keys() - set(hubs):
            del self._kept[hub]
            if hub in registered:
                with suppress(TryLater):
                    for lesson in self._recall(hub):
                        self._hold(lesson)

    def forget(self, hub: str) -> None:
        """The hub itself is forgotten."""
        self._let_go(hub)

    def _hold(self, lesson: Lesson) -> None:
        held = self._held.setdefault(lesson.hub, {})
        former = held.pop(lesson.name, None)
        self._held_bytes += _size(lesson) - (0 if former is None else _size(former))
        if lesson.payload:
            held[lesson.name] = lesson
        else:
            self._held_bytes -= _size(lesson)
        while self._held_bytes > HELD_BYTES and held:
            self._held_bytes -= _size(held.pop(next(iter(held))))
        if not held:
            del self._held[lesson.hub]

    def _let_go(self, hub: str) -> Collection[Lesson]:
        held = self._held.pop(hub, {}).values()
        self._held_bytes -= sum(map(_size, held))
        return held


def _without_secrets(payload: bytes) -> bytes:
    """What is kept of it: a codec's keys, a lock's codes and the like are blotted out. Long lists hold none."""
    return payload if len(payload) > _SCRUBBED else blotted(payload)


def _digest(lesson: Lesson) -> bytes:
    if not lesson.payload:
        return b""
    return blake2b(lesson.topic.encode(errors="replace") + b"\0" + lesson.payload, digest_size=16).digest()


def _size(lesson: Lesson) -> int:
    return 200 + len(lesson.name) + len(lesson.topic) + len(lesson.payload)
