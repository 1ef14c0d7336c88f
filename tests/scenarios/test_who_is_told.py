"""Who is told of what, when, and who not."""

from gateway.errors import FixConfiguration, GiveUp, TryLater
from tests.support.house import House, Person, moves_in


def test_a_telephone_that_does_not_work_moves_the_call_on_at_once(home: House, family: Person, neighbour: Person):
    family.cannot_be_reached(GiveUp("that number is not in use"))
    home.potters(until="22:30").at("03:02").presses()
    neighbour.hears("pendant pressed").at("03:02")
    neighbour.closes("genuine")
    neighbour.hears("closed").at("03:02")
    assert family.told() == []


def test_a_password_that_is_wrong_moves_the_call_on_at_once(home: House, family: Person, neighbour: Person):
    family.cannot_be_reached(FixConfiguration("the password of this mailbox is wrong"))
    home.potters(until="22:30").at("03:02").presses()
    neighbour.hears("pendant pressed").at("03:02")
    neighbour.closes("genuine")
    neighbour.hears("closed").at("03:02")


def test_a_line_that_is_busy_is_tried_again_and_the_next_step_waits_no_longer_for_it(
    home: House, family: Person, neighbour: Person
):
    family.cannot_be_reached(TryLater("the mail server is busy"))
    home.potters(until="22:30").at("03:02").presses()
    neighbour.hears("pendant pressed").at("03:07")
    family.can_be_reached()
    family.hears("pendant pressed").between("03:07", "03:09")
    neighbour.accepts()
    family.hears("Neighbour accepted").between("03:07", "03:09")
    neighbour.hears("Neighbour accepted").between("03:07", "03:09")
    neighbour.closes("genuine")
    family.hears("closed").between("03:07", "03:09")
    neighbour.hears("closed").between("03:07", "03:09")


def test_when_it_is_over_those_hear_of_it_who_were_told_and_nobody_else(
    home: House, family: Person, neighbour: Person, team: Person
):
    home.potters(until="22:30").at("23:10").opens()
    family.hears("door left open", "open since 23:10, for 3 min").at("23:13")
    neighbour.hears("door left open", "Told before you: Daughter").at("23:18")
    home.at("23:20").closes()
    family.hears("cleared, door left open", "closed at 23:20").at("23:20")
    neighbour.hears("cleared, door left open", "It was open for 10 min").at("23:20")
    team.hears_nothing(until="09:00")
    assert team.told() == []


def test_what_is_closed_in_time_is_nobodys_business(home: House, team: Person):
    home.potters(until="22:30").at("23:10").opens().at("23:12").closes()
    team.hears_nothing(until="09:00")


def test_a_cold_room_at_night_waits_until_people_are_awake(home: House, family: Person, neighbour: Person):
    home.potters(until="22:30").at("01:00")
    for hour in ("01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00"):
        home.at(hour).says("living-motion", "temperature", 14.0)
    family.hears_nothing(until="07:59")
    family.hears("too cold at home", "It is too cold in the living room: 14 degrees").at("08:00")
    family.accepts()
    family.hears("Daughter accepted").at("08:00")
    home.at("08:10").moves("kitchen")
    neighbour.hears_nothing(until="09:30")


def test_low_batteries_come_as_one_message_with_the_digest(home: House, family: Person, neighbour: Person):
    home.potters(until="15:00").says("hall-motion", "battery", 12.0)
    home.potters(until="18:00").says("kitchen-motion", "battery", 9.0).potters(until="22:30").at("08:00")
    home.moves("kitchen")
    told = family.hears("ELM-12: 2 things to look at", "hall is low. It is at 12 %", "kitchen is low. It is at 9 %").at(
        "09:00"
    )
    assert told.notice.kind == "digest"
    home.at("09:30").says("hall-motion", "battery", 100.0).potters(until="22:30").at("08:00").moves("kitchen")
    family.hears("cleared, a battery is low", "motion sensor in the hall is good again").at("09:00")
    assert neighbour.told() == []


def test_two_homes_do_not_mix(home: House, family: Person):
    oak = moves_in(home.street, "OAK-3", "Son", "Daughter")
    oak.moves("living")
    home.at("14:00").presses()
    family.hears("ELM-12: pendant pressed").at("14:00")
    oak.at("14:01").presses()
    oak.person("Son").hears("OAK-3: pendant pressed").at("14:01")
    family.accepts()
    family.hears("ELM-12: accepted").at("14:01")
    oak.person("Daughter").hears("OAK-3: pendant pressed").at("14:06")
    oak.person("Son").closes("test")
    oak.person("Son").hears("OAK-3: closed").at("14:06")
    oak.person("Daughter").hears("OAK-3: closed").at("14:06")
    family.closes("test")
    family.hears("ELM-12: closed").at("14:06")
