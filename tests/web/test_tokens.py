"""Tokens for programs: shown once, of a role and areas, ended and revoked; and what of them is kept."""

import re

import pytest
from sqlalchemy import select

from devices.instant import DAY
from gateway.database.access import TokenRow
from gateway.errors import BadInput
from gateway.web.access.secret import digest
from gateway.web.api import tokens
from tests.support.site import VisitedSite


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_an_administrator_makes_a_token_that_a_program_uses(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    async with site.visitor("administrator") as ada, site.visitor() as program:
        made = await site.sends(ada, "/tokens", name="Board", role="staff", areas="North", lasts="90")
        assert made.status_code == 200
        secret = re.search(r"kw_[\w-]{43}", made.text)
        assert secret is not None
        told = (await program.get("/api/me", headers=bearer(secret[0]))).json()
        assert told == {"name": "Board", "role": "staff", "areas": ["North"], "expires": "2026-04-12T12:00:00Z"}
        listed = (await ada.get("/tokens")).text
        assert "Board" in listed
        assert secret[0] not in listed
    with site.database.transaction() as session:
        (row,) = session.scalars(select(TokenRow))
        assert row.digest == digest(secret[0])
        assert row.created_by == "Administrator"


async def test_what_was_typed_stays_and_each_mistake_is_named(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    async with site.visitor("administrator") as ada:
        answer = await site.sends(ada, "/tokens", name="", role="family", areas="Nirth", lasts="12")
    assert answer.status_code == 422
    for said in ("Give it a name", "Choose whose work", "There is no area Nirth", "North", "Choose how long"):
        assert said in answer.text
    assert 'value="Nirth"' in answer.text


async def test_two_tokens_of_one_name_cannot_be_told_apart(site: VisitedSite) -> None:
    async with site.visitor("administrator") as ada:
        for status in (200, 422):
            answer = await site.sends(ada, "/tokens", name="Board", role="staff", areas="*", lasts="90")
            assert answer.status_code == status


async def test_a_revoked_token_opens_nothing_from_that_moment(site: VisitedSite) -> None:
    with site.database.transaction() as session:
        secret = tokens.make(session, "Board", "staff", ["*"], "Ada", None, site.now)
    async with site.visitor("administrator") as ada, site.visitor() as program:
        assert (await program.get("/api/me", headers=bearer(secret))).status_code == 200
        answer = await site.sends(ada, "/tokens/1/revoke")
        assert answer.headers["location"] == "/tokens?done=token-revoked"
        assert (await program.get("/api/me", headers=bearer(secret))).status_code == 401
        assert (await site.sends(ada, "/tokens/1/revoke")).status_code == 404


async def test_a_token_ends_by_the_machines_clock(site: VisitedSite) -> None:
    with site.database.transaction() as session:
        secret = tokens.make(session, "Board", "staff", ["*"], "Ada", site.now + DAY, site.now)
    async with site.visitor() as program:
        assert (await program.get("/api/me", headers=bearer(secret))).status_code == 200
        site.wall.advance_to(site.wall.now() + DAY)
        assert (await program.get("/api/me", headers=bearer(secret))).status_code == 401


@pytest.mark.parametrize("name", ["", "keepwell", "Keepwell", "a\nb", "x" * 65])
def test_a_name_that_could_be_taken_for_something_else_is_refused(site: VisitedSite, name: str) -> None:
    with site.database.transaction() as session, pytest.raises(BadInput):
        tokens.make(session, name, "staff", ["*"], "Ada", None, site.now)


async def test_who_tries_tokens_is_stopped(site: VisitedSite) -> None:
    async with site.visitor() as program:
        statuses = {(await program.get("/api/me", headers=bearer(f"kw_{n}"))).status_code for n in range(40)}
        assert statuses == {401, 429}
        answer = await program.get("/api/me", headers=bearer("kw_x"))
        assert int(answer.headers["retry-after"]) > 0
