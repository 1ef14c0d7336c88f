"""One sensor's page: its room and role, another in its place, taking it out; and lists of many."""

import re
from typing import Any

import httpx
import pytest

from gateway.model import Reading, Sighting, Taken
from gateway.registry.homes import get_home
from tests.support.site import VisitedSite

HOME = "/homes/ELM-12/devices"
ROOMS = [{"name": "kitchen", "kind": "kitchen"}, {"name": "hall", "kind": "hall"}]
DOOR, MOTION, NEW = (f"zigbee2mqtt:0x0{number}" for number in (1, 2, 3))
DEVICES: list[dict[str, Any]] = [
    {"address": DOOR, "room": "hall", "role": "front-door", "quantities": ["contact"]},
    {"address": MOTION, "room": "kitchen", "quantities": ["motion"]},
]


def rows(site: VisitedSite) -> dict[str, tuple[int, str | None, str | None]]:
    with site.registry.reading() as session:
        return {row.address: (row.id, row.room, row.role) for row in get_home(session, "ELM-12").devices}


def page_of(site: VisitedSite, address: str) -> str:
    return f"{HOME}/{rows(site)[address][0]}"


async def test_room_and_role_are_changed(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, page_of(site, DOOR), room="kitchen", role="back-door")
    assert answer.status_code == 303
    assert rows(site)[DOOR][1:] == ("kitchen", "back-door")


async def test_what_is_not_possible_is_told_beside_the_field(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, page_of(site, DOOR), room="attic", role="front-dor")
    assert answer.status_code == 422
    assert "There is no room “attic” here" in answer.text
    assert "Did you mean front-door?" in answer.text
    assert rows(site)[DOOR][1:] == ("hall", "front-door")


async def test_a_sensor_of_another_home_is_not_there(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    site.registers("OAK-3")
    number = rows(site)[DOOR][0]
    async with site.visitor("installer") as installer:
        for path in ("", "/replace", "/retire"):
            assert (await installer.get(f"/homes/OAK-3/devices/{number}{path}")).status_code == 404
            assert (await site.sends(installer, f"/homes/OAK-3/devices/{number}{path}")).status_code == 404
    assert len(rows(site)) == 2


async def test_what_it_said_last_is_seen_while_installing_only(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    await site.takes_up()
    said = Reading("ELM-12", "elm-12", DOOR, "hall", "front-door", "contact", True, site.now, site.now)
    await site.journal.append([Taken(readings=(said,))])
    await site.takes_up()
    async with site.visitor("installer") as installer:
        for live_at, shown in ((None, True), (site.now, False)):
            with site.registry.changing() as session:
                get_home(session, "ELM-12").live_at = live_at
            page = (await installer.get(page_of(site, DOOR))).text
            assert ("What it said last" in page) is shown
            assert ("Heard just now" in page) is shown


# ------------------------------------------------------------------------------------------------ replace, retire


async def test_another_takes_its_place_with_what_it_told_of_itself(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    seen = Sighting("elm-12", NEW, ("contact",), site.now, "New one", "Aqara", "MCCGQ11LM")
    await site.journal.append([Taken(sightings=(seen,))])
    async with site.visitor("installer") as installer:
        form = (await installer.get(page_of(site, DOOR) + "/replace")).text
        assert f'value="{NEW}"' in form
        answer = await site.sends(installer, page_of(site, DOOR) + "/replace", address=NEW)
        page = (await installer.get(answer.headers["location"])).text
    assert rows(site)[NEW][1:] == ("hall", "front-door")
    assert "Aqara MCCGQ11LM" in page
    assert DOOR in page.partition("Before it")[2]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Choose a sensor, or type its code."),
        ({"address": DOOR}, "the sensor that is there now"),
        ({"address": MOTION}, "in this home already, as motion sensor"),
        ({"code": "MT:Y.K90SO527JA0648G00"}, "Matter"),
    ],
)
async def test_what_cannot_take_its_place_is_told(site: VisitedSite, fields: dict[str, str], why: str) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, page_of(site, DOOR) + "/replace", **fields)
    assert answer.status_code == 422
    assert why in answer.text
    assert set(rows(site)) == {DOOR, MOTION}


async def test_its_code_names_what_takes_its_place(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    async with site.visitor("installer") as installer:
        await site.sends(installer, page_of(site, DOOR) + "/replace", code="F4CE36D88AB8B6FD")
    assert rows(site)["zigbee2mqtt:0xf4ce36d88ab8b6fd"][1:] == ("hall", "front-door")


async def test_who_takes_it_out_is_told_which_rules_would_see_nothing(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    await site.takes_up()
    for device, quantity in ((DOOR, "contact"), (MOTION, "motion")):
        said = Reading("ELM-12", "elm-12", device, None, None, quantity, True, site.now, site.now)
        await site.journal.append([Taken(readings=(said,))])
    await site.takes_up()
    async with site.visitor("installer") as installer:
        page = (await installer.get(page_of(site, MOTION) + "/retire")).text
        assert re.search(r"goes on</span>\s*No movement for a long time", page)
        door = (await installer.get(page_of(site, DOOR) + "/retire")).text
        assert re.search(r"sees nothing</span>\s*Door left open", door)
        await site.sends(installer, page_of(site, MOTION) + "/retire")
    assert set(rows(site)) == {DOOR}


async def test_looking_at_what_it_would_mean_changes_nothing(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    await site.takes_up()
    watch = site.watch.engine.homes()["ELM-12"]
    before = watch.save()
    async with site.visitor("installer") as installer:
        await installer.get(page_of(site, MOTION) + "/retire")
    assert watch.save() == before


# ------------------------------------------------------------------------------------------------ lists


async def checks(site: VisitedSite, installer: httpx.AsyncClient, text: str, **more: str) -> httpx.Response:
    return await site.sends(installer, HOME + "/import", list=text, **more)


LIST = f"""Address;Room;Role;Model
{DOOR};hall;front-door;
{MOTION};hall;;RTCGQ11LM
0x00158d0001a2b3c4;Kitchen;Fridge;
"""


async def test_a_list_is_reported_on_and_then_done_whole(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    new = "zigbee2mqtt:0x00158d0001a2b3c4"
    await site.journal.append([Taken(sightings=(Sighting("elm-12", new, ("contact",), site.now),))])
    async with site.visitor("installer") as installer:
        report = await checks(site, installer, LIST)
        assert "1 added, 1 changed, 1 already so, 0 wrong" in report.text
        assert "room kitchen → hall" in report.text
        assert new not in rows(site)
        answer = await checks(site, installer, LIST, confirm="yes")
    assert answer.status_code == 303
    assert rows(site)[new][1:] == ("kitchen", "fridge")
    assert rows(site)[MOTION][1:] == ("hall", None)


async def test_one_wrong_line_keeps_all_of_it_out(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    text = "address,room,role\nzigbee2mqtt:0x9,hall,\nzigbee2mqtt:0xa,halll,dor\n,hall,\nzigbee2mqtt:0x9,hall,\n"
    async with site.visitor("installer") as installer:
        answer = await checks(site, installer, text, confirm="yes")
    assert answer.status_code == 422
    assert "1 added, 0 changed, 0 already so, 3 wrong" in answer.text
    assert "Did you mean hall?" in answer.text
    assert "Give the address" in answer.text
    assert "Line 2 has the same sensor" in answer.text
    assert "zigbee2mqtt:0xa,halll,dor" in answer.text
    assert set(rows(site)) == {DOOR, MOTION}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("address,room\nzigbee2mqtt:0x9,Küche\n".encode("latin-1"), "Line 2 has a letter that is not written in UTF-8"),
        ("address\nzigbee2mqtt:0x9\n".encode("utf-16"), "CSV UTF-8"),
        (b"zigbee2mqtt:0x9,hall\n", "The first line must name the columns"),
        (b"address,colour\nzigbee2mqtt:0x9,red\n", "There is no column"),
        (b"address,Device\na:1,b:2\n", "there twice"),
        (b'address,room\n"zigbee2mqtt:0x9,hall\n', "quotation mark"),
        (b"address,room\n", "no line below"),
        (b"\n", "Choose a file, or paste a list"),
    ],
)
async def test_a_file_that_cannot_be_read_is_explained(site: VisitedSite, raw: bytes, why: str) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=DEVICES)
    async with site.visitor("installer") as installer:
        fields = {"csrf": site.csrf(installer), "list": ""}
        answer = await installer.post(HOME + "/import", data=fields, files={"file": ("list.csv", raw, "text/csv")})
    assert answer.status_code == 422
    assert why in answer.text


async def test_a_file_with_a_mark_at_its_start_is_read(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    raw = "\ufeffaddress,room\r\nzigbee2mqtt:0x9,hall\r\n".encode()
    async with site.visitor("installer") as installer:
        answer = await installer.post(HOME + "/import", data={"csrf": site.csrf(installer), "list": ""},
                                      files={"file": ("list.csv", raw, "text/csv")})  # fmt: skip
    assert "1 added" in answer.text


async def test_the_sample_is_a_list_that_can_be_sent(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as installer:
        sample = await installer.get(HOME + "/sample.csv")
        assert re.search(r'filename="sensors-ELM-12.csv"', sample.headers["content-disposition"])
        report = await checks(site, installer, sample.text)
    assert "3 added, 0 changed, 0 already so, 0 wrong" in report.text
