"""Ordinary and less ordinary days and nights of one person."""

import pytest

from tests.support.house import House, Person

SPRING, AUTUMN = "2026-03-28T12:00", "2026-10-24T12:00"


def test_a_missed_morning(home: House, family: Person, neighbour: Person):
    home.potters(until="22:30").at("03:00").moves("bathroom").moves("bedroom")
    home.at("08:00").moves("bedroom")
    family.hears_nothing(until="10:29")
    family.hears("no sign of being up", "Last seen in the bedroom at 08:00", "All 5 sensors work").at("10:30")
    neighbour.hears("no sign of being up").at("10:35")
    home.at("10:36").moves("kitchen").says("hall-motion", "motion", True)
    for person in (family, neighbour):
        person.hears("cleared, no sign of being up", "Up and about since 10:36").at("10:36")


def test_up_in_good_time_is_no_news(home: House, family: Person):
    home.potters(until="22:30").at("09:55").moves("kitchen").potters(until="13:00")
    family.hears_nothing()


def test_no_movement_all_afternoon(home: House, family: Person):
    home.at("13:05").moves("kitchen")
    family.hears_nothing(until="15:04")
    family.hears("no movement for a long time", "No movement in any room since 13:05", "front door has not opened").at(
        "15:05"
    )
    home.at("15:07").moves("living").at("15:09").moves("kitchen")
    family.hears("cleared, no movement", "Moving again").between("15:07", "15:09")


def test_out_for_the_day_is_quiet(home: House, family: Person):
    home.potters(until="22:30").at("07:40").moves("kitchen").at("09:00").moves("hall").opens().closes()
    family.hears_nothing(until="18:10")
    home.opens().moves("hall").closes().potters(until="22:30")
    family.hears_nothing(until="07:00")


def test_back_from_a_journey_the_quiet_counts_from_there(home: House, family: Person):
    home.potters(until="14:00").goes("away").at("09:00").goes("at home").at("09:05").moves("hall").moves("kitchen")
    family.hears_nothing(until="11:04")
    family.hears("no movement for a long time").between("11:05", "11:06")
    family.closes("false")
    family.hears("closed").between("11:05", "11:06")


def test_back_from_a_journey_after_noon_is_no_missed_morning(home: House, family: Person):
    home.potters(until="14:00").goes("away").at("13:00").goes("at home")
    family.hears_nothing(until="13:10")


def test_a_silent_hub_is_one_message_and_says_nothing_about_the_person(home: House, family: Person, neighbour: Person):
    home.potters(until="14:00").at("14:10").falls_silent()
    family.hears("the hub has gone quiet", "We have not heard hub elm-12 since 14:00", "8 sensors").at("14:45")
    family.closes("other")
    family.hears("closed").at("14:45")
    family.hears_nothing(until="11:30", days=1)
    home.speaks_again().at("11:40").moves("kitchen").moves("living")
    neighbour.hears_nothing(until="13:00")


def test_a_hub_that_comes_back_clears_itself(home: House, family: Person):
    home.at("14:10").falls_silent()
    family.hears("the hub has gone quiet").at("14:45")
    home.at("14:48").speaks_again()
    family.hears("cleared, the hub has gone quiet", "We hear hub elm-12 again").at("14:48")
    home.moves("kitchen").potters(until="18:00")


@pytest.mark.parametrize("begins", [SPRING])
def test_the_night_the_clocks_go_forward(home: House, family: Person, neighbour: Person):
    home.potters(until="22:30").at("00:58").opens()
    family.hears("door left open", "open since 00:58, for 3 min").at("02:01")
    neighbour.hears("door left open").at("02:06")
    home.at("02:08").closes()
    family.hears("cleared", "closed at 02:08", "open for 10 min").at("02:08")
    neighbour.hears("cleared").at("02:08")
    home.moves("kitchen").moves("bedroom")
    family.hears_nothing(until="10:29")
    family.hears("no sign of being up").at("10:30")
    home.at("10:32").moves("kitchen").says("hall-motion", "motion", True)
    family.hears("cleared").at("10:32")


@pytest.mark.parametrize("begins", [AUTUMN])
def test_the_night_the_clocks_go_back(home: House, family: Person, neighbour: Person):
    home.potters(until="22:30").at("01:58").opens()
    family.hears("door left open", "open since 01:58, for 3 min").at("01:01")
    neighbour.hears("door left open").at("01:06")
    home.at("01:08").closes()
    family.hears("cleared", "closed at 01:08", "open for 10 min").at("01:08")
    neighbour.hears("cleared").at("01:08")
    home.moves("kitchen").moves("bedroom")
    family.hears_nothing(until="10:29")
    family.hears("no sign of being up").at("10:30")
    home.at("10:32").moves("kitchen").says("hall-motion", "motion", True)
    family.hears("cleared").at("10:32")
