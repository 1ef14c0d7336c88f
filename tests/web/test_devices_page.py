"""The sensors of a home: what was heard appears, and one tap gives it its place."""

import re
from typing import Any

import pytest

from devices.instant import MINUTE
from gateway.model import Reading, Sighting, Taken
from gateway.registry.homes import get_home
from tests.support.site import VisitedSite

HOME = "/homes/ELM-12/devices"
ROOMS = [{"name": "kitchen", "kind": "kitchen"}, {"name": "hall", "kind": "hall"}, {"name": "bath", "kind": "bathroom"}]
DOOR, MOTION, PENDANT = "zigbee2mqtt:0x01", "zigbee2mqtt:0x02", "zigbee2mqtt:0x03"


async def heard(site: VisitedSite, address: str, quantities: tuple[str, ...], name: str | None = None,
                hub: str = "elm-12", **about: Any) -> None:  # fmt: skip
    one = Sighting(hub, address, quantities, site.now, name, **about)
    await site.journal.append([Taken(sightings=(one,))])


def registered(site: VisitedSite) -> dict[str, tuple[str | None, str | None]]:
    with site.registry.reading() as session:
        return {row.address: (row.room, row.role) for row in get_home(session, "ELM-12").devices}


async def test_what_is_heard_appears_with_its_name_and_what_it_reports(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, DOOR, ("contact", "battery"), "Front door", maker="Aqara", model="MCCGQ11LM")
    async with site.visitor("installer") as installer:
        page = (await installer.get(HOME)).text
    assert "Front door" in page
    assert "Aqara MCCGQ11LM" in page
    assert "1 message" in page
    assert "Add as front door in hall" in page


async def test_what_the_hub_only_tells_of_is_said_not_to_be_heard(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, DOOR, ("contact",), "Front door", introduced=True)
    async with site.visitor("installer") as installer:
        assert "not heard itself yet" in (await installer.get(HOME)).text


async def test_what_others_hubs_hear_does_not_appear(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    site.registers("OAK-3")
    await heard(site, DOOR, ("contact",), "Secret door", hub="oak-3")
    async with site.visitor("installer") as installer:
        assert "Secret door" not in (await installer.get(HOME)).text


async def test_one_tap_gives_it_its_place(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, DOOR, ("contact",), "Front door", model="MCCGQ11LM")
    async with site.visitor("installer") as installer:
        page = (await installer.get(HOME)).text
        form = page[page.index('class="action"', page.index("Model")) :].partition("</form>")[0]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        answer = await installer.post(HOME, data=fields)
        assert answer.status_code == 303
        after = (await installer.get(answer.headers["location"])).text
    assert registered(site) == {DOOR: ("hall", "front-door")}
    assert "The sensor is added." in after
    assert "Nothing new has been heard" in after


@pytest.mark.parametrize(
    ("name", "quantities", "words"),
    [
        ("Kitchen motion", ("motion",), "Add as sensor in kitchen"),
        ("bath_leak", ("leak",), "Add as sensor in bath"),
        ("SOS", ("button",), "Add as pendant"),
        ("Sensor 7", ("motion",), ">Kitchen<"),
    ],
)
async def test_its_name_suggests_the_place(
    site: VisitedSite, name: str, quantities: tuple[str, ...], words: str
) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, MOTION, quantities, name)
    async with site.visitor("installer") as installer:
        assert words in (await installer.get(HOME)).text


async def test_what_it_told_before_is_known_of_it(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, MOTION, ("motion", "illuminance"), "Eye", maker="Aqara", model="RTCGQ11LM")
    async with site.visitor("installer") as installer:
        await site.sends(installer, HOME, hub="elm-12", address=MOTION, room="kitchen", role="")
    [device] = (await site.registry.directory()).homes["ELM-12"].devices
    assert (device.model, set(device.quantities)) == ("RTCGQ11LM", {"motion", "illuminance"})


async def test_two_installers_tapping_at_once_add_it_once(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as one, site.visitor("installer", name="Other Fitter") as other:
        for visitor in (one, other):
            answer = await site.sends(visitor, HOME, hub="elm-12", address=DOOR, room="hall", role="front-door")
            assert answer.status_code == 303
    assert registered(site) == {DOOR: ("hall", "front-door")}


async def test_bad_input_is_told_beside_the_field_and_nothing_is_lost(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, HOME, hub="elm-12", address="0x1", room="kithcen", role="front-door")
    assert answer.status_code == 422
    assert "Did you mean kitchen?" in answer.text
    assert "Begin with how the sensor speaks" in answer.text
    assert 'value="0x1"' in answer.text
    assert "keepwell " not in answer.text.partition("<main")[2].lower().replace("keepwell tells", "")
    assert registered(site) == {}


async def test_without_consent_the_page_says_why_nothing_is_heard(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, residents=[])
    async with site.visitor("installer") as installer:
        assert "No consent recorded" in (await installer.get(HOME)).text


# ------------------------------------------------------------------------------------------------ codes


async def test_the_code_of_a_heard_sensor_leads_to_its_form(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    await heard(site, "zigbee2mqtt:0xf4ce36d88ab8b6fd", ("contact",), "Front door")
    async with site.visitor("installer") as installer:
        typed = "Z:F4CE36D88AB8B6FD$I:00112233445566778899AABBCCDDEEFF528F"
        answer = await site.sends(installer, HOME + "/code", code=typed)
        where = answer.headers["location"]
        assert "00112233" not in where
        form = (await installer.get(where)).text
    assert 'value="zigbee2mqtt:0xf4ce36d88ab8b6fd"' in form
    assert '<option value="hall" selected>' in form
    assert "holds a secret" in form


async def test_a_code_not_heard_yet_registers_in_advance(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, HOME + "/code", code="LW:D0:70B3D57ED0000001:24E124538B223211:01234567")
        assert "lorawan%3A24e124538b223211" in answer.headers["location"]
        await site.sends(installer, HOME, hub="elm-12", address="lorawan:24e124538b223211", room="kitchen", role="")
        await site.takes_up()
        assert "Not heard yet" in (await installer.get(HOME)).text
    assert registered(site) == {"lorawan:24e124538b223211": ("kitchen", None)}


async def test_a_code_that_can_mean_two_is_asked_about(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as installer:
        page = (await site.sends(installer, HOME + "/code", code="24E124538B223211")).text
    assert "lorawan:24e124538b223211" in page
    assert "zigbee2mqtt:0x24e124538b223211" in page


async def test_the_code_of_a_registered_sensor_leads_to_it(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=[{"address": "zigbee2mqtt:0xf4ce36d88ab8b6fd", "room": "hall"}])
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, HOME + "/code", code="0xF4CE36D88AB8B6FD")
    assert re.search(r"/devices/\d+\?done=device-was-there$", answer.headers["location"])


async def test_a_code_that_cannot_be_read_stays_in_the_field(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, HOME + "/code", code="MT:Y.K90SO527JA0648G00")
    assert answer.status_code == 422
    assert "Matter code" in answer.text
    assert 'value="MT:Y.K90SO527JA0648G00"' in answer.text


# ------------------------------------------------------------------------------------------------ health


async def test_registered_sensors_stand_in_their_rooms_with_their_health(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=[
        {"address": DOOR, "room": "hall", "role": "front-door", "quantities": ["contact"]},
        {"address": MOTION, "room": "kitchen", "quantities": ["motion"]},
    ])  # fmt: skip
    await site.takes_up()
    at = site.now
    said = [Reading("ELM-12", "elm-12", DOOR, "hall", "front-door", what, value, at, at)
            for what, value in (("contact", True), ("battery", 9.0), ("link_quality", 87.0))]  # fmt: skip
    await site.journal.append([Taken(readings=tuple(said))])
    site.clock.advance_to(at + 5 * MINUTE)
    await site.takes_up()
    async with site.visitor("installer") as installer:
        page = (await installer.get(HOME)).text
    assert "Battery low" in page
    assert "battery 9 %" in page
    assert "signal 87 of 255" in page
    assert "Not heard yet" in page
