"""Every page, in a real browser and a home that is lived in: for everybody to read and to press, on any screen.

Whoever adds a page adds a line to PAGES. `make unit` leaves pictures of all in build/screenshots.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from gateway.web.access import links
from gateway.web.installer.parent import parent
from gateway.web.route import ROLES, Role
from gateway.web.routes import ROUTES
from tests.support.browser import (
    DESKTOP,
    NARROW,
    PHONE,
    Window,
    chromium,
    screenshots,
    served,
    sideways,
    small_targets,
    violations,
    window,
)
from tests.support.full_site import FullSite, fill
from tests.support.site import opened

STRANGER = "stranger"
SLOWEST_S = 240
# Each GET route with who looks at it where. Names in braces are those of tests/support/full_site.py.
PAGES: Mapping[str, Sequence[tuple[Role | None, str]]] = {
    "/": [("staff", "/"), ("installer", "/"), ("family", "/"), ("administrator", "/")],
    "/homes/{home}": [
        ("staff", "/homes/{home}"),
        ("installer", "/homes/{new}"),
        ("family", "/homes/{home}"),
        ("family", "/homes/{home}?day=2026-01-13"),
    ],
    "/alerts/{alert:int}": [
        ("staff", "/alerts/{pendant}"),
        ("staff", "/alerts/{not_up}"),
        ("staff", "/alerts/{door_open}"),
        ("staff", "/alerts/{hub_silent}"),
        ("family", "/alerts/{pendant}"),
        ("family", "/alerts/{door_open}"),
    ],
    "/queue": [("staff", "/queue"), ("supervisor", "/queue?alert={pendant}"), ("staff", "/queue?area=South")],
    "/homes": [("staff", "/homes")],
    "/sign-in": [(None, "/sign-in")],
    "/sign-in/sent": [(None, "/sign-in/sent")],
    "/sign-in/password": [(None, "/sign-in/password")],
    "/sign-in/link/{token}": [(None, "{invitation}"), (None, "/sign-in/link/over")],
    "/sign-in/first/{token}": [(None, "/sign-in/first/over")],
    "/me": [("family", "/me"), ("staff", "/me")],
    "/me/password": [("staff", "/me/password")],
    "/m/{token}": [(None, "/m/{message}"), (None, "/m/over")],
    "/settings": [("family", "/settings")],
    "/homes/{home}/settings": [("family", "/homes/{home}/settings")],
    "/homes/{home}/settings/looks": [("family", "/homes/{home}/settings/looks")],
    "/install": [("supervisor", "/install")],
    "/install/register": [("installer", "/install/register")],
    "/homes/{home}/install": [("installer", "/homes/{new}/install"), ("installer", "/homes/{home}/install")],
    "/homes/{home}/consent": [("installer", "/homes/{new}/consent")],
    "/homes/{home}/rooms": [("installer", "/homes/{new}/rooms")],
    "/homes/{home}/hub": [("installer", "/homes/{new}/hub")],
    "/homes/{home}/contacts": [("installer", "/homes/{new}/contacts")],
    "/homes/{home}/contacts/{contact:int}": [("installer", "/homes/{new}/contacts/{contact}")],
    "/homes/{home}/escalation": [("installer", "/homes/{new}/escalation")],
    "/homes/{home}/devices": [("installer", "/homes/{new}/devices")],
    "/homes/{home}/devices/new": [("installer", "/homes/{new}/devices/new")],
    "/homes/{home}/devices/import": [("installer", "/homes/{new}/devices/import")],
    "/homes/{home}/devices/{device:int}": [("installer", "/homes/{new}/devices/{device}")],
    "/homes/{home}/devices/{device:int}/replace": [("installer", "/homes/{new}/devices/{device}/replace")],
    "/homes/{home}/devices/{device:int}/retire": [("installer", "/homes/{new}/devices/{device}/retire")],
    "/homes/{home}/walk": [("installer", "/homes/{new}/walk"), ("installer", "/homes/{other}/walk")],
    "/homes/{home}/walk/{walk:int}": [("installer", "/homes/{other}/walk/{walk}")],
    "/homes/{home}/live": [("installer", "/homes/{new}/live")],
    "/people": [("supervisor", "/people")],
    "/people/new": [("administrator", "/people/new")],
    "/people/{person:int}": [("supervisor", "/people/{person}")],
    "/tokens": [("administrator", "/tokens")],
    "/looks": [("supervisor", "/looks")],
    "/homes/{home}/export": [("supervisor", "/homes/{home}/export")],
    "/homes/{home}/erase": [("supervisor", "/homes/{home}/erase")],
    "/erasures": [("supervisor", "/erasures")],
    "/erasures/{report}": [("supervisor", "/erasures/{report}")],
}
NO_PAGES = {
    "/live": "a stream",
    "/looks.csv": "a file",
    "/homes/{home}/devices/sample.csv": "a file",
    "/sign-in/organisation": "leads to the organisation's own page",
    "/sign-in/organisation/back": "comes from there",
}
EMPTY_FORMS: Sequence[tuple[Role | None, str, str]] = [
    (None, "/sign-in", "Send me a link"),
    ("installer", "/install/register", "Go on to consent"),
    ("installer", "/homes/{new}/contacts", "Add the contact"),
    ("installer", "/homes/{new}/devices/new", "Add this sensor"),
    ("installer", "/homes/{new}/devices/import", "Check the list"),
    ("installer", "/homes/{new}/devices/{device}/replace", "Put it in the old one's place"),
    ("installer", "/homes/{new}/walk", "Sign the walk test"),
    ("installer", "/homes/{new}/live", "Go live with this reason"),
    ("administrator", "/people/new", "Add and send a link"),
    ("administrator", "/tokens", "Make the token"),
    ("supervisor", "/homes/{new}/erase", "Erase {new} for good"),
]
"""Forms that want something, by who, where, and the button that sends them."""
OVER = {"/sign-in/link/over": 410, "/sign-in/first/over": 410, "/m/over": 404}
"""Links that no longer work, and the status that says so."""

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(SLOWEST_S),
    pytest.mark.leaves("thread", "the loop of the module keeps its own"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FullSite]:
    async with opened(tmp_path_factory.mktemp("site")) as site:
        yield await fill(site)


def test_every_page_has_an_example() -> None:
    paths = {route.path for route in ROUTES if route.method == "GET" and route.page is not parent}
    assert sorted(paths - PAGES.keys() - NO_PAGES.keys()) == []
    assert sorted((PAGES.keys() | NO_PAGES.keys()) - paths) == []
    asked = {(route.path, role) for route in ROUTES if route.method == "GET" for role in route.roles or [None]}
    assert not [f"{path} as {role}" for path, pages in PAGES.items() for role, _ in pages if (path, role) not in asked]


@pytest.mark.parametrize("role", [*ROLES, STRANGER])
@pytest.mark.asyncio(loop_scope="module")
async def test_every_page_is_for_everybody(full: FullSite, browser: Browser, role: Role) -> None:
    troubles: list[str] = []
    person = full.people.get(role)
    async with (
        served(full.site.application) as address,
        full.site.visitor(person=person) as client,
        window(browser, address, full.site, client if person else None, reduced_motion="reduce") as made,
    ):
        for pattern in _patterns(None if role == STRANGER else role):
            at = pattern.format(**full.names)
            troubles += [f"{at}: {one}" for one in await _look(made, at, _name(role, pattern))]
    assert not troubles, "\n".join(troubles)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("role", "pattern", "button"), EMPTY_FORMS, ids=[at for _, at, _ in EMPTY_FORMS])
async def test_a_form_that_is_sent_empty_says_beside_the_field_what_it_wants(
    full: FullSite, browser: Browser, role: Role | None, pattern: str, button: str
) -> None:
    person = None if role is None else full.people[role]
    async with (
        served(full.site.application) as address,
        full.site.visitor(person=person) as client,
        window(browser, address, full.site, client if person else None, reduced_motion="reduce") as made,
    ):
        page = await made.opens(pattern.format(**full.names))
        async with page.expect_navigation() as sent:
            await page.get_by_role("button", name=button.format(**full.names)).click()
        answer = await sent.value
        assert answer is not None
        assert answer.status == 422
        await expect(page.locator(".problems")).to_be_focused()
        wrong = page.locator("main [aria-invalid=true]").first
        told = page.locator(f"#{(await wrong.get_attribute('aria-describedby') or '').split()[-1]}")
        assert (await told.inner_text()).endswith(".")
        assert await violations(page) == []


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_of_the_first_administrator_is_for_everybody(browser: Browser, tmp_path: Path) -> None:
    async with (
        opened(tmp_path) as site,
        served(site.application) as address,
        window(browser, address, site, reduced_motion="reduce") as made,
    ):
        with site.database.transaction() as session:
            path = links.invite_first(session, site.wall.now())
        assert path is not None
        assert await _look(made, path, "first-administrator") == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.asyncio(loop_scope="module")
async def test_no_link_leads_nowhere(full: FullSite, role: Role) -> None:
    async with full.site.visitor(person=full.people[role]) as client:
        seen: dict[str, str] = {}
        for at in [*(pattern.format(**full.names) for pattern in _patterns(role)), "/"]:
            page = (await client.get(at, follow_redirects=True)).text
            for link in re.findall(r'href="(/[^"#]*)', page):
                seen.setdefault(link.replace("&amp;", "&"), at)
        dead = [
            f"{link} on {at}: {answer.status_code}"
            for link, at in seen.items()
            if (answer := await client.get(link)).status_code not in {200, 303}
        ]
    assert not dead, "\n".join(dead)


def _patterns(role: Role | None) -> list[str]:
    return [at for pages in PAGES.values() for who, at in pages if who == role]


def _name(role: str, pattern: str) -> str:
    """Such as `family-homes-home-settings`."""
    return "-".join([role, *re.findall(r"[A-Za-z]+", pattern)])


async def _look(made: Window, at: str, name: str) -> list[str]:
    """What is wrong with the page."""
    page = await made.page.context.new_page() if made.page.is_closed() else made.page
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="light")
    made.errors.clear()
    answer = await page.goto(made.address + at)
    assert answer is not None
    if answer.status != OVER.get(at, 200):
        return [f"status {answer.status}"]
    found = [] if at in OVER else list(made.errors)
    found += await _shape(page)
    await screenshots(page, name)
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found += [f"on a phone: {one}" for one in [*await violations(page), *await small_targets(page)]]
    await page.emulate_media(color_scheme="dark")
    found += [f"in the dark: {one}" for one in await violations(page, rules=["color-contrast"])]
    await page.set_viewport_size(DESKTOP)
    found += [f"on a desktop in the dark: {one}" for one in [*await violations(page), *await small_targets(page)]]
    await page.set_viewport_size(NARROW)
    found += [f"at 320 px: {one}" for one in await sideways(page)]
    await page.emulate_media(color_scheme="light")
    return found


async def _shape(page: Page) -> list[str]:
    headings, title = await page.locator("h1").count(), await page.title()
    found = [] if headings == 1 else [f"{headings} h1"]
    found += [] if re.fullmatch(r".+ · Keepwell|Keepwell", title) else [f"title {title!r}"]
    twice: list[str] = await page.evaluate(
        "[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, at, all) => all.indexOf(id) !== at)"
    )
    return found + [f"id {one} stands twice" for one in twice]
