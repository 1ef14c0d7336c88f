"""`keepwell tls`: who gets which certificate, how long it is good, and that nothing is overwritten."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.errors import BadInput
from gateway.identities import certificates

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def runs(*words: str) -> str:
    done = CliRunner().invoke(app, ("tls", *words))
    assert done.exit_code == 0, done.output
    return done.stdout


def is_refused(*words: str) -> str:
    done = CliRunner().invoke(app, ("tls", *words))
    assert done.exit_code == 2, done.output
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "authority"
    certificates.make_authority(made, NOW)
    return made


def loaded(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_each_certificate_is_good_for_its_purpose_and_time(folder: Path):
    server = certificates.issue_server(folder, ["broker.example.org", "192.0.2.7", "2001:db8::7"], NOW)
    hub = certificates.issue_client(folder, "elm", NOW)
    authority = loaded(folder / "ca.crt")
    assert certificates.read(folder / "ca.crt").ends == NOW + 3650 * DAY
    assert (server.ends, hub.ends) == (NOW + 825 * DAY, NOW + 1825 * DAY)
    shown = certificates.read(server.certificate)
    assert shown.hosts == ("broker.example.org", "192.0.2.7", "2001:db8::7")
    for issued, serves in ((server, "1.3.6.1.5.5.7.3.1"), (hub, "1.3.6.1.5.5.7.3.2")):
        certificate = loaded(issued.certificate)
        certificate.verify_directly_issued_by(authority)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert [one.dotted_string for one in purposes] == [serves]
        assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"


def test_keys_are_read_by_their_owner_alone(folder: Path):
    certificates.issue_server(folder, ["broker"], NOW)
    for file in folder.glob("*.key"):
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert folder.stat().st_mode & 0o077 == 0


def test_no_certificate_outlives_its_authority(folder: Path):
    late = NOW + 3600 * DAY
    assert certificates.issue_client(folder, "elm", late).ends == NOW + 3650 * DAY
    with pytest.raises(BadInput, match="ended on 2036-01-03"):
        certificates.issue_client(folder, "oak", NOW + 3651 * DAY)


def test_nothing_is_overwritten_and_renewing_is_asked_for(tmp_path: Path):
    folder = str(tmp_path / "ca")
    assert "keepwell tls authority" in is_refused("server", folder, "broker")
    assert "good until" in runs("authority", folder)
    assert "exist already" in is_refused("authority", folder)
    runs("server", folder, "broker", "127.0.0.1")
    before = (tmp_path / "ca" / "server.crt").read_bytes()
    assert "--renew" in is_refused("server", folder, "broker")
    assert (tmp_path / "ca" / "server.crt").read_bytes() == before
    runs("server", folder, "broker", "127.0.0.1", "--renew")
    assert (tmp_path / "ca" / "server.crt").read_bytes() != before
    for name in ("ca", "server", "../elm", ""):
        assert "no name for a client" in is_refused("client", folder, name)
    assert "no host name" in is_refused("server", folder, "not a host", "--renew")


def test_the_list_shows_what_ends_first(tmp_path: Path):
    folder = str(tmp_path / "ca")
    assert "keepwell tls authority" in is_refused("show", folder)
    runs("authority", folder)
    runs("client", folder, "elm")
    runs("server", folder, "broker.example.org")
    rows = json.loads(runs("show", folder, "--json"))
    assert [row["name"] for row in rows] == ["broker.example.org", "elm", "Keepwell authority"]
    assert rows[0]["days_left"] in {824, 825}
    assert "broker.example.org" in runs("show", folder)
