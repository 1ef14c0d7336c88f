"""A real Mosquitto on loopback, run from the configuration that we ship; and clients that speak to it as homes do."""

import asyncio
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.servers import LOOPBACK, Server, free_port, missing, require
from tests.support.shared import CHECKOUT

SHIPPED = CHECKOUT / "deploy" / "mosquitto"
ACCOUNTS = "dynamic-security.json"
_FOLDER = re.compile(r"^#persistence_location .*$", re.MULTILINE)
_PLUGIN = re.compile(r"^plugin .*\nplugin_opt_config_file .*$", re.MULTILINE)
_BRIDGE_FILES = re.compile(r"^#(bridge_\w+file) /etc/mosquitto/keepwell/", re.MULTILINE)
_CERTIFICATES = re.compile(r"^#((?:ca|cert|key)file) /etc/mosquitto/keepwell/", re.MULTILINE)


def server_configuration(
    folder: Path,
    port: int,
    *,
    login: bool = False,
    identities: bool = False,
    certificates: Path | None = None,
    extra: str = "",
) -> Path:
    """The shipped server.conf with listener, folder and accounts' file replaced.

    For anybody; with `login` for those in `folder`/passwd; with `identities` for those in its dynamic-security.json
    (the plugin). `certificates`: the encrypted listener in place of the plain one, with the files of that folder.
    """
    text = (SHIPPED / "server.conf").read_text(encoding="utf-8")
    if certificates is None:
        text = text.replace("listener 1883\n", f"listener {port} {LOOPBACK}\n")
    else:
        text = text.replace("listener 1883\n", "").replace("#listener 8883\n", f"listener {port} {LOOPBACK}\n")
        text = _CERTIFICATES.sub(rf"\1 {certificates}/", text).replace("#require_certificate", "require_certificate")
    text = _FOLDER.sub(f"persistence_location {folder}/", text)
    if identities:
        text = text.replace("/var/lib/mosquitto/dynamic-security.json", str(folder / ACCOUNTS))
        text = re.sub(r"^plugin .*$", f"plugin {plugin()}", text, flags=re.MULTILINE)
    elif login:
        text = _PLUGIN.sub(f"password_file {folder / 'passwd'}", text)
    else:
        text = _PLUGIN.sub("", text).replace("allow_anonymous false", "allow_anonymous true")
    return _write(folder, text + "\n" + extra)


def plugin() -> Path:
    """The dynamic security plugin, which Debian puts beside Mosquitto in a folder named after the processor."""
    found = sorted(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"))
    if not found:
        missing("the dynamic security plugin is not installed: apt-get install mosquitto")
    return found[0]


def bridge_configuration(
    folder: Path,
    port: int,
    *,
    hub: str,
    server_port: int,
    secret: str | None = None,
    certificates: Path | None = None,
    extra: str = "",
) -> Path:
    """The shipped hub.conf for one hub, bridging to a server on loopback; without `secret` to one that needs none.

    `certificates`: encrypted, with the files of that folder.
    """
    text = (SHIPPED / "hub.conf").read_text(encoding="utf-8")
    text = text.replace("listener 1883 127.0.0.1\n", f"listener {port} {LOOPBACK}\n")
    text = _FOLDER.sub(f"persistence_location {folder}/", text)
    if secret is None:
        text = re.sub(r"^remote_(username|password) .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bHUB\b", hub, text).replace("SERVER:1883", f"{LOOPBACK}:{server_port}")
    text = text.replace("remote_password PASSWORD", f"remote_password {secret}")
    text = text.replace("restart_timeout 2 60", "restart_timeout 1")
    if certificates is not None:
        text = _BRIDGE_FILES.sub(rf"\1 {certificates}/", text)
    return _write(folder, text + "\n" + extra)


def _write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mosquitto.conf"
    path.write_text(f"user {_user()}\nlog_dest stderr\n{text}", encoding="utf-8")
    return path


def _user() -> str:
    """Mosquitto started by root would change to a user that may not write to the test's folder."""
    return subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()


def mosquitto(
    folder: Path,
    *,
    port: int | None = None,
    login: bool = False,
    identities: bool = False,
    certificates: Path | None = None,
    extra: str = "",
) -> Server:
    """A server from the shipped configuration, state in `folder`; enter it to start it."""
    chosen = port or free_port()
    path = server_configuration(
        folder, chosen, login=login, identities=identities, certificates=certificates, extra=extra
    )
    return Server([require("mosquitto", "mosquitto"), "-c", path], chosen)


def bridged_hub(
    folder: Path,
    *,
    hub: str,
    server_port: int,
    secret: str | None = None,
    certificates: Path | None = None,
    extra: str = "",
) -> Server:
    """A home's own broker from the shipped configuration, bridged to the server."""
    port = free_port()
    path = bridge_configuration(
        folder, port, hub=hub, server_port=server_port, secret=secret, certificates=certificates, extra=extra
    )
    return Server([require("mosquitto", "mosquitto"), "-c", path], port)


def set_passwords(folder: Path, users: Mapping[str, str]) -> None:
    """Write the password file that `mosquitto(folder, login=True)` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "passwd"
    path.touch()
    for user, password in users.items():
        subprocess.run([require("mosquitto_passwd", "mosquitto"), "-b", path, user, password], check=True)


class Publisher:
    """A client in the thread that calls it; `send` returns once the broker has confirmed (QoS 0: has been given it)."""

    def __init__(self, port: int, *, username: str | None = None, password: str | None = None) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(1_000)
        if username is not None:
            self._client.username_pw_set(username, password)
        self._client.connect(LOOPBACK, port)
        self._client.loop_start()

    def send(self, topic: str, payload: str | bytes, *, qos: int = 1, retain: bool = False) -> None:
        """One message."""
        self._client.publish(topic, payload, qos, retain).wait_for_publish(10.0)

    def send_all(self, messages: list[tuple[str, str]], *, qos: int = 1) -> None:
        """Many messages; returns when the last is confirmed."""
        sent = [self._client.publish(topic, payload, qos) for topic, payload in messages]
        for one in sent:
            one.wait_for_publish(30.0)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)
