"""What one day is remembered by, lived through in virtual time."""

from datetime import date

import orjson
import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device

DAY = date(2026, 1, 13)
WITHOUT_DOOR = [one for one in DEVICES if one.role != "front-door"]


def a_home(day: date = DAY, **how: object) -> LivedHome:
    """A home that is watched from midnight: its first whole day begins at 05:00."""
    return LivedHome(day=day, rules=[Rule("pendant")], **how)  # type: ignore[arg-type]


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def gets_up(home: LivedHome, wall: str = "07:00") -> LivedHome:
    return home.at(wall).moves("hall").after(MINUTE).moves("kitchen")


def potters(home: LivedHome, *walls: str) -> LivedHome:
    """Moves in the living room at each of these times."""
    for wall in walls:
        home.at(wall).moves("living")
    return home


def goes_to_bed(home: LivedHome, wall: str = "22:30") -> LivedHome:
    return home.at(wall).moves("living").after(MINUTE).moves("bathroom").after(MINUTE).moves("bedroom")


def lives_a_day(home: LivedHome) -> LivedHome:
    gets_up(home)
    potters(home, *(f"{hour:02}:{minute:02}" for hour in range(8, 22) for minute in (0, 30)))
    return goes_to_bed(home)


def taught(home: LivedHome, measure: str) -> float | None:
    """The measure of the day that ended last, after the night has passed; None when it was left out."""
    if home.watch.view.date == DAY:
        home.at("05:00")
    return dict(home.watch.view.routine.history(measure)).get(DAY)


def quiet(home: LivedHome, hour: int) -> float:
    taught(home, "out")
    return home.watch.view.routine.quiet_so_far(hour)[0]


def left_out(home: LivedHome) -> str | None:
    return home.watch.view.today_so_far.left_out


# ------------------------------------------------------------------------------------------------ an ordinary day


def test_an_ordinary_day_is_remembered(home: LivedHome):
    lives_a_day(home)
    assert taught(home, "first_activity") == 7 * 60
    assert taught(home, "bedtime") == 22 * 60 + 30
    assert taught(home, "kitchen") == 1
    assert taught(home, "living") == 28 + 1
    assert taught(home, "out") == 0
    assert quiet(home, 13) == 30
    assert quiet(home, 3) == 0


def test_a_day_whose_beginning_was_not_seen_is_left_out():
    home = a_home(starts="09:00")
    lives_a_day(gets_up(home, "09:30"))
    assert home.at("05:00").watch.view.routine.days == 0


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    gets_up(home).restarts()
    potters(home, "09:00", "11:00").restarts()
    potters(home, "12:00", "18:30", "19:00").restarts()
    goes_to_bed(home).restarts()
    home.at("03:00").restarts()
    without = gets_up(a_home())
    goes_to_bed(potters(without, "09:00", "11:00", "12:00", "18:30", "19:00"))
    taught(home, "out")
    taught(without, "out")
    assert home.watch.view.routine.save() == without.watch.view.routine.save()


def test_the_day_under_way_takes_little_of_the_hot_state(home: LivedHome):
    lives_a_day(home)
    assert len(orjson.dumps(home.watch.view.today_so_far.to_state())) <= 250


def test_one_firing_in_the_early_morning_is_not_the_first_activity(home: LivedHome):
    home.at("05:40").moves("kitchen")
    lives_a_day(home)
    assert taught(home, "first_activity") == 7 * 60


def test_where_sensors_fire_once_an_hour_one_firing_is_the_first_activity():
    home = a_home(firings=(0, 0)).at("07:10").moves("kitchen")
    potters(home, *(f"{hour:02}:10" for hour in range(8, 22)))
    assert taught(home.at("22:20").moves("bedroom"), "first_activity") == 7 * 60 + 10


def test_what_is_used_is_a_sign_by_itself_and_the_kettle_has_its_time():
    home = a_home(devices=[*DEVICES, device("kettle", "kitchen", "kettle", "usage")])
    home.at("05:10").says("kettle", "usage", False)
    home.at("06:50").says("kettle", "usage", True)
    lives_a_day(home)
    assert (taught(home, "first_activity"), taught(home, "kettle")) == (6 * 60 + 50, 6 * 60 + 50)


def test_the_evening_ends_before_the_longest_pause_of_the_night(home: LivedHome):
    lives_a_day(home)
    home.at("02:10").moves("bathroom").after(2 * MINUTE).moves("kitchen")
    assert taught(home, "bedtime") == 22 * 60 + 30


def test_bedtime_after_midnight_goes_on_counting(home: LivedHome):
    gets_up(home)
    goes_to_bed(potters(home, "12:00", "18:00", "21:00", "23:50"), "00:40")
    assert taught(home, "bedtime") == 24 * 60 + 40


def test_a_home_seen_only_in_passages_has_bedtimes_too():
    home = a_home(devices=[one for one in DEVICES if one.room in (None, "hall", "bedroom")])
    home.at("07:00").moves("hall").after(5 * MINUTE).moves("hall")
    home.at("22:00").moves("hall").after(MINUTE).moves("bedroom")
    home.at("06:30").moves("hall")
    assert dict(home.watch.view.routine.history("bedtime")) in ({}, {DAY: 22 * 60})  # nobody was seen for 15 hours


# ------------------------------------------------------------------------------------------------ quiet at home


def test_a_long_rest_that_ended_by_itself_is_a_quiet_of_that_hour(home: LivedHome):
    goes_to_bed(potters(gets_up(home), "09:00", "11:00", "13:10", "15:45", "18:00"))
    assert quiet(home, 13) == 155


def test_nothing_is_learned_from_being_out(home: LivedHome):
    potters(gets_up(home), "09:00", "10:00")
    home.at("10:05").opens("front-door").closes("front-door")
    home.at("13:05").opens("front-door").closes("front-door").moves("hall")
    goes_to_bed(potters(home, "14:00", "17:00"))
    assert quiet(home, 10) < 65
    assert taught(home, "out") == 180


def test_sitting_down_after_coming_home_is_not_being_out(home: LivedHome):
    potters(gets_up(home), "09:00")
    home.at("09:05").opens("front-door").closes("front-door")
    home.at("12:05").opens("front-door").closes("front-door")
    home.at("14:05").moves("living")
    goes_to_bed(potters(home, "16:00", "18:00"))
    assert taught(home, "out") == 180


def test_a_quiet_that_a_door_ended_is_not_known_to_have_been_one(home: LivedHome):
    potters(gets_up(home), "09:00", "10:00")
    home.at("13:00").opens("front-door").closes("front-door").after(MINUTE).moves("living")
    goes_to_bed(potters(home, "14:00", "15:00", "16:00", "18:00"))
    assert quiet(home, 10) == 60


def test_without_a_door_sensor_the_last_sign_at_the_entrance_is_going_out():
    entrance = [*WITHOUT_DOOR, device("porch-motion", "porch", None, "motion")]
    home = a_home(devices=entrance)
    potters(gets_up(home), "09:00", "12:59", "13:10", "16:00", "18:00")
    goes_to_bed(home)
    assert quiet(home, 9) == 239  # at most four hours are believed where no door tells
    assert quiet(home, 13) == 170


def test_the_sleep_of_the_night_is_no_quiet_at_home(home: LivedHome):
    potters(gets_up(home), "12:00", "17:00", "19:00")
    home.at("20:40").moves("bedroom")
    home.at("23:50").moves("bathroom").after(MINUTE).moves("bedroom")
    home.at("04:00").moves("bathroom")
    taught(home, "out")
    assert [quiet(home, hour) for hour in (21, 23, 2)] == [0, 0, 0]


def test_an_evening_by_television_is_a_quiet_at_home(home: LivedHome):
    goes_to_bed(potters(gets_up(home), "12:00", "17:00", "20:10"), "23:00")
    assert quiet(home, 20) == 170


def test_a_blind_room_teaches_no_quiet():
    home = a_home(devices=[one for one in DEVICES if one.address != "armchair"])
    potters(gets_up(home), "09:00", "10:00")
    home.falls_silent("living-motion").says("living-motion", "online", False)
    home.at("12:30").moves("kitchen").speaks_again("living-motion")
    goes_to_bed(potters(home, "13:00", "15:00", "18:00"))
    assert quiet(home, 11) == 30  # from 12:30
    assert taught(home, "living") is None
    assert taught(home, "kitchen") is not None


def test_time_in_which_nothing_was_heard_teaches_no_quiet(home: LivedHome):
    potters(gets_up(home), "09:00", "10:00")
    home.falls_silent("hub").at("11:00").speaks_again("hub")
    goes_to_bed(potters(home, "12:30", "13:00", "15:00", "18:00"))
    assert quiet(home, 11) == 30
    assert quiet(home, 15) == 180


def test_a_late_reading_begins_no_quiet(home: LivedHome):
    potters(gets_up(home), "09:00", "10:00", "12:00")
    late = home.now - HOUR
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=late)
    goes_to_bed(potters(home, "13:00", "15:00", "18:00"))
    assert (quiet(home, 10), quiet(home, 11), quiet(home, 13)) == (120, 120, 120)


def test_a_late_reading_may_be_the_first_sign_of_the_day(home: LivedHome):
    gets_up(home, "09:00")
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=home.now - HOUR)
    goes_to_bed(potters(home, "13:00", "15:00", "18:00"))
    assert taught(home, "first_activity") == 8 * 60 + 2


def test_retained_readings_are_no_activity(home: LivedHome):
    home.at("05:30").moves("kitchen", flags=Flag.RETAINED).after(MINUTE).moves("living", flags=Flag.RETAINED)
    lives_a_day(home)
    assert taught(home, "first_activity") == 7 * 60


# ------------------------------------------------------------------------------------------------ the night


def test_a_night_belongs_to_the_day_that_follows_it(home: LivedHome):
    home.at("02:00").moves("bathroom").after(MINUTE).moves("bedroom")  # before the first whole day
    lives_a_day(home)
    for wall in ("01:00", "03:00", "05:20"):
        home.at(wall).moves("bathroom").after(MINUTE).moves("bedroom")
    lives_a_day(home)
    home.at("05:00")
    nights = dict(home.watch.view.routine.history("night_bathroom"))
    ups = dict(home.watch.view.routine.history("times_up"))
    assert list(nights.values()) == [1, 4]  # the fourth on the way to bed
    assert ups[DAY] == 2


# ------------------------------------------------------------------------------------------------ days left out


def test_a_day_out_of_which_nobody_came_home_is_left_out_and_so_is_that_of_the_return(home: LivedHome):
    potters(gets_up(home), "09:00")
    home.at("19:05").opens("front-door").closes("front-door")
    home.at("05:00")
    assert home.watch.view.routine.days == 0
    home.at("10:00").opens("front-door").closes("front-door").moves("hall")
    goes_to_bed(potters(home, "13:00", "18:00", "20:00"))
    home.at("05:00")
    assert home.watch.view.routine.days == 0


def test_a_carer_who_leaves_them_in_bed_leaves_somebody_at_home():
    home = a_home(devices=[*DEVICES, device("bed", "bedroom", "bed", "bed")])
    gets_up(home).says("bed", "bed", False)
    goes_to_bed(potters(home, "12:00", "15:00", "18:00", "20:00"))
    home.says("bed", "bed", True).after(5 * MINUTE).opens("front-door").closes("front-door")
    home.at("06:40").says("bed", "bed", False)
    assert taught(home, "bedtime") == 22 * 60 + 30


def test_a_long_day_out_is_left_out(home: LivedHome):
    gets_up(home, "06:30").at("07:05").opens("front-door").closes("front-door")
    home.at("19:30").opens("front-door").closes("front-door").moves("hall")
    assert left_out(home) == "out for more than twelve hours"


def test_a_day_in_which_the_home_was_away_is_left_out(home: LivedHome):
    potters(gets_up(home), "09:00")
    home.goes("away").at("09:30").moves("kitchen").goes("at home")
    goes_to_bed(potters(home, "13:00", "18:00"))
    assert taught(home, "first_activity") is None


def test_a_day_in_which_somebody_went_away_for_good_is_left_out(home: LivedHome):
    potters(gets_up(home), "18:00", "22:00")
    home.at("23:30").goes("away")
    assert left_out(home) == "away"


def test_two_hours_unheard_in_all_leave_a_day_out(home: LivedHome):
    gets_up(home)
    home.after(3 * HOUR).watch.gap(home.now - HOUR, home.now)
    assert left_out(home) is None
    home.falls_silent("hub").after(2 * HOUR).speaks_again("hub").after(HOUR).moves("kitchen")
    assert left_out(home) == "not heard"


def test_a_day_without_a_sign_of_anybody_is_left_out(home: LivedHome):
    lives_a_day(home)
    home.at("05:00").at("04:59").at("05:00")
    assert home.watch.view.routine.days == 1


# ------------------------------------------------------------------------------------------------ warmth


def test_the_temperature_of_the_rooms_is_a_mean_of_hours():
    home = a_home(devices=[*DEVICES, device("fridge", "kitchen", "fridge", "temperature")])
    gets_up(home)
    for hour in range(8, 20):
        home.at(f"{hour:02}:00").moves("living")
        for _ in range(5 if hour < 10 else 1):  # many words in an hour weigh no more
            home.says("living-motion", "temperature", 16.0 if hour < 11 else 20.0)
        home.says("fridge", "temperature", 4.0)
    goes_to_bed(home)
    assert taught(home, "temperature") == 19.0
    assert taught(home, "warm_hours") == 18


# ------------------------------------------------------------------------------------------------ the clocks change


@pytest.mark.parametrize("changes", [date(2026, 3, 29), date(2026, 10, 25)])
def test_hours_are_those_of_the_clock_on_the_wall_when_the_clocks_change(changes: date):
    before = date.fromordinal(changes.toordinal() - 1)
    home = a_home(before)
    gets_up(home)
    potters(home, *(f"{hour:02}:00" for hour in range(12, 24) if hour != 17), "00:50", "02:10")
    goes_to_bed(home, "02:30").at("05:00")
    gets_up(home)
    goes_to_bed(potters(home, "13:00", "15:00", "18:00", "20:00"))
    home.at("05:00")
    routine = home.watch.view.routine
    assert dict(routine.history("first_activity")) == {before: 420, changes: 420}
    assert dict(routine.history("bedtime")) == {before: 26 * 60 + 30, changes: 22 * 60 + 30}
    assert [routine.quiet_so_far(hour)[0] for hour in (13, 16)] == [120, 180]


def test_a_clock_that_is_set_by_an_hour_does_not_lose_the_day(home: LivedHome):
    potters(gets_up(home), "09:00")
    home.watch.step(HOUR)
    home.now += HOUR
    goes_to_bed(potters(home, "12:00", "15:00", "18:00"))
    assert taught(home, "first_activity") == 8 * 60  # all that was known moved with the clock
