"""Somebody presses the pendant, or smoke is detected: it goes out at any hour, whatever else is the case."""

from tests.support.house import House, Person


def test_at_three_in_the_morning_it_goes_out_and_keeps_calling_until_someone_accepts(
    home: House, family: Person, neighbour: Person, team: Person
):
    home.potters(until="22:30").at("03:02").presses()
    family.hears("ELM-12: pendant pressed", "The pendant was pressed at 03:02").at("03:02")
    neighbour.hears("pendant pressed", "Told before you: Daughter").at("03:07")
    team.hears("pendant pressed", "Told before you: Daughter, Neighbour").at("03:12")
    family.hears("pendant pressed", "still waiting for somebody").at("03:17")
    neighbour.hears("pendant pressed", "still waiting").at("03:22")
    neighbour.accepts()
    for person in (family, neighbour, team):
        person.hears("Neighbour accepted this at 03:22").at("03:22")
    home.at("03:40")
    neighbour.closes("genuine")
    for person in (family, neighbour, team):
        person.hears("Neighbour closed this", "help was needed").at("03:40")


def test_accepted_but_never_seen_to_is_called_again_after_half_an_hour(home: House, family: Person, neighbour: Person):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    family.accepts()
    family.hears("Daughter accepted this").at("14:00")
    family.hears_nothing(until="14:29")
    family.hears("pendant pressed", "still waiting for somebody").at("14:30")
    family.accepts()
    family.hears("Daughter accepted this").at("14:30")
    family.closes("genuine")
    family.hears("closed").at("14:30")
    home.moves("kitchen").moves("living")
    neighbour.hears_nothing(until="16:00")


def test_every_press_is_a_call_of_its_own(home: House, family: Person):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    home.at("14:02").presses()
    family.hears("pendant pressed (2 times now)").at("14:02")
    family.accepts()
    family.hears("Daughter accepted this").at("14:02")
    home.at("14:20").presses()
    family.hears("pendant pressed (3 times now)").at("14:20")
    family.closes("test")
    family.hears("closed", "test").at("14:20")


def test_pressing_again_and_again_does_not_keep_the_neighbour_from_being_called(
    home: House, family: Person, neighbour: Person
):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    home.at("14:02").presses()
    family.hears("pendant pressed (2 times now)").at("14:02")
    home.at("14:04").presses()
    family.hears("pendant pressed (3 times now)").at("14:04")
    neighbour.hears("pendant pressed (3 times now)").at("14:05")
    neighbour.closes("genuine")
    family.hears("closed").at("14:05")
    neighbour.hears("closed").at("14:05")


def test_a_cancelled_press_is_told_and_still_calls_until_someone_accepts(
    home: House, family: Person, neighbour: Person
):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    home.at("14:01").presses(action="cancel")
    family.hears("cleared, pendant pressed", "we go on calling until somebody does").at("14:01")
    neighbour.hears("pendant pressed").at("14:05")
    neighbour.accepts()
    family.hears("Neighbour accepted").at("14:05")
    neighbour.hears("Neighbour accepted").at("14:05")
    home.moves("kitchen").moves("living")
    family.hears_nothing(until="16:00")


def test_a_press_that_arrives_late_says_so(home: House, family: Person):
    home.at("14:15").presses(dated="14:01")
    family.hears("pendant pressed (delayed 14 min)", "pressed at 14:01", "When: 14:01", "reached us only at 14:15").at(
        "14:15"
    )
    family.closes("genuine")
    family.hears("closed").at("14:15")


def test_a_press_and_smoke_each_go_out_and_the_second_names_the_first(home: House, family: Person):
    home.at("14:00").presses()
    family.hears("pendant pressed").at("14:00")
    home.at("14:01").says("smoke", "smoke", True)
    family.hears(
        "smoke alarm", "The smoke alarm in the kitchen went off at 14:01", "The pendant was pressed at 14:00"
    ).at("14:01")
    family.closes("genuine", "pendant")
    family.closes("genuine", "hazard")
    family.hears("closed").at("14:01", times=2)


def test_away_mode_silences_the_day_and_not_the_pendant(home: House, family: Person, neighbour: Person):
    home.potters(until="14:00").goes("away")
    family.hears_nothing(until="13:00")
    home.presses()
    family.hears("pendant pressed").at("13:00")
    family.closes("test")
    family.hears("closed").at("13:00")
