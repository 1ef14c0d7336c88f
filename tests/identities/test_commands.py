"""`keepwell hubs` as a person uses it, with a real broker."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import TryLater
from gateway.identities import hubs
from gateway.identities.control import Admin, Control
from tests.identities.town import Client, Town
from tests.support.mosquitto import mosquitto

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    with made.broker():
        yield made


def test_the_secret_is_shown_once_and_kept_nowhere(town: Town):
    shown = town.hubs("add", "elm")
    (secret,) = [line.split()[-1] for line in shown.splitlines() if "remote_password" in line]
    assert len(secret) >= 24
    assert "remote_username elm" in shown
    assert "shown this once" in shown
    for command in (("list",), ("list", "--json")):
        assert secret not in town.hubs(*command)
    for file in [*town.folder.rglob("*")]:
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
    with Client(town.port, "elm", secret) as hub:
        assert hub.accepted


def test_a_second_identity_for_one_hub_is_refused_and_the_first_goes_on(town: Town):
    secret = town.secret_of("elm")
    assert "keepwell hubs rotate elm" in town.is_refused("hubs", "add", "elm")
    with Client(town.port, "elm", secret) as hub:
        assert hub.accepted


def test_a_hub_that_is_not_registered_is_named_with_what_to_do(town: Town):
    assert "--home HOME" in town.is_refused("hubs", "add", "ash")
    assert "ash" not in town.listed()


def test_a_hub_can_be_registered_for_its_home_on_the_way(town: Town):
    town.hubs("add", "elm-attic", "--home", "ELM-12")
    row = town.listed()["elm-attic"]
    assert (row["home"], row["identity"]) == ("ELM-12", True)
    assert "belongs to home OAK-3" in town.is_refused("hubs", "add", "oak", "--home", "ELM-12")


@pytest.mark.parametrize("name", ["keepwell", "keepwell-admin", "site-a", "site-a-rescue", "site-a-hubs-0f"])
def test_a_hub_cannot_go_by_the_gateways_name(town: Town, name: str):
    town.write_config('client_id = "site-a"\n')
    assert "another name" in town.is_refused("hubs", "add", name, "--home", "ELM-12")


@pytest.mark.parametrize("command", ["rotate", "revoke"])
@pytest.mark.parametrize("hub", ["elm", "keepwell", "keepwell-admin"])
def test_only_hubs_that_have_an_identity_are_changed(town: Town, command: str, hub: str):
    assert "keepwell hubs list" in town.is_refused("hubs", command, hub)


def test_the_list_tells_hubs_without_an_identity_and_identities_without_a_hub(town: Town):
    town.secret_of("oak")
    town.runs("homes", "hub", "OAK-3", "oak", "--remove")
    rows = town.listed()
    assert rows["elm"] == {"hub": "elm", "home": "ELM-12", "identity": False, "disabled": False, "connected": None}
    assert (rows["oak"]["home"], rows["oak"]["identity"]) == (None, True)
    assert "keepwell" not in rows
    assert "oak\tnot registered\tyes\tunknown" in town.hubs("list")
    town.hubs("revoke", "oak")
    assert "oak" not in town.listed()


def test_an_attempt_that_was_cut_short_is_completed(town: Town):
    async def only_the_role() -> None:
        async with Control(town.settings, town.admin) as control:
            wrong = [{"acltype": "publishClientSend", "topic": "homes/#", "allow": True}]
            await control.ask({"command": "createRole", "rolename": "hub-elm", "acls": wrong})

    asyncio.run(only_the_role())
    secret = town.secret_of("elm")
    with town.listener() as all_, Client(town.port, "elm", secret) as hub:
        hub.says("homes/oak/x")
        hub.says("homes/elm/x")
        all_.hears("homes/elm/x")
        assert all_.topics == ["homes/elm/x"]


def test_the_whole_bridge_configuration_is_printed_and_works(town: Town):
    told = town.is_refused("hubs", "add", "elm", "--bridge-config")
    assert "--server" in told, "loopback is another machine for the hub"
    assert not town.listed()["elm"]["identity"], "nothing was made"
    text = town.hubs("add", "elm", "--bridge-config", "--server", "broker.example.org")
    assert f"address broker.example.org:{town.port}\n" in text, "the port of [broker]"
    assert "remote_clientid elm\n" in text
    assert 'topic # out 1 "" homes/elm/' in text
    (secret,) = [line.split()[-1] for line in text.splitlines() if line.startswith("remote_password")]
    with Client(town.port, "elm", secret) as hub:
        assert hub.accepted
    assert "\naddress other.example.org:8884" in town.hubs(
        "rotate", "elm", "--bridge-config", "--server", "other.example.org:8884"
    )


def test_a_wrong_password_or_account_is_told(town: Town):
    wrong = town.folder / "wrong"
    wrong.write_text("guess")
    assert "--admin-password-file" in town.is_refused("hubs", "list", password=wrong)
    assert "cannot be read" in town.is_refused("hubs", "list", password=town.folder / "nothing")
    told = town.is_refused("hubs", "list", "--admin", "keepwell", password=town.files / "broker-password")
    assert '"keepwell" manage accounts' in told


def test_the_password_may_stand_in_the_environment_and_is_asked_of_nobody_else(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KEEPWELL_ADMIN_PASSWORD", town.admin.password)
    assert len(json.loads(town.runs("hubs", "list", "--json"))) == 4
    monkeypatch.delenv("KEEPWELL_ADMIN_PASSWORD")
    monkeypatch.setenv("KEEPWELL_ADMIN_PASSWORD_FILE", str(town.files / "admin-password"))
    assert len(json.loads(town.runs("hubs", "list", "--json"))) == 4


async def test_a_broker_without_the_plugin_is_told(tmp_path: Path):
    with mosquitto(tmp_path / "plain") as broker:
        settings = Town.plain(broker.port)
        async with Control(settings, Admin("keepwell-admin", "x"), timeout_s=0.5) as control:
            with pytest.raises(TryLater, match="dynamic security plugin"):
                await hubs.add(control, "elm")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_another_admins_answers_are_not_taken_for_ours(town: Town, protocol: str):
    settings = town.settings.model_copy(update={"protocol": protocol})
    async with Control(settings, town.admin) as one, Control(settings, town.admin) as two:
        answers = await asyncio.gather(hubs.add(one, "elm"), hubs.identities(two))
    assert isinstance(answers[0], str)
    assert isinstance(answers[1], list)


def test_setup_says_how_the_gateway_gets_its_password_and_nothing_of_the_admins(town: Town):
    folder = town.folder / "others"
    told = town.runs("hubs", "setup", str(folder)).splitlines()
    assert f"  sudo install -m 640 -g keepwell {folder}/broker-password /etc/keepwell/" in told
    assert '  password_file = "/etc/keepwell/broker-password"' in told
    assert [line for line in told if f"delete {folder}/broker-password" in line]


def test_setup_overwrites_nothing_and_keeps_secrets_private(town: Town):
    before = {file.name: file.read_bytes() for file in town.files.iterdir()}
    told = town.is_refused("hubs", "setup", str(town.files))
    assert "nothing is overwritten" in told
    assert {name: (town.files / name).read_bytes() for name in before} == before
    for name in ("admin-password", "broker-password", "dynamic-security.json"):
        assert (town.files / name).stat().st_mode & 0o077 == 0, name
