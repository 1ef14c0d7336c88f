"""An alert as the family sees it who is signed in; the same page as behind a message's link."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.model import Contact
from gateway.web.family import answering
from gateway.web.family.relation import relation
from gateway.web.visit import Visit


async def family_alert(visit: Visit) -> Response:
    """What happened, who knows, and buttons to answer with."""
    number, person, home, now = _number(visit), visit.person, visit.reference, visit.now
    known = await visit.read(lambda session: relation(session, person, home))
    if known is None:
        raise HTTPException(404)
    found = await visit.read(lambda session: answering.load(session, number, _me(visit, known.contact), now))
    if found is None:
        raise HTTPException(404)
    await visit.looks_at(f"alert {number}")
    return visit.page(
        "family/alert.html", zone=known.zone, concern=found, whose=known.whose, consents=known.consents,
        answers=f"/family/alerts/{number}", back=f"/homes/{home}", here=f"/alerts/{number}",
        events=f"/live?home={home}",
    )  # fmt: skip


async def family_accept(visit: Visit) -> Response:
    """Take it on."""
    return await _answer(visit, answering.accept)


async def family_calling(visit: Visit) -> Response:
    """Take it on and say that one is calling."""
    return await _answer(visit, answering.calling)


async def family_well(visit: Visit) -> Response:
    """All is well."""
    outcome = visit.typed("outcome")
    return await _answer(visit, lambda visit, alert, me: answering.well(visit, alert, me, outcome))


async def _answer(visit: Visit, answer: Callable[[Visit, int, str], Awaitable[str]]) -> Response:
    person, home, number = visit.person, visit.reference, _number(visit)
    known = await visit.read(lambda session: relation(session, person, home))
    said = await answer(visit, number, _me(visit, known.contact if known else None))
    return visit.go(f"/alerts/{number}", said)


def _number(visit: Visit) -> int:
    if visit.alert is None:
        raise HTTPException(404)
    return visit.alert


def _me(visit: Visit, contact: Contact | None) -> str:
    """The name by which the home knows them."""
    return visit.person.name if contact is None else contact.name
