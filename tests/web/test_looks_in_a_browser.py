"""Every component in a real browser: with and without scripts, light and dark, by finger, key and voice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import (
    DESKTOP,
    NARROW,
    Window,
    chromium,
    screenshots,
    served,
    sideways,
    small_targets,
    until,
    violations,
    window,
)
from tests.support.site import VisitedSite, opened
from tests.support.specimen import Specimen, with_specimen

pytestmark = [
    pytest.mark.server,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.leaves("thread", "the loop of the module keeps its own"),
]

# Counts the tones that the page plays, which nobody hears here.
_COUNT_TONES = """
window.tones = 0;
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@dataclass
class Shown:
    site: VisitedSite
    browser: Browser
    address: str
    specimen: Specimen

    @asynccontextmanager
    async def window(self, **options: Any) -> AsyncIterator[Window]:
        """The specimen, seen by a supervisor."""
        async with (
            self.site.visitor(person=self.person) as client,
            window(self.browser, self.address, self.site, client, **options) as made,
        ):
            yield made

    @asynccontextmanager
    async def page(self, *, clock: bool = False, **options: Any) -> AsyncIterator[Page]:
        """`clock`: time goes on by itself only until it is told to."""
        async with self.window(**options) as made:
            if clock:
                await made.page.clock.install()
            yield await (made.opens_live if options.get("java_script_enabled", True) else made.opens)("/specimen")

    def news(self, *alerts: tuple[int, str]) -> None:
        """Other alerts are open now, and pages are told."""
        self.specimen.alerts = list(alerts)
        self.site.site.live.tell("alerts")

    def __post_init__(self) -> None:
        self.person = self.site.person("supervisor")


@pytest_asyncio.fixture(loop_scope="module")
async def shown(browser: Browser, tmp_path: Path) -> AsyncIterator[Shown]:
    async with opened(tmp_path) as site, served(site.application) as address:
        yield Shown(site, browser, address, with_specimen(site))


async def focused(page: Page) -> str:
    """The text of what has the focus."""
    text: str = await page.evaluate("document.activeElement.textContent.trim()")
    return text


async def style(of: Locator, what: str) -> str:
    value: str = await of.evaluate("(one, what) => getComputedStyle(one).getPropertyValue(what)", what)
    return value


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_component_is_for_everybody(shown: Shown, theme: str) -> None:
    async with shown.window(color_scheme=theme) as made:
        page = await made.opens("/specimen")
        assert not await violations(page)
        assert not await small_targets(page)
        await screenshots(page, f"components-{theme}")
        for size in (NARROW, DESKTOP):
            await page.set_viewport_size(size)
            assert not await sideways(page)
            assert not await small_targets(page)
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".problems")).to_be_visible()
        assert not await violations(page)
        made.errors = [error for error in made.errors if "422" not in error]
        assert not made.errors


async def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(shown: Shown) -> None:
    async with shown.page() as page:
        await page.locator("#phone").fill("0117 496 0123")
        await page.get_by_role("button", name="Save").click()
        wrong = page.locator("#person_name")
        told = "Write the name of whoever is to be called."
        await expect(page.locator(".problems")).to_be_focused()
        await expect(wrong).to_have_accessible_description(f"As the family says it. {told}")
        await expect(wrong).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("#phone")).to_have_value("0117 496 0123")
        await expect(page.get_by_label("Another name")).not_to_have_attribute("aria-invalid", "true")
        assert (await page.title()).startswith("Please check")
        await page.get_by_role("link", name=told).click()
        await expect(wrong).to_be_focused()


async def test_forms_work_without_scripts(shown: Shown) -> None:
    async with shown.page(java_script_enabled=False) as page:
        await expect(page.locator("#sound")).to_be_hidden()
        assert 'http-equiv="refresh"' not in await page.content()  # what is half typed would be lost
        await expect(page.get_by_role("link", name="Look again")).to_be_visible()
        await page.locator("#note").fill("Key under the stone")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".problem")).to_contain_text("Write the name")
        await expect(page.locator("#note")).to_have_value("Key under the stone")
        await expect(page.get_by_role("link", name="Look again")).to_have_count(0)
        await page.locator("#person_name").fill("Ann")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
    assert shown.specimen.sent[-1]["note"] == "Key under the stone"


async def test_the_page_can_be_used_from_the_keyboard(shown: Shown) -> None:
    async with shown.page(viewport=DESKTOP) as page:
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the page")
        await expect(skip).to_be_focused()
        assert await style(skip, "outline-width") == "3px"
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.keyboard.press("Tab")
        assert await focused(page) == "← Queue"


async def test_news_replaces_a_region_and_the_hand_stays_where_it_was(shown: Shown) -> None:
    async with shown.page() as page:
        await page.locator("#note").fill("half a sen")
        await page.get_by_text("How this is told").click()
        await page.get_by_role("button", name="Accept").nth(1).focus()
        shown.news((2, "No sign of being up"), (3, "Door open for 20 min"), (3, "Too cold"))
        await expect(page.get_by_text("Door open for 20 min")).to_be_visible()
        assert await page.evaluate("document.activeElement.closest('[data-alert]').dataset.alert") == "2"
        assert await focused(page) == "Accept"
        await expect(page.get_by_text("By what the sensors saw.")).to_be_visible()
        await expect(page.locator("#note")).to_have_value("half a sen")
        await expect(page.locator("#news")).to_have_text("3 open alerts")


async def test_a_region_in_which_somebody_types_waits(shown: Shown) -> None:
    async with shown.page() as page:
        await page.evaluate("document.querySelector('#alerts').append(document.querySelector('#note'))")
        await page.locator("#note").fill("half a sen")
        async with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
            shown.news((1, "Smoke"), (3, "Too cold"))
        await expect(page).to_have_title("(1) New: priority 1 · Specimen · Keepwell")
        await expect(page.get_by_text("No sign of being up")).to_be_visible()
        await expect(page.locator("#note")).to_have_value("half a sen")


async def test_a_lost_stream_is_told_and_found_again(shown: Shown) -> None:
    async with shown.page(clock=True) as page:
        lost = page.get_by_text("Not live; trying again")
        await page.route("**/live", lambda route: route.abort())
        shown.site.site.live.close()
        await page.wait_for_event("requestfailed")
        await page.clock.run_for(5_000)
        await expect(lost).to_have_count(0)
        await page.clock.run_for(8_000)
        await expect(lost).to_be_visible()


async def test_a_call_is_heard_by_whoever_asked_for_it(shown: Shown) -> None:
    async with shown.window() as made:
        await made.page.add_init_script(_COUNT_TONES)
        page = await made.opens_live("/specimen")
        shown.news((1, "Pendant pressed"), (2, "No sign of being up"))
        await expect(page).to_have_title("(1) New: priority 1 · Specimen · Keepwell")
        assert await page.evaluate("window.tones") == 0
        await page.keyboard.press("Shift")
        await expect(page).to_have_title("Specimen · Keepwell")

        sound = page.get_by_role("button", name="Sound for new calls")
        await expect(sound).to_have_attribute("aria-pressed", "false")
        await sound.click()
        await expect(sound).to_have_attribute("aria-pressed", "true")
        await until(page, "window.tones === 3")  # so that they know how it sounds
        shown.news((1, "Pendant pressed"), (2, "No sign of being up"), (1, "Smoke"))
        await until(page, "window.tones === 6")
        await page.reload()
        await expect(sound).to_have_attribute("aria-pressed", "true")
        assert await page.evaluate("window.tones") == 0


async def test_the_queue_is_walked_by_keys_which_can_be_turned_off(shown: Shown) -> None:
    async with shown.page(viewport=DESKTOP) as page:
        for key, where in (("j", "No sign of being up"), ("ArrowDown", "Door open"), ("j", "Door open"),
                           ("k", "No sign of being up"), ("a", "Accept")):  # fmt: skip
            await page.keyboard.press(key)
            assert await focused(page) == where
        await page.locator("#note").focus()
        await page.keyboard.type("jak")
        await expect(page.locator("#note")).to_have_value("jak")
        await page.get_by_role("button", name="Single keys").click()
        await page.keyboard.press("j")
        assert await focused(page) == "Single keys"


async def test_two_taps_send_a_form_once(shown: Shown) -> None:
    async with shown.page() as page:
        await page.locator("#person_name").fill("Ann")
        await page.get_by_role("button", name="Save").dblclick()
        await expect(page.get_by_text("Saved.")).to_be_visible()
    assert len(shown.specimen.sent) == 1


async def test_ages_count_up_to_their_target(shown: Shown) -> None:
    async with shown.page(clock=True) as page:
        age = page.locator("time[data-age]").first
        await expect(age).to_have_text("1 min 15 s, late")
        await page.clock.run_for(20_000)
        await expect(age).to_have_text("1 min 35 s, late")


async def test_whoever_wants_less_motion_gets_none(shown: Shown) -> None:
    async with shown.page(reduced_motion="reduce") as page:
        assert await style(page.get_by_role("button", name="Save"), "transition-property") in {"none", "all"}
        assert await style(page.get_by_role("button", name="Save"), "transition-duration") == "0s"
        await expect(page.locator("time[data-age]").first).to_have_text("1 min 10 s, late")


async def test_paper_gets_the_words_and_not_the_buttons(shown: Shown) -> None:
    async with shown.page(viewport=DESKTOP) as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="Every component")).to_be_visible()
        await expect(page.get_by_role("navigation")).to_be_hidden()
        await expect(page.get_by_role("button", name="Save")).to_be_hidden()
        assert await style(page.locator("body"), "color") == "rgb(0, 0, 0)"


async def test_what_is_to_be_copied_has_a_button(shown: Shown) -> None:
    async with shown.page(permissions=["clipboard-read"]) as page:
        await page.get_by_role("button", name="Copy").click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert "address care.example.org:8883" in await page.evaluate("navigator.clipboard.readText()")
