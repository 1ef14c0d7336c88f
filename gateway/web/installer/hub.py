"""A home's hub: whether it is heard, and its account on the broker. A secret is shown once, and kept nowhere here.

A form does its work once: it carries a number that is in a cookie too, which goes as soon as the form was sent. So a
page that is loaded again neither shows a secret again nor makes another.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.errors import BadInput, KeepwellError
from gateway.identities import accounts, hubs
from gateway.identities.control import Admin, Control
from gateway.identities.hubs import Identity
from gateway.registry import homes
from gateway.web.installer import hub_texts
from gateway.web.visit import Visit

_PAGE, _SECRET = "installer/hub.html", "installer/hub_secret.html"
_COOKIE = "keepwell-once"
_COOKIE_S = 3600
_TIMEOUT_S = 4.0
_log = structlog.get_logger("keepwell.web")
_Result = TypeVar("_Result")
_NO_ANSWER = (
    "The broker does not answer just now, or does not let Keepwell manage accounts. Nothing that you see here has"
    " changed. Try again in a minute; if it stays so, whoever looks after the server has to see why."
)
_UNSURE = (
    "The broker did not answer in time, so we do not know whether it was done. Load this page again: it says which"
    " hubs have an account."
)
_ONCE = (
    "Nothing was done: this form was sent before, or open in two places. A secret is shown only once. If you do not"
    " have it, make a new one."
)


@dataclass(frozen=True, slots=True)
class HubShown:
    """A hub of the home. `identity` None: it has no account, as far as is known; `heard_at` None: nothing was heard."""

    name: str
    sensors: int
    heard_at: Instant | None
    silent: bool
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class Hubs:
    """What the page shows. `known`: whether the broker told which hubs have an account."""

    zone: ZoneInfo
    being_installed: bool
    hubs: Sequence[HubShown]
    known: bool


async def hub_page(visit: Visit) -> Response:
    """The hubs of the home, and what can be done about their accounts."""
    return await _shown(visit, {})


async def make_secret(visit: Visit) -> Response:
    """An account for a hub, or a new secret for the one it has; shown in the answer, this once."""
    name, again = visit.typed("hub"), visit.typed("again") == "yes"
    if (told := await _refusal(visit, name)) is not None:
        return told
    server = hub_texts.server_typed(visit.typed("server"), visit.site.settings.broker.port)
    problems = {}
    if server is None:
        problems["server"] = "Write by which name the hub reaches the broker, such as care.example.org."
    if again and not visit.typed("sure"):
        problems["sure"] = "Tick this first: the hub is cut off until it has the new secret."
    if server is None or problems:
        return await _shown(visit, problems)
    broker, login = visit.site.settings.broker, visit.site.settings.web.hubs_admin
    try:
        accounts.check_free(name, broker, login)
        secret = await _ask(visit, lambda control: (hubs.rotate if again else hubs.add)(control, name))
    except BadInput:
        return await _shown(visit, {"": _other_state(again=again)})
    except (KeepwellError, OSError, TimeoutError) as error:
        _log.warning("hub_account_not_made", hub=name, error=type(error).__name__)
        return await _shown(visit, {"": _UNSURE if isinstance(error, TimeoutError) else _NO_ANSWER})
    _log.info("hub_account_made", hub=name, again=again, person=visit.person.id)
    texts = hub_texts.texts(name, secret, server, encrypted=broker.tls is not None)
    answer = visit.page(_SECRET, reference=visit.reference, hub=name, secret=secret, texts=texts)
    answer.delete_cookie(_COOKIE, path=_path(visit))
    return answer


async def revoke(visit: Visit) -> Response:
    """Take a hub's account away: it is put out, and refused from now on."""
    name = visit.typed("hub")
    if (told := await _refusal(visit, name)) is not None:
        return told
    if not visit.typed("sure_revoked"):
        return await _shown(visit, {"sure_revoked": "Tick this first: nothing is heard of the home from then on."})
    try:
        await _ask(visit, lambda control: hubs.revoke(control, name))
    except BadInput:
        return await _shown(visit, {"": _other_state(again=True)})
    except (KeepwellError, OSError, TimeoutError) as error:
        _log.warning("hub_account_not_revoked", hub=name, error=type(error).__name__)
        return await _shown(visit, {"": _UNSURE if isinstance(error, TimeoutError) else _NO_ANSWER})
    _log.info("hub_account_revoked", hub=name, person=visit.person.id)
    return visit.go(_path(visit), "hub-revoked")


def _path(visit: Visit) -> str:
    return f"/homes/{visit.reference}/hub"


def _other_state(*, again: bool) -> str:
    if again:
        return "This hub has no account any more, so nothing was done. Make it one."
    return "This hub has an account already, so nothing was done. If you do not have its secret, make a new one."


async def _refusal(visit: Visit, hub: str) -> Response | None:
    """Why the form is not followed at all; None where it is."""
    reference = visit.reference
    names = await visit.read(lambda session: [row.name for row in homes.get_home(session, reference).hubs])
    if hub not in names or _password_file(visit) is None:
        return await _shown(visit, {"": "This hub is not one of the home's, or accounts are not given here."})
    once, kept = visit.typed("once"), visit.request.cookies.get(_COOKIE)
    if not once or kept is None or not secrets.compare_digest(once.encode(), kept.encode()):
        return await _shown(visit, {"": _ONCE})
    return None


async def _shown(visit: Visit, problems: Mapping[str, str]) -> Response:
    settings, once = visit.site.settings, secrets.token_urlsafe(16)
    found = await _look(visit)
    server = hub_texts.server_shown(settings)
    shown: dict[str, Any] = {
        "reference": visit.reference, "found": found, "once": once, "managed": _password_file(visit) is not None,
        "server": visit.typed("server") or server, "sent": visit.typed("hub"),
        "commands": [(hub.name, hub_texts.command(hub.name, server or "SERVER")) for hub in found.hubs],
    }  # fmt: skip
    answer = visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)
    answer.set_cookie(
        _COOKIE, once, max_age=_COOKIE_S, path=_path(visit), secure=visit.site.secure, httponly=True, samesite="strict"
    )
    return answer


async def _look(visit: Visit) -> Hubs:
    reference, now = visit.reference, visit.now
    watch = visit.site.homes().get(reference)
    identities: Mapping[str, Identity] | None = None
    if _password_file(visit) is not None:
        try:
            identities = {one.hub: one for one in await _ask(visit, hubs.identities)}
        except (KeepwellError, OSError, TimeoutError) as error:
            _log.warning("hub_accounts_not_known", error=type(error).__name__)

    def look(session: Session) -> Hubs:
        home = homes.get_home(session, reference)
        shown = []
        for row in home.hubs:
            view = watch.view.hubs.get(row.name) if watch is not None else None
            silent = watch is not None and view is not None and watch.view.hub_is_silent(row.name, now)
            shown.append(
                HubShown(
                    row.name, sum(one.hub == row.name for one in home.devices), view.heard if view else None, silent,
                    (identities or {}).get(row.name),
                )
            )  # fmt: skip
        return Hubs(ZoneInfo(home.time_zone), home.live_at is None, shown, identities is not None)

    return await visit.read(look)


def _password_file(visit: Visit) -> Path | None:
    return visit.site.settings.web.hubs_admin_password_file


async def _ask(visit: Visit, question: Callable[[Control], Awaitable[_Result]]) -> _Result:
    """One conversation with the broker. OSError where the password cannot be read, TimeoutError, KeepwellError."""
    settings, file = visit.site.settings, _password_file(visit)
    if file is None:
        raise OSError("no password file is set")
    password = (await asyncio.to_thread(file.read_text, encoding="utf-8")).strip()
    async with asyncio.timeout(_TIMEOUT_S), Control(settings.broker, Admin(settings.web.hubs_admin, password)) as asked:
        return await question(asked)
