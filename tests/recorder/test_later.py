"""A store that cannot be opened yet is the recorder's trouble and nobody else's."""

import pytest

from gateway.errors import FixConfiguration
from gateway.model import Point
from gateway.recorder.later import StoreOpenedLater
from gateway.recorder.memory import MemoryStore

POINT = Point("motion", {"home": "ELM-12"}, {"value": 1.0}, 1_768_000_000_000_000)


async def test_it_is_tried_again_until_it_opens_and_then_opened_once() -> None:
    answers: list[MemoryStore | FixConfiguration] = [FixConfiguration("mend it"), MemoryStore()]
    opened: list[MemoryStore] = []

    async def open_store() -> MemoryStore:
        answer = answers.pop(0)
        if isinstance(answer, FixConfiguration):
            raise answer
        opened.append(answer)
        return answer

    store = StoreOpenedLater(open_store)
    with pytest.raises(FixConfiguration, match="mend it"):
        await store.write([POINT])
    await store.write([POINT])
    await store.write([POINT])
    assert len(opened) == 1
    await store.close()
