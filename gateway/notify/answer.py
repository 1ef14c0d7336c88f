"""Where to answer, as the last words of a call: worked out when it is sent, and never a reason not to send it."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from gateway.languages.forms import Reader
from gateway.model import Notice
from gateway.notify.address import masked, scheme
from gateway.speech import fragment, say, sentence

Link = Callable[[Notice], str | None]
_CALLS = frozenset({"alert", "digest"})
_HEARD_BY_OTHERS = frozenset({"announce", "mqtt"})
"""Spoken at home, or to be heard by whoever listens to the broker: whoever has the link may answer."""
_INSTEAD_OF = ("message.tell_the_team", "storm.tell_the_team")
_log = structlog.get_logger("keepwell.notify")


def no_link(_notice: Notice) -> str | None:
    """Where there are no pages."""
    return None


def with_link(notice: Notice, link: Link, reader: Reader) -> Notice:
    """The call with the address at which to answer it, in place of the sentence that asks to tell the team."""
    if notice.kind not in _CALLS or scheme(notice.channel) in _HEARD_BY_OTHERS:
        return notice
    try:
        address = link(notice)
        return notice if address is None else _answerable(notice, address, reader)
    except Exception as error:  # noqa: BLE001 - a call goes out, with a link or without
        _log.warning("no_link", message_id=notice.message_id, channel=masked(notice.channel), why=repr(error))
        return notice


def _answerable(notice: Notice, address: str, reader: Reader) -> Notice:
    asks = {sentence(fragment(say(key), reader)) for key in _INSTEAD_OF}
    lines = [line for line in notice.body.split("\n") if line not in asks]
    return replace(notice, body="\n".join([*lines, fragment(say("message.answer_here", link=address), reader)]))
