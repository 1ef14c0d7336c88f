"""`keepwell hubs`: each hub's own account on the broker, which lets it speak for its home and for no other."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.config import Broker
from gateway.database.tables import HubRow
from gateway.errors import BadInput
from gateway.identities import accounts, configurations, hubs
from gateway.identities.control import Admin, Control
from gateway.registry import homes
from gateway.registry.picture import directory
from gateway.saying import closest

PASSWORD_VARIABLE = "KEEPWELL_ADMIN_PASSWORD"  # noqa: S105 - a name
app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    help="Each hub's own account on the broker (Mosquitto with its dynamic security plugin).",
)
HubArgument = Annotated[str, typer.Argument(metavar="HUB", help="The hub's name, as in its topics: homes/HUB/…")]
AdminOption = Annotated[
    str, typer.Option("--admin", envvar="KEEPWELL_ADMIN", help="The broker's account that manages the others.")
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--admin-password-file",
        envvar="KEEPWELL_ADMIN_PASSWORD_FILE",
        help=f"The file with its password. Without: {PASSWORD_VARIABLE}, or you are asked.",
    ),
]
BridgeOption = Annotated[
    bool,
    typer.Option("--bridge-config", help="Print the hub's whole Mosquitto configuration, and nothing else."),
]
ServerOption = Annotated[
    str | None,
    typer.Option("--server", help="HOST or HOST:PORT by which the hub reaches the broker. Without: as in [broker]."),
]
_SERVICE = "keepwell"
"""The account that the gateway runs as, by docs/running.md, and where its configuration is."""
_SERVICE_FOLDER = Path("/etc/keepwell")
_BRIDGE: dict[object, str] = {True: "connected", False: "not connected", None: "unknown"}
_T = TypeVar("_T")


@app.command()
def setup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the files.")],
    admin: AdminOption = accounts.ADMIN,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make the files that a broker with accounts begins with: its configuration, accounts and passwords.

    Two accounts are in it: the gateway's own, and the one by which the other commands here manage hubs. Nothing is
    sent anywhere, and nothing is overwritten.
    """
    broker = Place.find(config, data).settings.broker
    admin_secret, gateway_secret = accounts.new_secret(), accounts.new_secret()
    own = broker.username or accounts.GATEWAY
    if admin == own:
        raise BadInput(f'--admin: "{admin}" is the gateway\'s own account: choose another name')
    first = accounts.first_file(broker, admin=admin, admin_secret=admin_secret, gateway_secret=gateway_secret)
    configurations.write_first_files(folder, first, admin_secret, gateway_secret)
    password = folder / configurations.GATEWAY_PASSWORD
    for line in (
        f"Written to {folder}. On the broker's machine:",
        f"  sudo install -m 644 {folder / configurations.SERVER_CONFIGURATION} /etc/mosquitto/conf.d/keepwell.conf",
        f"  sudo install -o mosquitto -g mosquitto -m 600 {folder / configurations.ACCOUNTS} /var/lib/mosquitto/",
        "  sudo systemctl restart mosquitto",
        f"and then delete {folder / configurations.ACCOUNTS}: Mosquitto keeps its own from now on.",
        f"On the gateway's machine, where the gateway runs as {_SERVICE} and cannot read what only you can:",
        f"  sudo install -m 640 -g {_SERVICE} {password} {_SERVICE_FOLDER}/",
        f"and then delete {password}: beside it is a password that the gateway should not have.",
        "In keepwell.toml, under [broker]:",
        f'  username = "{own}"',
        f'  password_file = "{_SERVICE_FOLDER / configurations.GATEWAY_PASSWORD}"',
        f"To manage hubs: --admin-password-file {folder / configurations.ADMIN_PASSWORD}. Keep it where only you read.",
    ):
        show_line(line)


@app.command()
def add(
    hub: HubArgument,
    home: Annotated[
        str | None, typer.Option("--home", metavar="HOME", help="Register the hub for this home first.")
    ] = None,
    bridge_config: BridgeOption = False,
    server: ServerOption = None,
    admin: AdminOption = accounts.ADMIN,
    admin_password_file: PasswordFileOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give a hub its account on the broker. Its secret is shown once, now."""
    place = Place.find(config, data)
    broker = place.settings.broker
    accounts.check_free(hub, broker, admin)
    address = _address(broker, server, needed=bridge_config)
    login = _admin(admin, admin_password_file)
    _registered(place, hub, home)
    secret = _ask(broker, login, lambda control: hubs.add(control, hub))
    _show_secret(hub, secret, address, broker, bridge_config=bridge_config, json=json)


@app.command()
def rotate(
    hub: HubArgument,
    bridge_config: BridgeOption = False,
    server: ServerOption = None,
    admin: AdminOption = accounts.ADMIN,
    admin_password_file: PasswordFileOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give a hub a new secret. The old one is refused from now on, and a connection made with it is ended."""
    broker = Place.find(config, data).settings.broker
    address = _address(broker, server, needed=bridge_config)
    secret = _ask(broker, _admin(admin, admin_password_file), lambda control: hubs.rotate(control, hub))
    _show_secret(hub, secret, address, broker, bridge_config=bridge_config, json=json)


@app.command()
def revoke(
    hub: HubArgument,
    admin: AdminOption = accounts.ADMIN,
    admin_password_file: PasswordFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a hub's account away, and end its connection. The home hears nothing from it until a new one is added."""
    broker = Place.find(config, data).settings.broker
    _ask(broker, _admin(admin, admin_password_file), lambda control: hubs.revoke(control, hub))
    show_line(f"Hub {hub} has no identity any more: the broker refuses it.")


@app.command("list")
def list_(
    admin: AdminOption = accounts.ADMIN,
    admin_password_file: PasswordFileOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List registered hubs and whether each has an account, and accounts of hubs that are not registered."""
    place = Place.find(config, data)
    owners: dict[str, str] = {}
    if (place.data / "keepwell.db").exists():
        with place.registry() as registry, registry.reading() as session:
            owners = {name: home.reference for name, (home, _) in directory(session).hubs.items()}
    found = {one.hub: one for one in _ask(place.settings.broker, _admin(admin, admin_password_file), hubs.identities)}
    rows: list[dict[str, object]] = []
    for hub in sorted({*owners, *found}):
        one = found.get(hub)
        rows.append(
            {
                "hub": hub,
                "home": owners.get(hub),
                "identity": one is not None,
                "disabled": one is not None and one.disabled,
                "connected": None if one is None else one.connected,
            }
        )
    if json:
        show_json(rows)
        return
    show_table(
        ("hub", "home", "identity", "bridge"),
        ((row["hub"], row["home"] or "not registered", _identity(row), _BRIDGE[row["connected"]]) for row in rows),
        title="Hubs",
        empty="No hub is registered, and none has an identity: keepwell homes add, then keepwell hubs add",
    )


# ------------------------------------------------------------------------------------------------ the conversation


def _ask(broker: Broker, login: Admin, question: Callable[[Control], Awaitable[_T]]) -> _T:
    async def conversation() -> _T:
        async with Control(broker, login) as control:
            return await question(control)

    return asyncio.run(conversation())


def _admin(name: str, file: Path | None) -> Admin:
    """The password of the file, of the environment, or as typed at a terminal; never of the command line."""
    if file is not None:
        try:
            return Admin(name, file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"--admin-password-file {file} cannot be read: {error}") from error
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return Admin(name, given)
    if sys.stdin.isatty():
        return Admin(name, typer.prompt(f"Password of {name}", hide_input=True, err=True))
    raise BadInput(
        f"the password of {name} is needed: --admin-password-file with the file that keepwell hubs setup wrote, or"
        f" {PASSWORD_VARIABLE} in the environment"
    )


def _registered(place: Place, hub: str, home: str | None) -> None:
    """See that the hub is registered, for `home` where that is given; BadInput otherwise."""
    with place.registry() as registry:
        if home is not None:
            with registry.changing() as session:
                row = session.get(HubRow, hub)
                homes.add_hub(session, home, hub, replay=row is not None and row.replay)
            return
        with registry.reading() as session:
            known = directory(session).hubs
    if hub not in known:
        close = closest(hub, known)
        raise BadInput(
            f'hub "{hub}" is not registered, so nothing that it says would be kept:'
            f" {f'did you mean {close}? ' if close else ''}"
            f"keepwell hubs add {hub} --home HOME registers it for that home too"
        )


# ------------------------------------------------------------------------------------------------ what is shown


def _address(broker: Broker, server: str | None, *, needed: bool) -> tuple[str, int]:
    """Host and port for the hub's side."""
    if server is None:
        if needed and broker.host in {"localhost", "127.0.0.1", "::1"}:
            raise BadInput(
                f"[broker] host is {broker.host}, which is another machine for the hub: say with --server by which name"
                " the hub reaches the broker"
            )
        return broker.host, broker.port
    host, colon, port = server.rpartition(":")
    if not colon:
        return server, broker.port
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise BadInput(f'--server: "{server}" is not HOST or HOST:PORT')
    return host, int(port)


def _show_secret(
    hub: str, secret: str, address: tuple[str, int], broker: Broker, *, bridge_config: bool, json: bool
) -> None:
    if bridge_config:
        show_line(configurations.bridge(hub, secret, *address, encrypted=broker.tls is not None).rstrip("\n"))
    elif json:
        show_json({"hub": hub, "username": hub, "client_id": hub, "password": secret, "topics": f"homes/{hub}/#"})
    else:
        for line in (
            f"Hub {hub} may publish below homes/{hub}/ and nowhere else. In its bridge's configuration:",
            f"  remote_clientid {hub}",
            f"  remote_username {hub}",
            f"  remote_password {secret}",
            "The secret is shown this once; if it is lost, make a new one with keepwell hubs rotate.",
        ):
            show_line(line)


def _identity(row: dict[str, object]) -> str:
    return "disabled" if row["disabled"] else "yes" if row["identity"] else "no"
