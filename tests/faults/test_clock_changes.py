"""Both nights on which the clocks change, north and south: what is due by the clock on the wall comes then."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.instant import HOUR, MINUTE
from gateway.registry import contacts
from tests.support.house import House, moves_in
from tests.support.street import Street

NIGHTS = [
    ("Europe/London", "2026-03-28", 23),
    ("Europe/London", "2026-10-24", 25),
    ("Australia/Sydney", "2026-10-03", 23),
    ("Australia/Sydney", "2026-04-04", 25),
]
"""Zone, the evening before, and how many hours the next day has."""


@pytest.fixture(params=NIGHTS, ids=lambda night: f"{night[0]}-{night[2]}h")
def street(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Street]:
    zone, evening, _ = request.param
    with Street(tmp_path, begins=f"{evening}T13:00", zone=zone) as made:
        yield made
        made.said_nothing_else()


@pytest.fixture
def home(street: Street) -> House:
    house = moves_in(street, "ELM-12", "Daughter", "Neighbour")
    house.moves("living")
    return house


@pytest.fixture
def hours(request: pytest.FixtureRequest) -> int:
    return int(request.node.callspec.params["street"][2])


def test_the_day_has_as_many_hours_as_it_has(street: Street, home: House, hours: int):
    home.potters(until="22:30")
    begins = street.moment("00:00", street.clock.now())
    assert street.moment("00:00", begins + MINUTE) - begins == hours * HOUR


@pytest.mark.guarantee("On both nights of clock change, north and south: not up by half past ten means by that clock")
def test_not_up_by_the_clock_on_the_wall(home: House):
    family, neighbour = home.person("Daughter"), home.person("Neighbour")
    home.potters(until="22:30").at("00:40").moves("bathroom").moves("bedroom")
    family.hears_nothing(until="10:29")
    family.hears("no sign of being up").at("10:30")
    neighbour.hears("no sign of being up").at("10:35")
    home.at("10:36").moves("kitchen")
    for person in (family, neighbour):
        person.hears("cleared").at("10:36")


@pytest.mark.guarantee("On both nights of clock change, north and south: quiet hours end by the clock on the wall")
def test_quiet_hours_end_by_the_clock_on_the_wall(street: Street, home: House):
    family = home.person("Daughter")
    street.change(contacts.set_contact, "ELM-12", "Daughter", quiet_hours="22:00-09:30")
    home.potters(until="20:00").says("hall-motion", "battery", 9.0).potters(until="22:30")
    home.at("07:40").moves("kitchen")
    family.hears_nothing(until="09:29")
    family.hears("battery").at("09:30")


@pytest.mark.guarantee("On both nights of clock change, north and south: the digest comes at its time on the wall")
def test_the_digest_comes_at_its_time(home: House):
    family = home.person("Daughter")
    home.potters(until="20:00").says("hall-motion", "battery", 9.0).potters(until="22:30")
    home.at("07:40").moves("kitchen")
    family.hears_nothing(until="08:59")
    assert family.hears("battery").at("09:00").notice.kind == "digest"
