"""`announce:`, what a hub gets to say aloud."""

import orjson
import pytest

from gateway.errors import GiveUp
from gateway.model import Contact, Notice
from gateway.notify.channels.announce import AnnounceChannel

SAID = Notice(
    message_id="<1>", kind="alert", home="ELM-12", hubs=("elm-a", "elm-b"),
    contact=Contact(1, "Ada", ("announce:",), "de"), channel="announce:", title="Eine Frage", body="Alles gut?",
    priority=2, alert=7, answer_by=1_768_212_300_000_000,
)  # fmt: skip


async def test_every_hub_of_the_home_gets_the_question_and_until_when_it_can_be_answered() -> None:
    published: dict[str, bytes] = {}

    async def publish(topic: str, payload: bytes) -> None:
        published[topic] = payload

    channel = AnnounceChannel(publish)
    assert channel.handles("announce:")
    assert not channel.handles("announce://x")
    await channel.send(SAID)
    assert set(published) == {"keepwell/hubs/elm-a/announce", "keepwell/hubs/elm-b/announce"}
    assert orjson.loads(published["keepwell/hubs/elm-a/announce"]) == {
        "message_id": "<1>", "kind": "alert", "home": "ELM-12", "alert": 7, "language": "de", "title": "Eine Frage",
        "text": "Alles gut?", "answer_by": "2026-01-12T10:05:00Z",
    }  # fmt: skip


async def test_a_home_without_a_hub_cannot_be_spoken_to() -> None:
    async def publish(_topic: str, _payload: bytes) -> None:
        raise AssertionError

    with pytest.raises(GiveUp, match="has no hub"):
        await AnnounceChannel(publish).send(Notice(**{name: getattr(SAID, name) for name in Notice.__dataclass_fields__}
                                                   | {"hubs": ()}))  # fmt: skip
