"""The Chromium of the system, looking at pages that are really served on loopback; and axe-core, which judges them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright
from starlette.types import ASGIApp

from gateway.web.guard import cookie_name
from tests.support.servers import LOOPBACK, free_port, missing, require
from tests.support.site import VisitedSite

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}
"""A desktop of 1280 px at 400 %."""

_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
]
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_SERIOUS = {"serious", "critical"}
_STARTS_S = 10.0


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser, headless. Where there is none: a skip, a failure when CI is set."""
    binary = require("chromium", "chromium")
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=binary, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


class _InThisLoop(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(application: ASGIApp) -> AsyncIterator[str]:
    """The application on a free port, in the loop of the test; its address, such as `http://127.0.0.1:20815`."""
    port = free_port()
    config = uvicorn.Config(
        application, LOOPBACK, port, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = _InThisLoop(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(_STARTS_S):
            while not server.started:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        await serving


@dataclass(slots=True)
class Window:
    """A page of the browser and what went wrong on it by itself: errors of scripts, of loading and of the policy."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    refreshed: asyncio.Event = field(default_factory=asyncio.Event)

    async def opens(self, path: str, *, status: int = 200) -> Page:
        """Go there; the status is checked."""
        self.errors.clear()
        self.refreshed.clear()
        answer = await self.page.goto(self.address + path, wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    async def opens_live(self, path: str) -> Page:
        """Go there and wait until the page hears the news: it asks for itself as soon as it does."""
        page = await self.opens(path)
        async with asyncio.timeout(_STARTS_S):
            await self.refreshed.wait()
        return page


@asynccontextmanager
async def window(
    browser: Browser, address: str, site: VisitedSite, client: httpx.AsyncClient | None = None, **options: Any
) -> AsyncIterator[Window]:
    """A browser's window with cookies of its own: those of a visitor of the site, or none. Options as of playwright."""
    options = {"viewport": PHONE, "locale": "en-GB", "timezone_id": "Europe/London", **options}
    context = await browser.new_context(base_url=address, **options)
    try:
        context.set_default_timeout(10_000)
        if client is not None:
            await signs_in(context, address, site, client)
        made = Window(await context.new_page(), address)
        made.page.on("pageerror", lambda error: made.errors.append(f"script: {error}"))
        made.page.on(
            "console", lambda said: made.errors.append(f"console: {said.text}") if said.type == "error" else None
        )
        made.page.on("requestfinished", lambda asked: asked.resource_type == "fetch" and made.refreshed.set())
        yield made
    finally:
        await context.close()


async def signs_in(context: BrowserContext, address: str, site: VisitedSite, client: httpx.AsyncClient) -> None:
    """Give the browser the session of a visitor of the site."""
    name = cookie_name(site.site)
    await context.add_cookies([{"name": name, "value": client.cookies[name], "url": address, "sameSite": "Lax"}])


async def until(page: Page, script: str, *, within_s: float = 10.0) -> None:
    """Wait until the script gives something true. playwright's own way of waiting is against the pages' policy."""
    async with asyncio.timeout(within_s):
        while not await page.evaluate(script):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)


# ---------------------------------------------------------------------------------------------- what is looked for


@cache
def axe() -> str:
    """The text of axe-core, from where `make unit` puts it. Where there is none: a skip, a failure when CI is set."""
    places = [folder / "npm/node_modules/axe-core/axe.min.js" for folder in (Path(sys.prefix), ROOT / ".venv")]
    found = next((file for file in places if file.is_file()), None)
    return found.read_text(encoding="utf-8") if found else missing("axe-core is not installed: make .venv/axe")


async def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds serious or critical, of WCAG 2.2 A and AA, or by these rules of its own alone."""
    await page.evaluate(axe())  # in the browser's own name, so that the policy of the page stands
    which = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": _TAGS}
    found = await page.evaluate(f"axe.run({{runOnly: {json.dumps(which)}, resultTypes: ['violations']}})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in _SERIOUS
        for node in one["nodes"]
    ]


_SMALL = """least => {
  const small = [];
  for (const one of document.querySelectorAll(
      'a[href], button, summary, select, textarea, input:not([type=hidden])')) {
    const row = one.matches('[type=checkbox], [type=radio]') ? one.closest('label') || one : one;
    const {width, height} = row.getBoundingClientRect();
    const style = getComputedStyle(one);
    if (!width || !height || style.visibility === 'hidden' || one.closest('.skip, .unseen')) continue;
    if (style.display === 'inline' && one.matches('a')) {
      const block = one.parentElement.closest('p, li, dd, td, th, label, div, section, h1, h2, h3');
      if (block && block.textContent.trim() !== one.textContent.trim()) continue;
    }
    if (height < least - .5 || width < least - .5)
      small.push(`${one.outerHTML.slice(0, 120)} is ${Math.round(width)}x${Math.round(height)}`);
  }
  return small;
}"""


async def small_targets(page: Page, least: int = 44) -> list[str]:
    """What is to be pressed and smaller than `least` px; a link within a sentence may be as high as its line."""
    found: list[str] = await page.evaluate(_SMALL, least)
    return found


_SIDEWAYS = """async () => {
  for (const _ of '12') await new Promise(done => requestAnimationFrame(done));
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const beyond = [...document.querySelectorAll('main *, header *, footer *')].filter(one =>
    one.getBoundingClientRect().right > wide + 1 && !one.closest('.table, pre, .skip, .unseen'));
  return [`${document.documentElement.scrollWidth} px wide in ${wide} px: `
    + beyond.slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(' ')];
}"""


async def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways at its present width."""
    found: list[str] = await page.evaluate(_SIDEWAYS)
    return found


async def screenshots(page: Page, name: str, folder: Path = PICTURES) -> None:
    """The whole page as a phone and as a desktop show it, in the build folder: `today-phone.png`, ..."""
    before = page.viewport_size
    for size, word in ((PHONE, "phone"), (DESKTOP, "desktop")):
        await page.set_viewport_size(size)
        await page.screenshot(path=folder / f"{name}-{word}.png", full_page=True)
    if before is not None:
        await page.set_viewport_size(before)
