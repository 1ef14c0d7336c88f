"""What an account on the broker may do and may not, tried on a real Mosquitto with the configuration that we ship.

MQTT 3.1.1 confirms a publish that was denied, so what was denied is told by who hears: somebody who hears all.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.identities.accounts import CONNECTIONS
from gateway.ingest.probe import probe
from gateway.notify.channels.mqtt import MqttPublisher
from tests.identities.town import Client, Town, eventually
from tests.support.intake import Gateway
from tests.support.mosquitto import Publisher, bridged_hub

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
MOTION = "keepwell/hall-pir/motion"
TRUE = '{"value": true}'


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    with made.broker():
        yield made


@pytest.mark.parametrize(("five", "as_bridge"), [(False, False), (True, False), (False, True)], ids=str)
def test_a_hub_speaks_for_its_own_home_and_no_other(town: Town, five: bool, as_bridge: bool):
    elm = town.secret_of("elm")
    town.secret_of("oak")
    with town.listener() as all_, Client(town.port, "elm", elm, five=five, as_bridge=as_bridge) as hub:
        for topic in (
            f"homes/oak/{MOTION}",
            "homes/oak/connection",
            "homes/elm-12/x",
            "homes//x",
            "keepwell/homes/oak/alert",
            "keepwell/gateway/keepwell/drained",
            "keepwell/hubs/elm/x",
            "$CONTROL/dynamic-security/v1",
            "zigbee2mqtt/hall",
        ):
            hub.says(topic)
            hub.says(topic, retain=True)
        hub.says(f"homes/elm/{MOTION}", TRUE)
        all_.hears(f"homes/elm/{MOTION}")
        assert all_.topics == [f"homes/elm/{MOTION}"]


@pytest.mark.parametrize("five", [False, True], ids=["3.1.1", "5"])
def test_a_hub_hears_no_home_and_nothing_of_the_gateway(town: Town, five: bool):
    elm, oak = town.secret_of("elm"), town.secret_of("oak")
    with (
        town.listener() as all_,
        Client(town.port, "elm", elm, five=five) as hub,
        Client(town.port, "oak", oak) as other,
    ):
        other.says("homes/oak/retained", "old", retain=True)
        for filter_ in (
            "#", "+/#", "homes/#", "homes/+/#", "homes/oak/#", "homes/oak/retained", "homes/elm/#", "keepwell/#",
            "keepwell/homes/+/alert", "keepwell/hubs/#", "keepwell/hubs/+/x", "$share/all/homes/#", "$SYS/#",
            "$CONTROL/#", "$CONTROL/dynamic-security/v1/response",
        ):  # fmt: skip
            assert not hub.subscribe(filter_), filter_
        assert hub.subscribe("keepwell/hubs/elm/#")
        other.says(f"homes/oak/{MOTION}", TRUE)
        all_.says("keepwell/homes/oak/alert")
        all_.says("keepwell/hubs/oak/for-oak")
        all_.says("keepwell/hubs/elm/for-elm")
        hub.hears("keepwell/hubs/elm/for-elm")
        assert hub.topics == ["keepwell/hubs/elm/for-elm"]


def test_a_hubs_last_will_cannot_speak_for_another_home(town: Town):
    elm = town.secret_of("elm")
    with town.listener() as all_:
        for topic in ("homes/oak/connection", "homes/elm/connection"):
            hub = Client(town.port, "elm", elm, will=(topic, "0"))
            if hub.accepted:
                hub.breaks_off()
            hub.close()
        all_.hears("homes/elm/connection")
        assert all_.topics == ["homes/elm/connection"]


def test_a_hub_cannot_take_the_gateways_session(town: Town):
    """Whoever connects under the gateway's client id ends its connection, and its queue with it."""
    elm = town.secret_of("elm")
    with Client(town.port, "keepwell", town.settings.secret() or "") as gateway:
        for taken in ("keepwell", "oak", ""):
            with Client(town.port, "elm", elm, client_id=taken) as hub:
                assert not hub.accepted
        assert not gateway.ended.is_set()
        assert gateway.subscribe("homes/#")


def test_without_an_account_nobody_enters(town: Town):
    elm = town.secret_of("elm")
    for name, password in (("", ""), ("elm", ""), ("elm", elm[:-1]), ("oak", elm), ("nobody", "x")):
        with Client(town.port, name, password, client_id="someone") as stranger:
            assert not stranger.accepted


def test_a_rotated_secret_ends_the_connection_and_the_old_one_is_refused(town: Town):
    old = town.secret_of("elm")
    with Client(town.port, "elm", old) as hub:
        new = town.secret_of("elm", "rotate")
        assert hub.ended.wait(10)
    assert new != old
    with Client(town.port, "elm", old) as hub:
        assert not hub.accepted
    with town.listener() as all_, Client(town.port, "elm", new) as hub:
        hub.says("homes/oak/x")
        hub.says("homes/elm/x")
        all_.hears("homes/elm/x")
        assert all_.topics == ["homes/elm/x"]


def test_a_revoked_hub_is_put_out_and_its_role_is_gone(town: Town):
    secret = town.secret_of("elm")
    with Client(town.port, "elm", secret) as hub:
        town.hubs("revoke", "elm")
        assert hub.ended.wait(10)
    with Client(town.port, "elm", secret) as hub:
        assert not hub.accepted
    assert not town.listed()["elm"]["identity"]
    assert town.secret_of("elm") != secret, "it can be added again"


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_a_hub_that_was_put_out_counts_as_not_connected(town: Town, command: str, protocol: str):
    """The plugin ends the connection and keeps the last will to itself."""
    town.write_config(f'protocol = "{protocol}"\n')
    connection = "homes/elm/connection"
    with town.listener() as all_, Client(town.port, "elm", town.secret_of("elm"), will=(connection, "0")) as hub:
        hub.says(connection, "1", retain=True)
        all_.hears(connection)
        town.hubs(command, "elm")
        all_.until(lambda: (connection, b"0") in all_.heard)
    with town.listener() as later:
        later.hears(connection)
        assert later.heard == [(connection, b"0")], "the broker keeps it"


def test_a_hub_that_never_connected_is_not_said_to_be_gone(town: Town):
    town.secret_of("elm")
    town.hubs("rotate", "elm")
    assert town.listed()["elm"]["connected"] is None


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_an_admin_of_before_who_may_not_say_so_puts_a_hub_out_all_the_same(tmp_path: Path, protocol: str):
    town = Town(tmp_path)
    town.write_config(f'protocol = "{protocol}"\n')
    file = town.files / "dynamic-security.json"
    accounts = json.loads(file.read_text())
    for role in accounts["roles"]:
        role["acls"] = [
            acl for acl in role["acls"] if (acl["acltype"], acl["topic"]) != ("publishClientSend", CONNECTIONS)
        ]
    file.write_text(json.dumps(accounts))
    with town.broker(), Client(town.port, "elm", town.secret_of("elm")) as hub:
        hub.says("homes/elm/connection", "1", retain=True)
        assert "no identity any more" in town.hubs("revoke", "elm")
        assert hub.ended.wait(10)
        with town.listener() as all_:
            all_.hears("homes/elm/connection")
            assert all_.heard == [("homes/elm/connection", b"1")]


def test_a_bridges_note_on_its_own_hub_is_not_kept_on_the_server(town: Town, tmp_path: Path):
    hub = bridged_hub(tmp_path / "hub", hub="elm", server_port=town.port, secret=town.secret_of("elm"))
    with town.listener() as all_, hub, Client(hub.port, "", "", client_id="inside") as inside:
        inside.subscribe("homes/elm/connection")
        all_.until(lambda: ("homes/elm/connection", b"1") in all_.heard)
        inside.until(lambda: ("homes/elm/connection", b"1") in inside.heard)
        inside.says("homes/elm/connection", "again", retain=True)
        inside.says("after")
        all_.hears("homes/elm/after")
        assert set(all_.topics) == {"homes/elm/connection", "homes/elm/after"}


def test_what_is_asked_at_home_comes_in_over_the_bridge_and_an_old_question_does_not(town: Town, tmp_path: Path):
    hub = bridged_hub(tmp_path / "hub", hub="elm", server_port=town.port, secret=town.secret_of("elm"))
    question, asked = "keepwell/hubs/elm/announce", "keepwell/announce"
    with town.listener() as all_:
        with hub, Client(hub.port, "", "", client_id="inside") as inside:
            inside.subscribe("keepwell/#")
            all_.until(lambda: ("homes/elm/connection", b"1") in all_.heard)
            all_.says("keepwell/hubs/oak/announce", "not for us")
            all_.says(question, "are you all right?")
            inside.hears(asked)
            inside.says("after")
            all_.hears("homes/elm/after")
            assert inside.heard == [(asked, b"are you all right?")]
            assert f"homes/elm/{asked}" not in all_.topics, "it does not go out again"
        all_.until(lambda: ("homes/elm/connection", b"0") in all_.heard)
        all_.says(question, "while the line is down")
        with hub, Client(hub.port, "", "", client_id="inside") as inside:
            inside.subscribe("keepwell/#")
            all_.until(lambda: all_.topics.count("homes/elm/connection") > 2)
            all_.says(question, "now")
            inside.until(lambda: (asked, b"now") in inside.heard)
            assert inside.heard == [(asked, b"now")]


def test_accounts_outlive_the_broker(tmp_path: Path):
    town = Town(tmp_path)
    with town.broker() as broker:
        secret = town.secret_of("elm")
        broker.kill()
        broker.start()
        with Client(town.port, "elm", secret) as hub:
            assert hub.accepted


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_the_gateway_and_a_bridged_home_work_with_accounts(town: Town, tmp_path: Path, protocol: str):
    """The whole way: a Zigbee bridge's QoS 0 message, the hub's broker, ours, the gateway; and an alert back out."""
    secret = await asyncio.to_thread(town.secret_of, "elm")
    settings = town.settings.model_dump(exclude={"host", "port", "protocol"})
    gateway = Gateway(town.port, tmp_path / "intake", protocol, **settings)
    gateway.settings = town.settings.model_copy(update={"protocol": protocol})
    all_ = await asyncio.to_thread(town.listener)
    with bridged_hub(tmp_path / "hub", hub="elm", server_port=town.port, secret=secret) as hub:
        async with gateway.running():
            await gateway.intake.wait_drained()
            assert gateway.intake.figures()["failures"] == 0
            async with Publisher(hub.port) as home:
                await asyncio.to_thread(eventually, lambda: "homes/elm/connection" in all_.topics)
                home.send(MOTION, TRUE, qos=0)
                await gateway.until(lambda: any(one.quantity == "motion" for one in gateway.journal.readings))
            assert (await asyncio.to_thread(town.listed))["elm"]["connected"] is True
            assert "mosquitto" in await probe(gateway.settings)
            await _alerts(gateway)
        await asyncio.to_thread(all_.hears, "keepwell/homes/elm/alert")
    await asyncio.to_thread(eventually, lambda: town.listed()["elm"]["connected"] is False)
    all_.close()


async def _alerts(gateway: Gateway) -> None:
    publisher = MqttPublisher(gateway.settings)
    running = asyncio.create_task(publisher.run())
    try:
        async with asyncio.timeout(20):
            await publisher.connected.wait()
            await publisher.publish("keepwell/homes/elm/alert", b"{}")
    finally:
        running.cancel()
        await asyncio.wait({running})


def test_a_hub_bridging_into_another_homes_prefix_is_not_heard(town: Town, tmp_path: Path):
    """The hub's own broker is in the home, and can be told anything: also to bridge with the neighbour's topics."""
    hub = bridged_hub(tmp_path / "hub", hub="elm", server_port=town.port, secret=town.secret_of("elm"))
    wrong = (
        'topic own/# out 1 "" homes/elm/\ntopic # out 1 "" homes/oak/\n'
        'topic +/stolen in 1 "" homes/\ntopic elm/# in 1 "" keepwell/hubs/'
    )
    written = tmp_path / "hub" / "mosquitto.conf"
    written.write_text(written.read_text().replace('topic # out 1 "" homes/elm/', wrong))
    with town.listener() as all_, hub, Client(town.port, "oak", town.secret_of("oak")) as oak:
        all_.hears("homes/elm/connection")
        with Client(hub.port, "", "", client_id="inside") as inside:
            inside.subscribe("#")
            inside.says("a/b")
            inside.says("own/x")
            all_.hears("homes/elm/own/x")
            assert "homes/oak/a/b" not in all_.topics
            oak.says("homes/oak/stolen")
            all_.hears("homes/oak/stolen")
            all_.says("keepwell/hubs/elm/after")
            inside.hears("elm/after")
            assert "oak/stolen" not in inside.topics
