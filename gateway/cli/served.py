"""What `keepwell check` finds of the pages: where they are, by which address people come, and who can sign in."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.cli.findings import Finding
from gateway.cli.place import Place
from gateway.config import WebSettings
from gateway.database.access import PersonRow
from gateway.errors import BadInput, KeepwellError
from gateway.parts import is_running
from gateway.validators import check_channel

_SECURE = "https"
_PATIENCE_S = 3.0


def pages(place: Place) -> Iterator[Finding]:
    """Of the settings, and of who is in the database where there is one."""
    web = place.settings.web
    if not web.listen:
        yield Finding(good=None, text="pages: served nowhere, as [web] listen is empty")
        return
    yield from _address(web)
    if web.port and is_running(place.data):
        yield _answer(web)
    if web.mail is not None:
        yield from _mail(web.mail.get_secret_value())
    if (place.data / "keepwell.db").is_file():
        with suppress(KeepwellError), place.registry() as registry, registry.reading() as session:
            yield from _people(session)  # one that cannot be read is told with the homes


def _address(web: WebSettings) -> Iterator[Finding]:
    if web.address is None:
        yield Finding(good=None, text="pages: messages carry no links, as nothing says by which address people reach "
                      "the pages: set [web] address; see docs/pages.md")  # fmt: skip
    elif urlsplit(web.address).scheme == _SECURE:
        yield Finding(good=True, text=f"pages: at {web.address}, served on {web.listen}")
    elif _is_here(urlsplit(web.address).hostname or ""):
        yield Finding(good=None, text=f"pages: at {web.address}, for this machine only; people elsewhere need HTTPS: "
                      "docs/pages.md")  # fmt: skip
    else:
        yield Finding(good=False, text=f"pages: [web] address {web.address} is not encrypted, others could read along: "
                      "put a server that speaks HTTPS in front, and write https://; see docs/pages.md")  # fmt: skip
    if not _is_here(web.host) and not web.proxies:
        yield Finding(good=None, text=f"pages: [web] listen {web.listen} can be reached from other machines without "
                      "encryption: listen on 127.0.0.1, or name the server in front in [web] proxies")  # fmt: skip


def _answer(web: WebSettings) -> Finding:
    """Whether a running gateway's pages answer. On every address means on this one too."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104 - asked, not listened on
    asked = HTTPConnection(host, web.port, timeout=_PATIENCE_S)
    try:
        asked.request("GET", "/sign-in")
        answers = asked.getresponse().getheader("Content-Security-Policy") is not None
    except (OSError, HTTPException):
        answers = False
    finally:
        asked.close()
    if answers:
        return Finding(good=True, text=f"pages: they answer on {web.listen}")
    return Finding(good=False, text=f"pages: the gateway runs, and they do not answer on {web.listen}: is the port "
                   "another program's? Choose another in [web] listen")  # fmt: skip


def _mail(address: str) -> Iterator[Finding]:
    try:
        check_channel(address)
    except BadInput:
        yield Finding(good=False, text="pages: [web] mail cannot be used: write an Apprise e-mail address such as "
                      "mailtos://name:password@mail.example.org")  # fmt: skip


def _people(session: Session) -> Iterator[Finding]:
    roles = Counter(session.scalars(select(PersonRow.role).where(PersonRow.disabled_at.is_(None))))
    if not roles:
        yield Finding(good=None, text="pages: nobody can sign in yet: keepwell users add, or the link that keepwell "
                      "run prints in a terminal")  # fmt: skip
        return
    told = ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
    yield Finding(good=True, text=f"pages: may sign in: {told}")
    if not roles["administrator"]:
        yield Finding(good=None, text="pages: there is no administrator: keepwell users add")


def _is_here(host: str) -> bool:
    """Whether only this machine is reached by it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
