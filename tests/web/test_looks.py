"""The design itself: readable in both themes, whole without scripts, small, and kept by browsers until it changes."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.site import VisitedSite

STATIC = Path(__file__).parents[2] / "gateway" / "web" / "static"
STYLE = (STATIC / "keepwell.css").read_text(encoding="utf-8")
TONES = ("alarm", "warn", "good", "unknown", "info")
TEXT, THINGS = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11

READ = [
    *((text, back) for text in ("ink", "soft", "link", "alarm") for back in ("paper", "card")),
    *((tone, f"{tone}-tint") for tone in TONES),
    ("on-main", "main"),
    ("on-main", "main-pressed"),
    ("on-danger", "danger"),
    ("paper", "ink"),
]
SEEN = [
    *((thing, back) for thing in ("edge", "focus", "main", "danger", "good") for back in ("paper", "card")),
    *((f"room-{number}", back) for number in range(1, 9) for back in ("paper", "card")),
]


def tokens(theme: str) -> Mapping[str, str]:
    """The colours of a theme: those of dark stand over those of light."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark)) if theme == "dark" else found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_told_apart(theme: str) -> None:
    colours = tokens(theme)
    poor = [
        f"{one} on {other}: {measured:.2f} of {least}"
        for pairs, least in ((READ, TEXT), (SEEN, THINGS))
        for one, other in pairs
        if (measured := contrast(colours[one], colours[other])) < least
    ]
    assert not poor


def test_what_every_page_loads_is_small_and_only_ours() -> None:
    script = (STATIC / "keepwell.js").read_text(encoding="utf-8")
    assert len(script.encode()) < 12 * 1024
    assert len(STYLE.encode()) < 30 * 1024
    for text in (script, STYLE):
        assert not re.search(r"https?://|@import|url\(|eval\(|new Function", text)


async def test_a_page_without_scripts_loads_itself_again(site: VisitedSite) -> None:
    async with site.visitor("staff") as carer:
        queue = (await carer.get("/")).text
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in queue
    assert 'data-events="/live"' in queue


async def test_what_does_not_change_is_kept_by_the_browser(site: VisitedSite) -> None:
    async with site.visitor() as stranger:
        page = (await stranger.get("/sign-in")).text
        addresses = re.findall(r'"(/static/[^"]+)"', page)
        assert len(addresses) == 3
        for address in addresses:
            answer = await stranger.get(address)
            assert answer.status_code == 200
            assert re.search(r"\?v=[0-9a-f]{12}$", address)
            assert "immutable" in answer.headers["cache-control"]
        assert "immutable" not in (await stranger.get("/static/keepwell.css")).headers["cache-control"]
