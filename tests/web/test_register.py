"""An installer registers a home: the reference, the rooms, and where it is seen afterwards."""

import asyncio

from sqlalchemy import select

from gateway.database.access import PersonHomeRow
from gateway.database.tables import HomeRow
from tests.support.site import VisitedSite

ELM = {"reference": "ELM-12", "area": "North", "time_zone": "Europe/Lisbon", "occupants": "1"}


def registered(site: VisitedSite) -> dict[str, HomeRow]:
    with site.database.transaction() as session:
        found = {row.reference: row for row in session.scalars(select(HomeRow))}
        for row in found.values():
            assert row.rooms is not None
            assert row.hubs is not None
        return found


async def test_a_home_is_registered_and_consent_comes_next(site: VisitedSite) -> None:
    async with site.visitor("installer", areas=["North"]) as installer:
        form = await installer.get("/install/register")
        assert 'value="North"' in form.text
        answer = await site.sends(installer, "/install/register", **ELM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/homes/ELM-12/consent?done=home-registered")
        page = await installer.get("/homes/ELM-12/consent")
        assert "No data is kept" in page.text
    home = registered(site)["ELM-12"]
    assert (home.area, home.time_zone, home.mode, home.live_at) == ("North", "Europe/Lisbon", "paused", None)
    assert [hub.name for hub in home.hubs] == ["elm-12"]


async def test_each_wrong_field_says_so_and_the_others_keep_what_was_typed(site: VisitedSite) -> None:
    site.registers("OAK-3", hubs=[{"name": "fir-1"}])
    wrong = {
        "reference": ["", "Rose Miller", "x", "gateway", "keepwell-4", "keepwell", "OAK-3", "FIR-1"],
        "area": ["n" * 65],
        "time_zone": ["", "Lisbon"],
        "occupants": ["", "0", "two", "100", "-1"],
    }
    async with site.visitor("installer") as installer:
        for field, values in wrong.items():
            for value in values:
                answer = await site.sends(installer, "/install/register", **ELM | {field: value})
                assert answer.status_code == 422, (field, value)
                assert f'id="{field}-problem"' in answer.text, (field, value)
                assert "keepwell " not in answer.text, "no command line"
                for other, typed in ELM.items():
                    if other != field:
                        assert f'value="{typed}"' in answer.text
    assert set(registered(site)) == {"OAK-3"}


async def test_the_same_form_sent_twice_is_one_home(site: VisitedSite) -> None:
    async with site.visitor("installer", areas=["South"]) as installer:
        answers = await asyncio.gather(*(site.sends(installer, "/install/register", **ELM) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert list(registered(site)) == ["ELM-12"]


async def test_a_home_outside_their_areas_is_seen_by_who_registered_it(site: VisitedSite) -> None:
    async with (
        site.visitor("installer", areas=["South"]) as installer,
        site.visitor("installer", name="Other", areas=["South"]) as other,
    ):
        await site.sends(installer, "/install/register", **ELM)
        await site.sends(installer, "/install/register", **ELM | {"reference": "ELM-13", "area": "South"})
        assert (await installer.get("/homes/ELM-12/rooms")).status_code == 200
        assert (await other.get("/homes/ELM-12/rooms")).status_code == 404
        assert (await other.get("/homes/ELM-13/rooms")).status_code == 200
        assert "/homes/ELM-12/" not in (await other.get("/install")).text
        taken = await site.sends(other, "/install/register", **ELM)
        assert taken.status_code == 422
        assert "This reference is taken" in taken.text
    with site.database.transaction() as session:
        assert [row.home for row in session.scalars(select(PersonHomeRow))] == ["ELM-12"], "the other needs no row"


async def test_the_time_zone_is_that_of_the_other_homes(site: VisitedSite) -> None:
    site.registers("OAK-3", time_zone="Europe/Lisbon")
    async with site.visitor("installer") as installer:
        form = await installer.get("/install/register")
    assert '<option value="Europe/Lisbon" selected>' in form.text


# ------------------------------------------------------------------------------------------------ rooms


async def test_rooms_by_ticking_and_by_name(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("installer") as installer:
        answer = await site.sends(
            installer, "/homes/ELM-12/rooms", rooms=["kitchen", "living room"], own_name_1="sewing room",
            own_kind_1="office", own_name_2="", own_kind_2="other",
        )  # fmt: skip
        assert answer.status_code == 303
        assert {room.name: room.kind for room in registered(site)["ELM-12"].rooms} == {
            "kitchen": "kitchen",
            "living room": "living",
            "sewing room": "office",
        }
        page = (await installer.get("/homes/ELM-12/rooms")).text
        assert 'value="bedroom"' in page
        assert 'name="rooms" value="kitchen"' not in page
        sewing = next(room.id for room in registered(site)["ELM-12"].rooms if room.name == "sewing room")
        await site.sends(installer, "/homes/ELM-12/rooms", **{f"kind_{sewing}": "bedroom"})
        assert {room.kind for room in registered(site)["ELM-12"].rooms} == {"kitchen", "living", "bedroom"}
        await site.sends(installer, "/homes/ELM-12/rooms/remove", room=sewing)
        again = await site.sends(installer, "/homes/ELM-12/rooms/remove", room=sewing)
        assert again.status_code == 303, "what is gone is gone"
    assert len(registered(site)["ELM-12"].rooms) == 2


async def test_rooms_are_saved_by_going_on_and_no_way_on_loses_them(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        await site.sends(installer, "/install/register", reference="ELM-12", area="", time_zone="Europe/London",
                         occupants="1")  # fmt: skip
        page = (await installer.get("/homes/ELM-12/rooms")).text
        assert '<button class="button main" name="onward" value="hub">Save and go on to the hub</button>' in page
        assert 'href="/homes/ELM-12/hub"' not in page
        answer = await site.sends(installer, "/homes/ELM-12/rooms", rooms="kitchen", onward="hub")
        assert answer.headers["location"].startswith("/homes/ELM-12/hub")
        for path, onward in (("consent", "rooms"), ("contacts", "escalation"), ("escalation", "walk")):
            page = (await installer.get(f"/homes/ELM-12/{path}")).text
            assert f'class="button plain" href="/homes/ELM-12/{onward}"' not in page, path
    assert [room.name for room in registered(site)["ELM-12"].rooms] == ["kitchen"]


async def test_a_room_that_cannot_be_keeps_what_was_ticked(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=[{"name": "hall", "kind": "hall"}])
    async with site.visitor("installer") as installer:
        for name, told in (("Hall", "There is a Hall already"), ("kitchen", "already"), ("x" * 65, "at most 64")):
            answer = await site.sends(
                installer, "/homes/ELM-12/rooms", rooms="kitchen", own_name_1=name, own_kind_1="office"
            )
            assert answer.status_code == 422
            assert told in answer.text
            assert 'value="kitchen" checked' in answer.text
            assert f'value="{name}"' in answer.text
            assert '<option value="office" selected>' in answer.text
    assert len(registered(site)["ELM-12"].rooms) == 1


async def test_a_room_with_sensors_in_it_stays(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=[{"name": "hall"}], devices=[{"address": "a:1", "room": "hall"}])
    async with site.visitor("installer") as installer:
        number = registered(site)["ELM-12"].rooms[0].id
        answer = await site.sends(installer, "/homes/ELM-12/rooms/remove", room=number)
    assert answer.status_code == 422
    assert "1 sensor is in the hall. Move it first." in answer.text
    assert registered(site)["ELM-12"].rooms
