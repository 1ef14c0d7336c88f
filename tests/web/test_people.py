"""Who lets people in, and how far a supervisor reaches."""

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from gateway.database.access import LookRow, PersonRow
from gateway.web.route import Role
from tests.support.site import VisitedSite, opened

MAIL = "mailtos://post:secret@mail.test"
NEW = {"name": "Nia New", "email": "Nia@Example.org", "role": "staff", "areas": ["North"]}


@pytest.fixture
def street(site: VisitedSite) -> VisitedSite:
    site.registers("ELM-12", area="North", contacts=[{"name": "Ann", "channels": ["ntfy://ann-topic"]}])
    site.registers("OAK-3", area="South")
    return site


def row(site: VisitedSite, email: str) -> PersonRow:
    with site.database.transaction() as session:
        found = session.scalars(select(PersonRow).where(PersonRow.email == email)).one()
        _ = [one.contact for one in found.homes]
        return found


async def adds(site: VisitedSite, client: httpx.AsyncClient, **fields: object) -> httpx.Response:
    return await site.sends(client, "/people/new", **(NEW | fields))


# ------------------------------------------------------------------------------------------------ adding


async def test_an_administrator_adds_staff_and_they_have_a_link(tmp_path: Path) -> None:
    async with opened(tmp_path, mail=MAIL) as site, site.visitor("administrator") as boss:
        assert "All areas" in (await boss.get("/people/new")).text
        answer = await adds(site, boss, other_areas="West, East")
        assert re.fullmatch(r"/people/\d+\?done=link-sent", answer.headers["location"])
        assert "Nia New" in (await boss.get(answer.headers["location"])).text
        nia = row(site, "nia@example.org")
        assert (nia.name, nia.role, nia.areas, nia.password) == ("Nia New", "staff", ["North", "West", "East"], None)
        (notice,) = site.channel.notices
        assert notice.kind == "link"


async def test_family_are_added_as_the_contact_that_they_are(street: VisitedSite) -> None:
    async with street.visitor("administrator") as boss:
        await adds(street, boss, role="family", homes="ELM-12 = Ann")
        assert street.channel.notices[0].channel == "ntfy://ann-topic"
        await adds(street, boss, role="family", email="ann@example.org", homes="ELM-12 = Ann\nOAK-3\n")
    ann = row(street, "ann@example.org")
    assert {one.home: one.contact is not None for one in ann.homes} == {"ELM-12": True, "OAK-3": False}
    assert ann.areas == []


async def test_without_a_way_to_send_it_says_added_only(street: VisitedSite) -> None:
    async with street.visitor("administrator") as boss:
        added = (await adds(street, boss)).headers["location"]
        assert added.endswith("?done=person-added")
        answer = await street.sends(boss, f"{added.partition('?')[0]}/link")
        assert answer.status_code == 422
        assert "no way to send a link" in answer.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "Write the name."),
        ({"name": "x" * 129}, "at most 128 letters"),
        ({"name": "Nia\r\nBcc: x"}, "Write the name on one line."),
        ({"name": "Keepwell"}, "Keepwell itself goes by this name."),
        ({"email": "nia"}, "Write an e-mail address"),
        ({"email": "TAKEN@example.org"}, "Somebody has this address already."),
        ({"role": "queen"}, "Choose one of these"),
        ({"areas": [], "homes": ""}, "Choose at least one area"),
        ({"areas": ["x" * 65]}, "at most 64 letters"),
        ({"homes": "NO-1"}, "There is no home NO-1."),
        ({"role": "family", "homes": ""}, "Family see homes by name"),
        ({"role": "family", "homes": "ELM-12 = Bob"}, "no contact of the name that you wrote"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    street: VisitedSite, fields: dict[str, object], told: str
) -> None:
    street.person("staff", name="Taken")
    async with street.visitor("administrator") as boss:
        answer = await adds(street, boss, **{"homes": "ELM-12"} | fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert "keepwell " not in answer.text
    for name, typed in ({"name": "Nia New", "email": "nia@example.org", "homes": "ELM-12"} | fields).items():
        assert name in {"role", "areas"} or str(typed).strip().lower() in answer.text.lower()
    with street.database.transaction() as session:
        assert len(session.scalars(select(PersonRow)).all()) == 2


# ------------------------------------------------------------------------------------------------ supervisors


async def test_a_supervisor_sees_and_changes_only_those_within_their_areas(street: VisitedSite) -> None:
    inside = {
        street.person("staff", name="Sam", areas=["North"]),
        street.person("installer", name="Ian", areas=["North"]),
        street.person("family", name="Ann", homes={"ELM-12": "Ann"}),
    }
    outside = {
        street.person("staff", name="Sue", areas=["South"]),
        street.person("staff", name="Both", areas=["North", "South"]),
        street.person("staff", name="All", areas=["*"]),
        street.person("family", name="Flo", homes={"ELM-12": None, "OAK-3": None}),
        street.person("supervisor", name="Peer", areas=["North"]),
        street.person("administrator", name="Boss"),
        street.person("staff", name="Newcomer", areas=[]),
    }
    async with street.visitor("supervisor", name="Una", areas=["North"]) as una:
        page = (await una.get("/people")).text
        assert {int(number) for number in re.findall(r'href="/people/(\d+)"', page)} == inside
        assert {int(number) for number in re.findall(
            r'href="/people/(\d+)"', (await street.sends(una, "/people", find="s")).text)} < inside  # fmt: skip
        for number in inside:
            assert (await una.get(f"/people/{number}")).status_code == 200
        for number in {*outside, 999}:
            assert (await una.get(f"/people/{number}")).status_code == 404
            for what in ("", "/disable", "/enable", "/link", "/end-sessions"):
                assert (await street.sends(una, f"/people/{number}{what}", **NEW)).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "administrator"},
        {"role": "supervisor"},
        {"areas": ["South"]},
        {"areas": ["North", "*"]},
        {"areas": ["North"], "other_areas": "South"},
        {"homes": "OAK-3"},
        {"role": "family", "homes": "ELM-12\nOAK-3"},
    ],
)
async def test_a_supervisor_gives_nobody_more_than_they_have(street: VisitedSite, fields: dict[str, object]) -> None:
    sam = street.person("staff", name="Sam", areas=["North"])
    async with street.visitor("supervisor", areas=["North"]) as una:
        assert (await adds(street, una, **fields)).status_code == 422
        changed = await street.sends(una, f"/people/{sam}", **(NEW | fields))
        assert changed.status_code == 422
        assert (await adds(street, una)).status_code == 303
    assert row(street, "sam@example.org").areas == ["North"]


async def test_care_workers_installers_and_family_are_not_asked_in(street: VisitedSite) -> None:
    outside: tuple[Role, ...] = ("staff", "installer", "family")
    for role in outside:
        async with street.visitor(role, name=role) as somebody:
            assert (await somebody.get("/people")).status_code == 403


# ------------------------------------------------------------------------------------------------ changing


async def test_a_change_holds_at_once_where_they_are_signed_in(street: VisitedSite) -> None:
    sam = street.person("staff", name="Sam", areas=["North"])
    async with street.visitor(person=sam) as browser, street.visitor("administrator") as boss:
        assert (await browser.head("/homes/OAK-3")).status_code == 404
        await street.sends(boss, f"/people/{sam}", name="Sam", email="sam@example.org", role="staff", areas=["South"])
        assert (await browser.head("/homes/ELM-12")).status_code == 404
        assert (await browser.head("/homes/OAK-3")).status_code == 200
        page = (await boss.get(f"/people/{sam}")).text
        assert re.search(r'value="South" checked', page)
        await street.sends(boss, f"/people/{sam}/end-sessions")
        assert (await browser.get("/me")).status_code == 303


async def test_who_becomes_family_keeps_no_password(street: VisitedSite) -> None:
    sam = street.person("staff", name="Sam")
    with street.database.transaction() as session:
        session.get_one(PersonRow, sam).password = "kept"  # noqa: S105
    async with street.visitor("administrator") as boss:
        fields = {"name": "Sam", "email": "sam@example.org", "role": "family", "homes": "ELM-12"}
        assert (await street.sends(boss, f"/people/{sam}", **fields)).status_code == 303
    assert row(street, "sam@example.org").password is None


async def test_nobody_takes_away_the_last_administrator(street: VisitedSite) -> None:
    boss = street.person("administrator", name="Bo")
    async with street.visitor(person=boss) as browser:
        for path, fields in (
            (f"/people/{boss}/disable", {}),
            (f"/people/{boss}", {"name": "Bo", "email": "bo@example.org", "role": "staff", "areas": ["North"]}),
        ):
            answer = await street.sends(browser, path, **fields)
            assert answer.status_code == 422
            assert "last administrator" in answer.text
        other = street.person("administrator", name="Deputy")
        assert (await street.sends(browser, f"/people/{other}/disable")).status_code == 303
        assert (await street.sends(browser, f"/people/{boss}/disable")).status_code == 422
        assert (await street.sends(browser, f"/people/{other}/enable")).status_code == 303
        assert (await street.sends(browser, f"/people/{boss}/disable")).status_code == 303
        assert (await browser.get("/people")).status_code == 303


async def test_looking_at_people_is_on_record_and_no_name_is_in_an_address(street: VisitedSite) -> None:
    street.person("staff", name="Sam")
    async with street.visitor("administrator", name="Bo") as boss:
        page = await street.sends(boss, "/people", find="SAM@")
        assert "Sam" in page.text
        assert "Nobody whose name" in (await street.sends(boss, "/people", find="100%")).text
    with street.database.transaction() as session:
        (look,) = session.scalars(select(LookRow)).all()
        assert (look.who, look.what, look.home) == ("Bo", "people", None)


async def test_a_thousand_people_come_in_pages(street: VisitedSite) -> None:
    with street.database.transaction() as session:
        for number in range(250):
            about = {"email": f"n{number}@example.org", "role": "staff", "areas": ["North"], "created_at": 1}
            session.add(PersonRow(name=f"Name {number:03}", **about))
    async with street.visitor("supervisor", areas=["North"]) as una:
        first = (await una.get("/people?role=staff")).text
        assert "250 people" in first
        assert "Name 099" in first
        assert "Name 100" not in first
        assert "/people?role=staff&amp;page=2" in first
        assert "Name 249" in (await una.get("/people?role=staff&page=3")).text
        assert (await una.get("/people?page=99999999999999999999")).status_code == 200
