"""`keepwell replay`: publish a recording to a broker, as if the home were live."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.errors import BadInput
from gateway.registry.homefile import load_home
from gateway.replay.play import BrokerUrl, play
from gateway.replay.recording import read_recording


def replay(
    home: Annotated[Path, typer.Option("--home", help="The home file (TOML).")],
    readings: Annotated[Path, typer.Option("--readings", help="The readings file (CSV: at,address,quantity,value).")],
    broker: Annotated[
        str,
        typer.Option(
            "--broker", envvar="KEEPWELL_REPLAY_BROKER", help="mqtt://[name:password@]host[:port], mqtts:// for TLS."
        ),
    ],
    speed: Annotated[
        float | None, typer.Option(help="So many times the recording's own pace; as fast as possible if not given.")
    ] = None,
) -> None:
    """Publish a recording to a broker, as if the home were live.

    It is published in Keepwell's own convention, under homes/<hub>/keepwell/...

    Every reading carries its recorded time. Mark the hub as `replay` in the registry so that the gateway trusts it,
    and start the gateway with --clock recording so that its rules run on the recorded time.
    """
    if speed is not None and speed <= 0:
        raise BadInput("--speed must be above 0: 1 is the recording's own pace, 60 plays an hour in a minute")
    home_file = load_home(home)
    recording = read_recording(readings, home_file.zone)
    hubs = {device.address: home_file.hub_of(device) for device in home_file.devices}
    url = BrokerUrl.parse(broker)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal or "CI" in os.environ) as progress:
        task = progress.add_task("Publishing", total=len(recording.rows))
        confirmed = asyncio.run(
            play(
                recording.rows,
                lambda address: hubs.get(address, home_file.hub_names[0]),
                url,
                speed=speed,
                progress=lambda count: progress.update(task, completed=count),
            )
        )
    typer.echo(f"{confirmed} readings published and confirmed by the broker at {url.host}:{url.port}")
