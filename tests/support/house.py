"""The homes and people of a street, in a carer's words: what happens in a home, and who hears of it when."""

import json
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from devices.instant import DAY, HOUR, MINUTE, Instant, rfc3339
from devices.measurement import Value
from gateway.alerts.alert import Alert
from gateway.model import Mode
from gateway.registry import devices, homes
from gateway.registry.homefile import HomeFile
from tests.support.street import Street, Told

ROOMS = ("hall", "kitchen", "bathroom", "bedroom", "living")
DEVICES: dict[str, dict[str, Any]] = {
    "hall-motion": {"room": "hall", "quantities": ["motion", "battery"]},
    "kitchen-motion": {"room": "kitchen", "quantities": ["motion", "battery"]},
    "bathroom-motion": {"room": "bathroom", "quantities": ["motion"]},
    "bedroom-motion": {"room": "bedroom", "quantities": ["motion"]},
    "living-motion": {"room": "living", "quantities": ["motion", "temperature"]},
    "front-door": {"room": "hall", "role": "front-door", "quantities": ["contact"]},
    "pendant": {"role": "pendant", "quantities": ["button"]},
    "smoke": {"room": "kitchen", "quantities": ["smoke"]},
}


def moves_in(
    street: Street,
    reference: str,
    *calls: str,
    rules: Sequence[dict[str, Any]] = (),
    registered_ago: int = HOUR,
    hub_is_there: bool = True,
) -> "House":
    """A home is registered, with who is called in which step, five minutes apart; its hub and devices speak."""
    house = House(street, reference)
    consent = {"by": "the resident", "basis": "written", "at": "2026-01-01"}
    file = HomeFile.model_validate(
        {
            "reference": reference,
            "time_zone": street.zone.key,
            "rooms": [{"name": name, "kind": name} for name in ROOMS],
            "devices": [{"address": name} | about for name, about in DEVICES.items()],
            "residents": [{"name": "R", "consent": consent}],
            "contacts": [{"name": name, "channels": [house.person(name).phone]} for name in calls],
            "escalation": [{"contacts": [name]} for name in calls],
            "rules": list(rules),
        }
    )
    street.registry.import_home(file, street.clock.now() - registered_ago)
    street.run(street.take_up())
    street.hubs.append(house)
    return house.speaks_again() if hub_is_there else house.falls_silent()


class House:
    """One home and its hub, as its resident and family know it. Devices check in every hour, unless they fell silent.

    `at("07:30")` lets time pass up to the next such local time; what then happens, happens at that moment.
    """

    def __init__(self, street: Street, reference: str) -> None:
        self.street = street
        self.reference = reference
        self.hub = reference.lower()
        self.names = list(DEVICES)
        self.silent: set[str] = set()
        self._people: dict[str, Person] = {}

    # ---------------------------------------------------------------- time

    def at(self, wall: str, *, days: int = 0) -> "House":
        """Let time pass to the next moment at which the clock shows `wall`, and `days` more."""
        return self.after(self.street.moment(wall, self.street.clock.now(), days) - self.street.clock.now())

    def after(self, duration: int) -> "House":
        """Let so many microseconds pass."""
        self.street.until(self.street.clock.now() + duration)
        self.street.acts()
        return self

    # ---------------------------------------------------------------- what happens

    def moves(self, room: str) -> "House":
        """Somebody moves in a room: its sensor fires and clears."""
        self.says(f"{room}-motion", "motion", True)
        return self.after(MINUTE // 2).says(f"{room}-motion", "motion", False)

    def potters(self, *, until: str) -> "House":
        """An ordinary day, somebody here and there every 50 minutes; the last time, in the bedroom, at `until`.

        Each time two sensors see them: one firing alone would be weak evidence.
        """
        end = self.street.moment(until, self.street.clock.now())
        rooms = ("kitchen", "living", "hall", "bathroom")
        while (left := end - self.street.clock.now()) > 50 * MINUTE:
            room = rooms[left // HOUR % len(rooms)]
            self.moves(room).moves("kitchen" if room == "living" else "living").after(50 * MINUTE - MINUTE // 2)
        if left > MINUTE:
            self.after(left - MINUTE).moves("hall").after(MINUTE // 2)
            left = 0
        return self.after(left).moves("bedroom")

    def opens(self, door: str = "front-door") -> "House":
        """A door is opened."""
        return self.says(door, "contact", True)

    def closes(self, door: str = "front-door") -> "House":
        """A door is closed."""
        return self.says(door, "contact", False)

    def presses(self, what: str = "pendant", action: str = "press", *, dated: str | None = None) -> "House":
        """A button is pressed. `dated`: its own clock said so, at that time of the last 24 hours."""
        at = None if dated is None else self.street.moment(dated, self.street.clock.now() - DAY + 1)
        return self.says(what, "button", action, at=at)

    def says(self, address: str, quantity: str, value: Value, *, at: Instant | None = None) -> "House":
        """A device says something now, and maybe when it was."""
        self.street.acts()
        self.street.publish([self._message(address, quantity, value, at)])
        return self

    def falls_silent(self, *names: str) -> "House":
        """Devices, or with no name the hub, say nothing any more."""
        self.silent |= set(names or (self.hub,))
        return self

    def speaks_again(self, *names: str) -> "House":
        """They check in as before, the first time at once."""
        self.silent -= set(names or (self.hub,))
        self.street.acts()
        self.street.publish([*self.beats(), *self.check_ins()])
        return self

    def goes(self, mode: Mode) -> "House":
        """The family sets the home's mode."""
        self.street.change(homes.set_mode, self.reference, mode)
        return self

    def gets(self, address: str, **details: str) -> "House":
        """A device is registered."""
        self.names.append(address)
        now = self.street.clock.now()
        self.street.change(devices.add_device, self.reference, address, now, details=devices.Details(**details))
        return self

    # ---------------------------------------------------------------- people

    def person(self, name: str) -> "Person":
        """A contact by name."""
        return self._people.setdefault(name, Person(self, name))

    # ---------------------------------------------------------------- what the hub publishes

    def beats(self) -> list[tuple[str, bytes]]:
        """The hub's own box temperature: it is no registered device, but a sign that the hub is there."""
        return [] if self.hub in self.silent else [self._message("hub-box", "device_temperature", 41.5)]

    def check_ins(self) -> list[tuple[str, bytes]]:
        """What every device sends each hour."""
        if self.hub in self.silent:
            return []
        return [self._message(name, "link_quality", 100.0) for name in self.names if name not in self.silent]

    def _message(self, address: str, quantity: str, value: Value, at: Instant | None = None) -> tuple[str, bytes]:
        content = {"value": value} | ({} if at is None else {"at": rfc3339(at)})
        return f"homes/{self.hub}/keepwell/{address}/{quantity}", json.dumps(content).encode()


class Person:
    """A contact of a home: what they hear, and what they do about it."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.phone = f"phone://{house.hub}-{name.lower().replace(' ', '-')}"
        self._street = house.street

    def hears(self, *words: str) -> "Hearing":
        """A message with all these words in it; say when with `at` or `between`."""
        return Hearing(self._street, self.phone, self.name, words)

    def hears_nothing(self, *, until: str | None = None, days: int = 0) -> None:
        """No message that was not expected yet, up to now or the next time that the clock shows `until`."""
        if until is not None:
            self.house.at(until, days=days)
        surplus = [told for told in self.told() if not told.expected]
        assert not surplus, f"{self.name} heard\n" + self._street.shown(surplus)

    def told(self) -> list[Told]:
        """All messages so far."""
        return [told for told in self._street.phones.told if told.notice.channel == self.phone]

    def accepts(self, rule: str | None = None) -> None:
        """Take on the alert that is most urgent, or the one of that rule."""
        self._acts(self._street.desk.accept(self._alert(rule).id, self.name, self._street.clock.now()))

    def closes(self, outcome: str, rule: str | None = None) -> None:
        """End it and say what it was."""
        alert = self._alert(rule)
        self._acts(self._street.desk.close(alert.id, self.name, outcome, None, self._street.clock.now()))

    def cannot_be_reached(self, error: Exception) -> None:
        """Their channel fails in this way until further notice."""
        self._street.phones.dead[self.phone] = error

    def can_be_reached(self) -> None:
        """Their channel works again."""
        self._street.phones.dead.pop(self.phone, None)

    def _alert(self, rule: str | None) -> Alert:
        found = [one for one in self._street.alerts(self.house.reference) if rule is None or one.rule == rule]
        assert found, f"no alert of {rule or self.house.reference} is open"
        return found[0]

    def _acts(self, action: Awaitable[object]) -> None:
        self._street.acts()
        self._street.run(action)
        self._street.serve()


@dataclass(frozen=True, slots=True)
class Hearing:
    """A message that somebody is expected to get."""

    street: Street
    phone: str
    name: str
    words: tuple[str, ...]

    def at(self, wall: str, *, times: int = 1, days: int = 0) -> Told:
        """Within the minute that the clock on the wall shows, counted from what last happened."""
        start = self.street.moment(wall, self.street.acted_at - MINUTE + 1, days)
        return self._within(start, start + MINUTE - 1, times)

    def between(self, first: str, last: str, *, times: int = 1, days: int = 0) -> Told:
        """From the one time to the other, the end counted from what last happened. Time passes where need be."""
        end = self.street.moment(last, self.street.acted_at - MINUTE + 1, days)
        return self._within(self.street.moment(first, end - DAY + 1), end, times)

    def _within(self, start: Instant, end: Instant, times: int) -> Told:
        def found() -> list[Told]:
            fresh = [one for one in self.street.phones.told if one.notice.channel == self.phone and not one.expected]
            return [one for one in fresh if start <= one.at <= end and all(word in one.text for word in self.words)]

        if self.street.clock.now() < end:
            self.street.until(end, lambda: len(found()) >= times)
        told = found()
        assert len(told) == times, (
            f"{self.name} should have heard {self.words} {times} times between {self.street.wall(start)} "
            f"and {self.street.wall(end)}, heard it {len(told)} times; what nobody expected:\n"
            + self.street.shown(one for one in self.street.phones.told if not one.expected)
        )
        for one in told:
            one.expected = True
        return told[0]
