"""The homes that people live in and the sensors in them, as services fit them: one to a room, often not in each."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from devices.instant import SECOND

ZONES = ("Europe/London", "Europe/Lisbon", "America/Los_Angeles", "Europe/Berlin", "America/New_York",
         "Australia/Sydney")  # fmt: skip
_HOLDS = (60 * SECOND, 90 * SECOND, 60 * SECOND, 90 * SECOND, 120 * SECOND, 30 * SECOND)


@dataclass(frozen=True, slots=True)
class Sensor:
    """One device. `hold`: how long a motion or presence sensor stays true after the last movement; 0: never clears."""

    address: str
    room: str | None
    role: str | None
    quantities: tuple[str, ...]
    hold: int = 0


@dataclass(frozen=True, slots=True)
class Dwelling:
    """Rooms by name and kind, and the sensors. `misses`: share of passages that a motion sensor does not see."""

    zone: str
    rooms: dict[str, str]
    sensors: tuple[Sensor, ...]
    doors: tuple[str, ...]
    """Outside doors, with a sensor or not."""
    living: str
    bedroom: str
    misses: float
    momentary: bool

    @property
    def has_door_sensor(self) -> bool:
        """Whether an outside door has a sensor."""
        return any(sensor.role in ("front-door", "back-door") for sensor in self.sensors)

    def sensor_of(self, room: str | None, quantity: str) -> Sensor | None:
        """The room's sensor of this quantity."""
        return next((one for one in self.sensors if one.room == room and quantity in one.quantities), None)


def draw_dwelling(random: Random, number: int) -> Dwelling:
    """The home of this number: what matters most goes round by number, so that any forty homes hold all of it."""
    layout = ("flat", "house", "two rooms", "flat", "house")[number % 5]
    way_in = "entrance" if number % 3 == 0 else "hall"
    rooms = {"hall": way_in, "kitchen": "kitchen", "bathroom": "bathroom", "bedroom": "bedroom", "living": "living"}
    bedroom, living = "bedroom", "living"
    if layout == "two rooms":
        rooms = {"hall": way_in, "bathroom": "bathroom", "kitchen": "kitchen", "room": "bedroom"}
        bedroom = living = "room"
    if layout == "house":
        rooms |= {"landing": "hall", "dining": "dining"}
    doors = ("front", "back") if layout == "house" and number % 2 else ("front",)
    sensors = [*_motion(random, number, rooms, living), *_doors(number, doors), *_others(random, number, rooms)]
    if number % 20 < 7:
        sensors.append(Sensor("bed", bedroom, "bed", ("bed", "link_quality")))
    if number % 4 == 1 and living != bedroom:
        sensors.append(Sensor("chair", living, "chair", ("chair", "link_quality")))
    return Dwelling(ZONES[number % len(ZONES)], rooms, tuple(sensors), doors, living, bedroom,
                    misses=random.uniform(0.03, 0.10), momentary=_kind(number) == "momentary")  # fmt: skip


def _kind(number: int) -> Literal["pir", "presence", "momentary"]:
    return "momentary" if number % 11 == 4 else "presence" if number % 7 == 5 else "pir"


def _motion(random: Random, number: int, rooms: dict[str, str], living: str) -> list[Sensor]:
    """A sensor a room; a third of homes have none at the way in, few have none in the living room's neighbour."""
    hold = 0 if _kind(number) == "momentary" else _HOLDS[number % len(_HOLDS)]
    found = []
    for room, kind in rooms.items():
        if (kind in ("entrance", "hall") and room == "hall" and number % 3 == 2) or (
            kind == "dining" and random.random() < 0.5
        ):
            continue
        climate = ("temperature",) if room in (living, "kitchen") else ()
        if _kind(number) == "presence" and room == living:
            found.append(
                Sensor(f"{room}-presence", room, None, ("presence", "link_quality", *climate), hold=60 * SECOND)
            )
        else:
            found.append(Sensor(f"{room}-motion", room, None, ("motion", "link_quality", *climate), hold=hold))
    return found


def _doors(number: int, doors: tuple[str, ...]) -> list[Sensor]:
    """Seven homes in ten have sensors on all outside doors; one house in ten on the front door alone."""
    if number % 10 in (2, 6, 9):
        return []
    watched = doors[:1] if number % 10 == 1 and number % 4 == 3 else doors
    return [Sensor(door, "hall" if door == "front" else "kitchen", f"{door}-door", ("contact", "link_quality"))
            for door in watched]  # fmt: skip


def _others(random: Random, number: int, rooms: dict[str, str]) -> list[Sensor]:
    found = [Sensor("pendant", None, "pendant", ("button", "link_quality")),
             Sensor("smoke", "hall", None, ("smoke", "link_quality"))]  # fmt: skip
    if number % 5 in (0, 3):
        found.append(Sensor("kettle", "kitchen", "kettle", ("usage", "link_quality")))
    if random.random() < 0.3 and "kitchen" in rooms:
        found.append(Sensor("fridge", "kitchen", "fridge", ("contact", "link_quality")))
    return found
