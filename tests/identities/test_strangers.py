"""What `keepwell check` finds when it knocks at the broker as a stranger."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.config import Broker
from gateway.identities.stranger import strangers
from tests.identities.town import Town
from tests.support.mosquitto import Publisher, mosquitto, set_passwords
from tests.support.servers import LOOPBACK, free_port

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]


async def test_a_broker_with_accounts_refuses_strangers(tmp_path: Path):
    town = Town(tmp_path)
    with town.broker():
        seen = await strangers(town.settings)
    assert seen is not None
    assert seen.good is True


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_an_open_broker_is_to_be_mended_where_the_gateway_itself_has_an_account(tmp_path: Path, protocol: str):
    set_passwords(tmp_path, {"keepwell": "secret"})
    with mosquitto(tmp_path, extra=f"password_file {tmp_path}/passwd") as broker:
        settings = Broker(
            host=LOOPBACK, port=broker.port, protocol=protocol, username="keepwell", password=SecretStr("secret")
        )
        seen = await strangers(settings)
    assert seen is not None
    assert seen.good is False
    for word in ("read all homes", "publish as any home", "allow_anonymous false", "keepwell hubs setup"):
        assert word in seen.text


async def test_an_open_broker_on_this_machine_is_worth_knowing(tmp_path: Path):
    with mosquitto(tmp_path) as broker:
        seen = await strangers(Broker(host=LOOPBACK, port=broker.port))
    assert seen is not None
    assert seen.good is None


@pytest.mark.parametrize(
    ("rights", "good", "told"),
    [
        ("topic read homes/#", False, "can read all homes:"),
        ("topic keepwell/#", False, "publish as any home"),
        ("topic other/#", None, "to no use"),
    ],
)
async def test_what_an_access_list_leaves_to_strangers_is_told(
    tmp_path: Path, rights: str, good: bool | None, told: str
):
    """An access list grants every subscription; what it hands out is what counts."""
    (tmp_path / "acl").write_text(f"{rights}\nuser keepwell\ntopic #\n")
    set_passwords(tmp_path, {"keepwell": "secret"})
    with mosquitto(tmp_path, extra=f"acl_file {tmp_path}/acl\npassword_file {tmp_path}/passwd") as broker:
        home = Publisher(broker.port, username="keepwell", password="secret")  # noqa: S106
        home.send("homes/elm/connection", "1", retain=True)
        home.close()
        seen = await strangers(Broker(host=LOOPBACK, port=broker.port, username="keepwell"))
    assert seen is not None
    assert (seen.good, told in seen.text) == (good, True)


async def test_a_broker_that_is_not_there_is_told_elsewhere():
    assert await strangers(Broker(host=LOOPBACK, port=free_port())) is None
