"""What went wrong with the broker, as a sentence that names the setting to look at."""

import ssl

from gateway.config import Broker
from gateway.errors import FixConfiguration, KeepwellError, TryLater

_BAD_LOGIN = {4, 134}
_NOT_ALLOWED = {5, 135}
_PROTOCOL = {1, 132}
_CLIENT_ID = {2, 133}
"""CONNACK's codes in MQTT 3.1.1 (table 3.1) and 5 (table 3-1)."""


class NotLetIn(FixConfiguration):
    """The broker knows neither user nor password, or gives the user no right to connect."""


def explain(error: BaseException, settings: Broker) -> KeepwellError:
    """The exception that says what to do: FixConfiguration for a setting, else TryLater."""
    where = _where(settings)
    if isinstance(error, KeepwellError):
        return error
    text = str(error) or type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in text:
        return FixConfiguration(
            f"{where} shows a certificate that [broker.tls] ca does not vouch for ({text}): give the certificate of"
            " the authority that signed it, and the host name that it was made for"
        )
    if isinstance(error, ssl.SSLError) or "SSL" in text:
        return FixConfiguration(
            f"{where} and we could not agree on encryption ({text}): check [broker.tls], our certificate, and the port"
        )
    if isinstance(error, TimeoutError):
        port = "port, which must be one for MQTT without TLS" if settings.tls is None else "port"
        return TryLater(f"{where} does not answer: check [broker] host and {port}")
    if settings.tls is not None and "closed the connection before" in text:
        return TryLater(
            f"{where} ended the encrypted connection before it answered ({text}): does it want a certificate of ours?"
            " [broker.tls] certificate and key (keepwell tls client)"
        )
    return TryLater(f"{where} cannot be reached ({text}): check [broker] host and port, and that it runs")


def _where(settings: Broker) -> str:
    return f"the broker at {settings.host}:{settings.port}"


def refused(code: int, settings: Broker) -> KeepwellError:
    """What a CONNACK with this code means."""
    where = _where(settings)
    if code in _BAD_LOGIN or code in _NOT_ALLOWED:
        login = f"user {settings.username!r}" if settings.username else "us without a user name"
        return NotLetIn(
            f"{where} refused {login} (user name, password or permission): check [broker] username and password"
            " (or password_file), and the broker's own password and access files"
        )
    if code in _PROTOCOL:
        return FixConfiguration(f'{where} does not speak MQTT {settings.protocol}: try [broker] protocol = "3.1.1"')
    if code in _CLIENT_ID:
        return FixConfiguration(
            f"{where} refused the client id {settings.client_id!r}: choose another [broker] client_id"
        )
    return TryLater(f"{where} refused the connection (code {code})")
