"""Sign-in by the organisation's own accounts, against a provider over real HTTP."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from devices.instant import MINUTE
from gateway.database.access import PersonRow
from tests.support.provider import CLIENT, SECRET, Provider
from tests.support.site import VisitedSite, opened


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as made:
        yield made


@pytest.fixture
async def site(tmp_path: Path, provider: Provider) -> AsyncIterator[VisitedSite]:
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "Elm Care"}
    async with opened(tmp_path, oidc=oidc) as made:
        yield made


async def goes(client: httpx.AsyncClient, provider: Provider, onward: str = "") -> httpx.Response:
    """To the provider, sign in there, and back."""
    sent = await client.get(f"/sign-in/organisation{onward}")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return await client.get(provider.signs_in(sent.headers["location"]))


async def test_somebody_known_comes_in_and_is_known_by_the_account_from_then_on(
    site: VisitedSite, provider: Provider
) -> None:
    number = site.person("staff", name="Sam")
    async with site.visitor() as sam:
        assert "Sign in with Elm Care" in (await sam.get("/sign-in")).text
        entered = await goes(sam, provider, "?next=/me")
        assert (entered.status_code, entered.headers["location"]) == (303, "/me")
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert (await sam.get("/me")).status_code == 200
        assert list(sam.cookies) == ["keepwell"]
    with site.database.transaction() as session:
        row = session.get_one(PersonRow, number)
        assert row.oidc == f"{provider.issuer} 7"
        row.email = "samantha@example.org"
    provider.account = {"sub": "7"}
    async with site.visitor() as sam:
        assert (await goes(sam, provider)).headers["location"] == "/"


@pytest.mark.parametrize(
    "account",
    [
        {"sub": "8", "email": "nobody@example.org", "email_verified": True},
        {"sub": "8", "email": "sam@example.org", "email_verified": False},
        {"sub": "8", "email": "sam@example.org", "email_verified": "true"},
        {"sub": "8", "email": "sam@example.org"},
        {"sub": "8"},
        {"sub": "8", "email": "ann@example.org", "email_verified": True},
        {"sub": "8", "email": "gone@example.org", "email_verified": True},
        {"sub": "8", "email": "taken@example.org", "email_verified": True},
    ],
)
async def test_somebody_unknown_is_refused_kindly(
    site: VisitedSite, provider: Provider, account: dict[str, Any]
) -> None:
    site.registers("ELM-12")
    site.person("staff", name="Sam")
    site.person("family", name="Ann", homes={"ELM-12": None})
    numbers = [site.person("staff", name="Gone"), site.person("staff", name="Taken")]
    with site.database.transaction() as session:
        session.get_one(PersonRow, numbers[0]).disabled_at = 1
        session.get_one(PersonRow, numbers[1]).oidc = f"{provider.issuer} 9"
    provider.account = account
    async with site.visitor() as stranger:
        answer = await goes(stranger, provider)
        assert answer.status_code == 403
        assert "Ask an administrator of Keepwell to add you" in answer.text
        assert not stranger.cookies


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.test"},
        {"aud": "another-client"},
        {"aud": ["another-client"], "azp": CLIENT},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_for_us_signs_nobody_in(
    site: VisitedSite, provider: Provider, claims: dict[str, Any]
) -> None:
    site.person("staff", name="Sam")
    provider.claims = claims
    async with site.visitor() as sam:
        answer = await goes(sam, provider)
        assert answer.status_code == 503
        assert not sam.cookies


async def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(site: VisitedSite, provider: Provider) -> None:
    site.person("staff", name="Sam")
    known = OctKey.generate_key()
    for forged in (("RS256", RSAKey.generate_key(2048)), ("HS256", known), ("none", known)):
        provider.signs_with = forged
        async with site.visitor() as sam:
            assert (await goes(sam, provider)).status_code == 503
            assert not sam.cookies


async def test_it_ends_in_the_browser_and_within_the_ten_minutes_in_which_it_began(
    site: VisitedSite, provider: Provider
) -> None:
    site.person("staff", name="Sam")
    async with site.visitor() as sam, site.visitor() as lured:
        back = provider.signs_in((await sam.get("/sign-in/organisation")).headers["location"])
        assert (await lured.get(back)).status_code == 400
        await lured.get("/sign-in/organisation")
        assert (await lured.get(back)).status_code == 400
        assert (await sam.head(back)).status_code == 200
        lured.cookies.set("keepwell-organisation", "e30=.x")
        assert (await lured.get(back)).status_code == 400
        assert (await sam.get(back)).status_code == 303
        assert (await sam.get(back)).status_code == 400
        late = provider.signs_in((await sam.get("/sign-in/organisation")).headers["location"])
        site.wall.advance_to(site.wall.now() + 10 * MINUTE)
        assert (await sam.get(late)).status_code == 400


async def test_who_changes_their_mind_there_is_told_so(site: VisitedSite, provider: Provider) -> None:
    async with site.visitor() as sam:
        await sam.get("/sign-in/organisation")
        sent = (await sam.get("/sign-in/organisation")).headers["location"]
        provider.signs_in(sent)
        answer = await sam.get(f"/sign-in/organisation/back?error=access_denied&state={provider.asked['state']}")
        assert answer.status_code == 403
        assert "You were not signed in by Elm Care." in answer.text


async def test_it_never_leads_elsewhere(site: VisitedSite, provider: Provider) -> None:
    site.person("staff", name="Sam")
    async with site.visitor() as sam:
        assert (await goes(sam, provider, "?next=//evil.test/")).headers["location"] == "/"


async def test_a_provider_that_is_away_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oidc = {"issuer": "http://127.0.0.1:1", "client_id": CLIENT}
    async with opened(tmp_path, oidc=oidc) as site, site.visitor() as sam:
        answer = await sam.get("/sign-in/organisation")
        assert answer.status_code == 503
        assert "does not work now" in answer.text
    assert "organisation_sign_in_failed" in capsys.readouterr().out


async def test_without_the_extra_it_says_what_to_install(
    site: VisitedSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.starlette_client", None)
    async with site.visitor() as sam:
        answer = await sam.get("/sign-in/organisation")
        assert answer.status_code == 503
        assert "Tell whoever runs Keepwell" in answer.text
    assert "keepwell[oidc]" in capsys.readouterr().out


async def test_where_it_is_not_set_there_is_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as site, site.visitor() as sam:
        assert "organisation" not in (await sam.get("/sign-in")).text
        for path in ("/sign-in/organisation", "/sign-in/organisation/back?code=x&state=y"):
            assert (await sam.get(path)).status_code == 404
