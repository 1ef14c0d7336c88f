"""`keepwell tls`: a small certificate authority, so that homes and broker speak encrypted and know each other."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from devices.instant import to_datetime
from gateway.cli.place import JsonOption
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.identities import certificates
from gateway.identities.certificates import Issued

app = typer.Typer(cls=PlainGroup, no_args_is_help=True, help="Certificates for the broker, the gateway and every hub.")
FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where the authority lives. Whoever reads it can be anybody.")
]
RenewOption = Annotated[bool, typer.Option("--renew", help="In place of the one that is there, with a new key.")]


@app.command()
def authority(folder: FolderArgument) -> None:
    """Make the authority: ca.crt, which everybody gets, and ca.key, which nobody gets. Good for ten years."""
    made = certificates.make_authority(folder, _now())
    _show(made, ("Copy ca.crt to the broker, the gateway and every hub. ca.key stays here, best on no server at all.",))


@app.command()
def server(
    folder: FolderArgument,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Host names and IP addresses by which it is reached.")
    ],
    renew: RenewOption = False,
) -> None:
    """Make the broker's certificate, for all names and addresses by which hubs and gateway reach it."""
    made = certificates.issue_server(folder, names, _now(), replace=renew)
    _show(made, ("On the broker: cafile, certfile and keyfile in its configuration; then restart it.",))


@app.command()
def client(
    folder: FolderArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The hub's name, or gateway.")],
    renew: RenewOption = False,
) -> None:
    """Make a certificate for the gateway or a hub. It opens the door; the account's password is asked for inside."""
    made = certificates.issue_client(folder, name, _now(), replace=renew)
    _show(
        made,
        (
            "For the gateway: ca, certificate and key under [broker.tls] in keepwell.toml.",
            "On a hub: bridge_cafile, bridge_certfile and bridge_keyfile in its configuration.",
        ),
    )


@app.command()
def show(folder: FolderArgument, json: JsonOption = False) -> None:
    """List the certificates of a folder and when each ends, the next one first."""
    found = certificates.listed(folder)
    now = _now()
    if json:
        show_json(
            [
                {
                    "file": str(one.file),
                    "name": one.name,
                    "hosts": list(one.hosts),
                    "ends": one.ends.isoformat().replace("+00:00", "Z"),
                    "days_left": (one.ends - now).days,
                }
                for one in found
            ]
        )
        return
    show_table(
        ("file", "name", "for", "ends", "days left"),
        ((one.file, one.name, ", ".join(one.hosts), f"{one.ends:%Y-%m-%d}", (one.ends - now).days) for one in found),
        title="Certificates",
    )


def _show(made: Issued, lines: Sequence[str]) -> None:
    show_line(f"{made.certificate} and {made.key} are good until {made.ends:%Y-%m-%d}.")
    for line in lines:
        show_line(line)


def _now() -> datetime:
    return to_datetime(SystemClock().now())
