"""What `keepwell check` finds in the registry: homes, hubs, people and rules."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.alerts.people import DEFAULT_ROUTE, homes_reaching_nobody, unattended_times
from gateway.cli.place import Place
from gateway.cli.shown import local_text
from gateway.clock import SystemClock
from gateway.config import Broker
from gateway.database.tables import ContactRow, HomeRow, HubRow, StepRow
from gateway.errors import BadInput, KeepwellError
from gateway.model import Directory, Home
from gateway.registry import picture
from gateway.saying import closest, counted
from gateway.validators import check_channel
from gateway.watch.pack import PACKS, build_rule, rules_of

_VITAL = {"pendant": "a press of a pendant", "hazard": "smoke, gas or a leak"}


class Finding(NamedTuple):
    """One thing looked at. `good` None: worth knowing, and no reason to stop."""

    good: bool | None
    text: str


def registered(place: Place) -> Iterator[Finding]:
    """What the registry holds, and what in it wants mending; a note where nothing is registered yet."""
    there = True
    try:
        there = (place.data / "keepwell.db").exists()
        with place.registry() as registry, registry.reading() as session:
            yield from list(_registry(session, place.settings.broker, SystemClock().now()))
    except (KeepwellError, OSError) as error:
        yield Finding(good=False if there else None, text=str(error))


def _registry(session: Session, broker: Broker, now: Instant) -> Iterator[Finding]:
    directory = picture.directory(session)
    devices = sum(len(home.devices) for home in directory.homes.values())
    counts = (counted(len(directory.homes), "home"), counted(len(directory.hubs), "hub"), counted(devices, "device"))
    yield Finding(good=True, text=f"registry: {', '.join(counts)}")
    yield from _filters(directory, broker)
    routes = {(home, route) for home, route in session.execute(select(StepRow.home, StepRow.route))}
    for home in directory.homes.values():
        yield from _home(home)
        yield from _rules(home, {route for owner, route in routes if owner == home.reference})
    yield from _people(session)
    yield from _unprotected(session, directory, now)


def _filters(directory: Directory, broker: Broker) -> Iterator[Finding]:
    for one in broker.filters:
        if one.hub is not None and one.hub not in directory.hubs:
            close = closest(one.hub, directory.hubs)
            yield Finding(good=False, text=f'[broker] filter {one.filter!r} is for hub "{one.hub}", which is not '
                          f"registered, so nothing of it is kept: {f'did you mean {close}? ' if close else ''}"
                          f"Add it with keepwell homes hub HOME {one.hub}")  # fmt: skip


def _home(home: Home) -> Iterator[Finding]:
    if not home.consent:
        yield Finding(good=None, text=f"{home.reference}: no consent is recorded, so no data flows; record it with "
                      f"keepwell homes consent {home.reference}")  # fmt: skip


def _rules(home: Home, routes: set[str]) -> Iterator[Finding]:
    if home.pack is not None and home.pack not in PACKS:
        yield Finding(good=False, text=f'{home.reference}: there is no pack of rules "{home.pack}", so the default one '
                      f"is taken: keepwell homes pack {home.reference} PACK, one of {', '.join(PACKS)}")  # fmt: skip
    at_work = set()
    for rule in rules_of(home):
        try:
            at_work |= {rule.type} if build_rule(rule).parameters.enabled else set()
        except BadInput as error:
            yield Finding(good=False, text=f"{home.reference}: {error}")
        if rule.route != DEFAULT_ROUTE and rule.route not in routes:
            yield Finding(good=None, text=f'{home.reference}: rule {rule.type} has the route "{rule.route}", and no '
                          "escalation has that name, so the default one is taken: keepwell contacts escalation "
                          f"{home.reference} --route {rule.route} …")  # fmt: skip
    for vital, what in _VITAL.items():
        if vital in at_work:
            continue
        if home.pack is None:
            yield Finding(good=None, text=f"{home.reference} has rules of its own in place of the default ones, "
                          f"and no {vital} rule at work among them: {what} raises no alert; add [[home.rules]] with "
                          f'type = "{vital}", or name a pack that they change: keepwell homes pack {home.reference} '
                          "living-alone")  # fmt: skip
        else:
            yield Finding(good=None, text=f"{home.reference}: its rule {vital} is switched off, so {what} raises no "
                          "alert; take enabled = false out of it")  # fmt: skip


def _people(session: Session) -> Iterator[Finding]:
    for reference in homes_reaching_nobody(session):
        yield Finding(good=False, text=f"{reference}: an alert would reach nobody; add contacts and an escalation with "
                      f"keepwell contacts")  # fmt: skip
    for reference in session.scalars(select(HomeRow.reference).order_by(HomeRow.reference)):
        for route, times in unattended_times(session, reference).items():
            yield Finding(good=None, text=f'{reference}: by the hours of the route "{route}" nobody is on duty '
                          f"{', '.join(times)}; everybody on it is called then, whatever their hours")  # fmt: skip
    for contact in session.scalars(select(ContactRow).order_by(ContactRow.home, ContactRow.id)):
        for channel in contact.channels:
            try:
                check_channel(channel)
            except BadInput as error:
                yield Finding(good=False, text=f"{contact.home}: contact {contact.name}: {error}")


def _unprotected(session: Session, directory: Directory, now: Instant) -> Iterator[Finding]:
    """Hubs that published at QoS 0 in the last day; one that was mended is not named for ever."""
    for name, at in session.execute(
        select(HubRow.name, HubRow.qos0_at).where(HubRow.qos0_at > now - DAY).order_by(HubRow.name)
    ):
        last = local_text(at, directory.hubs[name][0].zone)
        yield Finding(good=None, text=f"hub {name} publishes at QoS 0, last at {last}: what it says while the gateway "
                      "is away is lost; set upgrade_outgoing_qos true on the broker, and topic # out 1 on the hub's "
                      "bridge")  # fmt: skip
