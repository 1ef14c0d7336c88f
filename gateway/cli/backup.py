"""`keepwell backup` and `keepwell restore`."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.backup.restoring import restore as restore_backup
from gateway.backup.taking import take
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.shown import local_text, show_line
from gateway.clock import SystemClock

_UTC = ZoneInfo("UTC")
_MEGABYTE = 1_000_000


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as keepwell-monday.tar.gz.")],
    config: ConfigOption = None,
    data: DataOption = None,
    without_history: Annotated[
        bool, typer.Option("--without-history", help="Leave out history.db, the readings kept by Keepwell itself.")
    ] = False,
) -> None:
    """Back up the data directory into one file; the gateway may run.

    It holds homes, contacts, alerts, the journal and the history; not keepwell.toml, nor the files that this names. It
    holds names, addresses and passwords of channels, so only its owner may read it: keep it as safe as the gateway.
    """
    place = Place.find(config, data)
    manifest = take(place.data, file, history=not without_history, now=SystemClock().now())
    held = ", ".join(f"{name} {part.size / _MEGABYTE:,.1f} MB" for name, part in manifest.parts.items())
    show_line(f"{file}: {place.data} as it was at {local_text(manifest.created, _UTC)} UTC ({held})")
    show_line("It holds names, addresses and passwords of channels: keep it where only you can read it.")


def restore(
    file: Annotated[Path, typer.Argument(help="What keepwell backup has written.")],
    config: ConfigOption = None,
    data: DataOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set aside what the data directory holds. Nothing is deleted.")
    ] = False,
) -> None:
    """Restore a backup, while no gateway runs on the data.

    The file is verified first. Run one gateway only: end the one that the backup is of before you start another on what
    was restored. What happened after the backup is not in it; what was still to be sent then may come a second time,
    and says so.
    """
    place = Place.find(config, data)
    restored = restore_backup(file, place.data, replace=replace, now=SystemClock().now())
    taken = local_text(restored.manifest.created, _UTC)
    show_line(f"{place.data} is as it was at {taken} UTC; what happened after that is not in it")
    if restored.set_aside is not None:
        show_line(f"What was there before is in {restored.set_aside}")
    show_line("Look at the open alerts with keepwell alerts list, then start the gateway with keepwell run")
