"""A family's own settings of a home: away and holiday, how they are reached, when, and in which language."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.instant import DAY
from gateway.database.access import LookRow
from gateway.errors import BadInput
from gateway.languages import known as known_languages
from gateway.localtime import parse_wall
from gateway.model import Contact
from gateway.registry.absence import Absence, set_absence
from gateway.registry.contacts import set_contact
from gateway.web.family import addresses
from gateway.web.family.absence import planned
from gateway.web.family.relation import Relation, relation
from gateway.web.family.trying import Tried, try_addresses
from gateway.web.visit import NO_PROBLEMS, Visit

KEPT_LOOKS = 90 * DAY
_MOST_LOOKS = 500
_MOST_ADDRESSES = 8
_LANGUAGES = {"en": "English", "de": "Deutsch"}
_NOT_NOW = "The care team has paused this home, or it is still being set up. Please ask them first."


async def start(visit: Visit) -> Response:
    """The settings of the one home, or the choice of one."""
    homes = sorted(visit.person.homes)
    if len(homes) == 1:
        return visit.go(f"/homes/{homes[0]}/settings")
    person = visit.person
    found = await visit.read(lambda session: [relation(session, person, home) for home in homes])
    known = [one for one in found if one is not None]
    for one in known:
        await visit.looks_at("settings", one.home)
    return visit.page("family/settings_start.html", homes=known)


async def settings(visit: Visit) -> Response:
    """All settings."""
    return await _show(visit, await _known(visit))


async def set_away(visit: Visit) -> Response:
    """Away from a time until a time, or from now on."""
    known = await _known(visit)
    wanted, problems = planned(known, visit.typed("away_from"), visit.typed("away_until"), visit.now)
    if wanted is None:
        return await _show(visit, known, problems)
    return await _set_mode(visit, known, wanted, "family-away" if wanted.mode == "away" else "family-away-planned")


async def back_home(visit: Visit) -> Response:
    """At home again, and nothing planned."""
    known = await _known(visit)
    return await _set_mode(visit, known, Absence("at home", None, None), "family-back")


async def add_address(visit: Visit) -> Response:
    """One address more, or one in place of another."""
    known, contact = await _contact(visit)
    mail = visit.site.settings.web.mail
    account = mail.get_secret_value() if mail is not None else None
    address, problem = addresses.made(visit.typed("kind"), visit.typed("address"), account)
    if not problem and address in contact.channels:
        problem = "This address is there already."
    channels, instead = list(contact.channels), _chosen(visit.typed("instead_of"), contact)
    if not problem and instead is None and len(channels) >= _MOST_ADDRESSES:
        problem = f"{_MOST_ADDRESSES} addresses are enough. Choose one that this takes the place of."
    if problem:
        return await _show(visit, known, {"address": problem})
    if instead is None:
        channels.append(address)
    else:
        channels[instead] = address
    return await _save(visit, known, contact, "address", channels=tuple(channels))


async def remove_address(visit: Visit) -> Response:
    """One address less; one stays."""
    known, contact = await _contact(visit)
    number = _chosen(visit.typed("number"), contact)
    if number is None:
        return visit.go(_path(known))
    if len(contact.channels) == 1:
        return await _show(visit, known, {"": "One address has to stay, so that we can reach you. Add another first."})
    left = [one for place, one in enumerate(contact.channels) if place != number]
    return await _save(visit, known, contact, "", channels=tuple(left))


async def set_hours(visit: Visit) -> Response:
    """Quiet hours and language."""
    known, contact = await _contact(visit)
    since, until, problems = visit.typed("quiet_from"), visit.typed("quiet_until"), {}
    for name, text in (("quiet_from", since), ("quiet_until", until)):
        try:
            if text:
                parse_wall(text)
        except ValueError:
            problems[name] = "This is no time of day. Write it like 22:00."
    if not problems and bool(since) != bool(until):
        problems["quiet_until" if since else "quiet_from"] = "Quiet hours need a beginning and an end, or neither."
    elif not problems and since and parse_wall(since) == parse_wall(until):
        problems["quiet_until"] = "They begin and end at the same time. When do they end?"
    language = visit.typed("language") or contact.language
    if language not in {*known_languages(), contact.language}:
        problems["language"] = "Choose one of these languages."
    if problems:
        return await _show(visit, known, problems)
    hours = f"{since}-{until}" if since else None
    return await _save(visit, known, contact, "quiet_from", quiet_hours=hours, language=language)


async def try_myself(visit: Visit) -> Response:
    """A test message to each own address; how each went is on the page that answers."""
    known, contact = await _contact(visit)
    visit.site.limits.take("test message to oneself", f"{contact.id}")
    return await _show(visit, known, tried=await try_addresses(visit.site, known, contact))


async def who_looked(visit: Visit) -> Response:
    """Who looked at what of this home in the last 90 days, the latest first."""
    known, since = await _known(visit), visit.site.wall.now() - KEPT_LOOKS
    query = select(LookRow).where(LookRow.home == known.home, LookRow.last_at > since)
    looks = await visit.read(
        lambda session: list(session.scalars(query.order_by(LookRow.last_at.desc()).limit(_MOST_LOOKS)))
    )
    await visit.looks_at("who looked")
    wall = visit.site.wall.now()
    return visit.page("family/looks.html", known=known, looks=looks, wall=wall, most=_MOST_LOOKS)


# ------------------------------------------------------------------------------------------------ inside


async def _known(visit: Visit) -> Relation:
    person, home = visit.person, visit.reference
    found = await visit.read(lambda session: relation(session, person, home))
    if found is None:
        raise HTTPException(404)
    return found


async def _contact(visit: Visit) -> tuple[Relation, Contact]:
    known = await _known(visit)
    if known.contact is None:
        raise HTTPException(403, "You are no contact of this home any more. Please ask the care team.")
    return known, known.contact


async def _set_mode(visit: Visit, known: Relation, wanted: Absence, said: str) -> Response:
    if await visit.change(lambda session: set_absence(session, known.home, wanted)):
        return visit.go(_path(known), said)
    return await _show(visit, known, {"": _NOT_NOW})


async def _save(visit: Visit, known: Relation, contact: Contact, field: str, **changes: Any) -> Response:  # noqa: ANN401
    """Change the contact; where it was changed or renamed meanwhile, or an address is refused, say so at `field`."""
    try:
        if (validate := visit.site.registry.validate_channel) is not None:
            for address in set(changes.get("channels", ())) - set(contact.channels):
                await asyncio.to_thread(validate, address)  # the first look takes a second
        await visit.change(lambda session: set_contact(session, known.home, contact.name, **changes))
    except BadInput:
        return await _show(visit, known, {field: "This was not taken. Please look at it again, or ask the care team."})
    return visit.go(_path(known), "saved")


async def _show(
    visit: Visit, known: Relation, problems: Mapping[str, str] = NO_PROBLEMS, tried: Sequence[Tried] = ()
) -> Response:
    contact = known.contact
    await visit.looks_at("settings")
    first, _, last = (contact.quiet_hours or "-").partition("-") if contact is not None else ("", "", "")
    mine = [addresses.shown(*pair) for pair in enumerate(contact.channels)] if contact is not None else []
    typed: Callable[[str, str], str] = lambda name, now: visit.typed(name) if name in visit.form else now  # noqa: E731
    return visit.page(
        "family/settings.html", 422 if problems else 200, problems=problems, known=known, contact=contact, mine=mine,
        kinds=addresses.KINDS, tried=tried, typed=typed, quiet_from=first, quiet_until=last,
        languages=[(code, _LANGUAGES.get(code, code)) for code in sorted(known_languages())],
    )  # fmt: skip


def _chosen(number: str, contact: Contact) -> int | None:
    return int(number) if number.isdecimal() and len(number) < 4 and int(number) < len(contact.channels) else None


def _path(known: Relation) -> str:
    return f"/homes/{known.home}/settings"
