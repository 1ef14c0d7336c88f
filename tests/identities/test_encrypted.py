"""The encrypted listener of the shipped server.conf with certificates that `keepwell tls` made."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from devices.instant import to_datetime
from gateway.clock import SystemClock
from gateway.config import Broker, Tls
from gateway.errors import FixConfiguration, KeepwellError
from gateway.identities import certificates
from gateway.identities.expiry import SOON, URGENT, expiring
from gateway.identities.stranger import strangers
from gateway.ingest.probe import probe
from tests.identities.town import Town, eventually
from tests.support.mosquitto import bridged_hub
from tests.support.servers import LOOPBACK

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
NOW = to_datetime(SystemClock().now())


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    folder = tmp_path / "authority"
    certificates.make_authority(folder, NOW)
    certificates.issue_server(folder, [LOOPBACK], NOW)
    certificates.issue_client(folder, "gateway", NOW)
    certificates.issue_client(folder, "elm", NOW)
    return folder


@pytest.fixture
def town(tmp_path: Path, authority: Path) -> Iterator[Town]:
    """A town whose settings name the gateway's certificate."""
    made = Town(tmp_path)
    made.write_config(
        f'username = "keepwell"\npassword_file = "{made.files}/broker-password"\n[broker.tls]\n'
        f'ca = "{authority}/ca.crt"\ncertificate = "{authority}/gateway.crt"\nkey = "{authority}/gateway.key"\n'
    )
    with made.broker(certificates=authority):
        yield made


def tls(settings: Broker, **changed: Path | None) -> Broker:
    assert settings.tls is not None
    return settings.model_copy(update={"tls": settings.tls.model_copy(update=changed)})


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_the_gateway_connects_with_its_certificate(town: Town, protocol: str):
    assert "mosquitto" in await probe(town.settings.model_copy(update={"protocol": protocol}))


async def test_a_client_without_a_certificate_is_refused(town: Town):
    with pytest.raises(KeepwellError):
        await probe(tls(town.settings, certificate=None, key=None))
    seen = await strangers(town.settings)
    assert seen is not None
    assert seen.good is True


async def test_with_a_wrong_setting_nothing_is_said_about_strangers(town: Town, tmp_path: Path):
    """Whoever cannot connect with a certificate has not seen what the broker does to those without."""
    other = certificates.make_authority(tmp_path / "other", NOW).certificate
    for settings in (
        tls(town.settings, ca=other),
        tls(town.settings, certificate=None, key=None),
        town.settings.model_copy(update={"host": "localhost"}),
    ):
        assert await strangers(settings) is None


async def test_a_certificate_of_another_authority_is_refused(town: Town, tmp_path: Path):
    certificates.make_authority(tmp_path / "other", NOW)
    made = certificates.issue_client(tmp_path / "other", "gateway", NOW)
    with pytest.raises(KeepwellError):
        await probe(tls(town.settings, certificate=made.certificate, key=made.key))


async def test_a_broker_that_another_authority_vouches_for_is_refused_with_the_setting_to_mend(
    town: Town, tmp_path: Path
):
    made = certificates.make_authority(tmp_path / "other", NOW)
    with pytest.raises(FixConfiguration, match=r"\[broker.tls\] ca does not vouch"):
        await probe(tls(town.settings, ca=made.certificate))


async def test_a_broker_under_a_name_that_its_certificate_does_not_have_is_refused(town: Town):
    with pytest.raises(FixConfiguration, match="host name that it was made for"):
        await probe(town.settings.model_copy(update={"host": "localhost"}))


def test_a_hub_bridges_with_its_certificate_and_the_commands_speak_encrypted(
    town: Town, authority: Path, tmp_path: Path
):
    text = town.hubs("add", "elm", "--bridge-config", "--server", "broker.example.org")
    assert f"address broker.example.org:{town.port}\n" in text
    assert "\nbridge_keyfile /etc/mosquitto/keepwell/elm.key" in text
    secret = next(line.split()[-1] for line in text.splitlines() if line.startswith("remote_password"))
    with bridged_hub(tmp_path / "hub", hub="elm", server_port=town.port, secret=secret, certificates=authority):
        eventually(lambda: town.listed()["elm"]["connected"] is True, "the bridge did not connect")


@pytest.mark.parametrize(
    ("left", "good"), [(SOON + timedelta(days=1), True), (SOON, None), (URGENT, False), (timedelta(days=-1), False)]
)
async def test_certificates_that_end_soon_are_told_in_time(
    town: Town, authority: Path, left: timedelta, good: bool | None
):
    ends = certificates.read(authority / "server.crt").ends
    seen = await expiring(town.settings, ends - left)
    told = {one.text.split(" is good")[0].split(" end")[0]: one.good for one in seen}
    assert told["the broker's own certificate"] is good
    assert told[f"[broker.tls] certificate {authority}/gateway.crt"] is True
    assert len(seen) == 3


async def test_without_encryption_no_certificate_is_looked_at():
    assert await expiring(Broker(), NOW) == []
    unreadable = Broker(host=LOOPBACK, port=1, tls=Tls(ca=Path("nothing")))
    assert await asyncio.wait_for(expiring(unreadable, NOW), 10) == []
