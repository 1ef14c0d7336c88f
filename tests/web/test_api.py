"""What programs do with the JSON API: see alerts through, look at homes, register devices; all of it on record."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from devices.instant import MINUTE
from gateway.database.access import LookRow
from gateway.database.tables import ContactRow, HomeRow, ResidentRow
from gateway.model import Reading, Sighting, Taken, Verdict
from gateway.web.api import tokens
from gateway.web.route import Role
from tests.support.site import VisitedSite

SECRET = "ntfy://hunter2.example.org/topic"  # noqa: S105


@pytest.fixture
async def home(site: VisitedSite) -> VisitedSite:
    """ELM-12 with Bea, a pendant press that calls, and a sensor that has fallen silent."""
    site.registers(
        "ELM-12",
        area="North",
        rooms=[{"name": "kitchen", "kind": "kitchen"}],
        devices=[{"address": "zigbee2mqtt:0x1", "room": "kitchen", "quantities": ["motion"]}],
        contacts=[{"name": "Bea", "channels": [SECRET]}, {"name": "Cyd", "channels": ["console:"]}],
        escalation=[{"contacts": ["Bea", "Cyd"]}],
    )
    await site.takes_up()
    said = Reading("ELM-12", "elm-12", "zigbee2mqtt:0x1", "kitchen", None, "motion", True, site.now, site.now)
    heard = Sighting("elm-12", "zigbee2mqtt:0x9", ("contact",), site.now, "Front door", "Acme", "X1")
    await site.journal.append([Taken(readings=(said,), sightings=(heard,))])
    await site.takes_up()
    pressed = Verdict("trigger", "ELM-12", "pendant", None, site.now, "person", 1, "The pendant was pressed.")
    silent = Verdict("trigger", "ELM-12", "sensor_silent", "zigbee2mqtt:0x1", site.now, "equipment", 3, "Not heard.")
    await site.desk.report([pressed, silent], site.now)
    await site.desk.tick(site.now)
    return site


@pytest.fixture
async def board(home: VisitedSite) -> AsyncIterator[httpx.AsyncClient]:
    async with program(home, "staff", "Board") as client:
        yield client


def program(site: VisitedSite, role: Role, name: str) -> httpx.AsyncClient:
    with site.database.transaction() as session:
        secret = tokens.make(session, name, role, ["North"], "Ada", None, site.now)
    client = site.visitor()
    client.headers["authorization"] = f"Bearer {secret}"
    return client


def looks(site: VisitedSite) -> set[tuple[str, str | None, str]]:
    with site.database.transaction() as session:
        return {(row.who, row.home, row.what) for row in session.scalars(select(LookRow))}


async def test_a_program_sees_an_alert_through(home: VisitedSite, board: httpx.AsyncClient) -> None:
    (alert,) = [one for one in (await board.get("/api/alerts?open=true")).json() if one["concerns"] == "person"]
    assert (alert["priority"], alert["state"], alert["calling"]) == (1, "raised", True)
    assert alert["raised"] == "2026-01-12T12:00:00Z"
    path = f"/api/alerts/{alert['alert']}"
    assert (await board.post(f"{path}/accept")).json()["accepted_by"] == "Board"
    again = await board.post(f"{path}/accept")
    assert again.status_code == 409
    assert "has accepted this alert already" in again.json()["problem"]
    assert (await board.post(f"{path}/note", json={"text": " Rang, no answer. "})).status_code == 200
    assert (await board.post(f"{path}/hand-over", json={"to": "Cyd", "reason": "Nearer"})).json()["handed_to"] == "Cyd"
    closed = (await board.post(f"{path}/close", json={"outcome": "genuine", "note": "Fell."})).json()
    assert (closed["state"], closed["outcome"], closed["calling"]) == ("closed", "genuine", False)
    told = [entry["text"] for entry in closed["timeline"]]
    assert "Board noted: Rang, no answer." in told
    assert any("Board closed it" in text for text in told)
    assert (await board.get("/api/alerts?open=true&rule=pendant")).json() == []
    assert len((await board.get("/api/alerts?open=false")).json()) == 1


async def test_no_address_of_a_contact_is_told(home: VisitedSite, board: httpx.AsyncClient) -> None:
    whole = (await board.get("/api/alerts/1")).json()
    assert {(one["contact"], one["channel"]) for one in whole["messages"]} == {("Bea", "ntfy"), ("Cyd", "console")}
    assert "hunter2" not in json.dumps(whole)


async def test_what_is_looked_at_is_on_record_under_the_tokens_name(
    home: VisitedSite, board: httpx.AsyncClient
) -> None:
    for path in ("homes", "homes/ELM-12", "homes/ELM-12/today", "alerts", "alerts/1", "me"):
        assert (await board.get(f"/api/{path}")).status_code == 200
    assert looks(home) == {("Board", "ELM-12", what) for what in ("home", "today", "alerts", "alert 1")}


async def test_a_home_tells_its_rooms_devices_and_rules(home: VisitedSite, board: httpx.AsyncClient) -> None:
    (summary,) = (await board.get("/api/homes?area=North")).json()
    assert (summary["home"], summary["open_alerts"], summary["most_urgent"]) == ("ELM-12", 2, 1)
    whole = (await board.get("/api/homes/ELM-12")).json()
    assert whole["rooms"] == [{"name": "kitchen", "kind": "kitchen"}]
    (device,) = whole["devices"]
    assert (device["health"], device["last_heard"]) == ("heard", "2026-01-12T12:00:00Z")
    assert {rule["state"] for rule in whole["rules"]} <= {"armed", "degraded", "blind"}
    assert "Rose" not in json.dumps(whole)


async def test_installers_see_faults_and_no_alerts_about_people(home: VisitedSite) -> None:
    async with program(home, "installer", "Stock") as stock:
        whole = (await stock.get("/api/homes/ELM-12")).json()
        assert [alert["rule"] for alert in whole["alerts"]] == ["sensor_silent"]
        assert whole["open_alerts"] == 1
        assert (await stock.get("/api/homes/ELM-12/today")).status_code == 403
        (seen,) = (await stock.get("/api/sightings?home=ELM-12")).json()
        assert (seen["address"], seen["name"], seen["count"]) == ("zigbee2mqtt:0x9", "Front door", 1)


async def test_when_sensors_were_heard_is_not_for_installers_of_a_home_in_service(home: VisitedSite) -> None:
    for role, is_live, told in (("installer", True, False), ("installer", False, True), ("staff", True, True)):
        with home.database.transaction() as session:
            session.get_one(HomeRow, "ELM-12").live_at = home.now if is_live else None
        async with program(home, role, f"{role} {is_live}") as asks:
            devices = (await asks.get("/api/homes/ELM-12")).json()["devices"]
        assert any(one["last_heard"] for one in devices) is told


async def test_today_is_told_without_a_name(home: VisitedSite, board: httpx.AsyncClient) -> None:
    home.clock.advance_to(home.now + MINUTE)
    told = (await board.get("/api/homes/ELM-12/today")).json()
    assert "in the kitchen at 12:00" in told["sentence"]
    assert "Rose" not in told["sentence"]
    assert told["moved_in"] == "kitchen"


async def test_today_is_for_care_that_the_residents_agreed_to(home: VisitedSite, board: httpx.AsyncClient) -> None:
    await home.desk.close(1, "Bea", "test", None, home.now)
    with home.database.transaction() as session:
        session.scalars(select(ResidentRow)).one().consent_purposes = ["alerts"]
    told = (await board.get("/api/homes/ELM-12/today")).json()
    assert "alerts alone" in told["sentence"]
    assert (told["moved"], told["moved_in"], told["up"]) == (None, None, None)


async def test_a_device_is_registered_and_retired(home: VisitedSite) -> None:
    async with program(home, "installer", "Stock") as stock:
        path, new = "/api/homes/ELM-12/devices", {"address": "zigbee2mqtt:0x9", "room": "kitchen", "role": "fridge"}
        made = await stock.post(path, json=new)
        assert (made.status_code, made.json()["hub"]) == (201, "elm-12")
        await home.takes_up()
        assert home.directory.find("elm-12", "zigbee2mqtt:0x9") is not None
        assert (await stock.get("/api/sightings")).json() == []
        assert (await stock.post(f"{path}/retire", json={"address": "zigbee2mqtt:0x9"})).status_code == 204
        await home.takes_up()
        assert home.directory.find("elm-12", "zigbee2mqtt:0x9") is None


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("homes/ELM-12/devices", {"address": "zigbee2mqtt:0x1"}, "address"),
        ("homes/ELM-12/devices", {"address": "a", "room": "attic"}, "room"),
        ("homes/ELM-12/devices", {"address": "a", "hub": "oak-3"}, "hub"),
        ("homes/ELM-12/devices", {"address": "a", "role": "throne"}, "role"),
        ("homes/ELM-12/devices", {"address": " a\n"}, "address"),
        ("homes/ELM-12/devices", {"address": "a", "colour": "red"}, "colour"),
        ("homes/ELM-12/devices", {}, "address"),
        ("homes/ELM-12/devices/retire", {"address": "b"}, "address"),
        ("alerts/1/note", {"text": "  "}, "text"),
        ("alerts/1/snooze", {"minutes": 0, "reason": "x"}, "minutes"),
        ("alerts/1/snooze", {"minutes": 600, "reason": "x"}, None),
        ("alerts/1/hand-over", {"to": "Dan", "reason": "x"}, "to"),
        ("alerts/1/close", {"outcome": "splendid"}, "outcome"),
        ("alerts/1/note", None, None),
    ],
)
async def test_what_will_not_do_is_told_in_plain_words(
    home: VisitedSite, path: str, body: dict[str, Any] | None, field: str | None
) -> None:
    async with program(home, "supervisor", "Desk") as desk:
        answer = await desk.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    told = answer.json()
    assert set(told) == {"problem", "field"}
    assert told["field"] == field
    assert told["problem"].endswith(".")
    assert "keepwell" not in told["problem"]


async def test_what_is_no_json_or_too_large_is_refused(home: VisitedSite, board: httpx.AsyncClient) -> None:
    for content in (b"{", b"\x80\xff", b"[" * 10_000):
        answer = await board.post("/api/alerts/1/note", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["problem"]
    large = await board.post("/api/alerts/1/note", json={"text": "x" * 100_000})
    assert large.status_code == 413
    assert "64 KB" in large.json()["problem"]


async def test_unknown_addresses_and_ways_are_told_as_json(home: VisitedSite, board: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "nowhere", 404), ("GET", "homes/%0A", 404), ("DELETE", "me", 405)):
        answer = await board.request(method, f"/api/{path}")
        assert answer.status_code == status
        assert answer.json()["problem"]


async def test_consent_that_was_withdrawn_ends_what_is_told_of_the_day(
    home: VisitedSite, board: httpx.AsyncClient
) -> None:
    with home.registry.changing() as session:
        session.scalars(select(ResidentRow)).one().consent_withdrawn_at = home.now
        session.scalars(select(ContactRow)).first()
    await home.takes_up()
    told = (await board.get("/api/homes/ELM-12/today")).json()
    assert "no consent" in told["sentence"]
    assert told["moved"] is None
    assert {one["health"] for one in (await board.get("/api/homes/ELM-12")).json()["devices"]} == {"not watched"}
