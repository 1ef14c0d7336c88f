"""`keepwell run`: the gateway itself."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from typing import Annotated, Literal

import structlog
import typer

from gateway.app import Gateway
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.config import Settings
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest.probe import probe
from gateway.observe import Level, configure_logging

_ENDS_WITHIN_S = 4.0
"""The rest of 5 s is for the interpreter to fold up."""
_COLLECT_AFTER = (20_000, 20, 50)
"""Allocations and rounds between garbage collections: readings hold no cycles, and a full round takes 0.1 s or more."""

_log = structlog.get_logger("keepwell")


def run(
    config: ConfigOption = None,
    data: DataOption = None,
    clock: Annotated[
        Literal["system", "recording"],
        typer.Option(help="recording: run on the time of the readings that replay hubs publish."),
    ] = "system",
    log_level: Annotated[Level, typer.Option(help="How much to tell on standard error.")] = "info",
    log_json: Annotated[bool, typer.Option("--log-json", help="Tell it as JSON lines.")] = False,
) -> None:
    """Run the gateway until Ctrl-C or a polite kill.

    It collects readings, records them, raises alerts and tells people. It refuses to start with settings under which a
    message could be lost, and says which and why. One gateway runs on a data directory at a time. Homes and contacts
    may be changed by the other commands while it runs.
    """
    configure_logging(log_level, as_json=log_json)
    place = Place.find(config, data)
    asyncio.run(_serve(place.settings, recording=clock == "recording"))


async def _serve(settings: Settings, *, recording: bool) -> None:
    gateway = await Gateway.open(settings, recording=recording)
    gc.freeze()  # what is loaded by now stays: the collector need not look at it again
    gc.set_threshold(*_COLLECT_AFTER)
    loop = asyncio.get_running_loop()
    asking = asyncio.ensure_future(_refuse_embedded(settings))
    ending: list[asyncio.Task[None]] = []

    def end() -> None:
        if not ending:
            threading.Thread(target=_end_by_force, args=(loop,), name="keepwell-end", daemon=True).start()
            asking.cancel()
            ending.append(asyncio.ensure_future(gateway.stop()))

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    _log.info("started", data=str(settings.data), broker=f"{settings.broker.host}:{settings.broker.port}",
              store=settings.store.kind, process=os.getpid())  # fmt: skip
    running = asyncio.ensure_future(gateway.run())
    welcoming = asyncio.ensure_future(_welcome(gateway))
    try:
        await asyncio.wait({asking, running}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done() and not asking.cancelled() and asking.exception() is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            asking.result()
        await running
    finally:
        asking.cancel()
        welcoming.cancel()
        await asyncio.gather(welcoming, return_exceptions=True)
        with contextlib.suppress(asyncio.CancelledError, FixConfiguration):
            await asking
        for task in ending:
            await task
    _log.info("stopped")
    gc.freeze()  # or the interpreter looks through all that was ever loaded once more: 3 s on a busy machine


async def _welcome(gateway: Gateway) -> None:
    """At the first start, how somebody comes in. The link is for the terminal, never for a log."""
    pages = gateway.pages
    if pages is None:
        return
    address = f"http://{await pages.served()}"
    try:
        link = await pages.first_link(address)
    except Exception as error:  # noqa: BLE001 - a locked database, a full disk: the gateway runs all the same
        _log.warning("no_first_link", why=type(error).__name__)
        return
    if link is None:
        return
    if sys.stderr.isatty():
        sys.stderr.write(f"\nNobody can sign in to the pages yet. The first administrator begins here, within 15 "
                         f"minutes:\n\n  {link}\n\n")  # fmt: skip
        sys.stderr.flush()
    else:
        _log.warning("nobody_can_sign_in", fix="keepwell users add")


def _end_by_force(loop: asyncio.AbstractEventLoop) -> None:
    """Something hangs: a disk, a name server, a library. What is durable is so already; the rest is done again."""
    threading.Event().wait(_ENDS_WITHIN_S)
    with contextlib.suppress(RuntimeError):  # the tasks change while we look
        _log.warning("stopped_unfinished", hanging=sorted(task.get_name() for task in asyncio.all_tasks(loop)))
    sys.stderr.flush()
    os._exit(0)


async def _refuse_embedded(settings: Settings) -> None:
    """The demonstration's broker loses what it queued for us: say so and end. Any other trouble is ingest's to tell."""
    with contextlib.suppress(TryLater):
        try:
            await probe(settings.broker)
        except FixConfiguration as error:
            if "amqtt" in str(error).lower():
                raise
