"""`keepwell homes pack`: which pack of rules watches a home."""

from typing import Annotated

import typer

from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.shown import show_line
from gateway.errors import BadInput
from gateway.registry import homes


def pack(
    home: Annotated[str, typer.Argument(metavar="HOME", help="The home's reference, such as ELM-12.")],
    name: Annotated[
        str | None, typer.Argument(metavar="PACK", help="Its pack from now on; see keepwell rules packs.")
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help="No pack: its own rules alone, or the default pack without any.")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Choose the pack of rules that watches a home. The home's own rules add to it and change it.

    A running gateway takes it up within seconds. docs/rules.md tells what is in each pack.
    """
    if none == (name is not None):
        raise BadInput("name a pack (keepwell rules packs lists them), or give --none")
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        homes.set_pack(session, home, name, registry.validate_pack)
    show_line(f"{home} has {'no pack of its own' if name is None else f'the pack {name}'} now.")
