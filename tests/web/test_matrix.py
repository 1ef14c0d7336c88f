"""Who may do what: every route of the pages and of the API, by every role, from one table that was written by hand."""

import re
from collections.abc import Iterator, Mapping
from itertools import product

import httpx
import pytest
from sqlalchemy import text

from devices.instant import DAY
from gateway.database.access import PersonRow, SessionRow, TokenRow
from gateway.database.tables import Base
from gateway.model import Verdict
from gateway.web.access.secret import digest, new_secret
from gateway.web.api.application import API_ROUTES
from gateway.web.route import ROLES, Role
from gateway.web.routes import ROUTES
from tests.support.site import VisitedSite

LETTERS: Mapping[Role, str] = {
    "staff": "s",
    "supervisor": "v",
    "installer": "i",
    "family": "f",
    "administrator": "a",
}
PAGES: Mapping[str, str] = {
    "GET /": "svifa",
    "GET /homes/{home}": "svifa",
    "GET /alerts/{alert:int}": "svfa",
    "GET /live": "svifa",
    "GET /sign-in": "*",
    "POST /sign-in": "*",
    "GET /sign-in/sent": "*",
    "GET /sign-in/password": "*",
    "POST /sign-in/password": "*",
    "GET /sign-in/link/{token}": "*",
    "POST /sign-in/link/{token}": "*",
    "GET /sign-in/first/{token}": "*",
    "POST /sign-in/first/{token}": "*",
    "GET /sign-in/organisation": "*",
    "GET /sign-in/organisation/back": "*",
    "POST /sign-out": "svifa",
    "GET /me": "svifa",
    "POST /me/sessions/{session:int}/end": "svifa",
    "POST /me/sessions/end-others": "svifa",
    "GET /me/password": "svia",
    "POST /me/password": "svia",
    "GET /install": "via",
    "GET /install/register": "via",
    "POST /install/register": "via",
    "GET /homes/{home}/install": "via",
    "GET /homes/{home}/consent": "via",
    "POST /homes/{home}/consent": "via",
    "POST /homes/{home}/consent/withdraw": "via",
    "GET /homes/{home}/rooms": "via",
    "POST /homes/{home}/rooms": "via",
    "POST /homes/{home}/rooms/remove": "via",
    "GET /homes/{home}/hub": "via",
    "POST /homes/{home}/hub/secret": "via",
    "POST /homes/{home}/hub/revoke": "via",
    "GET /homes/{home}/contacts": "via",
    "POST /homes/{home}/contacts": "via",
    "GET /homes/{home}/contacts/{contact:int}": "via",
    "POST /homes/{home}/contacts/{contact:int}": "via",
    "POST /homes/{home}/contacts/{contact:int}/remove": "via",
    "POST /homes/{home}/contacts/{contact:int}/sign-in": "via",
    "POST /homes/{home}/contacts/{contact:int}/sign-in/stop": "via",
    "GET /homes/{home}/escalation": "via",
    "POST /homes/{home}/escalation/{position:int}": "via",
    "POST /homes/{home}/escalation/move": "via",
    "POST /homes/{home}/escalation/remove": "via",
    "POST /homes/{home}/escalation/use": "via",
    "GET /homes/{home}/consent/withdraw": "via",
    "GET /homes/{home}/rooms/remove": "via",
    "GET /homes/{home}/hub/secret": "via",
    "GET /homes/{home}/hub/revoke": "via",
    "GET /homes/{home}/contacts/{contact:int}/remove": "via",
    "GET /homes/{home}/contacts/{contact:int}/sign-in": "via",
    "GET /homes/{home}/contacts/{contact:int}/sign-in/stop": "via",
    "GET /homes/{home}/escalation/{position:int}": "via",
    "GET /homes/{home}/escalation/move": "via",
    "GET /homes/{home}/escalation/remove": "via",
    "GET /homes/{home}/escalation/use": "via",
    "GET /homes/{home}/devices": "via",
    "POST /homes/{home}/devices": "via",
    "POST /homes/{home}/devices/code": "via",
    "GET /homes/{home}/devices/new": "via",
    "GET /homes/{home}/devices/import": "via",
    "POST /homes/{home}/devices/import": "via",
    "GET /homes/{home}/devices/sample.csv": "via",
    "GET /homes/{home}/devices/{device:int}": "via",
    "POST /homes/{home}/devices/{device:int}": "via",
    "GET /homes/{home}/devices/{device:int}/replace": "via",
    "POST /homes/{home}/devices/{device:int}/replace": "via",
    "GET /homes/{home}/devices/{device:int}/retire": "via",
    "POST /homes/{home}/devices/{device:int}/retire": "via",
    "GET /homes/{home}/walk": "via",
    "POST /homes/{home}/walk": "via",
    "POST /homes/{home}/walk/stop": "via",
    "POST /homes/{home}/walk/exit": "via",
    "POST /homes/{home}/walk/pendant": "via",
    "POST /homes/{home}/walk/pendant/stop": "via",
    "POST /homes/{home}/walk/sign": "via",
    "GET /homes/{home}/walk/{walk:int}": "via",
    "GET /homes/{home}/live": "via",
    "POST /homes/{home}/live": "via",
    "GET /m/{token}": "*",
    "POST /m/{token}/accept": "*",
    "POST /m/{token}/calling": "*",
    "POST /m/{token}/well": "*",
    "POST /family/alerts/{alert:int}/accept": "f",
    "POST /family/alerts/{alert:int}/calling": "f",
    "POST /family/alerts/{alert:int}/well": "f",
    "GET /settings": "f",
    "GET /homes/{home}/settings": "f",
    "GET /homes/{home}/settings/looks": "f",
    "POST /homes/{home}/settings/away": "f",
    "POST /homes/{home}/settings/back": "f",
    "POST /homes/{home}/settings/addresses": "f",
    "POST /homes/{home}/settings/addresses/remove": "f",
    "POST /homes/{home}/settings/hours": "f",
    "POST /homes/{home}/settings/test": "f",
    "GET /queue": "sva",
    "POST /queue/accept": "sva",
    "POST /alerts/{alert:int}/accept": "sva",
    "POST /alerts/{alert:int}/note": "sva",
    "POST /alerts/{alert:int}/hand-over": "sva",
    "POST /alerts/{alert:int}/snooze": "sva",
    "POST /alerts/{alert:int}/close": "sva",
    "GET /homes": "sva",
    "POST /homes/{home}/details": "sva",
    "POST /homes/{home}/away": "sva",
    "POST /homes/{home}/back": "sva",
    "GET /people": "va",
    "POST /people": "va",
    "GET /people/new": "va",
    "POST /people/new": "va",
    "GET /people/{person:int}": "va",
    "POST /people/{person:int}": "va",
    "POST /people/{person:int}/disable": "va",
    "POST /people/{person:int}/enable": "va",
    "POST /people/{person:int}/link": "va",
    "POST /people/{person:int}/end-sessions": "va",
    "GET /tokens": "a",
    "POST /tokens": "a",
    "POST /tokens/{token:int}/revoke": "a",
    "GET /looks": "va",
    "GET /looks.csv": "va",
    "GET /homes/{home}/export": "va",
    "POST /homes/{home}/export": "va",
    "GET /homes/{home}/erase": "va",
    "POST /homes/{home}/erase": "va",
    "GET /erasures": "va",
    "GET /erasures/{report}": "va",
}
"""By letter who may; `*` for anybody, signed in or not."""
API: Mapping[str, str] = {
    "GET /me": "svifa",
    "GET /homes": "svia",
    "GET /homes/{home}": "svia",
    "GET /homes/{home}/today": "sva",
    "GET /sightings": "via",
    "POST /homes/{home}/devices": "via",
    "POST /homes/{home}/devices/retire": "via",
    "GET /alerts": "sva",
    "GET /alerts/{alert}": "sva",
    "POST /alerts/{alert}/accept": "sva",
    "POST /alerts/{alert}/note": "sva",
    "POST /alerts/{alert}/hand-over": "sva",
    "POST /alerts/{alert}/snooze": "sva",
    "POST /alerts/{alert}/close": "sva",
}
NOT_YOURS, TOO_OLD, NOT_OURS = "not for your role", "open for too long", "not sent from one of our pages"
INSIDE = {"home": "ELM-12", "alert": "1", "token": "1", "report": "ELM-12.2026-01-12T120000Z"}
OUTSIDE = INSIDE | {"home": "OAK-3", "alert": "2"}
NOT_SEEN = {"session": {"seen_at"}, "api_token": {"used_at"}}
"""What may change by looking: that somebody looked, and when they were here last."""


@pytest.fixture
async def street(site: VisitedSite) -> VisitedSite:
    """A home in the North, where everybody of the tests is at home, and one in the South."""
    for home, area in (("ELM-12", "North"), ("OAK-3", "South")):
        site.registers(
            home,
            area=area,
            rooms=[{"name": "kitchen", "kind": "kitchen"}],
            devices=[{"address": "zigbee2mqtt:0x1", "room": "kitchen"}],
            contacts=[{"name": "Bea", "channels": ["console:"]}],
            escalation=[{"contacts": ["Bea"]}],
        )
        await site.desk.report([Verdict("trigger", home, "pendant", None, site.now, "person", 1, "Pressed.")], site.now)
    await site.takes_up()
    return site


def address(path: str, values: Mapping[str, str]) -> str:
    """The path with values in it; a number that is not named is 1."""
    return re.sub(r"{(\w+)(?::int)?}", lambda found: values.get(found[1], "1"), path)


def routes() -> Iterator[tuple[str, str]]:
    """Those of the table; that it names all is a test of its own."""
    return ((route.method, route.path) for route in ROUTES if f"{route.method} {route.path}" in PAGES)


def of_role(site: VisitedSite, role: Role, name: str = "") -> httpx.AsyncClient:
    homes: dict[str, str | None] = {"ELM-12": "Bea"} if role == "family" else {}
    return site.visitor(role, areas=["North"], homes=homes, name=name or f"The {role}")


async def asked(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    """Streams end never, so they are asked for their head."""
    return await client.request("HEAD" if path == "/live" else method, path)


def test_the_table_names_every_route_and_no_other() -> None:
    assert {f"{route.method} {route.path}" for route in ROUTES} == set(PAGES)
    assert {f"{route.method} {route.path}" for route in API_ROUTES} == set(API)


async def test_each_role_reaches_what_is_theirs_and_nothing_else(street: VisitedSite) -> None:
    wrong = []
    for role in ROLES:
        async with of_role(street, role) as client:
            for method, path in routes():
                allowed = PAGES[f"{method} {path}"]
                answer = await asked(client, method, address(path, INSIDE))
                refused = answer.status_code == 403 and NOT_YOURS in answer.text
                if refused == (LETTERS[role] in allowed or allowed == "*") or answer.status_code in {401, 500}:
                    wrong.append((role, method, path, answer.status_code))
                if method == "POST" and allowed != "*" and answer.status_code != 403:
                    wrong.append((role, method, path, "done without the token of a form"))
                if method == "POST" and not refused and allowed != "*" and TOO_OLD not in answer.text:
                    wrong.append((role, method, path, answer.text[-300:]))
    assert not wrong


@pytest.mark.parametrize("why", ["nobody", "disabled", "revoked", "over"])
async def test_who_is_not_signed_in_is_sent_to_the_door(street: VisitedSite, why: str) -> None:
    client = street.visitor() if why == "nobody" else of_role(street, "administrator")
    with street.database.transaction() as session:
        if why == "disabled":
            session.query(PersonRow).update({"disabled_at": street.now})
        if why == "revoked":
            session.query(SessionRow).update({"revoked_at": street.now})
    if why == "over":
        street.wall.advance_to(street.now + 31 * DAY)
    wrong = []
    async with client:
        for method, path in routes():
            answer = await asked(client, method, address(path, INSIDE))
            at_the_door = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in?next=")
            if at_the_door == (PAGES[f"{method} {path}"] == "*"):
                wrong.append((method, path, answer.status_code))
    assert not wrong


async def test_homes_out_of_sight_are_not_there(street: VisitedSite) -> None:
    wrong = []
    for role in ROLES:
        async with of_role(street, role) as client:
            for method, path in routes():
                mine = LETTERS[role] in PAGES[f"{method} {path}"] and ("{home}" in path or "{alert" in path)
                if not mine or role == "administrator":
                    continue
                there = address(path, OUTSIDE)
                answer = await (client.get(there) if method == "GET" else street.sends(client, there))
                if answer.status_code != 404:
                    wrong.append((role, method, path, answer.status_code))
    assert not wrong


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.test"},
        {"origin": "null"},
        {"origin": "http://care.test", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_forms_of_other_pages_are_refused(street: VisitedSite, headers: dict[str, str]) -> None:
    wrong = []
    for role in ROLES:
        async with of_role(street, role) as client:
            csrf = street.csrf(client)
            for method, path in routes():
                if method == "POST" and ({"*", LETTERS[role]} & set(PAGES[f"{method} {path}"])):
                    answer = await client.post(address(path, INSIDE), data={"csrf": csrf}, headers=headers)
                    if answer.status_code != 403 or NOT_OURS not in answer.text:
                        wrong.append((role, path, answer.status_code))
    assert not wrong


def dump(site: VisitedSite) -> dict[str, list[tuple[object, ...]]]:
    """All rows, but for what may change by looking."""
    found = {}
    with site.database.transaction() as session:
        for name, table in Base.metadata.tables.items():
            if name != "look":
                columns = ", ".join(
                    column.name for column in table.columns if column.name not in NOT_SEEN.get(name, ())
                )
                columns = columns.replace("offset", '"offset"')
                found[name] = [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM {name}"))]  # noqa: S608
    return found


async def test_looking_changes_nothing(street: VisitedSite) -> None:
    clients = [of_role(street, role) for role in ROLES]
    before = dump(street)
    for client, values in product(clients, (INSIDE, OUTSIDE)):
        for method, path in routes():
            if method == "GET":
                await asked(client, "GET", address(path, values))
    for client in clients:
        await client.aclose()
    after = dump(street)
    assert [name for name in before if before[name] != after[name]] == []


# ------------------------------------------------------------------------------------------------ the API


def token(site: VisitedSite, role: Role, **changes: object) -> dict[str, str]:
    secret = new_secret()
    with site.database.transaction() as session:
        row = TokenRow(digest=digest(secret), name=f"{role} {secret[:4]}", role=role, created_at=0, created_by="Ada")
        row.areas = [] if role in {"family", "administrator"} else ["North"]
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)
    return {"authorization": f"Bearer {secret}"}


async def called(client: httpx.AsyncClient, route: str, values: Mapping[str, str], headers: dict[str, str]) -> int:
    """With a body that no route takes, so that nothing is done; what takes none is asked of an alert that is over."""
    method, path = route.split(" ")
    body = {"json": {"nonsense": 1}} if method == "POST" else {}
    answer = await client.request(method, f"/api{address(path, values)}", headers=headers, **body)
    return answer.status_code


async def test_each_token_reaches_what_its_role_may(street: VisitedSite) -> None:
    await street.desk.close(1, "Bea", "test", None, street.now)
    wrong = []
    async with street.visitor() as client:
        for role, (route, allowed) in product(ROLES, API.items()):
            status = await called(client, route, INSIDE, token(street, role))
            expected = {200, 409, 422} if LETTERS[role] in allowed else {403}
            if status not in expected:
                wrong.append((role, route, status))
    assert not wrong


async def test_nothing_of_the_api_is_open_without_a_good_token(street: VisitedSite) -> None:
    over = token(street, "administrator", expires_at=street.now)
    revoked = token(street, "administrator", revoked_at=street.now)
    wrong = []
    async with of_role(street, "administrator") as cookie:
        for route, headers in product(API, ({}, {"authorization": "Basic YTpi"}, over, revoked)):
            if (status := await called(cookie, route, INSIDE, headers)) not in {401, 429}:
                wrong.append((route, headers, status))
    assert not wrong


async def test_no_token_reaches_out_of_its_area(street: VisitedSite) -> None:
    wrong = []
    async with street.visitor() as client:
        for role, (route, allowed) in product(ROLES, API.items()):
            mine = LETTERS[role] in allowed and role != "administrator"
            if mine and "{" in route and (status := await called(client, route, OUTSIDE, token(street, role))) != 404:
                wrong.append((role, route, status))
        for path in ("homes", "alerts"):
            answer = await client.get(f"/api/{path}", headers=token(street, "staff"))
            assert {one["home"] for one in answer.json()} == {"ELM-12"}
            assert (await client.get(f"/api/{path}?area=South", headers=token(street, "staff"))).json() == []
        assert (await client.get("/api/alerts?home=OAK-3", headers=token(street, "staff"))).json() == []
    assert not wrong
