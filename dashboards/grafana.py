"""A Grafana as `push` and `pull` see it: grafana-client's calls, whose trouble is a sentence that names the fix."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import niquests
from grafana_client.api import GrafanaApi
from grafana_client.client import (
    GrafanaClientError,
    GrafanaException,
    GrafanaServerError,
    GrafanaTimeoutError,
    TokenAuth,
)

Json = dict[str, Any]
_TIMEOUT_S = 20.0
_PERMISSIONS = re.compile(r"Permissions needed: (?P<needed>.+)", re.DOTALL)


class CannotPublish(Exception):  # noqa: N818 - named for what it tells
    """Why nothing can be pushed or pulled; its text is a sentence that names the fix, and never holds a token."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a push. Without `do` it is as it should be; `edits` are changes by hand that it would undo."""

    what: str
    change: str = ""
    do: Callable[[], object] | None = None
    edits: tuple[str, ...] = ()


class Grafana:
    """One organisation of a Grafana, through its HTTP API; which one is the token's choice."""

    def __init__(self, url: str, token: str, *, authority: Path | None = None) -> None:
        address = _address(url)
        self.url = url
        self._token = token
        self.api = GrafanaApi(
            TokenAuth(token),
            protocol=address.scheme,
            host=f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname,
            port=address.port,
            url_path_prefix=f"{address.path.strip('/')}/".lstrip("/"),
            verify=True if authority is None else str(authority),
            timeout=_TIMEOUT_S,
        )
        self.api.client.s.max_redirects = 0  # a redirected POST would arrive as a GET

    def close(self) -> None:
        """Give the connections back."""
        self.api.client.s.close()

    def mark(self, secret: str) -> str:
        """What tells later whether a secret is still the same, to nobody who does not hold our own token."""
        return hmac.new(self._token.encode(), secret.encode(), hashlib.sha256).hexdigest()[:16]

    def find(self, needs: str, call: Callable[..., object], *arguments: object) -> Json | None:
        """What is there under a uid; None where nothing is."""
        try:
            return self.read(needs, call, *arguments)
        except _Absent:
            return None

    def read(self, needs: str, call: Callable[..., object], *arguments: object) -> Json:
        """An object of the API; CannotPublish where it is not to be had, naming the permission `needs`."""
        answer = self.write(needs, call, *arguments)
        if not isinstance(answer, dict):
            raise self._not_grafana()
        return answer

    def listed(self, needs: str, call: Callable[..., object], *arguments: object, inside: str = "") -> list[Json]:
        """A list of the API; newer versions put some of them `inside` an object."""
        answer = self.write(needs, call, *arguments)
        if isinstance(answer, dict) and inside:
            answer = answer.get(inside)
        if not isinstance(answer, list):
            raise self._not_grafana()
        return answer

    def write(self, needs: str, call: Callable[..., object], *arguments: object) -> object:
        """Call Grafana; CannotPublish when it refuses or is not there."""
        try:
            return call(*arguments)
        except (GrafanaTimeoutError, GrafanaServerError) as error:
            raise self._trouble(f"Grafana at {self.url} is not able now ({error}): try again later") from error
        except GrafanaClientError as error:
            raise self._refusal(error, needs) from error
        except niquests.exceptions.InvalidJSONError as error:
            raise self._not_grafana() from error
        except niquests.exceptions.SSLError as error:
            raise self._trouble(
                f"Grafana at {self.url} shows a certificate that is not trusted here: name its authority with --ca"
            ) from error
        except niquests.exceptions.TooManyRedirects as error:
            raise self._trouble(
                f"Grafana at {self.url} sends us to another address: give the one that a browser ends at"
            ) from error
        except (GrafanaException, niquests.exceptions.RequestException) as error:
            raise self._trouble(
                f"Grafana at {self.url} cannot be reached: is the address right, and does it run? ({error})"
            ) from error

    def _refusal(self, error: GrafanaClientError, needs: str) -> CannotPublish:
        said = error.response.get("message", "") if isinstance(error.response, dict) else ""
        match error.status_code:
            case 401:
                return self._trouble(
                    f"Grafana at {self.url} does not accept the token (401): make a new one for the service account"
                )
            case 403:
                found = _PERMISSIONS.search(said)
                missing = found["needed"].strip() if found else needs
                return self._trouble(
                    f"The token may not do this (403): its service account lacks the permission {missing};"
                    " the role Admin has it"
                )
            case 404 if said:
                return _Absent(f"Grafana at {self.url} does not find it (404): {said}")
            case 404:
                return self._not_grafana()
            case 409 | 412:
                return self._trouble(
                    f"Grafana refuses because something else is in the way ({error.status_code}): {said or error}."
                    " Look at it there, then push again"
                )
        return self._trouble(f"Grafana refuses ({error.status_code}): {said or error}")

    def _not_grafana(self) -> CannotPublish:
        return self._trouble(
            f"What answers at {self.url} is not Grafana's API: give the address that a browser uses, with its path"
        )

    def _trouble(self, text: str) -> CannotPublish:
        return CannotPublish(text.replace(self._token, "(token)"))


class _Absent(CannotPublish):
    """There is nothing under this name."""


@contextmanager
def connected(url: str, token: str, *, authority: Path | None = None) -> Iterator[Grafana]:
    """A Grafana, whose connections are given back at the end."""
    grafana = Grafana(url, token, authority=authority)
    try:
        yield grafana
    finally:
        grafana.close()


def _address(url: str) -> Any:  # noqa: ANN401 - urllib's own result
    try:
        address = urlsplit(url)
        usable = address.scheme in {"http", "https"} and address.hostname and (address.port or True)
    except ValueError:
        usable = False
    if not usable:
        raise CannotPublish(f"{url!r} is not an address: write it like https://grafana.example.org")
    if address.username or address.password:
        raise CannotPublish("Leave name and password out of the address: a token in a file is all that is needed")
    return address
