"""Words for one reader at one moment, as fine as their home's residents let them see. Pure."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.languages.forms import Reader, in_room
from gateway.localtime import local_date, local_time
from gateway.saying import clock_time
from gateway.web.family.relation import Relation

_MORNING, _AFTERNOON, _EVENING, _NIGHT = time(5), time(12), time(18), time(22)


@dataclass(frozen=True, slots=True)
class Words:
    """Who is spoken of to whom."""

    known: Relation
    now: Instant

    @property
    def zone(self) -> ZoneInfo:
        """Of the home's clock."""
        return self.known.zone

    @property
    def rooms(self) -> bool:
        """Whether rooms and times may be said."""
        return self.known.sees == "rooms"

    @property
    def whose(self) -> str:
        """`Rose`, `Rose and Tom`, `the resident`."""
        return self.known.whose if self.known.names else "the resident"

    @property
    def be(self) -> str:
        """`is` or `are`, after `whose`."""
        return "are" if len(self.known.names) > 1 else "is"

    def at(self, moment: Instant) -> str:
        """`12:10`, `22:40 yesterday`."""
        return clock_time(moment, self.now, self.zone)

    def where(self, room: str | None) -> str:
        """`in the kitchen`."""
        return in_room(room, Reader(self.zone, self.now))

    def part(self, moment: Instant) -> str:
        """`this morning`, `yesterday evening`: as fine as it gets for who does not see times."""
        wall, days = local_time(moment, self.zone), self._days_ago(moment)
        if days > 1:
            return "some days ago"
        if _MORNING <= wall < _AFTERNOON:
            name = "morning"
        elif _AFTERNOON <= wall < _EVENING:
            name = "afternoon"
        elif _EVENING <= wall < _NIGHT:
            name = "evening"
        else:
            return "in the night"
        return f"yesterday {name}" if days == 1 else f"this {name}"

    def _days_ago(self, moment: Instant) -> int:
        return (local_date(self.now, self.zone) - local_date(moment, self.zone)).days
