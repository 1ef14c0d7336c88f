"""Letting somebody in whom a home knows already."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.access import PersonHomeRow, PersonRow
from gateway.database.tables import ContactRow
from gateway.errors import BadInput
from gateway.web.access.enrolment import by_email, email_problem, plain_email
from gateway.web.access.sending import address, send_link, ways
from gateway.web.site import Site
from gateway.web.visit import Visit


async def invite_family(visit: Visit, home: str, contact_id: int, email: str) -> None:
    """Let a contact of a home sign in, by this e-mail address, and send them a link once the answer has been sent.

    Also for who may come in already: they get another link, and the home beside those that they see. BadInput, in
    words for the page, where the address is none or somebody else's, or there is no way to send.
    """
    email, now, site = plain_email(email), visit.site.wall.now(), visit.site
    if told := email_problem(email):
        raise BadInput(told.rstrip("."))
    number = await visit.write(lambda session: _let_in(session, site, home, contact_id, email, now))
    visit.afterwards.add_task(send_link, site, number, address(site, visit.request))


def _let_in(session: Session, site: Site, home: str, contact_id: int, email: str, now: Instant) -> int:
    contact = session.get(ContactRow, contact_id)
    if contact is None or contact.home != home:
        raise BadInput("This contact is not there any more: go back and look at the contacts")
    row, other = by_email(session, email), _person_of(session, contact_id)
    if other is not None and other is not row:
        raise BadInput(f"{contact.name} can sign in already, by another e-mail address: use that one")
    if row is None:
        row = PersonRow(name=contact.name, email=email, role="family", areas=[], created_at=now)
        session.add(row)
    if row.role != "family" or row.disabled_at is not None:
        raise BadInput("This address belongs to somebody who cannot be invited as family: use another one")
    there = next((one for one in row.homes if one.home == home), None)
    if there is None:
        row.homes.append(PersonHomeRow(home=home, contact=contact_id))
    elif there.contact in {None, contact_id}:
        there.contact = contact_id
    else:
        raise BadInput("Another contact of this home signs in by this address: use another one")
    session.flush()
    if not ways(session, site, row):
        if len(row.homes) > 1:
            raise BadInput(f"Whoever has this address sees other homes too: give {contact.name} the channel of there")
        raise BadInput(f"There is no way to send a link: give {contact.name} a channel such as e-mail first")
    return row.id


def _person_of(session: Session, contact: int) -> PersonRow | None:
    return session.scalar(
        select(PersonRow).join(PersonHomeRow, PersonHomeRow.person == PersonRow.id)
        .where(PersonHomeRow.contact == contact)
    )  # fmt: skip
