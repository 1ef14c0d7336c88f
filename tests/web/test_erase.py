"""A home is erased from every store, and nothing of it comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from devices.instant import DAY, MINUTE, SECOND
from gateway.database.access import LookRow, PersonHomeRow, PersonRow
from gateway.database.tables import Base, FactRow, ResidentRow, StateRow
from gateway.errors import FixConfiguration, TryLater
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Fact, Lesson, Point, Quarantined, Reading, Taken, Verdict
from gateway.recorder.history import HistoryStore
from gateway.recorder.memory import MemoryStore
from gateway.recorder.recorder import Recorder
from gateway.recorder.stream import Pace
from gateway.registry import erase
from gateway.web.access.people import Person
from gateway.web.admin import erasure
from gateway.web.admin.erasure import REPORTS, Everything, erase_home, reports
from tests.support.site import VisitedSite

BY = Person(None, "Ada", "administrator")


def motion(home: str, at: int, room: str = "kitchen") -> Taken:
    return Taken(readings=(Reading(home, home.lower(), "zigbee2mqtt:0x1", room, None, "motion", True, at, at),))


def points(home: str, now: int, count: int) -> list[Point]:
    return [Point("motion", {"home": home}, {"value": 1.0}, now - number * SECOND) for number in range(count)]


@asynccontextmanager
async def following(site: VisitedSite) -> AsyncIterator[None]:
    """The gateway follows the registry while something is asked of it, as it does."""

    async def follow() -> None:
        while True:
            await site.takes_up()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def lived_in(site: VisitedSite) -> VisitedSite:
    """Two homes with people, readings, alerts that are closed, facts that wait, and what a hub taught."""
    for home, name in (("ELM-12", "Rose"), ("OAK-3", "Tom")):
        consent = {"by": name, "basis": "written", "at": "2026-01-01"}
        site.registers(
            home,
            area="North",
            residents=[{"name": name, "consent": consent}],
            rooms=[{"name": "kitchen", "kind": "kitchen"}],
            devices=[{"address": "zigbee2mqtt:0x1", "room": "kitchen"}],
            contacts=[{"name": f"Bea of {name}", "channels": ["console:"]}],
            escalation=[{"contacts": [f"Bea of {name}"]}],
        )
    await site.takes_up()
    for home in ("ELM-12", "OAK-3"):
        await site.journal.append([motion(home, site.now - n * MINUTE) for n in range(5)])
        unread = Quarantined(home.lower(), "x", None, "bad_json", "", 1, "d" * 64, site.now, b"{")
        await site.journal.append([Taken(quarantined=(unread,), lessons=(Lesson(home.lower(), "a", "t", b"[]"),))])
        await site.store.write(
            [Point("motion", {"home": home}, {"value": 1.0}, site.now - n * SECOND) for n in range(3)]
        )
        await site.desk.report([Verdict("trigger", home, "pendant", None, site.now, "person", 1, "Pressed.")], site.now)
    await site.desk.tick(site.now)
    for number in (1, 2):
        await site.desk.accept(number, "Bea", site.now)
        await site.desk.close(number, "Bea", "genuine", None, site.now)
    await site.takes_up()
    site.clock.advance_to(site.now + DAY)  # a day is learned from
    await site.takes_up()
    for alert in await site.desk.open_alerts():
        await site.desk.close(alert.id, "Bea", "other", None, site.now)
    await site.desk.tell([Fact("alert", "ELM-12", {"rule": "pendant"}, {"open": 1.0}, site.now)])
    return site


def stores(site: VisitedSite) -> Everything:
    return Everything(
        site.settings.data, site.database, site.journal, site.store, lambda home: home in site.site.homes()
    )


async def held(site: VisitedSite, home: str) -> dict[str, int]:
    rows = await site.database.read(lambda session: erase.held(session, home))
    rows |= await site.journal.held(home, [home.lower()])
    return rows | {"points": (await site.store.extent(home)).points}


async def test_an_administrator_erases_a_home(lived_in: VisitedSite) -> None:
    site, others = lived_in, await held(lived_in, "OAK-3")
    family = site.person("family", name="Bea of Rose", homes={"ELM-12": "Bea of Rose"})
    async with site.visitor("administrator", name="Ada") as ada, following(site):
        page = await ada.get("/homes/ELM-12/erase")
        assert "What stays, and why" in page.text
        wrong = await site.sends(ada, "/homes/ELM-12/erase", reference="ELM-1")
        assert wrong.status_code == 422
        assert 'value="ELM-1"' in wrong.text
        answer = await site.sends(ada, "/homes/ELM-12/erase", reference="ELM-12")
        assert answer.status_code == 303, answer.text
        report = await ada.get(answer.headers["location"])
        assert "Gone from all stores" in report.text
        assert "Back-ups made before" in report.text
        assert (await ada.get("/homes/ELM-12")).status_code == 404
    assert not any((await held(site, "ELM-12")).values())
    assert {name: count for name, count in (await held(site, "OAK-3")).items() if name != "fact"} == {
        name: count for name, count in others.items() if name != "fact"
    }
    with site.database.transaction() as session:
        assert session.get(PersonRow, family) is None
        assert session.get(StateRow, "ELM-12") is None
        assert {row.what for row in session.scalars(select(LookRow).where(LookRow.home == "ELM-12"))} >= {"erased"}


async def test_nothing_of_it_is_left_in_the_databases_file(lived_in: VisitedSite) -> None:
    site = lived_in
    async with following(site):
        await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
    site.database.close()
    left = b"".join(path.read_bytes() for path in site.settings.data.glob("keepwell.db*"))
    assert b"Bea of Tom" in left
    assert b"Rose" not in left


async def test_open_alerts_come_first(lived_in: VisitedSite) -> None:
    site, before = lived_in, await held(lived_in, "ELM-12")
    await site.desk.report([Verdict("trigger", "ELM-12", "smoke", None, site.now, "home", 1, "Smoke.")], site.now)
    (number,) = [alert.id for alert in await site.desk.open_alerts("ELM-12")]
    async with site.visitor("supervisor") as sue:
        assert f"/alerts/{number}" in (await sue.get("/homes/ELM-12/erase")).text
        answer = await site.sends(sue, "/homes/ELM-12/erase", reference="ELM-12")
    assert answer.status_code == 422
    assert f"Alert {number} of ELM-12 is open: close it first" in answer.text
    assert (await held(site, "ELM-12"))["resident"] == before["resident"]


async def test_while_the_store_cannot_be_reached_nothing_goes(lived_in: VisitedSite) -> None:
    site, before = lived_in, await held(lived_in, "ELM-12")
    assert isinstance(site.store, MemoryStore)
    site.store.down = TryLater("the store is away")
    with pytest.raises(TryLater):
        await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
    site.store.down = None
    assert await held(site, "ELM-12") == before


class Keeps(MemoryStore):
    """A store that knows no way to delete."""

    async def erase(self, home: str) -> None:
        raise FixConfiguration(f"the store knows no way: delete the tag home = {home} by its own means")


async def test_what_a_store_cannot_delete_is_named_with_what_to_do(lived_in: VisitedSite) -> None:
    site, store = lived_in, Keeps()
    await store.write([Point("motion", {"home": "ELM-12"}, {"value": 1.0}, site.now)])
    of = Everything(site.settings.data, site.database, site.journal, store, lambda home: home in site.site.homes())
    async with following(site):
        report, name = await erase_home(of, "ELM-12", BY, site.now, pause_s=0.0)
    assert not report.complete
    text = (site.settings.data / REPORTS / f"{name}.txt").read_text()
    assert "NOT everything is gone" in text
    assert "by its own means" in text
    async with site.visitor("administrator") as ada:
        assert "Not everything is gone" in (await ada.get(f"/erasures/{name}")).text


class Late(MemoryStore):
    """A store to which something was on its way while it was erased."""

    def __init__(self, late: Point) -> None:
        super().__init__()
        self.late: Point | None = late

    async def erase(self, home: str) -> None:
        await super().erase(home)
        if self.late is not None:
            late, self.late = self.late, None
            await self.write([late])


async def test_what_was_on_its_way_is_found_and_goes_too(lived_in: VisitedSite) -> None:
    site = lived_in
    store = Late(Point("motion", {"home": "ELM-12"}, {"value": 1.0}, site.now))
    of = Everything(site.settings.data, site.database, site.journal, store, lambda home: home in site.site.homes())
    async with following(site):
        report, _ = await erase_home(of, "ELM-12", BY, site.now, pause_s=0.0)
    assert report.complete
    assert (await store.extent("ELM-12")).points == 0


async def test_what_is_said_after_it_is_not_kept_nor_remembered(lived_in: VisitedSite) -> None:
    site = lived_in
    async with following(site):
        await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
        await site.journal.append([motion("ELM-12", site.now)])
        await asyncio.sleep(0.05)
    assert "ELM-12" not in site.site.homes()
    rows = await site.database.read(lambda session: erase.held(session, "ELM-12"))
    assert not any(rows.values()), rows


async def test_while_readings_arrive_and_are_recorded(lived_in: VisitedSite) -> None:
    """As in a running gateway: what comes in for a home that consents is kept, judged and recorded all the while."""
    site, sent = lived_in, 0

    async def set_aside(_point: Point, _reason: str) -> None:
        raise AssertionError("the store takes everything")

    async def arrive() -> None:
        nonlocal sent
        while True:
            home = site.directory.homes.get("ELM-12")
            if home is not None and home.consent:
                sent += 1
                await site.journal.append([motion("ELM-12", site.now + sent * SECOND)])
            await asyncio.sleep(0.002)

    pace = Pace(linger_s=0.0)
    recorder = Recorder(site.journal, site.store, site.desk, site.clock, set_aside=set_aside, pace=pace)
    tasks = [asyncio.create_task(work) for work in (recorder.run(), arrive())]
    async with following(site):
        while (await site.store.extent("ELM-12")).points < 20:  # noqa: ASYNC110 - stores do not tell
            await asyncio.sleep(0.01)
        report, _ = await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.3)
        await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sent
    assert report.complete
    assert not any((await held(site, "ELM-12")).values())


async def test_the_number_of_the_last_fact_is_not_given_out_again(lived_in: VisitedSite) -> None:
    site = lived_in
    with site.database.transaction() as session:
        last = session.scalar(select(FactRow.id).order_by(FactRow.id.desc()))
        session.add(FactRow(measurement="alert", home="ELM-12", tags={}, fields={"open": 1.0}, at=site.now))
    with site.database.transaction() as session:
        erase.erase(session, "ELM-12")
    with site.database.transaction() as session:
        after = session.scalar(select(FactRow.id).order_by(FactRow.id.desc()))
    assert last is not None
    assert after is not None
    assert after > last


def test_every_kind_is_told_in_plain_words(site: VisitedSite) -> None:
    kinds = {table.__tablename__ for table in erase._rows("ELM-12")} | {"points", "entries", "lessons"}
    assert kinds <= set(erasure._WORDS)


def test_every_table_is_erased_from_or_says_why_not() -> None:
    erased = {table.__tablename__ for table in erase._rows("ELM-12")}
    assert erased | set(erase.KEPT) == set(Base.metadata.tables)
    assert not erased & set(erase.KEPT)


def test_no_table_that_is_kept_names_a_home_but_the_record_of_looks(site: VisitedSite) -> None:
    found = inspect(site.database.engine)
    with_homes = {name for name in erase.KEPT if "home" in {column["name"] for column in found.get_columns(name)}}
    assert with_homes == {"look"}


async def test_family_who_see_another_home_stay(lived_in: VisitedSite) -> None:
    site = lived_in
    both = site.person("family", name="Cleo", homes={"ELM-12": None, "OAK-3": None})
    only = site.person("family", name="Dan", homes={"ELM-12": None})
    for person in (both, only):
        async with site.visitor(person=person) as relative:
            await relative.get("/homes/ELM-12")
    async with following(site):
        await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
    with site.database.transaction() as session:
        assert session.get(PersonRow, only) is None
        assert [row.home for row in session.scalars(select(PersonHomeRow).where(PersonHomeRow.person == both))] == [
            "OAK-3"
        ]
        who = set(session.scalars(select(LookRow.who).where(LookRow.home == "ELM-12")))
    assert "Dan" not in who
    assert erase.SOMEBODY in who
    assert "Cleo" in who


async def test_of_two_who_live_there_one_is_erased_and_the_home_stays(lived_in: VisitedSite) -> None:
    site = lived_in
    with site.database.transaction() as session:
        session.add(ResidentRow(home="ELM-12", name="Percy", consent_withdrawn_at=site.now))
    with site.database.transaction() as session:
        percy = session.scalar(select(ResidentRow.id).where(ResidentRow.name == "Percy"))
        rose = session.scalar(select(ResidentRow.id).where(ResidentRow.name == "Rose"))
    async with site.visitor("supervisor") as sue:
        assert "only the record of Percy" in (await sue.get("/homes/ELM-12/erase")).text
        assert (await site.sends(sue, "/homes/ELM-12/erase", resident=percy)).status_code == 422
        answer = await site.sends(sue, "/homes/ELM-12/erase", resident=percy, reference="ELM-12")
        assert answer.headers["location"] == "/homes/ELM-12/erase?done=resident-erased"
        alone = await site.sends(sue, "/homes/ELM-12/erase", resident=rose, reference="ELM-12")
        assert alone.status_code == 422
    assert (await held(site, "ELM-12"))["resident"] == 1
    assert (await site.store.extent("ELM-12")).points == 3


async def test_reports_are_for_those_whose_area_it_was(lived_in: VisitedSite) -> None:
    site = lived_in
    async with following(site):
        _, name = await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
    assert reports(site.settings.data) == [(name, "North")]
    async with site.visitor("supervisor", name="Nora", areas=["North"]) as nora:
        assert name in (await nora.get("/erasures")).text
        assert (await nora.get(f"/erasures/{name}?as=text")).text.startswith("Erasure of ELM-12\n")
    async with site.visitor("supervisor", name="Sam", areas=["South"]) as sam:
        assert name not in (await sam.get("/erasures")).text
        assert (await sam.get(f"/erasures/{name}")).status_code == 404


async def test_copies_in_the_data_directory_are_named(lived_in: VisitedSite) -> None:
    site = lived_in
    (site.settings.data / "replaced-1").mkdir()
    (site.settings.data / "journal.db.damaged-1").write_bytes(b"ELM-12")
    async with following(site):
        report, _ = await erase_home(stores(site), "ELM-12", BY, site.now, pause_s=0.0)
    assert [line for line in report.left if line.startswith(("replaced-1 ", "journal.db.damaged-1 "))]


async def test_the_real_files_hold_nothing_of_it(tmp_path: Path) -> None:
    site = VisitedSite(tmp_path)
    journal = await SqliteJournal.open(tmp_path / "journal.db")
    store = await HistoryStore.open(tmp_path / "history.db")
    try:
        site.registers("ELM-12", contacts=[{"name": "Bea", "channels": ["console:"]}])
        await journal.append([motion("ELM-12", site.now - n * SECOND) for n in range(50)])
        await store.write(
            [Point("motion", {"home": "ELM-12"}, {"value": 1.0}, site.now - n * SECOND) for n in range(50)]
        )
        of = Everything(tmp_path, site.database, journal, store)
        report, _ = await erase_home(of, "ELM-12", BY, site.now, pause_s=0.0)
        assert report.complete
        assert {(one.store, one.before) for one in report.counts} >= {("journal.db", 50), ("time-series store", 50)}
        with site.database.transaction() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    finally:
        await store.close()
        await journal.close()
        await site.close()
