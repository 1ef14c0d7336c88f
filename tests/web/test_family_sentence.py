"""One honest sentence on how a home is: it never claims more than the sensors told."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.instant import DAY, MINUTE, Instant, from_datetime
from devices.measurement import Value
from gateway.localtime import local_instant
from gateway.model import Contact, Device, Home, Hub, Journaled, Reading, Room
from gateway.watch.home import HomeWatch
from gateway.web.family.relation import Relation
from gateway.web.family.sentence import Picture, picture

LONDON = ZoneInfo("Europe/London")
ROOMS = (Room("bedroom", "bedroom"), Room("bathroom", "bathroom"), Room("kitchen", "kitchen"), Room("hall", "hall"))
ELM = Relation("ELM-12", LONDON, ["Rose"], False, "at home", True, True, None, None, Contact(1, "Ben", ()), "rooms")


class Day:
    """A home with a motion sensor in each room and a front door, watched since the day before."""

    def __init__(self, since: str = "2026-01-11T12:00", *, door: bool = True, **about: Any) -> None:
        self.known = replace(ELM, **about)
        devices = [Device("elm12", f"motion:{one.name}", one.name, quantities=("motion",)) for one in ROOMS]
        if door:
            devices.append(Device("elm12", "door", "hall", "front-door", quantities=("contact",)))
        self.started = local_instant(since, LONDON)
        self.home = Home(
            "ELM-12", "Europe/London", rooms=ROOMS, hubs=(Hub("elm12"),), devices=tuple(devices),
            occupants=2 if self.known.several else 1, mode=self.known.mode,
        )  # fmt: skip
        self.watch = HomeWatch(self.home, self.started)
        self.offset = 0
        for device in devices:
            self.says(since, device.address, device.quantities[0], value=False)

    def adds(self, address: str, room: str, quantity: str, **about: Any) -> "Day":
        device = Device("elm12", address, room, quantities=(quantity,), registered_at=self.started, **about)
        self.home = replace(self.home, devices=(*self.home.devices, device))
        self.watch.update(self.home, self.watch.time)
        return self

    def says(self, at: str, address: str, quantity: str, *, value: Value = True) -> "Day":
        moment = local_instant(at if "T" in at else f"2026-01-12T{at}", LONDON)
        device = next(one for one in self.home.devices if one.address == address)
        self.offset += 1
        reading = Reading("ELM-12", "elm12", address, device.room, device.role, quantity, value, moment, moment)
        self.watch.take(Journaled(self.offset, reading))
        return self

    def moves(self, room: str, *times: str) -> "Day":
        for at in times:
            self.says(at, f"motion:{room}", "motion")
            self.says(at, f"motion:{room}", "motion", value=False)
        return self

    def beats(self, until: str, but: Collection[str] = ()) -> "Day":
        """All sensors but these report a little something every half an hour until then."""
        moment, end = self.watch.time, local_instant(until if "T" in until else f"2026-01-12T{until}", LONDON)
        while (moment := moment + 30 * MINUTE) <= end:
            for device in self.home.devices:
                if device.address not in but:
                    self.offset += 1
                    reading = Reading("ELM-12", "elm12", device.address, device.room, device.role, "link_quality", 80.0,
                                      moment, moment)  # fmt: skip
                    self.watch.take(Journaled(self.offset, reading))
        return self

    def at(self, text: str, **about: Any) -> Picture:
        now: Instant = local_instant(text if "T" in text else f"2026-01-12T{text}", LONDON)
        self.watch.advance(now)
        return picture(replace(self.known, **about), self.watch.view, now)


def ordinary() -> Day:
    day = Day()
    day.moves("bedroom", "2026-01-11T22:40").beats("07:00")
    return day.moves("bedroom", "07:20").moves("kitchen", "07:32", "07:40").beats("11:30").moves("kitchen", "12:10")


def test_the_sentence_of_an_ordinary_day() -> None:
    assert ordinary().at("12:20") == Picture("Rose was up at 07:32 and was last seen in the kitchen at 12:10.")


def test_who_sees_whether_somebody_is_about_reads_no_room_and_no_time() -> None:
    told = ordinary().at("12:20", sees="up and about").sentence
    assert told == "Rose has been up and about today and was last seen this afternoon."


def test_who_sees_alerts_alone_reads_why() -> None:
    assert ordinary().at("12:20", sees="alerts").sentence == "You see alerts alone: that is what Rose agreed to."


def test_not_up_yet() -> None:
    day = Day().moves("bedroom", "2026-01-11T22:40").beats("09:00")
    told = day.at("09:10").sentence
    assert told == "There is no sign yet that Rose is up; Rose was last seen in the bedroom at 22:40 yesterday."
    about = day.at("09:10", sees="up and about").sentence
    assert about == "There is no sign yet that Rose is up; Rose was last seen in the night."


def test_at_night_nothing_is_said_of_being_up() -> None:
    day = Day().moves("kitchen", "2026-01-11T12:10", "2026-01-11T12:20").moves("bedroom", "2026-01-11T22:40")
    for time in ("2026-01-11T23:30", "03:00", "04:59", "05:30"):
        assert "up" not in day.beats(time).at(time).sentence.split()


def test_before_five_yesterdays_morning_is_not_todays() -> None:
    day = ordinary().moves("bedroom", "22:15").beats("2026-01-13T02:00")
    assert day.at("2026-01-13T02:10").sentence == "Rose was last seen in the bedroom at 22:15 yesterday."


def test_out_since_the_door() -> None:
    day = ordinary().says("12:20", "door", "contact").says("12:21", "door", "contact", value=False).beats("13:30")
    assert day.at("12:40").sentence == "Rose was up at 07:32 and was last seen in the kitchen at 12:10."
    told = "an outside door was used then, and nobody has been seen at home since."
    assert day.at("13:40").sentence == f"Rose seems to have been out since about 12:21: {told}"
    about = day.at("13:40", sees="up and about").sentence
    assert about == f"Rose seems to have been out since this afternoon: {told}"


def test_out_where_no_door_tells_is_said_to_be_inferred() -> None:
    day = Day(door=False)
    day.watch.update(replace(day.home, rooms=(*ROOMS[:3], Room("hall", "entrance"))), day.watch.time)
    day.home = day.watch.view.home
    day.beats("07:00").moves("kitchen", "07:32", "07:40").beats("11:30").moves("hall", "12:10").beats("13:30")
    told = "Rose may have been out since about 12:10: then the last movement was seen, by the way out."
    assert day.at("13:40").sentence == told


def test_two_who_live_there() -> None:
    day = Day(several=True, names=["Rose", "Tom"]).beats("07:00")
    day.moves("kitchen", "07:32", "07:40").beats("11:30").moves("kitchen", "12:10")
    assert day.at("12:20").sentence == "Somebody was up at 07:32 and was last seen in the kitchen at 12:10."
    day.says("12:20", "door", "contact").says("12:21", "door", "contact", value=False).beats("13:30")
    assert day.at("13:40").sentence == "Nobody seems to have been at home since about 12:21."


def test_a_home_that_is_not_heard() -> None:
    day = ordinary()
    told = day.at("13:10")
    assert told.sentence == (
        "We cannot see the home since 12:10, so we do not know how Rose is."
        " Before that, Rose was last seen in the kitchen at 12:10."
    )
    assert not told.seen
    assert day.at("13:10", sees="up and about").sentence.endswith("Before that, Rose was last seen this afternoon.")
    alone = day.at("13:10", sees="alerts").sentence
    assert alone == "We cannot see the home since 12:10, so we do not know how Rose is."


def test_a_home_that_was_never_heard() -> None:
    fresh = HomeWatch(Day().home, local_instant("2026-01-12T10:00", LONDON))
    told = picture(ELM, fresh.view, fresh.time + 60 * MINUTE)
    assert told.sentence == "We have not heard this home yet, so we do not know how Rose is."


def test_one_room_that_is_not_seen() -> None:
    day = ordinary()
    day.watch.view.devices["motion:bathroom"].offline_since = local_instant("2026-01-12T11:30", LONDON)
    day.watch.view.devices["motion:bathroom"].heard = local_instant("2026-01-12T11:30", LONDON)
    day.watch.view.assess(day.watch.time)
    told = day.at("12:20")
    assert told.sentence == "Rose was up at 07:32 and was last seen in the kitchen at 12:10."
    assert told.unseen == ("We cannot see the bathroom since 11:30.",)
    about = day.at("12:20", sees="up and about")
    assert about.unseen == ("We cannot see 1 of 4 rooms at the moment.",)


def test_a_stuck_sensor_is_no_movement() -> None:
    day = Day().beats("07:00").moves("kitchen", "07:32", "07:40").says("09:00", "motion:hall", "motion").beats("12:00")
    told = day.at("12:20")
    assert told.unseen == ("The motion sensor in the hall has said the same for hours, so we do not go by it.",)


def test_too_few_sensors() -> None:
    day = ordinary()
    for room in ("bedroom", "bathroom", "hall"):
        day.watch.view.devices[f"motion:{room}"].offline_since = day.watch.time
    day.watch.view.assess(day.watch.time)
    assert day.at("12:20").sentence == (
        "Too few sensors are heard, so we do not know how Rose is. Rose was last seen in the kitchen at 12:10."
    )


def test_no_sensor_of_movement_at_all() -> None:
    home = Home("ELM-12", "Europe/London", hubs=(Hub("elm12"),), devices=(
        Device("elm12", "pendant", None, "pendant", quantities=("button",)),))  # fmt: skip
    watch = HomeWatch(home, local_instant("2026-01-12T10:00", LONDON))
    now = watch.time
    press = Reading("ELM-12", "elm12", "pendant", None, "pendant", "battery", 80.0, now, now)
    watch.take(Journaled(1, press))
    told = picture(ELM, watch.view, now + MINUTE).sentence
    assert told == "No sensor here tells of movement, so we cannot say how Rose is."


def test_in_bed_and_in_the_chair() -> None:
    day = ordinary().adds("bed", "bedroom", "bed", role="bed")
    day.says("12:11", "bed", "bed", value=False).says("12:15", "bed", "bed").moves("bedroom", "12:17")
    assert day.at("12:20").sentence == "Rose was up at 07:32 and has been in bed since 12:15."
    assert day.at("12:20", sees="up and about").sentence == "Rose has been up and about today and is in bed."
    day.moves("kitchen", "12:40")
    assert day.at("12:41").sentence.endswith("was last seen in the kitchen at 12:40.")


def test_a_bed_whose_sensor_went_quiet_tells_how_it_was_then() -> None:
    day = ordinary().adds("bed", "bedroom", "bed", role="bed")
    day.says("12:11", "bed", "bed", value=False).says("12:15", "bed", "bed").beats("18:00", but={"bed"})
    told = day.at("18:00").sentence
    assert told == "Rose was up at 07:32 and was in bed at 12:15, when the sensor there was last heard."
    about = day.at("18:00", sees="up and about").sentence
    assert about.endswith("was in bed this afternoon, when the sensor there was last heard.")


def test_no_sign_of_being_up_says_how_long_none_could_have_been_seen() -> None:
    day = Day().moves("bedroom", "2026-01-11T22:40").beats("05:30")
    day.at("09:30")
    day.beats("10:00")
    told = day.at("10:10").sentence
    assert told.startswith("There is no sign yet that Rose is up, but the home could not be seen for 4 h")
    assert "of the time since 05:00; Rose was last seen in the bedroom at 22:40 yesterday." in told
    about = day.at("10:10", sees="up and about").sentence
    assert about.startswith("There is no sign yet that Rose is up, but the home could not be seen all the time;")


@pytest.mark.parametrize("sees", ["rooms", "up and about", "alerts"])
@pytest.mark.parametrize("mode", ["at home", "away", "paused"])
def test_a_pendant_that_is_not_heard_is_told_to_everybody(sees: Any, mode: Any) -> None:
    day = ordinary().adds("pendant", "bedroom", "button", role="pendant")
    told = day.at("12:20", sees=sees, mode=mode)
    assert told.unseen == ("We have not heard the pendant yet, so its call may not reach us.",)
    assert "call as ever" not in told.sentence


def test_a_home_that_is_not_heard_may_not_call_either() -> None:
    day = ordinary().adds("pendant", "bedroom", "button", role="pendant")
    told = "When its pendant or an alarm calls, that may not reach us either."
    for sees in ("rooms", "up and about", "alerts"):
        assert told in day.at("13:10", sees=sees).sentence


def test_who_moves_in_a_home_that_is_set_to_away_may_be_back() -> None:
    day = ordinary()
    told = day.at("12:20", mode="away").sentence
    assert told == (
        "The home is set to away. Somebody moved there at 12:10. If Rose is back, please set it to at home."
    )
    assert "moved there this afternoon." in day.at("12:20", mode="away", sees="up and about").sentence
    day.says("12:21", "door", "contact").says("12:22", "door", "contact", value=False).beats("12:25")
    assert day.at("12:30", mode="away").sentence == "The home is set to away.", "they have gone"


def test_without_consent_nobody_is_called_and_that_is_said() -> None:
    assert "not even when the pendant is pressed" in ordinary().at("12:20", consents=False).sentence


def test_watched_since_this_morning_only_nothing_is_said_of_being_up() -> None:
    day = Day(since="2026-01-12T09:00").moves("kitchen", "09:30", "12:10")
    assert day.at("12:20").sentence == "Rose was last seen in the kitchen at 12:10."


def test_up_by_a_time_where_the_morning_was_not_heard() -> None:
    day = Day().moves("bedroom", "2026-01-11T22:40").beats("2026-01-12T05:30")
    day.moves("kitchen", "09:10", "09:15").beats("12:00")
    assert "was up by 09:10" in day.at("12:20").sentence


def test_a_lone_signal_may_be_false() -> None:
    day = ordinary()
    day.watch.view.lone_since = local_instant("2026-01-12T09:00", LONDON)
    told = day.at("12:20").sentence
    assert told.endswith("That was one short signal, which may be false: the one before it was at 09:00.")
    about = day.at("12:20", sees="up and about").sentence
    assert not re.search(r"\d\d:\d\d", about)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"consents": False}, "Nothing of ELM-12 is kept or shown, as there is no consent on record."),
        ({"live": False, "mode": "paused"}, "This home is still being set up, so we cannot say yet how the day goes."),
        ({"mode": "paused"}, "This home is paused, so nobody is called when it is quiet."),
        ({"mode": "away"}, "The home is set to away."),
        ({"mode": "away", "away_until": from_datetime(datetime(2026, 1, 16, 14, tzinfo=LONDON))},
         "The home is set to away until 14:00 on Friday."),
    ],
)  # fmt: skip
def test_homes_in_which_nobody_is_followed(about: dict[str, Any], told: str) -> None:
    assert ordinary().at("12:20", **about).sentence.startswith(told)
    assert "kitchen" not in ordinary().at("12:20", **about).sentence


def test_a_home_that_the_engine_does_not_know() -> None:
    assert picture(ELM, None, DAY).sentence == "We do not know at the moment how Rose is."
    assert picture(replace(ELM, names=[]), None, DAY).sentence == "We do not know at the moment how the resident is."


@pytest.mark.parametrize(("date", "up"), [("2026-03-29", "07:32"), ("2026-10-25", "07:32")])
def test_on_the_days_on_which_the_clocks_change(date: str, up: str) -> None:
    day = Day(since=f"{date[:8]}{int(date[8:]) - 1}T12:00")
    day.beats(f"{date}T07:10").moves("kitchen", f"{date}T{up}", f"{date}T07:40").beats(f"{date}T11:50")
    day.moves("kitchen", f"{date}T12:10")
    told = day.at(f"{date}T12:20").sentence
    assert told == f"Rose was up at {up} and was last seen in the kitchen at 12:10."
