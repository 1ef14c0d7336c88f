"""What happens in the demonstration: an arranged first day that shows each kind of alert, and days like it after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import count

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from devices.simulation.home import SimulatedHome
from devices.simulation.publish import Published
from devices.simulation.scenario import DoorLeftOpen, MissedMorning, Override, PendantPress, Silent
from devices.simulation.street import play, street
from gateway.registry.homefile import HomeFile, read_home

FIRST_DAY = date(2026, 1, 13)
BEGINS = time(20, 30)
SILENT_SENSOR = "bathroom/motion"
_RAISED_SILENT_AFTER = 12 * MINUTE
_MENDED = time(10, 0)
_DAYS = 60
_NAMES = ("Rose", "Arthur", "Maria", "Walter", "Edith", "Joan", "Frank", "Irene")
_CARE_TEAM = '{ name = "Care team", channels = ["console:"], phone = "01632 960999" }'
_SEES = ("rooms", "up and about", "alerts")
"""What the residents let their families see, home by home."""


@dataclass(frozen=True, slots=True)
class Story:
    """Homes to register, one more that is being installed, when it begins, and every message that follows."""

    homes: tuple[HomeFile, ...]
    arriving: HomeFile
    begins: Instant
    messages: Iterator[Published]


def tell(homes: int = 3) -> Story:
    """A street of so many homes (at least 3).

    From 20:30 on: a sensor is silent since three days, a front door stands open at 22:40, a resident is not up by
    10:30 the next morning, and a pendant is pressed at 11:50. Then the same comes round at other homes. One more home
    is being installed: its sensors are heard, and all but one wait to be registered.
    """
    *present, arriving = street(max(homes, 3) + 1)
    simulated = tuple(present)
    first = simulated[0]
    begins = first.instant(FIRST_DAY, BEGINS)
    overrides: dict[str, list[Override]] = {home.reference: [] for home in simulated}
    overrides[simulated[2].reference].append(Silent(SILENT_SENSOR, None, first.instant(_next(FIRST_DAY), _MENDED)))
    for turn, day in zip(count(), _dates(FIRST_DAY, _DAYS), strict=False):
        for home, override in _events(simulated, turn, day):
            overrides[home.reference].append(override)
    last = FIRST_DAY + timedelta(days=_DAYS)
    files = tuple(
        _home_file(home, place, begins, silent=SILENT_SENSOR if home is simulated[2] else None)
        for place, home in enumerate(simulated)
    )
    newcomer = _home_file(arriving, len(simulated), begins, silent=None, registered=1)
    messages = play((*simulated, arriving), FIRST_DAY, last, overrides, since=begins)
    return Story(files, newcomer, begins, messages)


def _events(homes: tuple[SimulatedHome, ...], turn: int, day: date) -> Iterator[tuple[SimulatedHome, Override]]:
    """The evening of `day` and the day after it."""
    door, morning, pendant = (homes[(place + turn) % len(homes)] for place in range(3))
    yield door, DoorLeftOpen(door.instant(day, time(22, 40)), 25)
    yield morning, MissedMorning(_next(day), time(10, 50))
    yield pendant, PendantPress(pendant.instant(_next(day), time(11, 50)), "emergency")


def _dates(first: date, days: int) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range(days))


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _home_file(
    home: SimulatedHome, place: int, begins: Instant, *, silent: str | None, registered: int | None = None
) -> HomeFile:
    """What an installer would have registered. The silent sensor was last heard almost three days ago."""
    recently = begins - 5 * MINUTE
    long_ago = begins + _RAISED_SILENT_AFTER - 72 * HOUR
    begun = rfc3339(begins)
    lines = [
        "[home]",
        f'reference = "{home.reference}"',
        f'time_zone = "{home.time_zone}"',
        f'area = "{home.area}"',
        f'hubs = [{{ name = "{home.hub}" }}]',
        f"residents = [{_resident(place, begun)}]",
        f"contacts = [{_daughter(place)}, {_CARE_TEAM}]",
        'escalation = [{ contacts = ["Daughter"], wait = "5 min" }, { contacts = ["Care team"], wait = "10 min" }]',
    ]
    for room, kind in home.rooms:
        lines += ["[[home.rooms]]", f'name = "{room}"', f'kind = "{kind}"']
    for device in home.devices[:registered]:
        heard = long_ago if device.name == silent else recently
        lines += [
            "[[home.devices]]",
            f'address = "{device.address}"',
            f'room = "{device.room}"',
            f'maker = "{device.maker}"',
            f'model = "{device.model}"',
            f"quantities = {list(device.quantities)}",
            f'last_heard = "{rfc3339(heard)}"',
        ]
        if device.role:
            lines.append(f'role = "{device.role}"')
    return read_home("\n".join(lines), f"simulated home {home.reference}")


def _resident(place: int, begun: str) -> str:
    name = _NAMES[place % len(_NAMES)]
    purposes = 'purposes = ["alerts", "daily picture for family", "care planning"], review_on = 2027-01-13'
    return f'{{ name = "{name}", consent = {{ by = "{name}", basis = "in writing", at = "{begun}", {purposes} }} }}'


def _daughter(place: int) -> str:
    sees = _SEES[place % len(_SEES)]
    return f'{{ name = "Daughter", channels = ["console:"], phone = "01632 9601{place:02}", sees = "{sees}" }}'
