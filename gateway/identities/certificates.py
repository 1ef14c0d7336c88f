"""A small certificate authority in one folder: its own certificate, the broker's, and one for each client.

Keys are EC P-256 and readable by their owner alone. The authority's key can make any of us: keep the folder off the
broker, and copy to each place only what belongs there.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.errors import BadInput

AUTHORITY = "ca"
SERVER = "server"
_AUTHORITY_LASTS = timedelta(days=3650)
_SERVER_LASTS = timedelta(days=825)
"""The longest that Apple's and other clients take from a server."""
_CLIENT_LASTS = timedelta(days=1825)
"""Renewing a hub's means going to a home."""
_BEFORE = timedelta(hours=1)
"""A certificate counts from a little earlier: clocks differ."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


class Issued(NamedTuple):
    """A certificate and its key, as files."""

    certificate: Path
    key: Path
    ends: datetime


class Listed(NamedTuple):
    """A certificate that is there: whose it is, the names that it is for, and when it ends."""

    file: Path
    name: str
    hosts: tuple[str, ...]
    ends: datetime


def make_authority(folder: Path, now: datetime) -> Issued:
    """`ca.crt` and `ca.key`. BadInput when there are some."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder("Keepwell authority", now, now + _AUTHORITY_LASTS, key.public_key())
        .issuer_name(_named("Keepwell authority"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return _write(folder, AUTHORITY, builder.sign(key, hashes.SHA256()), key, replace=False)


def issue_server(folder: Path, names: Sequence[str], now: datetime, *, replace: bool = False) -> Issued:
    """`server.crt` and `server.key` for a broker that is reached under these host names and IP addresses."""
    if not names:
        raise BadInput("say under which names the broker is reached: keepwell tls server FOLDER broker.example.org")
    return _issue(folder, SERVER, now, _SERVER_LASTS, hosts=names, replace=replace)


def issue_client(folder: Path, name: str, now: datetime, *, replace: bool = False) -> Issued:
    """`NAME.crt` and `NAME.key` for the gateway or a hub."""
    if not _NAME.fullmatch(name) or name in {AUTHORITY, SERVER}:
        raise BadInput(f'"{name}" is no name for a client: write the hub\'s name, as in its topics, or gateway')
    return _issue(folder, name, now, _CLIENT_LASTS, replace=replace)


def listed(folder: Path) -> list[Listed]:
    """The certificates of a folder, the one that ends first in front."""
    files = sorted(folder.glob("*.crt"))
    if not files:
        raise BadInput(f"there is no certificate in {folder}: begin with keepwell tls authority {folder}")
    return sorted((read(file) for file in files), key=lambda one: one.ends)


def read(file: Path) -> Listed:
    """What a certificate's file says; of several in it the one that ends first. BadInput when it cannot be read."""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be read as a certificate: {error}") from error
    first = min(found, key=lambda one: one.not_valid_after_utc)
    names = first.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        hosts = tuple(str(one.value) for one in first.extensions.get_extension_for_class(_Alternatives).value)
    except x509.ExtensionNotFound:
        hosts = ()
    return Listed(file, str(names[0].value) if names else "", hosts, first.not_valid_after_utc)


_Alternatives = x509.SubjectAlternativeName


def _issue(
    folder: Path, name: str, now: datetime, lasts: timedelta, *, hosts: Sequence[str] = (), replace: bool
) -> Issued:
    authority, signer = _authority(folder)
    ends = min(now + lasts, authority.not_valid_after_utc)
    if ends <= now:
        raise BadInput(
            f"the authority in {folder} ended on {ends:%Y-%m-%d}: make a new one in another folder, and new"
            " certificates for everybody"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    serves = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(hosts[0] if hosts else name, now, ends, key.public_key())
        .issuer_name(authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([serves]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if hosts:
        builder = builder.add_extension(_Alternatives([_alternative(one) for one in hosts]), critical=False)
    return _write(folder, name, builder.sign(signer, hashes.SHA256()), key, replace=replace)


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{AUTHORITY}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{AUTHORITY}.key").read_bytes(), None)
    except FileNotFoundError as error:
        raise BadInput(f"there is no authority in {folder}: keepwell tls authority {folder} makes one") from error
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"the authority in {folder} cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadInput(f"{folder / AUTHORITY}.key is not of a kind that keepwell tls authority makes")
    return certificate, key


def _builder(name: str, now: datetime, ends: datetime, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not _HOST.fullmatch(host):
            raise BadInput(f'"{host}" is no host name and no IP address') from None
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, *, replace: bool
) -> Issued:
    issued = Issued(folder / f"{name}.crt", folder / f"{name}.key", certificate.not_valid_after_utc)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    there = [file for file in issued[:2] if file.exists()]
    if there and not replace:
        again = "" if name == AUTHORITY else "; --renew makes them anew"
        raise BadInput(f"{' and '.join(map(str, there))} exist already{again}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, content, mode in ((issued.key, private, 0o600), (issued.certificate, _pem(certificate), 0o644)):
            file.unlink(missing_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as writing:
                writing.write(content)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error}") from error
    return issued


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
