"""`keepwell residents`: all that is kept of a home as one file, and its erasure from every store."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from gateway.cli.homes import HomeArgument
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_line, show_table
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.parts import is_running, only_gateway

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="What residents may ask for: all that is kept of them, and its erasure."
)
if TYPE_CHECKING:  # the whole of these is needed only where it is done
    from gateway.web.access.people import Person
    from gateway.web.admin.erasure import Report


@app.command()
def export(
    home: HomeArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ZIP file to write, readable by you alone.")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write all that is kept of a home to FILE; the gateway may run. It tells how somebody lives: keep it safe."""
    place = Place.find(config, data)
    with place.database() as database:
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise BadInput(f"{file} cannot be written ({error.strerror}): give another name") from error
        try:
            with os.fdopen(descriptor, "w+b") as target:
                counts = asyncio.run(_export(place, database, home, target))
        except BaseException:
            file.unlink(missing_ok=True)
            raise
    readings = sum(count for name, count in counts if name.startswith("readings/"))
    show_line(f"{home} written to {file}: {readings:,} readings and conclusions; report.txt in it counts everything.")


async def _export(place: Place, database: Database, home: str, target: IO[bytes]) -> Sequence[tuple[str, int]]:
    from gateway.cli.journal_beside import JournalBeside
    from gateway.journal.view import JournalView
    from gateway.recorder.opening import open_store
    from gateway.web.admin.export import Sources, export_home

    store = await open_store(place.settings, read_only=True)
    path = place.data / "journal.db"
    try:
        with ExitStack() as opened:
            journal = JournalBeside(opened.enter_context(JournalView(path))) if path.exists() else None
            return await export_home(Sources(database, journal, store), home, _by(), target, SystemClock().now())
    finally:
        await store.close()


@app.command()
def erase(
    home: HomeArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Erase a home from every store, and write a report of it. This cannot be undone.

    While a gateway runs on the data it is done on its pages, at /homes/HOME/erase.
    """
    place = Place.find(config, data)
    if is_running(place.data):
        raise BadInput(
            f"a gateway is running on {place.data}: erase {home} on its pages, at /homes/{home}/erase, or stop it first"
        )
    if not yes and typer.prompt(f"All that is kept of {home} goes for good. Write its reference to go on") != home:
        raise BadInput("that was another word: nothing was erased")
    with only_gateway(place.data), place.database() as database:
        report, name = asyncio.run(_erase(place, database, home))
    show_table(
        ("store", "what", "before", "now"),
        ((one.store, one.what, one.before, "not known" if one.after is None else one.after) for one in report.counts),
        title=f"Erasure of {home}",
    )
    for sentence in report.left:
        show_line(f"- {sentence}")
    show_line(f"The report is {place.data / 'erasures' / name}.txt")
    if not report.complete:
        raise BadInput(f"not everything of {home} is gone: see above")


async def _erase(place: Place, database: Database, home: str) -> "tuple[Report, str]":
    from gateway.journal.sqlite import SqliteJournal
    from gateway.recorder.opening import open_store
    from gateway.web.admin.erasure import Everything, erase_home

    journal = await SqliteJournal.open(place.data / "journal.db")
    store = await open_store(place.settings)
    try:
        everything = Everything(place.data, database, journal, store)
        return await erase_home(everything, home, _by(), SystemClock().now(), pause_s=0.0)
    finally:
        await store.close()
        await journal.close()


def _by() -> "Person":
    from gateway.web.access.people import Person

    return Person(None, "command line", "administrator")
