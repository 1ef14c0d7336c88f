"""Hostile messages of a mebibyte on topics of every convention: little work, and no more than a home could mean."""

import itertools
from collections.abc import Iterator

import pytest

from devices.conventions import CONVENTIONS
from devices.decode import HubDecoder
from devices.measurement import Decoded, Message
from tests.devices import samples
from tests.support.work import MILLISECONDS_50, calls_of

SIZE = 1 << 20
MOST = 1_100
"""Measurements of one message; the largest real ones have a few dozen."""


def _filled(piece: str, opening: str, closing: str) -> bytes:
    room = SIZE - len(opening) - len(closing)
    return (opening + piece * (room // len(piece)) + closing).encode()


def _many(shape: str) -> bytes:
    """An object with as many different members as fit."""
    members, size = [], 2
    for number in itertools.count():
        member = shape.replace("#", str(number))
        size += len(member) + 1
        if size > SIZE:
            return ("{" + ",".join(members) + "}").encode()
        members.append(member)
    raise AssertionError


SHAPES = {
    "zeros": b"\0" * SIZE,
    "digits": b"9" * SIZE,
    "a long text": b'"' + b"a" * (SIZE - 2) + b'"',
    "escapes": b'"' + b"\\u0041" * ((SIZE - 2) // 6) + b'"',
    "a list of numbers": _filled("1,", "[", "1]"),
    "a list of objects": _filled('{"a":1},', "[", "{}]"),
    "deep lists": b"[" * SIZE,
    "deep objects": b'{"a":' * (SIZE // 5),
    "many numbers": _many('"k#":1'),
    "many sensors": _many('"S#":{"Temperature":#,"Humidity":50,"Battery":5}'),
    "many devices": _many('"0x#":{"Device":"0x#","Contact":1,"Power":1}'),
    "many words": _many('"w#":"open"'),
    "not numbers": _filled("NaN,", '{"temperature":NaN,"battery":', "NaN}"),
    "a template": _filled("(", '{"stat_t":"t","val_tpl":"{{ ', ' }}","dev_cla":"motion","uniq_id":"u"}'),
}


def _topics(name: str) -> Iterator[str]:
    """Distinct topics of a convention's samples, a handful of different shapes."""
    told = {sample["topic"] for path in samples.FILES if path.parent.name == name for sample in samples.messages(path)}
    by_end = {topic.rpartition("/")[2]: topic for topic in sorted(told)}
    yield from itertools.islice(by_end.values(), 12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_hostile_mebibyte_has_a_short_answer(name: str, shape: str):
    decoder = HubDecoder()
    payload = SHAPES[shape]
    for topic in _topics(name):
        answers: list[Decoded] = []
        message = Message(topic, payload)
        assert calls_of(lambda: answers.append(decoder.decode(message))) < MILLISECONDS_50  # noqa: B023 - called at once
        decoded = answers[0]
        assert decoded.rejected is None or decoded.rejected.reason != "decoder_fault", (topic, decoded.rejected)
        assert len(decoded.measurements) <= MOST
        assert sum(len(one.quantities) for one in decoded.described) <= MOST
        assert len(str(decoded.rejected or decoded.ignored or "")) < 500
