"""Who may connect: passwords, access lists and TLS against a real Mosquitto, and what is told when it will not work."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest

from gateway.config import Tls
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest.probe import probe
from tests.support.intake import MOTION, TRUE, Gateway, numbered
from tests.support.mosquitto import Publisher, mosquitto, set_passwords
from tests.support.servers import LOOPBACK, Server, free_port

pytestmark = pytest.mark.server


async def test_a_wrong_password_is_told_and_tried_again(tmp_path: Path, protocol: str):
    folder = tmp_path / "broker"
    set_passwords(folder, {"keepwell": "old"})
    with mosquitto(folder, login=True) as broker:
        login = {"username": "keepwell", "password": "new"}
        gateway = Gateway(broker.port, tmp_path / "data", protocol, **login)
        async with gateway.running(connected=False):
            await gateway.until(lambda: gateway.intake.figures()["failures"] >= 2)
            assert "[broker] username and password" in (gateway.intake.trouble or "")
            with pytest.raises(FixConfiguration, match="username and password"):
                await probe(gateway.settings)
            set_passwords(folder, {"keepwell": "new"})
            await asyncio.to_thread(broker.restart)
            await gateway.until(lambda: gateway.intake.connected)
            assert gateway.intake.trouble is None
            assert "mosquitto" in await probe(gateway.settings)


async def test_a_broker_that_is_not_there_is_told(tmp_path: Path, protocol: str):
    gateway = Gateway(free_port(), tmp_path / "data", protocol)
    async with gateway.running(connected=False):
        await gateway.until(lambda: gateway.intake.figures()["failures"] >= 2)
        assert "host and port" in (gateway.intake.trouble or "")
    with pytest.raises(TryLater, match="host and port"):
        await probe(gateway.settings)


async def test_settings_that_lose_messages_are_refused(tmp_path: Path):
    gateway = Gateway(free_port(), tmp_path / "data", clean_session=True)
    with pytest.raises(FixConfiguration, match="clean_session"):
        async with gateway.running(connected=False):
            await asyncio.sleep(0)


async def test_a_subscription_that_the_broker_refuses_is_told(tmp_path: Path):
    folder = tmp_path / "broker"
    folder.mkdir()
    (folder / "acl").write_text("topic read other/#\n")
    with mosquitto(folder, extra=f"acl_file {folder}/acl\nmax_qos 0") as broker:
        gateway = Gateway(broker.port, tmp_path / "data")
        async with gateway.running(connected=False):
            await gateway.until(lambda: gateway.intake.figures()["failures"] >= 1)
            assert "max_qos" in (gateway.intake.trouble or "")


async def test_where_our_marker_may_not_pass_silence_says_that_the_backlog_is_drained(tmp_path: Path):
    folder = tmp_path / "broker"
    folder.mkdir()
    (folder / "acl").write_text("topic readwrite homes/#\n")
    with mosquitto(folder, extra=f"acl_file {folder}/acl") as broker:
        gateway = Gateway(broker.port, tmp_path / "data")
        async with gateway.running(), Publisher(broker.port) as home:
            home.send(MOTION, TRUE)
            await gateway.until(lambda: len(gateway.journal.readings) == 1)
            assert gateway.intake.draining
            async with asyncio.timeout(20):
                await gateway.intake.wait_drained()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for authority in ("ca", "other"):
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=Keepwell {authority}",
            "-keyout", f"{authority}.key", "-out", f"{authority}.crt",
        )  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ("server", "gateway"):
        openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr",
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "names", "-out", f"{name}.crt",
        )  # fmt: skip
    return folder


@pytest.fixture
def encrypted(tmp_path: Path, certificates: Path) -> Iterator[Server]:
    lines = [f"{word}file {certificates}/{name}" for word, name in (("ca", "ca.crt"), ("cert", "server.crt"))]
    lines += [f"keyfile {certificates}/server.key", "require_certificate true"]
    with mosquitto(tmp_path / "broker", extra="\n".join(lines)) as server:
        yield server


async def test_tls_with_our_own_authority_and_a_client_certificate(
    encrypted: Server, certificates: Path, tmp_path: Path, protocol: str
):
    tls = Tls(ca=certificates / "ca.crt", certificate=certificates / "gateway.crt", key=certificates / "gateway.key")
    gateway = Gateway(encrypted.port, tmp_path / "data", protocol, held=True, tls=tls, high_water=50)
    async with gateway.running():
        await gateway.intake.wait_drained()
        certificate = aiomqtt.TLSParameters(str(tls.ca), str(tls.certificate), str(tls.key))
        async with aiomqtt.Client(LOOPBACK, encrypted.port, tls_params=certificate) as home:
            await asyncio.gather(*(home.publish(topic, payload, qos=1) for topic, payload in numbered(300)))
        await gateway.until(lambda: gateway.intake.figures()["paused"] == 1)
        gateway.committer.let_go()
        await gateway.until(lambda: len(gateway.numbers) == 300)
    assert sorted(gateway.numbers) == list(range(300))
    assert gateway.committer.most_pending <= 50


@pytest.mark.parametrize("wrong", ["authority", "no certificate", "no encryption"])
async def test_what_is_wrong_with_tls_is_told(encrypted: Server, certificates: Path, tmp_path: Path, wrong: str):
    tls = {
        "authority": Tls(ca=certificates / "other.crt"),
        "no certificate": Tls(ca=certificates / "ca.crt"),
        "no encryption": None,
    }[wrong]
    gateway = Gateway(encrypted.port, tmp_path / "data", tls=tls)
    async with gateway.running(connected=False):
        await gateway.until(lambda: gateway.intake.figures()["failures"] >= 1)
        assert "[broker" in (gateway.intake.trouble or "")
        assert ("vouch" in (gateway.intake.trouble or "")) is (wrong == "authority")
