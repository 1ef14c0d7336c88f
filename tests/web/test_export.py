"""All that is kept of a home as one file, for the people who live there."""

import csv
import io
import json
from zipfile import ZipFile

import httpx
from sqlalchemy import select

from devices.instant import DAY, MINUTE
from gateway.database.access import LookRow
from gateway.errors import TryLater
from gateway.model import Lesson, Point, Quarantined, Reading, Sighting, Taken, Verdict
from gateway.recorder.memory import MemoryStore
from tests.support.site import VisitedSite

SECRET = "mailtos://rose:hunter2@mail.example.org?to=bea@example.org"  # noqa: S105


async def lived_in(site: VisitedSite) -> None:
    people = [
        {"name": name, "consent": {"by": name, "basis": "written", "at": "2026-01-01"}} for name in ("Rose", "Percy")
    ]
    site.registers(
        "ELM-12",
        residents=people,
        rooms=[{"name": "kitchen", "kind": "kitchen"}],
        devices=[{"address": "zigbee2mqtt:0x1", "room": "kitchen"}],
        contacts=[{"name": "Bea", "channels": [SECRET], "quiet_hours": "22:00-07:00"}],
        escalation=[{"contacts": ["Bea"]}],
    )
    await site.takes_up()
    at = site.now - MINUTE
    said = Reading("ELM-12", "elm-12", "zigbee2mqtt:0x1", "kitchen", None, "motion", True, at, at)
    unread = Quarantined("elm-12", "homes/elm-12/x", None, "bad_json", "", 1, "d" * 64, at, b"{oops")
    await site.journal.append(
        [
            Taken(
                readings=(said,),
                sightings=(Sighting("elm-12", "zigbee2mqtt:0x9", ("motion",), at),),
                quarantined=(unread,),
                lessons=(Lesson("elm-12", "inventory", "homes/elm-12/bridge", b'[{"friendly_name": "Hall"}]'),),
            )
        ]
    )
    tags = {"home": "ELM-12", "device": "zigbee2mqtt:0x1", "room": "kitchen"}
    for days in (0, 3):
        await site.store.write([Point("motion", tags, {"value": 1.0}, site.now - days * DAY)])
    await site.store.write([Point("motion", {"home": "OAK-3"}, {"value": 1.0}, site.now)])
    await site.desk.report([Verdict("trigger", "ELM-12", "pendant", None, at, "person", 1, "Rose pressed.")], site.now)
    await site.desk.tick(site.now)
    await site.takes_up()
    site.clock.advance_to(site.now + DAY)
    await site.takes_up()


async def asked(site: VisitedSite, client: httpx.AsyncClient, **fields: object) -> ZipFile:
    answer = await site.sends(client, "/homes/ELM-12/export", **fields)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="ELM-12-2026-01-12.zip"'
    assert len(answer.content) == int(answer.headers["content-length"])
    return ZipFile(io.BytesIO(answer.content))


def loaded(archive: ZipFile, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(archive.read(name))
    return found


async def test_a_supervisor_takes_out_all_that_is_kept(site: VisitedSite) -> None:
    await lived_in(site)
    async with site.visitor("supervisor", name="Sue") as sue:
        assert "Rose: without the other" in (await sue.get("/homes/ELM-12/export")).text
        archive = await asked(site, sue)
    assert archive.testzip() is None
    readme = archive.read("README.txt").decode()
    for name in archive.namelist():
        assert name == "README.txt" or name.partition("/")[0] in readme, f"{name} is not explained"
    assert [one["name"] for one in loaded(archive, "residents.json")] == ["Rose", "Percy"]
    (alert,) = [one for one in loaded(archive, "alerts.json") if one["rule"] == "pendant"]
    assert "Keepwell calls Bea" in json.dumps(alert["timeline"])
    assert alert["raised_at"] == "2026-01-12T12:00:00Z"
    assert sorted(name for name in archive.namelist() if name.startswith("readings/")) == [
        "readings/2026-01-09.csv",
        "readings/2026-01-12.csv",
    ]
    (row,) = csv.DictReader(io.StringIO(archive.read("readings/2026-01-09.csv").decode()))
    assert (row["time"], row["what"], row["value"], row["room"]) == ("2026-01-09T12:00:00Z", "motion", "1.0", "kitchen")
    assert json.loads(archive.read("journal.jsonl"))["quantity"] == "motion"
    assert loaded(archive, "unread.json")[0]["payload"] == "{oops"
    assert "Hall" in str(loaded(archive, "hub.json")[0]["payload"])
    assert loaded(archive, "sightings.json")[0]["address"] == "zigbee2mqtt:0x9"
    report = archive.read("report.txt").decode()
    assert "readings/2026-01-09.csv" in report
    assert "NOT here" not in report


async def test_what_belongs_to_others_is_not_in_it(site: VisitedSite) -> None:
    await lived_in(site)
    async with site.visitor("administrator") as ada:
        archive = await asked(site, ada)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for other in (b"hunter2", b"bea@example.org", b"OAK-3"):
        assert other not in everything
    assert loaded(archive, "contacts.json")[0]["told_by"] == ["mailtos"]


async def test_one_of_two_gets_their_own_record_and_the_homes_data(site: VisitedSite) -> None:
    await lived_in(site)
    async with site.visitor("administrator") as ada:
        archive = await asked(site, ada, resident=2)
    assert [one["name"] for one in loaded(archive, "residents.json")] == ["Percy"]
    assert "for Percy." in archive.read("README.txt").decode()
    assert b"motion" in archive.read("journal.jsonl")


async def test_that_it_was_done_is_on_record(site: VisitedSite) -> None:
    await lived_in(site)
    async with site.visitor("supervisor", name="Sue") as sue:
        archive = await asked(site, sue)
    with site.database.transaction() as session:
        assert session.scalar(select(LookRow.what).where(LookRow.who == "Sue", LookRow.what == "export"))
    assert b"Sue" in archive.read("looks.csv")


async def test_what_cannot_be_read_is_named_and_the_rest_is_there(site: VisitedSite) -> None:
    await lived_in(site)
    assert isinstance(site.store, MemoryStore)
    site.store.down = TryLater("the store at http://localhost cannot be asked")
    async with site.visitor("administrator") as ada:
        archive = await asked(site, ada)
    assert "NOT here, as it could not be read: the store" in archive.read("report.txt").decode()
    assert loaded(archive, "residents.json")
