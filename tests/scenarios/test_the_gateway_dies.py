"""The gateway is killed and started again on its files, or cut off from its broker."""

import pytest

from devices.instant import MINUTE
from tests.support.house import House, Person
from tests.support.street import Death, Street


@pytest.fixture(autouse=True)
def _on_disk(street: Street) -> None:
    street.keeps_its_journal_on_disk()


@pytest.mark.parametrize(("here", "next_step"), [("journaled", "02:18"), ("concluded", "02:15")])
def test_killed_between_the_press_and_the_message_it_arrives_once(
    street: Street, home: House, family: Person, neighbour: Person, here: Death, next_step: str
):
    home.potters(until="22:30").at("02:10")
    street.dies_when(here)
    home.presses()
    assert not street.alive
    family.hears_nothing(until="02:13")
    street.starts()
    family.hears("pendant pressed", "pressed at 02:10").at("02:13")
    neighbour.hears("pendant pressed").at(next_step)
    family.accepts()
    for person in (family, neighbour):
        person.hears("Daughter accepted").at(next_step)
    family.closes("genuine")
    for person in (family, neighbour):
        person.hears("closed").at(next_step)


def test_killed_while_sending_the_message_is_repeated_and_says_so(street: Street, home: House, family: Person):
    home.at("14:10")
    street.dies_when("sending")
    home.presses()
    assert not street.alive
    first = family.hears("pendant pressed").at("14:10")
    home.after(MINUTE)
    street.starts()
    again = family.hears("pendant pressed", "may be a repeat").at("14:11")
    assert again.notice.message_id == first.notice.message_id
    family.closes("test")
    family.hears("closed").at("14:11")


def test_killed_after_sending_nothing_is_repeated_and_the_next_step_comes_in_its_time(
    street: Street, home: House, family: Person, neighbour: Person
):
    home.at("14:10")
    street.dies_when("sent")
    home.presses()
    assert not street.alive
    family.hears("pendant pressed").at("14:10")
    home.after(2 * MINUTE)
    street.starts()
    family.hears_nothing(until="14:14")
    neighbour.hears("pendant pressed").at("14:15")
    neighbour.closes("test")
    family.hears("closed").at("14:15")
    neighbour.hears("closed").at("14:15")


def test_an_open_door_is_remembered(street: Street, home: House, family: Person):
    home.potters(until="22:30").at("23:10").opens().after(MINUTE)
    street.dies()
    home.after(MINUTE)
    street.starts()
    family.hears("door left open", "open since 23:10, for 3 min").at("23:13")
    home.closes()
    family.hears("cleared").at("23:13")


def test_a_door_that_was_closed_meanwhile_is_no_news(street: Street, home: House, family: Person):
    home.potters(until="22:30").at("23:10").opens().after(MINUTE)
    street.dies()
    home.after(MINUTE).closes().at("23:20")
    street.starts()
    family.hears_nothing(until="07:00")


def test_silence_goes_on_counting(street: Street, home: House, family: Person):
    home.at("13:05").moves("kitchen").at("13:31")
    street.dies()
    home.at("13:47")
    street.starts()
    family.hears_nothing(until="15:04")
    family.hears("no movement for a long time", "No movement in any room since 13:05").at("15:05")
    family.closes("false")
    family.hears("closed").at("15:05")


def test_dead_over_the_hour_of_being_up_it_first_looks_and_then_asks(street: Street, home: House, family: Person):
    home.potters(until="22:30").at("06:00")
    street.dies()
    home.at("07:45").moves("kitchen").moves("living").at("11:00")
    street.starts()
    family.hears_nothing(until="12:30")
    home.moves("living")


def test_two_hours_without_the_broker_accuse_nobody_and_lose_nothing(street: Street, home: House, family: Person):
    home.at("13:05").moves("kitchen").at("13:10")
    street.loses_the_broker()
    home.at("13:40").moves("living").at("14:20").moves("kitchen")
    home.at("14:50").presses(dated="14:50").at("14:55").opens()
    family.hears_nothing(until="15:10")
    street.reaches_the_broker()
    street.drains(0.5)
    family.hears_nothing(until="15:11")
    street.drains()
    family.hears("pendant pressed (delayed 21 min)", "pressed at 14:50").at("15:11")
    family.closes("genuine")
    family.hears("closed").at("15:11")
    family.hears("door left open").at("15:21")
    home.closes()
    family.hears("cleared").at("15:21")
    home.at("15:25").moves("kitchen")
    family.hears_nothing(until="17:24")
    family.hears("no movement for a long time", "No movement in any room since 15:25").at("17:25")
    family.closes("false")
    family.hears("closed").at("17:25")
