"""A hub gets its account by the page, from a real broker; its secret is shown once."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.config import Broker
from gateway.registry import homes
from gateway.web.application import application
from gateway.web.installer.hub_texts import server_typed
from tests.identities.town import Client, Town
from tests.support.site import VisitedSite, opened

PATH = "/homes/ELM-12/hub"
SERVER = "care.example.org:1884"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "town").mkdir()
    made = Town(tmp_path / "town")
    with made.broker():
        yield made


@pytest.fixture
async def managed(town: Town, tmp_path: Path) -> AsyncIterator[VisitedSite]:
    async with opened(tmp_path / "site", hubs_admin_password_file=town.files / "admin-password") as site:
        speaks_to(site, town.settings)
        with site.registry.changing() as session:
            homes.add_home(session, "ELM-12", "Europe/London", area="North", live_at=None)
        yield site


def speaks_to(site: VisitedSite, broker: Broker) -> None:
    """Let its pages manage the accounts of this broker."""
    settings = site.settings.model_copy(update={"broker": broker})
    site.site = replace(site.site, settings=settings)
    site.application = application(site.site)


async def once(client: httpx.AsyncClient) -> str:
    """What a form of the page carries, so that it does its work once."""
    page = await client.get(PATH)
    (found, *_) = re.findall(r'name="once" value="([^"]+)"', page.text)
    return str(found)


def secret_in(page: str) -> str:
    (secret,) = re.findall(r"^remote_password (\S+)$", page, re.MULTILINE)
    return str(secret)


@pytest.mark.server
async def test_a_hub_gets_its_account_and_the_secret_is_shown_once(managed: VisitedSite, town: Town) -> None:
    async with managed.visitor("installer") as installer:
        fields = {"hub": "elm-12", "server": SERVER, "once": await once(installer)}
        answer = await managed.sends(installer, f"{PATH}/secret", **fields)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        secret = secret_in(answer.text)
        assert "address care.example.org:1884" in answer.text
        assert "topic # out 1 &#34;&#34; homes/elm-12/" in answer.text
        assert "<svg" in answer.text
        with Client(town.port, "elm-12", secret) as hub:
            assert hub.accepted
            loaded_again = await managed.sends(installer, f"{PATH}/secret", **fields)
            assert loaded_again.status_code == 422
            assert secret not in loaded_again.text
            assert "A secret is shown only once" in loaded_again.text
            page = (await installer.get(PATH)).text
            assert secret not in page
            assert "Make a new secret" in page
            assert not hub.ended.is_set(), "nothing was done to the hub"
    for file in managed.settings.data.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


@pytest.mark.server
async def test_what_is_to_be_pasted_is_whole(managed: VisitedSite, town: Town) -> None:
    async with managed.visitor("installer") as installer:
        page = await managed.sends(installer, f"{PATH}/secret", hub="elm-12", server=SERVER, once=await once(installer))
    pasted = re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    zigbee2mqtt = yaml.safe_load(pasted[-1])
    assert zigbee2mqtt["mqtt"] == {"server": "mqtt://localhost:1883", "base_topic": "zigbee2mqtt"}
    assert zigbee2mqtt["advanced"]["last_seen"] == "ISO_8601"
    assert "homes/elm-12/zigbee2mqtt/" in page.text
    assert "upgrade_outgoing_qos true" in page.text


@pytest.mark.server
async def test_a_new_secret_replaces_the_old_one_and_the_account_can_go(managed: VisitedSite, town: Town) -> None:
    async with managed.visitor("installer") as installer:
        fields = {"hub": "elm-12", "server": SERVER}
        first = await managed.sends(installer, f"{PATH}/secret", **fields, once=await once(installer))
        unsure = await managed.sends(installer, f"{PATH}/secret", **fields, again="yes", once=await once(installer))
        assert unsure.status_code == 422
        assert "Tick this first" in unsure.text
        (kept,) = set(re.findall(r'name="once" value="([^"]+)"', unsure.text))
        second = await managed.sends(installer, f"{PATH}/secret", **fields, again="yes", sure="on", once=kept)
        assert secret_in(first.text) != secret_in(second.text)
        with Client(town.port, "elm-12", secret_in(first.text)) as old:
            assert not old.accepted
        answer = await managed.sends(
            installer, f"{PATH}/revoke", hub="elm-12", sure_revoked="on", once=await once(installer)
        )
        assert answer.status_code == 303
        with Client(town.port, "elm-12", secret_in(second.text)) as revoked:
            assert not revoked.accepted
        assert "Make its account" in (await installer.get(PATH)).text


@pytest.mark.server
async def test_two_tabs_make_one_account(managed: VisitedSite, town: Town) -> None:
    async with managed.visitor("installer") as installer:
        one, other = await once(installer), await once(installer)
        fields = {"hub": "elm-12", "server": SERVER}
        assert (await managed.sends(installer, f"{PATH}/secret", **fields, once=one)).status_code == 422
        made = await managed.sends(installer, f"{PATH}/secret", **fields, once=other)
        assert made.status_code == 422, "the first try told it to begin anew"
        done = await managed.sends(installer, f"{PATH}/secret", **fields, once=await once(installer))
        assert done.status_code == 200
        again = await managed.sends(installer, f"{PATH}/secret", **fields, once=await once(installer))
        assert "has an account already" in again.text


@pytest.mark.server
async def test_a_hub_of_another_home_or_area_is_not_touched(managed: VisitedSite, town: Town) -> None:
    with managed.registry.changing() as session:
        homes.add_home(session, "OAK-3", "Europe/London", area="South")
    async with managed.visitor("installer", areas=["North"]) as installer:
        fields = {"server": SERVER, "once": await once(installer)}
        assert (await managed.sends(installer, f"{PATH}/secret", hub="oak-3", **fields)).status_code == 422
        assert (await managed.sends(installer, "/homes/OAK-3/hub/secret", hub="oak-3", **fields)).status_code == 404
    assert not (await asyncio.to_thread(town.listed))["oak-3"]["identity"]


async def test_without_an_account_that_manages_others_the_page_shows_the_command(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("installer") as installer:
        page = (await installer.get(PATH)).text
        assert "Accounts are not given on this page" in page
        assert "keepwell hubs add elm-12 --bridge-config" in page
        answer = await site.sends(installer, f"{PATH}/secret", hub="elm-12", server=SERVER, once="x")
        assert answer.status_code == 422


async def test_a_broker_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    password = tmp_path / "admin-password"
    password.write_text("secret", encoding="utf-8")
    async with opened(tmp_path / "site", hubs_admin_password_file=password) as site:
        speaks_to(site, Broker(host="127.0.0.1", port=1))
        site.registers("ELM-12")
        async with site.visitor("installer") as installer:
            page = await installer.get(PATH)
    assert page.status_code == 200
    assert "The broker does not answer just now" in page.text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("care.example.org", ("care.example.org", 1883)),
        ("192.0.2.7:8883", ("192.0.2.7", 8883)),
        ("care:0", None),
        ("care:65536", None),
        ("care example", None),
        ("care\nlistener 1883", None),
        ("", None),
        ("-care", None),
    ],
)
def test_the_name_of_the_broker_cannot_break_the_configuration(typed: str, found: tuple[str, int] | None) -> None:
    assert server_typed(typed, 1883) == found
