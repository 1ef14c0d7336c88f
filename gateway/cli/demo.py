"""`keepwell demo`: watch sensors become readings, alerts and messages."""

import asyncio
import contextlib
import io
import signal
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway.demo.screen import Screen
from gateway.demo.stage import Place, run_recording, run_street
from gateway.errors import BadInput
from gateway.observe import configure_logging
from gateway.registry.homefile import load_home
from gateway.replay.recording import read_recording

_DAY_A_MINUTE = 1440.0
_MARK = "keepwell-demo"
_FILES = ("keepwell.db", "journal.db", "history.db", "session.json", "health.json", "web.key")
_PICTURE = (132, 36)


def demo(
    speed: Annotated[float, typer.Option(help="So many times real time; 1440 is a day a minute.")] = _DAY_A_MINUTE,
    homes: Annotated[int, typer.Option(min=3, max=50, help="Homes in the street.")] = 3,
    for_: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="End by itself after so many seconds.")
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Play a recording instead: its home file.")] = None,
    readings: Annotated[Path | None, typer.Option("--readings", help="... and its readings file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Keep the databases in this directory; else they are thrown away.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the broker on 127.0.0.1; 0 for a free one.")] = 0,
    web_port: Annotated[
        int, typer.Option("--web-port", min=0, max=65535, help="Port of the pages on 127.0.0.1; 0 for a free one.")
    ] = 8080,
    picture: Annotated[Path | None, typer.Option(help="At the end write what the terminal showed to this SVG.")] = None,
) -> None:
    """Watch a street of simulated homes live: readings, alerts with their reasons, and messages to families.

    Starts a broker and the whole gateway on this machine, on fast time; nothing leaves it. Within the first minute a
    sensor is found silent, a front door stands open at night, somebody is not up in the morning, and a pendant is
    pressed; each is explained, told and, once someone acts, closed. Links to the pages are shown for each kind of
    person; they work for as long as it runs. Ctrl-C ends it and leaves nothing behind.
    """
    if (home is None) != (readings is None):
        raise BadInput("a recording needs both files: give --home FILE and --readings FILE")
    if speed <= 0:
        raise BadInput("--speed must be above 0: 1440 shows a day in about a minute")
    if for_ is not None and for_ <= 0:
        raise BadInput("--for must be above 0: it is the number of seconds after which the demonstration ends")
    configure_logging("critical")
    screen = Screen(Console(), speed=speed)
    with contextlib.ExitStack() as stack:
        directory = (
            _own(data) if data else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keepwell-demo-")))
        )
        place = Place(directory, port, web_port)
        if home is not None and readings is not None:
            home_file = load_home(home)
            recording = read_recording(readings, home_file.zone)
            if not recording.rows:
                raise BadInput(f"{readings} holds no readings: give another file")
            story = run_recording(place, screen, home_file, recording, speed=speed, seconds=for_)
        else:
            story = run_street(place, screen, homes=homes, speed=speed, seconds=for_)
        asyncio.run(_until_interrupted(story))
    if picture is not None:
        paper = Console(width=_PICTURE[0], height=_PICTURE[1], record=True, file=io.StringIO(), force_terminal=True)
        paper.print(screen.picture(paper.height))
        paper.save_svg(str(picture), title="keepwell demo")


def _own(data: Path) -> Path:
    """A directory of its own: data that a gateway collected is never touched, its own is begun anew."""
    data.mkdir(parents=True, exist_ok=True)
    mark, found = data / _MARK, [path for path in data.iterdir() if path.name.startswith(_FILES)]
    if found and not mark.exists():
        raise BadInput(f"{data} holds data already ({found[0].name}): give the demonstration a new directory")
    for path in found:
        path.unlink()
    mark.touch()
    return data


async def _until_interrupted(story: Coroutine[Any, Any, None]) -> None:
    """Ctrl-C and a polite kill end the story, not the clean-up."""
    task = asyncio.ensure_future(story)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        sys.stderr.write("\nStopped.\n")
