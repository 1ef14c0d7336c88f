"""A site as it looks on a Wednesday at noon: homes of two areas, two days of readings, alerts, people of every role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from devices.measurement import Value
from gateway.database.access import WalkRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.model import HUB_DEVICE, Reading, Sighting, Taken
from gateway.recorder.points import is_recorded, point
from gateway.registry.homefile import HomeFile
from gateway.web.access import links, messagelink
from gateway.web.access.people import Person
from gateway.web.admin.erasure import Everything, erase_home
from gateway.web.installer.walk_watcher import WalkWatcher
from gateway.web.route import ROLES, Role
from tests.support.site import NOON, VisitedSite

HOME, OTHER, INSTALLING, GONE = "ELM-12", "OAK-3", "IVY-1", "OLD-4"
PLACES = {HOME: "North", "ELM-14": "North", OTHER: "North", "BAY-7": "South", "BAY-9": "South", INSTALLING: "South",
          GONE: "South"}  # fmt: skip
END = NOON + 2 * DAY
_CONSENT = {
    "by": "Rose Miller", "basis": "written", "at": "2026-01-01",
    "purposes": ["alerts", "daily picture for family", "care planning"], "review_on": "2027-01-01",
}  # fmt: skip
_ROOMS = [
    {"name": name, "kind": kind}
    for name, kind in (("Hall", "hall"), ("Kitchen", "kitchen"), ("Bathroom", "bathroom"), ("Bedroom", "bedroom"),
                       ("Living room", "living"))
]  # fmt: skip
_DEVICES: list[dict[str, Any]] = [
    {
        "address": "zigbee2mqtt:0x00158d0000000001",
        "room": "Kitchen",
        "quantities": ["motion", "temperature", "battery"],
    },
    {"address": "zigbee2mqtt:0x00158d0000000002", "room": "Bathroom", "quantities": ["motion", "battery"]},
    {
        "address": "zigbee2mqtt:0x00158d0000000003",
        "room": "Bedroom",
        "quantities": ["motion", "temperature", "battery"],
    },
    {"address": "zigbee2mqtt:0x00158d0000000004", "room": "Living room", "quantities": ["motion", "battery"]},
    {"address": "zigbee2mqtt:0x00158d0000000005", "room": "Hall", "role": "front-door", "quantities": ["contact"]},
    {"address": "zigbee2mqtt:0x00158d0000000006", "role": "pendant", "quantities": ["button", "battery"]},
]
_CONTACTS: list[dict[str, Any]] = [
    {"name": "Ann Miller", "channels": ["mailto://ann@example.org"], "phone": "01632 960123", "sees": "rooms"},
    {"name": "Ben Miller", "channels": ["ntfy://ben"], "phone": "+44 1632 960456", "quiet_hours": "22:00-07:00",
     "sees": "up and about"},
    {"name": "Night team", "channels": ["ntfy://night-team-of-the-north"]},
]  # fmt: skip
_ESCALATION = [{"contacts": ["Ann Miller"], "wait": 120}, {"contacts": ["Ben Miller", "Night team"], "wait": 300}]
# Where somebody is, by the minute of the day.
_DAY = [
    (7 * 60 + 32, 2), (7 * 60 + 36, 1), (7 * 60 + 50, 0), (8 * 60 + 5, 0), (8 * 60 + 40, 3), (9 * 60 + 20, 0),
    (9 * 60 + 45, 3), (10 * 60 + 30, 1), (10 * 60 + 36, 3), (11 * 60 + 15, 0), (11 * 60 + 50, 0),
    (13 * 60, 0), (14 * 60 + 20, 3), (16 * 60, 0), (17 * 60 + 30, 0), (18 * 60 + 10, 3), (20 * 60, 3),
    (21 * 60 + 45, 1), (22 * 60 + 5, 2), (22 * 60 + 40, 2),
]  # fmt: skip


@dataclass(slots=True)
class FullSite:
    """The site, its people by role, and what its addresses are made of: numbers, references and secrets by name."""

    site: VisitedSite
    people: dict[Role, int]
    names: dict[str, str]


async def fill(site: VisitedSite) -> FullSite:
    """Live two days in a new site, up to noon of a Wednesday."""
    for reference, area in PLACES.items():
        _register(site, reference, area)
    await site.takes_up()
    readings = sorted((one for home in PLACES for one in _lived(home)), key=lambda one: one.at)
    for hour in range(NOON, END, HOUR):
        heard = tuple(one for one in readings if hour <= one.at < hour + HOUR)
        await site.journal.append([Taken(readings=heard)])
        await site.store.write([point(one) for one in heard if is_recorded(one)])
        site.clock.advance_to(hour + HOUR)
        await site.takes_up()
    await site.journal.append([Taken(readings=(_of(HOME, 5, "button", "press", END),))])
    await site.takes_up()
    alerts = {one.rule: one.id for one in reversed(await site.desk.alerts(closed=True))}
    await _deal_with(site, alerts)
    site.clock.advance_to(END + 75 * SECOND)
    await site.desk.tick(site.now)
    site.wall.advance_to(site.now)
    await site.journal.append([_heard_and_unknown(END)])
    people = _people(site)
    return FullSite(site, people, {
        **{rule: str(number) for rule, number in alerts.items()},
        "home": HOME, "other": OTHER, "new": INSTALLING, "person": str(people["staff"]),
        **await _doings(site, people), **_secrets(site, people, alerts),
    })  # fmt: skip


def _register(site: VisitedSite, reference: str, area: str) -> None:
    bare = reference == INSTALLING
    site.registry.import_home(
        HomeFile.model_validate(
            {
                "reference": reference,
                "time_zone": "Europe/London",
                "area": area,
                "rooms": _ROOMS,
                "devices": _DEVICES[2:] if bare else _DEVICES,
                "residents": [{"name": "Rose Miller", "consent": _CONSENT}],
                "contacts": _CONTACTS,
                "escalation": _ESCALATION,
                "pack": "living-alone",
                **({"mode": "paused"} if bare else {}),
            }
        ),
        NOON,
    )
    if bare:
        with site.database.transaction() as session:
            row = session.get(HomeRow, reference)
            assert row is not None
            row.live_at = None


def _lived(home: str) -> Iterator[Reading]:
    """The readings of a home until END; of one that is being installed, of its last hour.

    In each something is the matter on the last morning, which the rules find out by themselves.
    """
    number, start = list(PLACES).index(home), END - HOUR if home == INSTALLING else NOON
    until = END - HOUR if home == "BAY-7" else END  # its hub falls silent
    for moment in range(start, until, 15 * MINUTE):
        yield _reading(home, HUB_DEVICE, "online", True, moment)
    for moment in range(start, until, HOUR):
        for device in (0, 2):
            cold = home == OTHER and device == 2
            yield _of(home, device, "temperature", 14.5 if cold else 19 + number / 2 + moment // HOUR % 24 / 8, moment)
        for device in (0, 1, 2, 3, 5):
            low = home == "BAY-9" and device == 3
            yield _of(home, device, "battery", 9.0 if low else 94.0 - 12 * device, moment)
            yield _of(home, device, "link_quality", 120.0 - 10 * device, moment)
        left_open = home == HOME and moment == END - 5 * HOUR
        yield _of(home, 4, "contact", left_open, moment)
    for midnight in range(NOON - 12 * HOUR, END, DAY):
        for minute, device in _DAY:
            moment = midnight + (minute + 3 * number) * MINUTE
            in_bed = home == "ELM-14" and moment > END - 12 * HOUR
            if start <= moment < until - 2 * MINUTE and not in_bed:
                yield _of(home, device, "motion", True, moment)
                yield _of(home, device, "motion", False, moment + 90 * SECOND)


def _of(home: str, device: int, quantity: str, value: Value, at: Instant) -> Reading:
    registered = _DEVICES[device]
    return _reading(home, registered["address"], quantity, value, at, registered.get("room"))


def _reading(home: str, device: str, quantity: str, value: Value, at: Instant, room: str | None = None) -> Reading:
    return Reading(home, home.lower(), device, room, None, quantity, value, at, at + SECOND)


def _heard_and_unknown(now: Instant) -> Taken:
    """What the hub of the home that is being installed has heard and nobody has registered."""
    hub = INSTALLING.lower()
    return Taken(
        sightings=(
            Sighting(hub, "zigbee2mqtt:0x00158d0000000001", ("motion", "battery", "link_quality"), now - 4 * MINUTE,
                     "Kitchen motion", "Aqara", "RTCGQ11LM"),
            Sighting(hub, "zigbee2mqtt:0x00158d0000000002", ("contact", "battery"), now - MINUTE,
                     "0x00158d0000000002", "Aqara", "MCCGQ11LM"),
            Sighting(hub, "zigbee2mqtt:0x00158d0000000009", (), now - MINUTE, "Hall plug", introduced=True),
        )
    )  # fmt: skip


def _people(site: VisitedSite) -> dict[Role, int]:
    return {
        role: site.person(
            role,
            name={"family": "Ann Miller", "staff": "Carol West"}.get(role, f"{role.capitalize()} Grey"),
            homes={HOME: "Ann Miller", OTHER: "Ann Miller"} if role == "family" else {},
        )
        for role in ROLES
    }


async def _deal_with(site: VisitedSite, alerts: dict[str, int]) -> None:
    desk, now, carol = site.desk, site.now, "Carol West"
    await desk.accept(alerts["not_up"], carol, now)
    await desk.note(alerts["not_up"], carol, "Rang twice, no answer. Ann is on her way.", now)
    await desk.close(alerts["door_open"], carol, "false", "The cleaner had it open.", now)


async def _doings(site: VisitedSite, people: dict[Role, int]) -> dict[str, str]:
    """What people did on pages: a walk test that goes on, one that is signed, a home that was erased."""
    async with site.visitor(person=people["installer"]) as installer:
        assert (await site.sends(installer, f"/homes/{OTHER}/walk")).status_code == 303
        assert (await site.sends(installer, f"/homes/{OTHER}/walk/sign", name="Ivor Grey")).status_code == 303
        assert (await site.sends(installer, f"/homes/{INSTALLING}/walk")).status_code == 303
    heard = (_of(INSTALLING, 2, "motion", True, site.now), _of(INSTALLING, 4, "contact", True, site.now))
    await site.journal.append([Taken(readings=heard)])
    await site.takes_up()
    await WalkWatcher(site.site).step(heard)
    everything = Everything(site.settings.data, site.database, site.journal, site.store)
    supervisor = Person(people["supervisor"], "Supervisor Grey", "supervisor", ("*",))
    _, report = await erase_home(everything, GONE, supervisor, site.wall.now())
    with site.database.transaction() as session:
        home = session.get(HomeRow, INSTALLING)
        assert home is not None
        numbers = {"device": home.devices[0].id, "contact": home.contacts[0].id}
        walk = session.scalar(select(WalkRow.id).where(WalkRow.signed_at.is_not(None)))
    return {name: str(number) for name, number in numbers.items()} | {"walk": str(walk), "report": report}


def _secrets(site: VisitedSite, people: dict[Role, int], alerts: dict[str, int]) -> dict[str, str]:
    """What is sent to somebody in a link."""
    with site.database.transaction() as session:
        contact = session.scalar(select(ContactRow.id).where(ContactRow.home == HOME, ContactRow.name == "Ann Miller"))
        assert contact is not None
        invitation = links.invite(session, people["family"], site.wall.now())
    message = messagelink.token(site.site.key, messagelink.Meant(alerts["pendant"], contact), site.wall.now())
    return {"message": message, "invitation": invitation}
