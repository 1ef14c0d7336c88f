"""A test message to oneself: to each of one's own addresses at once, marked as a test."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.languages.forms import Reader
from gateway.model import Contact, Notice
from gateway.notify.address import masked, scheme
from gateway.ports import Channel
from gateway.speech import fragment, say, worded
from gateway.web.family.addresses import NOT_PRIVATE, shown
from gateway.web.family.relation import Relation
from gateway.web.site import Site

_WAITS_S = 15.0
_log = structlog.get_logger("keepwell.web")


@dataclass(frozen=True, slots=True)
class Tried:
    """One address and how it went. `kind`: of the badge."""

    words: str
    kind: str
    result: str


async def try_addresses(site: Site, known: Relation, contact: Contact) -> Sequence[Tried]:
    """Send the test and wait for what becomes of it, 15 s at most."""
    reader = Reader(known.zone, site.now(), contact.language)
    notice = Notice(
        message_id="", kind="link", home=known.home, hubs=(), contact=contact, channel="", priority=3,
        title=fragment(say("test.to_oneself_title"), reader),
        body=worded([say("test.to_oneself", at=site.now()), say("test.to_oneself_means", home=known.home)],
                    known.zone, site.now(), contact.language),
    )  # fmt: skip
    return await asyncio.gather(
        *(_try(site.channels, notice, number, address) for number, address in enumerate(contact.channels))
    )


async def _try(channels: Sequence[Channel], notice: Notice, number: int, address: str) -> Tried:
    words = shown(number, address).words
    if scheme(address) in NOT_PRIVATE:
        return Tried(words, "info", "not tried: others would hear it")
    sent = replace(
        notice, message_id=f"<keepwell-test-{uuid.uuid4().hex}@keepwell>", channel=address,
        contact=replace(notice.contact, channels=(address,)),
    )  # fmt: skip
    channel = next((one for one in channels if one.handles(address)), None)
    if channel is None:
        return Tried(words, "alarm", _why(GiveUp()))
    try:
        async with asyncio.timeout(_WAITS_S):
            await channel.send(sent)
    except Exception as error:  # noqa: BLE001 - whatever a channel raises is told as one address's trouble
        _log.warning("test_message_not_sent", channel=masked(address), why=type(error).__name__)
        return Tried(words, "alarm", _why(error))
    return Tried(words, "good", "sent: please look whether it has come")


def _why(error: Exception) -> str:
    if isinstance(error, GiveUp):
        return "not sent: the service does not take this address. Is it right?"
    if isinstance(error, FixConfiguration):
        return "not sent: a setting of this Keepwell is wrong. Please tell the care team"
    if isinstance(error, TryLater):
        return "not sent: the service cannot be reached just now. Please try again later"
    return "not known whether it was sent: the service did not answer in time"
