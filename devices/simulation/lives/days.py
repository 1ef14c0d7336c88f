"""A resident's days, one after another, written into a diary. The letters name sources, see the package."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, to_datetime
from devices.simulation.lives.company import guest, visit
from devices.simulation.lives.diary import Diary, Doing, DoorMove, Span, Stay
from devices.simulation.lives.draws import lasting, poisson, seconds
from devices.simulation.lives.dwelling import Dwelling
from devices.simulation.lives.habits import Habits

Engagement = tuple[Instant, str]
_MISSED = frozenset({"outing", "evening out", "step out", "post", "visitor", "carer", "nap"})
"""These do not happen at all when their time passes while the resident is out or busy otherwise."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days away from home: `first` and `last` count from the first day of the diary."""

    first: int
    last: int
    announced: bool


@dataclass(slots=True)
class Writer:
    """`now`: how far the diary is written. `late`: minutes by which tomorrow begins later, after a late night."""

    random: Random
    habits: Habits
    dwelling: Dwelling
    holidays: tuple[Holiday, ...] = ()
    diary: Diary = field(default_factory=Diary)
    now: Instant = 0
    last_bathroom: Instant = 0
    late: float = 0.0

    # ---------------------------------------------------------------- the whole

    def write(self, first: date, days: int) -> Diary:
        """The diary from midnight before `first` to the end of so many days."""
        self.now = self._at(first, 0)
        end = self._at(first + timedelta(days=days), 0)
        day, in_bed = first, True
        night_from = self.now
        while self.now < end:
            if in_bed:
                self._night(day)
                self.diary.nights.append(Span(night_from, self.now))
                self._morning()
            to_bed = self._bedtime(day)
            self._day(day, (day - first).days, to_bed)
            day = self._date(self.now)
            if self.now > to_bed + 12 * HOUR:
                in_bed = False  # back from days away: what is left of that day
                continue
            in_bed = True
            night_from = self._to_bed()
            day = self._date(night_from)
            if to_datetime(night_from).astimezone(self._zone).hour >= 12:
                day += timedelta(days=1)
        self.diary.nights.append(Span(night_from, max(end, night_from)))
        return self.diary

    # ---------------------------------------------------------------- nights

    def _night(self, day: date) -> None:
        """In bed until it is time to get up; visits to the bathroom, and on bad nights a while in the chair."""
        habits, random = self.habits, self.random
        wakes = habits.wakes + random.gauss(0, habits.wakes_spread) + self.late
        wakes += habits.later_at_weekends if day.weekday() >= 5 else 0
        wakes += random.uniform(60, 180) if random.random() < habits.lie_in else 0  # (A)
        self.late = 0.0
        up = max(self._at(day, max(wakes, 4.5 * 60)), self.now + 3 * HOUR)
        restless = random.random() < habits.restless
        doing: Doing = "dozing" if restless else "asleep"
        visits = min(4, poisson(random, habits.night_visits + (1 if restless else 0)))
        moments = [(self.now + random.uniform(0.08, 0.92) * (up - self.now), "bathroom") for _ in range(visits)]
        if random.random() < habits.early_bathroom:
            moments.append((self._at(day, random.uniform(300, 390)), "bathroom"))
        if restless and random.random() < 0.6:
            moments.append((self.now + random.uniform(0.2, 0.7) * (up - self.now), "up"))
        for moment, what in sorted(moments):
            at = int(moment)
            if not self.now + 20 * MINUTE < at < up - 25 * MINUTE:
                continue
            self._stay(self.dwelling.bedroom, at, doing, "bed")
            if what == "bathroom":
                self._stay("bathroom", at + self._minutes(2, 8), "busy")
            else:
                self._stay("kitchen", at + self._minutes(5, 20), "busy")
                self._stay(self.dwelling.living, self.now + self._minutes(10, 60), "seated", "chair")
        self._stay(self.dwelling.bedroom, up, doing, "bed")

    def _morning(self) -> None:
        self._stay(self.dwelling.bedroom, self.now + self._minutes(1, 8), "busy")
        self._wash(self._minutes(6, 25))
        self._kitchen(self._minutes(8, 20))
        self._stay("kitchen", self.now + self._minutes(8, 30), "seated")

    def _bedtime(self, day: date) -> Instant:
        habits, random = self.habits, self.random
        minutes = habits.to_bed + random.gauss(0, habits.to_bed_spread)
        if random.random() < habits.up_late:
            minutes += random.uniform(75, 200)
            self.late = random.uniform(45, 150)
        return self._at(day, minutes)

    def _to_bed(self) -> Instant:
        self._stay("bathroom", self.now + self._minutes(4, 12), "busy")
        self.last_bathroom = self.now
        begins = self.now
        self._stay(self.dwelling.bedroom, self.now + self._minutes(2, 10), "busy")
        return begins

    # ---------------------------------------------------------------- days

    def _day(self, day: date, number: int, to_bed: Instant) -> None:
        """Everything between breakfast and going to bed."""
        holiday = next((one for one in self.holidays if one.first == number), None)
        waiting = self._engagements(day, to_bed, holiday)
        while self.now < to_bed:
            if waiting and waiting[0][0] <= self.now:
                due, name = waiting.pop(0)
                if self.now > due + 45 * MINUTE and name in _MISSED:
                    continue
                if name == "holiday" and holiday is not None:
                    self._holiday(day, holiday)
                    return
                self._engagement(name, day)
                continue
            limit = min(to_bed, waiting[0][0] if waiting else to_bed)
            self._free(limit, evening=self.now >= self._at(day, self.habits.evening_from))

    def _engagements(self, day: date, to_bed: Instant, holiday: Holiday | None) -> list[Engagement]:
        habits, random = self.habits, self.random
        found: list[tuple[float, str]] = [
            (random.uniform(11.9, 13.2) * 60, "meal"),
            (random.uniform(17, 18.8) * 60, "meal"),
        ]
        found += [
            (random.triangular(9, 17.5, 10.7) * 60, "outing") for _ in range(min(3, poisson(random, habits.outings)))
        ]
        found += [(at + random.gauss(0, 12), "carer") for at in habits.carer_at]
        found += [(random.uniform(8, 19) * 60, "step out") for _ in range(poisson(random, habits.steps_out))]
        for share, name, earliest, latest in (
            (habits.evenings_out, "evening out", 17.2, 19.5), (habits.visitors, "visitor", 10, 19.8),
            (habits.overnight_guest, "guest", 14, 18), (habits.nap_share if habits.nap else 0, "nap", 12.9, 15),
            (habits.long_bath, "bath", 9, 21), (habits.post, "post", 9, 13.5),
        ):  # fmt: skip
            if random.random() < share:
                found.append((random.uniform(earliest, latest) * 60, name))
        if holiday is not None:
            found.append((random.uniform(8.5, 16) * 60, "holiday"))
        moments = sorted((self._at(day, minutes), name) for minutes, name in found)
        return [one for one in moments if self.now - 30 * MINUTE <= one[0] < to_bed - 20 * MINUTE]

    def _engagement(self, name: str, day: date) -> None:
        acts: dict[str, Callable[[], None]] = {
            "meal": self._meal,
            "outing": lambda: self._out(self.now + self._lasting(self.habits.outing, 0.6, 12, 540)),
            "evening out": lambda: self._out(self._at(day, self.random.uniform(21.3, 24.3) * 60)),
            "visitor": lambda: self._visitor(self._lasting(75, 0.6, 15, 240)),
            "guest": self._guest,
            "carer": self._carer,
            "nap": self._nap,
            "bath": lambda: self._wash(self._minutes(35, 70)),
            "step out": self._step_out,
            "post": self._answer_the_door,
        }
        acts[name]()

    def _free(self, limit: Instant, *, evening: bool) -> None:
        """Whatever comes: mostly the chair, the longer the later (Y); the bathroom when it is time (L)."""
        habits, random = self.habits, self.random
        due = self.last_bathroom + int(habits.bathroom_every * random.uniform(0.75, 1.25)) * MINUTE
        if self.now >= due:
            self._stay("bathroom", min(limit, self.now + self._minutes(2, 7)), "busy")
            self.last_bathroom = self.now
            return
        busy = (0.15 if evening else 0.4) * (1.5 if habits.kind == "very active" else 1)
        if random.random() < busy:
            rooms = [
                room
                for room in self.dwelling.rooms
                if self.dwelling.rooms[room] not in ("hall", "entrance", "bathroom")
            ]
            room = "kitchen" if random.random() < 0.45 else random.choice(rooms)
            until = min(limit, self.now + self._lasting(9, 0.6, 2, 45))
            if room == "kitchen":
                self._kitchen(until - self.now)
            else:
                self._stay(room, until, "busy")
            return
        median = habits.seated * (1.6 if evening else 1)
        until = min(limit, max(due, self.now + 5 * MINUTE), self.now + self._lasting(median, 0.7, 4, 200))
        self._stay(self.dwelling.living, until, "seated", "chair")

    def _meal(self) -> None:
        self._kitchen(self._minutes(10, 35))
        where = "dining" if "dining" in self.dwelling.rooms else "kitchen"
        self._stay(where, self.now + self._minutes(12, 35), "seated")
        self._kitchen(self._minutes(3, 12))

    def _kitchen(self, lasts: int) -> None:
        if self.random.random() < 0.6:
            self.diary.kitchen_uses.append((self.now + int(lasts * 0.2), "kettle"))
        if self.random.random() < 0.7:
            self.diary.kitchen_uses.append((self.now + int(lasts * self.random.uniform(0.05, 0.9)), "fridge"))
        self._stay("kitchen", self.now + lasts, "busy")

    def _wash(self, lasts: int) -> None:
        """Part of it in the shower or the bath, where a sensor sees little."""
        self._stay("bathroom", self.now + lasts // 4, "busy")
        self._stay("bathroom", self.now + lasts // 2, "washing")
        self._stay("bathroom", self.now + lasts // 4, "busy")
        self.last_bathroom = self.now

    def _nap(self) -> None:
        until = self.now + self._lasting(55, 0.45, 15, 150)
        if self.habits.nap == "bed":
            self._stay(self.dwelling.bedroom, until, "asleep", "bed")
        else:
            self._stay(self.dwelling.living, until, "dozing", "chair")

    # ---------------------------------------------------------------- the door

    def _door(self, back: float) -> str:
        return "back" if "back" in self.dwelling.doors and self.random.random() < back else "front"

    def _leave(self, door: str, until: Instant) -> None:
        """Out by a door. Some take their time between opening it and being through it (A)."""
        by = "hall" if door == "front" else "kitchen"
        self._stay(by, self.now + seconds(self.random, 15, 150), "busy")
        through = self._lasting(0.1, 0.8, 0.04, 1.0)
        self.diary.doors.append(DoorMove(self.now - through, door, through + seconds(self.random, 2, 10)))
        self._stay(None, max(until, self.now + MINUTE), "out")
        self.diary.doors.append(DoorMove(self.now - 3 * SECOND, door, seconds(self.random, 4, 25)))
        self._stay(by, self.now + seconds(self.random, 15, 120), "busy")

    def _out(self, until: Instant) -> None:
        """Out for a while. One in thirty goes back at once for something forgotten; all see to things on return (A)."""
        door = self._door(0.15)
        if self.random.random() < 0.03:
            self._leave(door, self.now + self._minutes(1, 4))
        self._leave(door, until)
        if self.random.random() < 0.5:
            self._kitchen(self._minutes(3, 15))
        else:
            self._stay(self.dwelling.living, self.now + self._minutes(3, 25), "busy")

    def _step_out(self) -> None:
        self._leave(self._door(0.7), self.now + self._minutes(1, 9))

    def _answer_the_door(self) -> None:
        """Nobody comes in and nobody leaves; then back to the chair."""
        self._stay("hall", self.now + seconds(self.random, 15, 40), "busy")
        self.diary.doors.append(DoorMove(self.now, "front", seconds(self.random, 8, 60)))
        self._stay("hall", self.now + seconds(self.random, 20, 70), "busy")
        self._stay(self.dwelling.living, self.now + self._lasting(self.habits.seated, 0.6, 5, 150), "seated", "chair")

    def _holiday(self, day: date, holiday: Holiday) -> None:
        back = self._at(day + timedelta(days=holiday.last - holiday.first), self.random.uniform(11, 20) * 60)
        self._leave("front", back)
        left, back = self.diary.stays[-2][:2]
        self.diary.long_absences.append(Span(left, back))
        if holiday.announced:
            early, late = self.random.uniform(-3, 2), self.random.uniform(-2, 3)
            self.diary.announced.append(Span(left + int(early * HOUR), back + int(late * HOUR)))
        elif back - left > 2 * DAY and self.random.random() < 0.4:  # a neighbour looks after the plants
            visit(self.diary, self.dwelling, self.random, left + 30 * HOUR, self._minutes(5, 15), lively=True)

    # ---------------------------------------------------------------- company

    def _carer(self) -> None:
        """They have a key; the resident goes on with what they do."""
        visit(self.diary, self.dwelling, self.random, self.now, self._minutes(12, 40), lively=True)

    def _guest(self) -> None:
        guest(self.diary, self.dwelling, self.random, self.now, self.now + self.random.randint(16, 44) * HOUR)

    def _visitor(self, lasts: int) -> None:
        """Let in by the resident; seen to the door, or not; then the resident sits down again."""
        random, living = self.random, self.dwelling.living
        self._stay("hall", self.now + seconds(self.random, 20, 60), "busy")
        until = self.now + lasts
        visit(self.diary, self.dwelling, random, self.now, lasts, lively=False)
        if random.random() < 0.6:
            self._kitchen(min(self._minutes(4, 10), lasts // 2))
        while self.now < until - 8 * MINUTE:
            self._free(min(until, self.now + 40 * MINUTE), evening=False)
        self._stay(living, until - MINUTE, "seated", "chair")
        if random.random() < 0.6:
            self._stay("hall", until + seconds(self.random, 5, 60), "busy")
        self._stay(living, self.now + self._lasting(self.habits.seated, 0.7, 5, 180), "seated", "chair")

    # ---------------------------------------------------------------- inside

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.dwelling.zone)

    def _stay(self, room: str | None, until: Instant, doing: Doing, on: str = "") -> None:
        if until > self.now:
            self.diary.stays.append(Stay(self.now, until, room, doing, on))  # type: ignore[arg-type]
            self.now = until

    def _minutes(self, low: float, high: float) -> int:
        return int(self.random.uniform(low, high) * MINUTE)

    def _lasting(self, median: float, spread: float, least: float, most: float) -> int:
        return lasting(self.random, median, spread, least, most)

    def _at(self, day: date, minutes: float) -> Instant:
        """The instant at which the clock shows so many minutes after the day's midnight."""
        days, rest = divmod(int(minutes * 60), 86_400)
        wall = time(rest // 3_600, rest % 3_600 // 60, rest % 60)
        return from_datetime(datetime.combine(day + timedelta(days=days), wall, self._zone))

    def _date(self, moment: Instant) -> date:
        return to_datetime(moment).astimezone(self._zone).date()
