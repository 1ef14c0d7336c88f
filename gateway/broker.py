"""Clients of the broker beside the one that receives: what all of them have in common."""

import ssl
from typing import Any

import aiomqtt

from gateway.config import Broker, Tls
from gateway.errors import FixConfiguration


def client_of(broker: Broker, role: str, **more: Any) -> aiomqtt.Client:  # noqa: ANN401 - aiomqtt's own arguments
    """A client of the library, for one `role` beside the gateway's own client id; the broker keeps no session for it.

    Raises FixConfiguration that names the file which cannot be used.
    """
    five = broker.protocol == "5"
    return aiomqtt.Client(
        broker.host,
        broker.port,
        identifier=f"{broker.client_id}-{role}",
        username=broker.username,
        password=secret(broker),
        protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
        clean_session=None if five else True,
        keepalive=broker.keepalive_s,
        tls_context=None if broker.tls is None else tls_context(broker.tls),
        **more,
    )


def secret(broker: Broker) -> str | None:
    """The password; FixConfiguration when its file cannot be read."""
    try:
        return broker.secret()
    except (OSError, UnicodeDecodeError) as error:
        raise FixConfiguration(f"[broker] password_file cannot be read: {error}") from error


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What the settings ask for; FixConfiguration names the file that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    except (OSError, ssl.SSLError) as error:
        raise FixConfiguration(f"[broker.tls] ca = {tls.ca} cannot be used: {error}") from error
    if tls.certificate is not None and tls.key is not None:
        try:
            context.load_cert_chain(tls.certificate, tls.key)
        except (OSError, ssl.SSLError) as error:
            raise FixConfiguration(
                f"[broker.tls] certificate = {tls.certificate} and key = {tls.key} cannot be used: {error}"
            ) from error
    return context
