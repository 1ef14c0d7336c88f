"""Every page that shows how somebody lives, or who they are, puts on record that it was looked at."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import delete, func, select

from gateway.database.access import LookRow
from gateway.web.access.looks import TOGETHER
from tests.support.full_site import fill
from tests.support.site import opened
from tests.web.test_every_page import PAGES

NOT_PERSONAL: Mapping[str, str] = {
    "/": "leads on, or lists homes by reference; the queue and the day are on record",
    "/homes": "references, and how many alerts are open",
    "/install": "references, and what is still to do",
    "/install/register": "a form",
    "/homes/{home}/install": "equipment; readings are on record",
    "/homes/{home}/rooms": "rooms",
    "/homes/{home}/hub": "accounts of hubs",
    "/homes/{home}/devices/new": "a form",
    "/homes/{home}/devices/import": "a form",
    "/homes/{home}/devices/{device:int}/replace": "equipment",
    "/homes/{home}/devices/{device:int}/retire": "equipment",
    "/homes/{home}/live": "what is missing",
    "/sign-in": "a form",
    "/sign-in/sent": "for anybody",
    "/sign-in/password": "a form",
    "/sign-in/link/{token}": "a button",
    "/sign-in/first/{token}": "a form",
    "/me": "one's own",
    "/me/password": "a form",
    "/people/new": "a form",
    "/tokens": "programs",
    "/erasures": "references",
    "/erasures/{report}": "counts",
}
NAMES = ("Rose", "Ben Miller", "01632", "Night team")
"""Of a resident and contacts; the family member who looks, Ann Miller, knows who they are themselves."""


async def test_whatever_shows_people_or_how_they_live_is_on_record(tmp_path: Path) -> None:
    unnoted, named = set(), set()
    async with opened(tmp_path) as site:
        full = await fill(site)
        for route, looks in PAGES.items():
            for role, pattern in looks:
                with site.database.transaction() as session:
                    session.execute(delete(LookRow))
                site.wall.advance_to(site.wall.now() + TOGETHER)
                async with site.visitor(person=full.people[role] if role else None) as browser:
                    path = pattern.format(**full.names)
                    answer = await browser.get(path, follow_redirects=True)
                with site.database.transaction() as session:
                    noted = session.scalar(select(func.count()).select_from(LookRow))
                if not noted and answer.status_code == 200:
                    unnoted.add(route)
                    named |= {(path, name) for name in NAMES if name in answer.text}
    assert not named
    assert unnoted <= NOT_PERSONAL.keys()
    assert not NOT_PERSONAL.keys() - PAGES.keys()
