"""What compose.yaml runs in its containers, run here: the broker's start and health, the secrets, InfluxDB's tokens."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.mosquitto import plugin
from tests.support.servers import LOOPBACK, Server, free_port, require
from tests.support.shared import CHECKOUT

COMPOSE = CHECKOUT / "deploy" / "compose"
KEEPWELL = Path(sys.executable).parent / "keepwell"
ADMIN = "operator-token"

DOCKER = f"""#!/bin/sh
# What `docker run --volume HERE:/broker IMAGE hubs setup /broker ...` would do.
folder=
while [ "$1" != hubs ]; do
    case "$1" in *:/broker) folder=${{1%:/broker}} ;; esac
    shift
done
shift 3
exec {KEEPWELL} hubs setup "$folder" "$@"
"""


def run(*command: str | os.PathLike[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What make-secrets makes, in a copy of its folder."""
    script = tmp_path / "compose" / "make-secrets"
    script.parent.mkdir()
    script.write_bytes((COMPOSE / "make-secrets").read_bytes())
    script.chmod(0o755)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    path = f"{docker.parent}{os.pathsep}{os.environ['PATH']}"
    first = run(script, PATH=path)
    assert first.returncode == 0, first.stderr
    folder = script.parent / "secrets"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    again = run(script, PATH=path)
    assert again.returncode == 0, again.stderr
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before, "a second time changes nothing"
    assert not again.stdout
    for file in folder.iterdir():
        assert file.read_text().strip() not in first.stdout + first.stderr
    return folder


def test_secrets_are_random_and_closed_to_others(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    files = sorted(secrets.iterdir())
    assert [file.name for file in files] == [
        "broker-accounts", "broker-admin-password", "broker-password", "grafana-admin-password", "grafana-secret-key",
        "influxdb-admin-password", "influxdb-admin-token",
    ]  # fmt: skip
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o444 for file in files)
    texts = [file.read_text().strip() for file in files[1:]]
    assert len(set(texts)) == len(texts)
    assert all(len(text) >= 32 and text.replace("-", "").replace("_", "").isalnum() for text in texts)


def broker(folder: Path, secrets: Path, listener: str, port: int, more: str = "") -> Server:
    """start-mosquitto with its paths below `folder`; the shipped plain listener becomes `listener`."""
    plugin()  # says what to install
    (folder / "data").mkdir(parents=True)
    (folder / "more").mkdir()
    shipped = (CHECKOUT / "deploy" / "mosquitto" / "server.conf").read_text()
    account = run("id", "-un").stdout.strip()
    (folder / "server.conf").write_text(shipped.replace("listener 1883\n", f"user {account}\n{listener}\n"))
    if more:
        (folder / "more" / "tls.conf").write_text(more)
    sbin = Path(require("mosquitto", "mosquitto")).parent
    return Server(
        [COMPOSE / "start-mosquitto"], port,
        environment={
            "PATH": f"{sbin}{os.pathsep}{os.environ['PATH']}",
            "MOSQUITTO_DATA": str(folder / "data"),
            "MOSQUITTO_SHIPPED": str(folder / "server.conf"),
            "MOSQUITTO_MORE": str(folder / "more"),
            "MOSQUITTO_ACCOUNTS": str(secrets / "broker-accounts"),
            "MOSQUITTO_CONFIGURATION": str(folder / "mosquitto.conf"),
        },
    )  # fmt: skip


def hear(secrets: Path, port: int, *options: str | Path) -> "subprocess.CompletedProcess[str]":
    """Hear one message with the gateway's account."""
    return run(
        "mosquitto_sub", "-h", LOOPBACK, "-p", str(port), "-u", "keepwell", "-i", "keepwell", "-W", "5", "-C", "1",
        "-P", (secrets / "broker-password").read_text().strip(), "-t", "$SYS/broker/version", *options,
    )  # fmt: skip


@pytest.mark.server
def test_the_broker_starts_knows_the_gateway_and_answers_for_its_health(secrets: Path, tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "server"
    server = broker(folder, secrets, f"listener {port} {LOOPBACK}", port)
    accounts = folder / "data" / "dynamic-security.json"
    with server:
        assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
        assert run(COMPOSE / "broker-answers", str(port)).returncode == 0
        assert hear(secrets, port).returncode == 0, server.log
    assert (folder / "data" / "mosquitto.db").exists(), "sessions survive a restart"
    accounts.write_text(accounts.read_text() + "\n")
    kept = accounts.read_text()
    with server:
        assert accounts.read_text() == kept, "hubs' accounts are never written over"
    assert run(COMPOSE / "broker-answers", str(port)).returncode != 0


@pytest.mark.server
def test_the_encrypted_listener_asks_for_a_certificate_beside_the_account(secrets: Path, tmp_path: Path) -> None:
    made = tmp_path / "authority"
    for words in (["authority", made], ["server", made, LOOPBACK], ["client", made, "gateway"]):
        done = run(KEEPWELL, "tls", *words)
        assert done.returncode == 0, done.stderr
    port, plain = free_port(), free_port()
    more = (COMPOSE / "mosquitto-tls.conf").read_text().replace("/run/secrets/", f"{made}/")
    more = more.replace("listener 8883", f"listener {port} {LOOPBACK}")
    with broker(tmp_path / "server", secrets, f"listener {plain} {LOOPBACK}", port, more):
        own = ("--cafile", made / "ca.crt", "--cert", made / "gateway.crt", "--key", made / "gateway.key")
        assert hear(secrets, port, *own).returncode == 0
        assert hear(secrets, port, *own[:2]).returncode != 0
        assert hear(secrets, plain).returncode == 0, "the gateway's own way in stays"


class Influx(BaseHTTPRequestHandler):
    """The parts of InfluxDB 2's API that are asked, with what it keeps. It never tells a token twice."""

    mappings: ClassVar[list[dict[str, Any]]] = []
    authorizations: ClassVar[dict[str, dict[str, Any]]] = {}

    def told(self) -> tuple[int, object]:
        token = (self.headers["Authorization"] or "").removeprefix("Token ")
        asked = urlsplit(self.path)
        if token != ADMIN and token not in self.authorizations:
            return 401, {"code": "unauthorized", "message": "unauthorized access"}
        if asked.path == "/api/v2/orgs":
            return 200, {"orgs": []}
        if token != ADMIN:
            return 403, {"code": "forbidden", "message": "not yours"}
        length = int(self.headers["Content-Length"] or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        name = asked.path.split("/")[3]
        answer = getattr(self, f"{self.command.lower()}_{name}")
        return (200 if self.command == "GET" else 201), answer(parse_qs(asked.query), body)

    def get_buckets(self, query: dict[str, list[str]], _: object) -> object:
        assert query["name"] == ["keepwell"]
        return {"buckets": [{"id": "b1", "orgID": "o1", "name": "keepwell", "retentionRules": []}]}

    def get_dbrps(self, *_: object) -> object:
        return {"content": self.mappings}

    def post_dbrps(self, _: object, body: dict[str, Any]) -> object:
        self.mappings.append({"id": "m1", "orgID": "o1", "virtual": False, **body})
        return self.mappings[-1]

    def get_authorizations(self, *_: object) -> object:
        return {"authorizations": [one | {"token": ""} for one in self.authorizations.values()]}

    def post_authorizations(self, _: object, body: dict[str, Any]) -> object:
        made = {"id": token_hex(8), "token": token_hex(32), **body}
        self.authorizations[made["token"]] = made
        return made

    def delete_authorizations(self, *_: object) -> object:
        which = urlsplit(self.path).path.split("/")[-1]
        (token,) = (known for known, one in self.authorizations.items() if one["id"] == which)
        return self.authorizations.pop(token)

    def answer(self) -> None:
        status, told = self.told()
        sent = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the base class names them

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def influx() -> Iterator[str]:
    Influx.mappings.clear()
    Influx.authorizations.clear()
    with ThreadingHTTPServer((LOOPBACK, 0), Influx) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()
        serving.join()


def prepare(url: str, folder: Path, *, admin: str = ADMIN) -> "subprocess.CompletedProcess[str]":
    (folder / "admin").write_text(f"{admin}\n")
    return run(
        sys.executable, COMPOSE / "prepare_influxdb.py", f"--url={url}", "--org=keepwell", "--bucket=keepwell",
        f"--admin-token-file={folder}/admin", f"--keepwell={folder}/keepwell", f"--grafana={folder}/grafana",
        PYTHONPATH=str(CHECKOUT),
    )  # fmt: skip


def test_influxdb_gets_its_mapping_and_each_service_a_token_with_no_more_than_it_needs(
    influx: str, tmp_path: Path
) -> None:
    done = prepare(influx, tmp_path)
    assert done.returncode == 0, done.stderr
    (mapping,) = Influx.mappings
    assert (mapping["bucketID"], mapping["database"], mapping["default"]) == ("b1", "keepwell", True)
    rights = {}
    for name in ("keepwell", "grafana"):
        file = tmp_path / name
        token = file.read_text().strip()
        assert stat.S_IMODE(file.stat().st_mode) == 0o444
        assert token not in done.stdout + done.stderr
        rights[name] = [
            (right["action"], right["resource"]["type"], right["resource"]["id"])
            for right in Influx.authorizations[token]["permissions"]
        ]
    assert rights == {
        "keepwell": [("read", "buckets", "b1"), ("write", "buckets", "b1")],
        "grafana": [("read", "buckets", "b1")],
    }


def test_a_second_time_changes_nothing_and_a_forgotten_token_is_made_anew(influx: str, tmp_path: Path) -> None:
    prepare(influx, tmp_path)
    before = dict(Influx.authorizations), (tmp_path / "grafana").read_text()
    again = prepare(influx, tmp_path)
    assert again.returncode == 0, again.stderr
    assert (dict(Influx.authorizations), (tmp_path / "grafana").read_text()) == before
    assert len(Influx.mappings) == 1
    (tmp_path / "grafana").unlink()
    Influx.authorizations.pop((tmp_path / "keepwell").read_text().strip())
    assert prepare(influx, tmp_path).returncode == 0
    tokens = {(tmp_path / name).read_text().strip() for name in ("keepwell", "grafana")}
    assert tokens == set(Influx.authorizations), "the former token of Grafana is not left behind"


def test_what_goes_wrong_is_a_sentence_without_the_token(influx: str, tmp_path: Path) -> None:
    refused = prepare(influx, tmp_path, admin="a-wrong-token")
    away = prepare(f"http://{LOOPBACK}:{free_port()}", tmp_path)
    for told in (refused, away):
        assert told.returncode == 1
        assert "Traceback" not in told.stderr
        assert ADMIN not in told.stderr
        assert "a-wrong-token" not in told.stderr
