"""ELM-12 as families see it: Rose, her rooms, her contacts, a night and a morning, in the engine and in the store."""

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

import httpx

from devices.instant import DAY, HOUR, MINUTE, Instant
from devices.measurement import Value
from gateway.localtime import local_instant
from gateway.model import Point, Reading, Taken, Verdict
from gateway.recorder.points import point
from gateway.watch.routine.day import Day
from tests.support.site import VisitedSite

LONDON = ZoneInfo("Europe/London")
ROOMS = {"bedroom": "bedroom", "bathroom": "bathroom", "kitchen": "kitchen", "living room": "living", "hall": "hall"}
SEES: Mapping[str, str] = MappingProxyType({"Ann": "rooms", "Bob": "up and about", "Cleo": "alerts"})
"""Contacts by name and what they see."""
_MOVES = {
    "bedroom": ("2026-01-12T22:40", "07:20"),
    "bathroom": ("03:05", "07:24"),
    "kitchen": ("07:32", "07:40", "08:05", "10:10", "12:10"),
    "living room": ("08:20", "09:00", "09:40", "11:15"),
}


class Elm:
    """Of a site whose clock stands at noon of 12 January; `lives` brings it to 12:20 of the day after."""

    def __init__(self, site: VisitedSite) -> None:
        self.site = site
        self._people: dict[str, int] = {}
        devices = [
            {"address": f"zigbee2mqtt:0x{number:04x}", "room": room, "quantities": ["motion"]}
            for number, room in enumerate(ROOMS, start=1)
        ]
        devices.append(
            {"address": "zigbee2mqtt:0x0010", "room": "hall", "role": "front-door", "quantities": ["contact"]}
        )
        self.site.registers(
            "ELM-12",
            area="North",
            rooms=[{"name": name, "kind": kind} for name, kind in ROOMS.items()],
            hubs=[{"name": "elm12"}],
            devices=devices,
            contacts=[{"name": name, "channels": [f"ntfy://topic-{name.lower()}"], "sees": sees}
                      for name, sees in SEES.items()],
            escalation=[{"contacts": list(SEES)}],
        )  # fmt: skip
        self.address = {str(one["room"]): str(one["address"]) for one in devices[:-1]}

    def family(self, contact: str) -> httpx.AsyncClient:
        """This contact, signed in."""
        if contact not in self._people:
            self._people[contact] = self.site.person("family", name=contact, homes={"ELM-12": contact})
        return self.site.visitor(person=self._people[contact])

    def reading(self, room: str, at: Instant, quantity: str = "motion", *, value: Value = True) -> Reading:
        """One of the room's sensor."""
        return Reading("ELM-12", "elm12", self.address[room], room, None, quantity, value, at, at)

    async def lives(self, until: str = "2026-01-13T12:20", *, learned: bool = True) -> None:
        """An evening, a night and a morning."""
        await self.site.takes_up()
        readings = [self.reading("hall", moment, "link_quality", value=80.0)
                    for moment in range(self.site.now, local_instant(until, LONDON), 20 * MINUTE)]  # fmt: skip
        readings += [self.reading(room, self.site.now, value=False) for room in ROOMS]
        for room, times in _MOVES.items():
            for time in times:
                at = local_instant(time if "T" in time else f"2026-01-13T{time}", LONDON)
                readings += [self.reading(room, at), self.reading(room, at + MINUTE, value=False)]
        readings.sort(key=lambda one: one.at)
        await self.site.journal.append(
            [Taken(readings=tuple(one for one in readings if one.at <= local_instant(until, LONDON)))]
        )
        if learned:
            self.learns()
        self.site.clock.advance_to(local_instant(until, LONDON))
        self.site.wall.advance_to(self.site.clock.now())
        await self.site.takes_up()
        await self.site.store.write([point(one) for one in readings])
        await self.site.store.write(list(self.recorded()))

    def learns(self) -> None:
        """Three weeks of days like this one."""
        view = self.site.site.homes()["ELM-12"].view
        today = view.date
        for number in range(today.toordinal() - 21, today.toordinal()):
            ended = Day(number, first=7 * 60 + number % 7 * 5, visits=(3,) * 9)
            view.routine.remember(view.date.fromordinal(number), ended)

    def recorded(self) -> list[Point]:
        """How devices were, every hour; temperatures; days before."""
        now = self.site.now
        found = []
        for moment in range(now - 40 * HOUR, now, HOUR):
            for room, address in self.address.items():
                tags = {"home": "ELM-12", "room": room, "device": address}
                found.append(Point("device_state", tags, {"silent": 0.0, "stuck": 0.0, "heard_s": 60.0}, moment))
        for room, degrees in (("kitchen", 19.4), ("bedroom", 16.8), ("bathroom", 21.0)):
            tags = {"home": "ELM-12", "room": room, "device": self.address[room]}
            found.append(Point("temperature", tags, {"value": degrees}, now - 10 * MINUTE))
        started = local_instant("2026-01-12T05:00", LONDON)
        for day in range(1, 20):
            fields: dict[str, float | str] = {f"h{hour:02}": float(2 + day % 3) for hour in range(24)}
            found.append(Point("daily_activity", {"home": "ELM-12"}, fields, started - day * DAY))
        daily: dict[str, float | str] = {"up_at": 455.0, "coverage": 0.8, "ordinary": 1.0}
        found.append(Point("daily", {"home": "ELM-12"}, daily, started))
        return found

    async def alert(self, rule: str = "not_up", **about: object) -> None:
        """A rule concludes something."""
        values = {"explanation": "No sign of being up by 10:30. Last seen in the bedroom at 22:40 yesterday.",
                  "priority": 2, "concerns": "person"} | about  # fmt: skip
        await self.site.desk.report([Verdict("trigger", "ELM-12", rule, None, self.site.now, **values)], self.site.now)  # type: ignore[arg-type]
        await self.site.desk.tick(self.site.now)
