"""Contacts and escalation on pages: who is reached how, what they see, who is called when."""

from typing import Any

import httpx
from sqlalchemy import select

from gateway.database.access import PersonHomeRow
from gateway.database.tables import ContactRow
from gateway.model import Contact, Step
from gateway.registry.homefile import HomeFile
from gateway.web.installer.calls_in_words import story
from tests.support.site import VisitedSite

PATH = "/homes/ELM-12/contacts"
CALLS = "/homes/ELM-12/escalation"
SECRET = "mailtos://keepwell:hunter2@mail.example.org"  # noqa: S105 - of no real account
ANN: dict[str, Any] = {
    "name": "Ann",
    "phone": "01632 960123",
    "way_1": "ntfy",
    "address_1": "ann-4f9a2c",
    "way_2": "ntfy",
    "address_2": "",
    "language": "en",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "sees": "alerts",
}
PEOPLE = [{"name": "Ann", "channels": ["ntfy://ann"]}, {"name": "Ben", "channels": [f"{SECRET}?to=ben@example.org"]}]


def file(site: VisitedSite) -> HomeFile:
    return site.registry.export_home("ELM-12")


def number(site: VisitedSite, name: str) -> int:
    with site.database.transaction() as session:
        found = session.scalar(select(ContactRow.id).where(ContactRow.name == name))
        assert found is not None
        return found


async def hidden(client: httpx.AsyncClient, path: str) -> str:
    """What a form of the page carries, by which it is known that nothing has changed since."""
    text = (await client.get(path)).text
    return text.partition('name="was" value="')[2].partition('"')[0]


async def test_a_contact_is_added_by_a_guided_form(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, PATH, **ANN)
        assert answer.status_code == 303
        twice = await site.sends(installer, PATH, **ANN)
        assert twice.status_code == 422
        assert "There is a contact of this name already" in twice.text
    (ann,) = file(site).contacts
    assert (ann.channels, ann.quiet_hours, ann.phone) == (("ntfy://ann-4f9a2c",), "22:00-07:00", "01632 960123")


async def test_each_wrong_field_says_so_and_nothing_typed_is_lost(site: VisitedSite) -> None:
    site.registers("ELM-12")
    wrong: dict[str, list[str]] = {
        "name": ["", "x" * 129],
        "phone": ["call me", "1"],
        "address_1": ["", "a topic", "x" * 65],
        "language": ["", "klingon"],
        "quiet_until": ["", "25:00", "22:00"],
        "sees": ["", "everything"],
    }
    async with site.visitor("installer") as installer:
        for field, values in wrong.items():
            for value in values:
                answer = await site.sends(installer, PATH, **ANN | {field: value})
                assert answer.status_code == 422, (field, value)
                assert f'id="{field}-problem"' in answer.text, (field, value)
                for other in ("name", "phone", "address_1", "quiet_from"):
                    if other != field:
                        assert f'value="{ANN[other]}"' in answer.text, (field, other)
        for address in ("telepathy://ann", "mailto://", "nothing"):
            answer = await site.sends(installer, PATH, **ANN | {"way_1": "address", "address_1": address})
            assert 'id="address_1-problem"' in answer.text
            assert "No message can be sent there" in answer.text
        for query in ("template=web.key", "%2B=1&keyfile=web.key", "x=/etc/passwd", "x=%2Fetc%2Fpasswd"):
            address = f"discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?{query}"
            answer = await site.sends(installer, PATH, **ANN | {"way_1": "address", "address_1": address})
            assert "This names a file" in answer.text
            assert "keepwell" not in answer.text.partition("<main")[2].partition("</main")[0]
    assert not file(site).contacts


async def test_plain_e_mail_is_asked_for_where_there_is_an_account_to_send_by(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("installer") as installer:
        assert '<option value="email"' not in (await installer.get(PATH)).text
        answer = await site.sends(installer, PATH, **ANN | {"way_1": "email", "address_1": "ann@example.org"})
        assert answer.status_code == 422


async def test_an_address_is_not_shown_again_and_stays_when_nothing_is_typed(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE)
    ben = f"{PATH}/{number(site, 'Ben')}"
    async with site.visitor("installer") as installer:
        for path in (PATH, ben, CALLS):
            text = (await installer.get(path)).text
            assert "hunter2" not in text
            assert "ben@example.org" not in text
        was = await hidden(installer, ben)
        kept = ANN | {"name": "Ben", "way_1": "address", "address_1": "", "was": was}
        assert (await site.sends(installer, ben, **kept)).status_code == 303
        assert file(site).contacts[1].channels == (f"{SECRET}?to=ben@example.org",)
        was = await hidden(installer, ben)
        changed = kept | {"was": was, "remove_1": "on", "way_2": "ntfy", "address_2": "ben-1"}
        await site.sends(installer, ben, **changed)
    assert file(site).contacts[1].channels == ("ntfy://ben-1",)


async def test_a_new_topic_in_place_of_the_old_needs_no_other_choice(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[{"name": "Cleo", "channels": ["ntfy://old-topic"]}])
    cleo = f"{PATH}/{number(site, 'Cleo')}"
    async with site.visitor("installer") as installer:
        page = (await installer.get(cleo)).text
        assert '<option value="ntfy" selected>' in page.partition('name="way_1"')[2].partition("</select>")[0]
        assert "old-topic" not in page
        was = await hidden(installer, cleo)
        spoken = ANN | {"name": "Cleo", "way_1": "announce", "address_1": "new-topic", "was": was}
        refused = await site.sends(installer, cleo, **spoken)
        assert "needs no address" in refused.text
        assert 'value="new-topic"' in refused.text
        changed = ANN | {"name": "Cleo", "way_1": "ntfy", "address_1": "new-topic", "was": was}
        assert (await site.sends(installer, cleo, **changed)).status_code == 303
    assert file(site).contacts[0].channels == ("ntfy://new-topic",)


async def test_two_tabs_do_not_overwrite_each_other(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE)
    ann = f"{PATH}/{number(site, 'Ann')}"
    async with site.visitor("installer") as installer:
        was = await hidden(installer, ann)
        fields = ANN | {"way_1": "address", "address_1": "", "was": was}
        assert (await site.sends(installer, ann, **fields)).status_code == 303
        late = await site.sends(installer, ann, **fields | {"phone": "01632 960999"})
        assert late.status_code == 422
        assert "Somebody else changed this contact" in late.text
        assert 'value="01632 960999"' in late.text
        again = late.text.partition('name="was" value="')[2].partition('"')[0]
        sent = await site.sends(installer, ann, **fields | {"phone": "01632 960999", "was": again})
        assert sent.status_code == 303
    assert file(site).contacts[0].phone == "01632 960999"


async def test_a_contact_of_another_home_is_not_there(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE)
    site.registers("OAK-3", contacts=[{"name": "Cleo", "channels": ["console:"]}])
    async with site.visitor("installer") as installer:
        assert (await installer.get(f"{PATH}/{number(site, 'Cleo')}")).status_code == 404
        for action in ("", "/remove", "/sign-in", "/sign-in/stop"):
            path = f"{PATH}/{number(site, 'Cleo')}{action}"
            assert (await site.sends(installer, path, sure_removed="on", email="x@example.org")).status_code == 404


async def test_a_contact_is_let_in_and_sees_nothing_once_they_are_removed(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE, escalation=[{"contacts": ["Ann"]}, {"contacts": ["Ben"]}])
    ann = f"{PATH}/{number(site, 'Ann')}"
    async with site.visitor("installer") as installer:
        refused = await site.sends(installer, f"{ann}/sign-in", email="ann")
        assert refused.status_code == 422
        assert 'id="email-problem"' in refused.text
        assert (await site.sends(installer, f"{ann}/sign-in", email="ann@example.org")).status_code == 303
        assert "Can sign in" in (await installer.get(PATH)).text
        await site.sends(installer, f"{ann}/sign-in/stop")
        assert "Can sign in" not in (await installer.get(PATH)).text
        await site.sends(installer, f"{ann}/sign-in", email="ann@example.org")
        assert (await site.sends(installer, f"{ann}/remove")).status_code == 422
        assert (await site.sends(installer, f"{ann}/remove", sure_removed="on")).status_code == 303
        last = await site.sends(installer, f"{PATH}/{number(site, 'Ben')}/remove", sure_removed="on")
        assert last.status_code == 422
        assert "Nobody else is called" in last.text
    with site.database.transaction() as session:
        assert not session.scalars(select(PersonHomeRow)).all()
    assert [one.name for one in file(site).contacts] == ["Ben"]


# ------------------------------------------------------------------------------------------------ who is called


async def test_steps_are_added_changed_moved_and_removed(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE)
    ann, ben = number(site, "Ann"), number(site, "Ben")
    async with site.visitor("installer") as installer:

        async def sends(action: str, **fields: Any) -> httpx.Response:
            return await site.sends(installer, f"{CALLS}/{action}", was=await hidden(installer, CALLS), **fields)

        assert "Nobody is called" in (await installer.get(CALLS)).text
        await sends("0", contacts=ann, wait="5")
        await sends("0", contacts=[ann, ben], wait="10", days=["mon", "tue"], **{"from": "08:00", "until": "18:00"})
        page = (await installer.get(CALLS)).text
        assert "First Ann is told." in page
        assert "After 5 min without an answer, Ann and Ben are told (on Monday and Tuesday, 08:00 to 18:00)." in page
        assert "Nobody is called" not in page
        await sends("move", position=2, by="up")
        assert [step.contacts for step in file(site).escalation] == [("Ann", "Ben"), ("Ann",)]
        await sends("2", contacts=ben, wait="7")
        await sends("remove", position=1)
    (left,) = file(site).escalation
    assert (left.contacts, left.wait) == (("Ben",), 420)


async def test_a_step_that_reaches_nobody_is_refused_with_what_was_typed(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE)
    ann = number(site, "Ann")
    wrong: dict[str, dict[str, Any]] = {
        "contacts": {"contacts": []},
        "wait": {"wait": "soon"},
        "until": {"until": ""},
        "from": {"from": ""},
    }
    async with site.visitor("installer") as installer:
        for field, change in wrong.items():
            fields: dict[str, Any] = {"contacts": ann, "wait": "9", "from": "08:00", "until": "18:00", "days": "sat"}
            answer = await site.sends(installer, f"{CALLS}/0", was=await hidden(installer, CALLS), **fields | change)
            assert answer.status_code == 422
            assert f'id="{field}-problem"' in answer.text
            assert 'name="days" value="sat" checked' in answer.text
    assert not file(site).escalation


async def test_steps_that_changed_meanwhile_are_looked_at_first(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE, escalation=[{"contacts": ["Ann"]}, {"contacts": ["Ben"]}])
    async with site.visitor("installer") as installer:
        was = await hidden(installer, CALLS)
        assert (await site.sends(installer, f"{CALLS}/remove", position=1, was=was)).status_code == 303
        double = await site.sends(installer, f"{CALLS}/remove", position=1, was=was)
        assert double.status_code == 422
        assert "Somebody else changed these steps" in double.text
        last = await site.sends(installer, f"{CALLS}/remove", position=1, was=await hidden(installer, CALLS))
        assert "Nobody would be called" in last.text
    assert [step.contacts for step in file(site).escalation] == [("Ben",)]


async def test_fire_has_people_of_its_own_once_a_rule_calls_them(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=PEOPLE, escalation=[{"contacts": ["Ann"]}])
    fire = f"{CALLS}?route=fire"
    async with site.visitor("installer") as installer:
        assert "As for everything" in (await installer.get(fire)).text
        was = await hidden(installer, fire)
        await site.sends(installer, f"{CALLS}/0", route="fire", contacts=number(site, "Ben"), wait="1", was=was)
        assert "Not in use" in (await installer.get(fire)).text
        await site.sends(installer, f"{CALLS}/use")
        assert "Not in use" not in (await installer.get(fire)).text
        assert "First Ann is told." in (await installer.get(CALLS)).text
    await site.takes_up()
    (rule,) = [one for one in site.directory.homes["ELM-12"].rules if one.type == "hazard"]
    assert rule.route == "fire"
    statuses = {one.rule for one in site.watch.engine.homes()["ELM-12"].all_statuses()}
    assert {"pendant", "hazard", "not_up"} <= statuses, "all other rules go on"


def test_the_resident_is_asked_and_never_called() -> None:
    rose = Contact(1, "Rose", ("announce:",))
    ann = Contact(2, "Ann", ("console:",))
    told = story([Step(1, (rose,), 120), Step(2, (ann,), 300)])
    assert told == [
        "Where it can wait, Rose is asked at home first, and has 2 min to say that all is well.",
        "First Ann is told.",
        "If nobody has answered 5 min later, it begins again, until somebody does.",
    ]
    assert story([]) == []
