"""`announce:`, words for the resident, as JSON on `keepwell/hubs/<hub>/announce`, which a hub's account may hear.

QoS 1, not retained: an old question must not be asked again. {"message_id", "alert", "home", "kind", "language",
"title", "text", "answer_by"}; `answer_by` is RFC 3339 in UTC, until when a `cancel` button says that all is well, and
null where there is nothing to answer.
"""

import orjson

from devices.instant import rfc3339
from gateway.errors import GiveUp
from gateway.model import ANNOUNCE, Notice
from gateway.notify.channels.mqtt import Publish


class AnnounceChannel:
    """Publishes for each hub of the home. `publish` returns once the broker has acknowledged (PUBACK)."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def handles(self, address: str) -> bool:
        """Whether it is `announce:`."""
        return address.lower() == ANNOUNCE

    async def send(self, notice: Notice) -> None:
        """Return once the broker has it for every hub."""
        if not notice.hubs:
            raise GiveUp(f"home {notice.home} has no hub that could announce anything")
        payload = orjson.dumps(
            {
                "message_id": notice.message_id,
                "alert": notice.alert,
                "home": notice.home,
                "kind": notice.kind,
                "language": notice.contact.language,
                "title": notice.title,
                "text": notice.body,
                "answer_by": None if notice.answer_by is None else rfc3339(notice.answer_by),
            }
        )
        for hub in notice.hubs:
            await self._publish(f"keepwell/hubs/{hub}/announce", payload)
