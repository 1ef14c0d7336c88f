"""The Mosquitto configurations that we ship, filled in; and the first files of a broker with accounts."""

import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.errors import BadInput

_PLUGIN = re.compile(r"^plugin (.+)$", re.MULTILINE)
ADMIN_PASSWORD = "admin-password"  # noqa: S105 - a file's name
GATEWAY_PASSWORD = "broker-password"  # noqa: S105 - a file's name
SERVER_CONFIGURATION = "keepwell.conf"
ACCOUNTS = "dynamic-security.json"
_LIBRARIES = Path("/usr/lib")
_PLACE = re.compile(r"\b(HUB|PASSWORD|SERVER|1883)\b")
_ENCRYPTED = re.compile(r"^#(bridge_\w+file .*)$", re.MULTILINE)


def shipped(name: str) -> str:
    """The text of `server.conf` or `hub.conf`."""
    return (files("gateway.identities") / "mosquitto" / name).read_text(encoding="utf-8")


def bridge(hub: str, secret: str, server: str, port: int, *, encrypted: bool) -> str:
    """hub.conf for one hub. `encrypted` asks for the three files that `keepwell tls` makes for it."""
    text = shipped("hub.conf")
    if encrypted:
        text = _ENCRYPTED.sub(r"\1", text)
    values = {"HUB": hub, "PASSWORD": secret, "SERVER": server, "1883": str(port)}
    address = "address SERVER:1883"

    def filled(line: str) -> str:
        words = values if line == address else {word: values[word] for word in ("HUB", "PASSWORD")}
        return line if line.startswith("#") else _PLACE.sub(lambda found: words.get(found[0], found[0]), line)

    return "\n".join(filled(line) for line in text.split("\n"))


def server(libraries: Path = _LIBRARIES) -> str:
    """server.conf with the plugin where this machine has it, if it does."""
    found = sorted(libraries.glob("*/mosquitto_dynamic_security.so"))
    text = shipped("server.conf")
    return _PLUGIN.sub(f"plugin {found[0]}", text) if found else text


def write_first_files(folder: Path, accounts: dict[str, Any], admin_secret: str, gateway_secret: str) -> None:
    """Everything that a broker with accounts begins with; private files are readable by their owner alone.

    BadInput when one of them is there already: it would make accounts that hubs use unknown.
    """
    written = {
        ACCOUNTS: json.dumps(accounts, indent=1),
        ADMIN_PASSWORD: admin_secret + "\n",
        GATEWAY_PASSWORD: gateway_secret + "\n",
        SERVER_CONFIGURATION: server(),
    }
    there = [name for name in written if (folder / name).exists()]
    if there:
        raise BadInput(f"{folder} has {', '.join(there)} already: give an empty folder, as nothing is overwritten")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in written.items():
            mode = 0o644 if name == SERVER_CONFIGURATION else 0o600
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
                file.write(text)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error}") from error
