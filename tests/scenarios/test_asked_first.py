"""Whoever lives there is asked before anybody is called, and any button at home that says `cancel` answers."""

import pytest

from devices.instant import MINUTE
from gateway.registry import contacts
from tests.support.house import House, Person, moves_in
from tests.support.street import Street

WINDOW = 5 * MINUTE


@pytest.fixture
def home(street: Street) -> House:
    house = moves_in(street, "ELM-12", "Daughter", "Resident")
    spoken_to = ("announce:", house.person("Resident").phone)
    street.change(contacts.set_contact, "ELM-12", "Resident", channels=spoken_to)
    house.gets("kitchen-button", room="kitchen")
    return house.moves("living")


@pytest.fixture
def family(home: House) -> Person:
    return home.person("Daughter")


@pytest.fixture
def resident(home: House) -> Person:
    return home.person("Resident")


def is_asked(home: House, resident: Person) -> None:
    home.potters(until="14:00")
    resident.hears("Are you all right?").between("14:00", "21:00")


def test_a_button_in_the_kitchen_says_that_all_is_well_and_nobody_is_called(
    home: House, resident: Person, family: Person
):
    is_asked(home, resident)
    home.after(4 * MINUTE).presses("kitchen-button", "cancel")
    (thanks,) = [told for told in resident.told() if not told.expected]
    assert "Thank you" in thanks.text
    thanks.expected = True
    home.after(30 * MINUTE)
    assert family.told() == []


def test_nobody_presses_and_the_family_is_called_when_the_time_is_over(home: House, resident: Person, family: Person):
    is_asked(home, resident)
    home.after(WINDOW - MINUTE)
    assert family.told() == []
    home.after(MINUTE + 1)
    (call,) = family.told()
    call.expected = True
    home.presses("kitchen-button", "cancel")
    story = [entry.what for entry in home.street.run(home.street.desk.timeline(1))]
    assert "answered late" in story
    assert "answered" not in story, "it is a sign of life, and ends this alert as any other: who was called hears of it"
    (news,) = [told for told in family.told() if not told.expected]
    assert news.notice.kind == "cleared"
    for told in (*resident.told(), news):
        told.expected = True


def test_the_gateway_dies_in_the_window_and_the_answer_comes_meanwhile(home: House, resident: Person, family: Person):
    is_asked(home, resident)
    home.street.dies()
    home.after(2 * MINUTE).presses("kitchen-button", "cancel").after(MINUTE)
    home.street.starts()
    (thanks,) = [told for told in resident.told() if not told.expected]
    assert "Thank you" in thanks.text
    thanks.expected = True
    home.after(15 * MINUTE)
    assert family.told() == []


def test_the_pendant_calls_at_once_and_asks_nobody(home: House, resident: Person, family: Person):
    home.potters(until="14:00").at("14:10").presses()
    family.hears("pendant pressed").at("14:10")
    family.accepts()
    family.hears("accepted").at("14:10")
    assert resident.told() == []
