"""`keepwell check`: is everything in place, and if not, what is to be done."""

import asyncio
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from typing import NamedTuple

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy import select

from gateway.alerts.people import homes_reaching_nobody
from gateway.app import open_store
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.config import Settings
from gateway.database.tables import HubRow
from gateway.errors import BadInput, KeepwellError
from gateway.ingest.probe import probe
from gateway.ingest.promise import refusals
from gateway.model import Home
from gateway.registry import picture
from gateway.watch.pack import build_rule, rules_of


class Finding(NamedTuple):
    """One thing looked at. `good` None: worth knowing, and no reason to stop."""

    good: bool | None
    text: str


def check(config: ConfigOption = None, data: DataOption = None) -> None:
    """Check the configuration, the registry, and whether broker and store can be reached; name what to mend.

    Exit code 0 when all is well, 1 when something must be mended first. Nothing is changed, and the running gateway's
    session is not touched.
    """
    place = Place.find(config, data)
    findings = [*_configuration(place.settings), *_packages(), *_registry(place), *asyncio.run(_reach(place.settings))]
    console = Console(highlight=False, soft_wrap=True)
    marks = {True: "[green]ok  [/]", False: "[red]MEND[/]", None: "[yellow]note[/]"}
    for finding in findings:
        console.print(f"{marks[finding.good]} {escape(finding.text)}")
    if any(finding.good is False for finding in findings):
        raise typer.Exit(1)


def _configuration(settings: Settings) -> Iterator[Finding]:
    found = refusals(settings.broker)
    for sentence in found:
        yield Finding(good=False, text=sentence)
    if not found:
        broker = settings.broker
        yield Finding(good=True, text=f"at-least-once: fixed client id {broker.client_id}, kept session, QoS 1")


def _packages() -> Iterator[Finding]:
    for name in ("gateway", "devices"):
        owners = {owner.lower() for owner in packages_distributions().get(name, ["keepwell"])}
        if owners - {"keepwell"}:
            others = ", ".join(sorted(owners - {"keepwell"}))
            yield Finding(good=False, text=f"the package {name} is also installed by {others}: uninstall that")


def _registry(place: Place) -> Iterator[Finding]:
    try:
        with place.registry() as registry, registry.reading() as session:
            directory = picture.directory(session)
            unreached = homes_reaching_nobody(session)
            unprotected = session.scalars(select(HubRow.name).where(HubRow.qos0_at.is_not(None))).all()
    except BadInput as error:
        yield Finding(good=None, text=str(error))
        return
    count = len(directory.homes)
    devices = sum(len(home.devices) for home in directory.homes.values())
    yield Finding(good=True, text=f"registry: {count} homes, {len(directory.hubs)} hubs, {devices} devices")
    for home in directory.homes.values():
        yield from _home(home)
    for reference in unreached:
        yield Finding(good=False, text=f"{reference}: an alert would reach nobody; add contacts and an escalation with "
                      f"keepwell contacts")  # fmt: skip
    for hub in unprotected:
        yield Finding(good=None, text=f"hub {hub} publishes at QoS 0: what it says while the gateway is away is lost; "
                      "set upgrade_outgoing_qos true on the broker, and topic # out 1 on the hub's bridge")  # fmt: skip


def _home(home: Home) -> Iterator[Finding]:
    if not home.consent:
        yield Finding(good=None, text=f"{home.reference}: no consent is recorded, so no data flows; record it with "
                      f"keepwell homes consent {home.reference}")  # fmt: skip
    for rule in rules_of(home):
        try:
            build_rule(rule)
        except BadInput as error:
            yield Finding(good=False, text=f"{home.reference}: {error}")


async def _reach(settings: Settings) -> list[Finding]:
    findings = []
    for what, answer in (("broker", probe(settings.broker)), ("store", _ask_store(settings))):
        try:
            findings.append(Finding(good=True, text=f"{what}: {await answer}"))
        except KeepwellError as error:
            findings.append(Finding(good=False, text=f"{what}: {error}"))
    return findings


async def _ask_store(settings: Settings) -> str:
    store = await open_store(settings)
    try:
        return await store.check()
    finally:
        await store.close()
