"""The Mosquitto files that we ship: what the architecture asks of them, and that Debian's Mosquitto takes them."""

import asyncio
import re
from pathlib import Path

import pytest

from gateway.identities.configurations import bridge, server, shipped
from tests.identities.town import Client, Town
from tests.support.intake import Gateway, numbered
from tests.support.mosquitto import SHIPPED, Publisher, bridge_configuration, mosquitto, plugin
from tests.support.servers import LOOPBACK, Server, free_port, require

DEBIAN = """
persistence true
persistence_location {folder}/
log_dest file {folder}/mosquitto.log
include_dir {folder}/conf.d
"""
"""Debian's own mosquitto.conf, which reads ours."""


@pytest.mark.parametrize("name", ["server.conf", "hub.conf"])
def test_what_the_commands_print_is_what_the_repository_shows(name: str):
    assert shipped(name) == (SHIPPED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "server.conf",
            ["allow_anonymous false", "upgrade_outgoing_qos true", "persistence true", "autosave_on_changes true"],
        ),
        (
            "hub.conf",
            [
                "upgrade_outgoing_qos true", 'topic # out 1 "" homes/HUB/', "cleansession false", "persistence true",
                "topic announce in 0 keepwell/ keepwell/hubs/HUB/",
                "autosave_on_changes true", "max_queued_messages 100000", "remote_clientid HUB", "remote_username HUB",
            ],
        ),
    ],
)  # fmt: skip
def test_the_files_hold_what_the_architecture_asks(name: str, lines: list[str]):
    assert set(lines) <= set(shipped(name).splitlines())


def test_a_filled_in_bridge_has_no_place_left_to_fill_in():
    secret = "\\1-PASSWORD_HUB"  # noqa: S105 - whatever chance makes of it
    plain, encrypted = (
        [
            line
            for line in bridge("elm", secret, "broker", 8883, encrypted=one).splitlines()
            if line[:1] not in {"", "#"}
        ]
        for one in (False, True)
    )
    assert f"remote_password {secret}" in plain
    assert "listener 1883 127.0.0.1" in plain
    assert "address broker:8883" in plain
    assert not [line for line in plain if re.search(r"\b(HUB|SERVER)\b", line) and secret not in line]
    assert not [line for line in plain if line.startswith("bridge_ca")]
    assert "bridge_certfile /etc/mosquitto/keepwell/elm.crt" in encrypted


def test_the_plugin_stands_where_this_machine_has_it(tmp_path: Path):
    found = tmp_path / "aarch64-linux-gnu" / "mosquitto_dynamic_security.so"
    found.parent.mkdir()
    found.touch()
    assert f"\nplugin {found}\n" in server(tmp_path)
    assert server(tmp_path / "nothing") == shipped("server.conf")


@pytest.mark.server
def test_debians_mosquitto_takes_the_files_that_setup_writes(tmp_path: Path):
    """As an installer does: the file into conf.d, the accounts into Mosquitto's folder."""
    town = Town(tmp_path)
    folder, port = town.files, town.port
    text = (folder / "keepwell.conf").read_text()
    assert str(plugin()) in text
    text = text.replace("listener 1883\n", f"listener {port} {LOOPBACK}\n")
    with _debian(folder, text.replace("/var/lib/mosquitto/dynamic", f"{folder}/dynamic"), port):
        secret = town.secret_of("elm")
        with Client(port, "elm", secret) as hub:
            assert hub.accepted


@pytest.mark.server
def test_debians_mosquitto_takes_the_bridge(tmp_path: Path):
    port = free_port()
    path = bridge_configuration(tmp_path, port, hub="elm", server_port=free_port())
    text = re.sub(r"^(user|log_dest|persistence_location) .*\n", "", path.read_text(), flags=re.MULTILINE)
    with _debian(tmp_path, text, port), Client(port, "", "", client_id="bridge") as inside:
        assert inside.accepted


@pytest.mark.server
async def test_a_broker_that_is_killed_while_the_gateway_is_away_loses_no_more_than_the_file_says(tmp_path: Path):
    interval = int(re.findall(r"^autosave_interval (\d+)$", shipped("server.conf"), re.MULTILINE)[0])
    with mosquitto(tmp_path / "broker") as broker:
        gateway = Gateway(broker.port, tmp_path / "data")
        async with gateway.running():
            await gateway.intake.wait_drained()
        async with Publisher(broker.port) as home:
            await asyncio.to_thread(home.send_all, numbered(777))
        broker.kill()
        await asyncio.to_thread(broker.start)
        async with gateway.running():
            await gateway.until(lambda: len(gateway.numbers) >= 777 - interval)
            await gateway.intake.wait_drained()
    assert gateway.numbers == [*range(len(gateway.numbers))], "what is missing is the end"


def _debian(folder: Path, text: str, port: int) -> Server:
    (folder / "conf.d").mkdir()
    (folder / "conf.d" / "keepwell.conf").write_text(text)
    user = folder.owner()
    (folder / "debian.conf").write_text(DEBIAN.format(folder=folder) + f"user {user}\n")
    return Server([require("mosquitto", "mosquitto"), "-c", folder / "debian.conf"], port)
