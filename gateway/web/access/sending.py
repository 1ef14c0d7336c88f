"""Sending sign-in links: family by their own channels, whoever is no contact by the mail account of `[web] mail`."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request

from gateway.config import WebSettings
from gateway.database.access import PersonRow
from gateway.database.tables import ContactRow
from gateway.errors import KeepwellError
from gateway.model import GATEWAY_HOME, Contact, Notice
from gateway.notify.address import masked
from gateway.web.access import links
from gateway.web.access.enrolment import by_email
from gateway.web.site import Site

_TIMEOUT_S = 30.0
_NOT_PRIVATE = ("mqtt:", "announce:")
"""Whoever is in the house or on the broker could come in by these."""
_CONSOLE = "console:"
_ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - told apart, not listened on
_TITLE = "Your link to Keepwell"
_BODY = """\
Open this link to sign in to Keepwell:

{link}

It works once, within 15 minutes. If you did not ask for it, you can leave this message: nobody comes in without the \
link."""
_log = structlog.get_logger("keepwell.web")


@dataclass(frozen=True, slots=True)
class Way:
    """One address to send to; `home` where it is that of a contact."""

    home: str
    contact: Contact
    channel: str


def ways(session: Session, site: Site, row: PersonRow) -> Sequence[Way]:
    """How a link reaches this person; nothing where there is no way.

    Who sees several homes has it only where all of these reach them: whoever looks after the contacts of one home could
    else have it sent to themselves, and come in to the others.
    """
    found: dict[str, Way] = {}
    numbers = [one.contact for one in row.homes] if row.role == "family" else []
    known = {one.id: one for one in session.scalars(select(ContactRow).where(ContactRow.id.in_(numbers)))}
    contacts = [known[number] for number in sorted(known)] if known.keys() == set(numbers) else []
    for contact in contacts:
        for channel in contact.channels:
            to = Contact(contact.id, contact.name, (channel,), contact.language)
            if channel.lower() not in _NOT_PRIVATE and all(channel in one.channels for one in contacts):
                found.setdefault(channel, Way(contact.home, to, channel))
    quiet = [way for way in found.values() if way.channel.lower() != _CONSOLE]
    mail = site.settings.web.mail
    if not quiet and mail is not None:
        account = mail.get_secret_value()
        channel = f"{account}{'&' if '?' in account else '?'}to={quote(f'<{row.email}>')}"
        return (Way(GATEWAY_HOME, Contact(0, row.name, (channel,)), channel),)
    return tuple(quiet or found.values())


def address(site: Site, request: Request | None = None) -> str:
    """By which people reach the pages: `[web] address`, or the socket that the request came to.

    Never what a request says of itself: its Host header could lead the link, and whoever opens it, elsewhere.
    """
    server = request.scope.get("server") if request is not None else None
    if site.settings.web.address or not server or server[1] is None:
        return reached_by(site.settings.web)
    return _plain(*server)


def reached_by(settings: WebSettings) -> str:
    """By which people reach the pages, as far as the settings say."""
    if settings.address:
        return settings.address
    return _plain("localhost" if settings.host in _ANYWHERE else settings.host, settings.port)


def _plain(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def send_asked_link(site: Site, email: str, at: str, onward: str) -> None:
    """To whoever has this address, if anybody does; nobody who asked is told either way. `onward`: where to afterwards.

    `at`: the address of the pages.
    """
    try:
        found = await site.database.read(lambda session: _number(session, email))
    except Exception as error:  # noqa: BLE001 - nobody waits for this
        _log.warning("link_not_sent", why=type(error).__name__)
        return
    if found is not None:
        await send_link(site, found, at, onward)


async def send_link(site: Site, person: int, at: str, onward: str = "/") -> None:
    """Make a link for this person and send it by all their ways. What fails is logged, without who it was for."""
    try:
        link, found = await site.database.run(lambda session: _made(session, site, person))
        query = f"?{urlencode({'next': onward})}" if onward != "/" else ""
        results = await asyncio.gather(*(_sent(site, way, f"{at}{link}{query}") for way in found))
    except Exception as error:  # noqa: BLE001 - as above; whatever it says may hold an address
        _log.warning("link_not_sent", why=str(error) if isinstance(error, KeepwellError) else type(error).__name__)
        return
    if any(results):
        _log.info("link_sent")
    elif not found:
        _log.warning(
            "link_not_sent",
            why="no way leads there: set [web] mail, or give the contact one channel in all homes",
        )


async def _sent(site: Site, way: Way, link: str) -> bool:
    notice = Notice(
        message_id=f"<keepwell-link-{uuid.uuid4().hex}@keepwell>",
        kind="link",
        home=way.home,
        hubs=(),
        contact=way.contact,
        channel=way.channel,
        title=_TITLE,
        body=_BODY.format(link=link),
        priority=3,
    )
    try:
        channel = next(one for one in site.channels if one.handles(way.channel))
        async with asyncio.timeout(_TIMEOUT_S):
            await channel.send(notice)
    except Exception as error:  # noqa: BLE001 - one way's trouble only
        why = str(error) if isinstance(error, KeepwellError) else type(error).__name__
        _log.warning("link_not_sent", why=why, channel=masked(way.channel))
        return False
    return True


def _number(session: Session, email: str) -> int | None:
    row = by_email(session, email)
    return row.id if row is not None and row.disabled_at is None else None


def _made(session: Session, site: Site, person: int) -> tuple[str, Sequence[Way]]:
    row = session.get_one(PersonRow, person)
    found = ways(session, site, row) if row.disabled_at is None else ()
    return links.invite(session, person, site.wall.now()) if found else "", found
