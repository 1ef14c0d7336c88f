"""`keepwell check`: is everything in place, and if not, what is to be done."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from devices.instant import to_datetime
from gateway.cli.findings import Finding, registered
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.served import pages
from gateway.clock import SystemClock
from gateway.config import Settings
from gateway.errors import BadInput, FixConfiguration, KeepwellError
from gateway.identities.expiry import expiring
from gateway.identities.stranger import strangers
from gateway.ingest.probe import probe
from gateway.ingest.promise import refusals
from gateway.notify.address import masked
from gateway.oversight.pages import split_address
from gateway.recorder.opening import HISTORY, open_store
from gateway.validators import check_channel


def check(config: ConfigOption = None, data: DataOption = None) -> None:
    """Check that everything is in place, and name what to mend.

    Looked at are the configuration, the registry, and whether broker and store can be reached. Nothing is changed, and
    the running gateway's session is not touched. Exit code 0 when all is well, 1 when something must be mended first.
    """
    place = Place.find(config, data)
    refused = refusals(place.settings.broker)
    findings = [
        *_configuration(place.settings, refused),
        *_packages(),
        *_heard(place.settings),
        *pages(place),
        *registered(place),
        *asyncio.run(_reach(place.settings, broker=not refused)),
    ]
    console = Console(highlight=False, soft_wrap=True)
    marks = {True: "[green]ok  [/]", False: "[red]MEND[/]", None: "[yellow]note[/]"}
    for finding in findings:
        console.print(f"{marks[finding.good]} {escape(finding.text)}")
    if any(finding.good is False for finding in findings):
        raise typer.Exit(1)


def _configuration(settings: Settings, refused: Sequence[str]) -> Iterator[Finding]:
    for sentence in refused:
        yield Finding(good=False, text=sentence)
    if refused:
        yield Finding(good=None, text="the broker was not asked, as these settings come first")
    else:
        broker = settings.broker
        yield Finding(good=True, text=f"at-least-once: fixed client id {broker.client_id}, kept session, QoS 1")


def _heard(settings: Settings) -> Iterator[Finding]:
    """Whether anybody would hear that the gateway itself is in trouble, or dead."""
    if settings.healthcheck_url is None:
        yield Finding(good=None, text="nobody would hear if the gateway died: set healthcheck_url; see docs/running.md")
    if not settings.alerts.operators:
        yield Finding(good=None, text="nobody would be called when the gateway itself is in trouble: set [alerts] "
                      "operators; see docs/running.md")  # fmt: skip
    for operator in settings.alerts.operators:
        if operator.lower() == "mqtt:":
            yield Finding(good=False, text="[alerts] operators: mqtt: has topics for hubs of homes only; give another "
                          "address")  # fmt: skip
            continue
        try:
            check_channel(operator)
        except BadInput:
            yield Finding(good=False, text=f"[alerts] operators: {masked(operator)} cannot be used: no service of that "
                          "name is known, or the rest of the address is not as it wants it. Write console:, or an "
                          "Apprise URL such as mailtos://user:password@example.org?to=ana@example.org")  # fmt: skip
    if settings.health.listen:
        try:
            split_address(settings.health.listen)
        except FixConfiguration as error:
            yield Finding(good=False, text=str(error))


def _packages() -> Iterator[Finding]:
    for name in ("gateway", "devices", "dashboards"):
        owners = {owner.lower() for owner in packages_distributions().get(name, ["keepwell"])}
        if owners - {"keepwell"}:
            others = ", ".join(sorted(owners - {"keepwell"}))
            yield Finding(good=False, text=f"the package {name} is also installed by {others}: uninstall that")


async def _reach(settings: Settings, *, broker: bool) -> list[Finding]:
    """What broker and store answer; the broker is not asked with settings that were refused already."""
    asked: list[tuple[str, Callable[[], Coroutine[Any, Any, str]]]] = []
    if broker:
        asked.append(("broker", lambda: probe(settings.broker)))
    if settings.store.kind == "influx" or (settings.data / HISTORY).exists():
        asked.append(("store", lambda: _ask_store(settings)))
    findings = []
    for what, ask in asked:
        try:
            findings.append(Finding(good=True, text=f"{what}: {await ask()}"))
        except KeepwellError as error:
            findings.append(Finding(good=False, text=f"{what}: {error}"))
    if broker:
        seen = await strangers(settings.broker)
        told = (*([seen] if seen else ()), *await expiring(settings.broker, to_datetime(SystemClock().now())))
        findings += [Finding(*one) for one in told]
    if all(what != "store" for what, _ in asked):
        findings.append(_not_yet(settings.data))
    return findings


def _not_yet(data: Path) -> Finding:
    """No readings were ever recorded here: whether the gateway could begin. Nothing is made."""
    there = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding(good=None, text=f"store: {data / HISTORY} is made at the first run")
    return Finding(good=False, text=f"store: {data / HISTORY} cannot be made, as we may not write to {there}: give "
                   "another data directory, or the right to write")  # fmt: skip


async def _ask_store(settings: Settings) -> str:
    store = await open_store(settings)
    try:
        return await store.check()
    finally:
        await store.close()
