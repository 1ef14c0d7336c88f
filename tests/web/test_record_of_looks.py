"""Who looked at what: kept, shown to those who may ask, taken out as a table, and gone after two years."""

import csv
import io

from sqlalchemy import select

from devices.instant import DAY, MINUTE
from gateway.database.access import LookRow
from gateway.web.access import looks
from gateway.web.access.people import Person
from tests.support.site import VisitedSite

BEA = Person(None, "Bea", "staff", ("North",))
CYD = Person(None, "Cyd", "staff", ("South",))


def looked(site: VisitedSite, person: Person, home: str | None, what: str, at: int) -> None:
    with site.database.transaction() as session:
        looks.note(session, person, home, what, at)


async def test_a_supervisor_sees_looks_at_their_homes_alone(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    site.registers("OAK-3", area="South")
    looked(site, BEA, "ELM-12", "today", site.now)
    looked(site, CYD, "OAK-3", "contacts", site.now)
    looked(site, CYD, "GONE-1", "today", site.now)
    async with site.visitor("supervisor", areas=["North"]) as nora, site.visitor("administrator") as ada:
        hers = (await nora.get("/looks")).text
        all_of_it = (await ada.get("/looks")).text
        assert "Bea" in hers
        assert "Cyd" not in hers
        assert "OAK-3" not in (await nora.get("/looks.csv?home=OAK-3")).text
    for name in ("Bea", "Cyd", "GONE-1"):
        assert name in all_of_it


async def test_looks_are_found_by_home_person_and_day(site: VisitedSite) -> None:
    site.registers("ELM-12")
    looked(site, BEA, "ELM-12", "today", site.now - DAY)
    looked(site, CYD, "ELM-12", "contacts", site.now)
    with site.database.transaction() as session:
        cyd = session.scalar(select(LookRow.id).where(LookRow.who == "Cyd"))

    async def found(query: str) -> set[str]:
        rows = csv.DictReader(io.StringIO((await ada.get(f"/looks.csv?{query}")).text))
        return {row["who"] for row in rows}

    async with site.visitor("administrator") as ada:
        assert await found("home=ELM-12") == {"Bea", "Cyd"}
        assert await found("home=OAK-3") == set()
        assert await found(f"of={cyd}") == {"Cyd"}
        assert await found("day=2026-01-11") == {"Bea"}
        wrong = await ada.get("/looks?day=yesterday")
        assert wrong.status_code == 422
        assert "Write the day like 2026-01-12" in wrong.text
        assert 'value="yesterday"' in wrong.text


async def test_no_name_stands_in_an_address(site: VisitedSite) -> None:
    site.registers("ELM-12")
    for number in range(150):
        looked(site, BEA, "ELM-12", f"alert {number}", site.now)
    async with site.visitor("administrator") as ada:
        page = (await ada.get("/looks")).text
    links = [part.partition('"')[0] for part in page.split('href="')[1:]]
    assert any("before=" in link for link in links)
    assert not [link for link in links if "Bea" in link]


async def test_looks_within_a_quarter_of_an_hour_are_one_with_a_count(site: VisitedSite) -> None:
    for minutes in (0, 5, 14, 40):
        looked(site, BEA, "ELM-12", "today", site.now + minutes * MINUTE)
    with site.database.transaction() as session:
        assert list(session.scalars(select(LookRow.times).order_by(LookRow.id))) == [3, 1]


async def test_what_a_spreadsheet_would_take_for_a_formula_is_text(site: VisitedSite) -> None:
    looked(site, Person(None, "=cmd()", "staff"), "ELM-12", "today", site.now)
    async with site.visitor("administrator") as ada:
        assert "'=cmd()" in (await ada.get("/looks.csv")).text


def test_looks_are_kept_for_two_years(site: VisitedSite) -> None:
    looked(site, BEA, "ELM-12", "today", site.now - 731 * DAY)
    looked(site, CYD, "ELM-12", "today", site.now - 729 * DAY)
    with site.database.transaction() as session:
        assert looks.prune_looks(session, site.now) == 1
        assert list(session.scalars(select(LookRow.who))) == ["Cyd"]
