"""`keepwell dashboards`: push them to a Grafana, and pull what was changed there by hand."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboards.grafana import Step

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The dashboards of care monitoring staff in Grafana.",
)
_DIFFERS, _TROUBLE = 1, 2

UrlOption = Annotated[str, typer.Option("--url", help="Grafana's address, such as https://grafana.example.org.")]
TokenOption = Annotated[
    Path, typer.Option("--token-file", help="File with the token of a service account, see docs/dashboards.md.")
]
AuthorityOption = Annotated[
    Path | None,
    typer.Option(
        "--ca", exists=True, dir_okay=False, help="Certificate of who signed Grafana's, where that is not a public one."
    ),
]
BoardsOption = Annotated[
    Path | None,
    typer.Option("--boards", metavar="FOLDER", help="Other dashboards than Keepwell's, such as `pull --out` saves."),
]


@app.command()
def push(
    url: UrlOption,
    token_file: TokenOption,
    store_url: Annotated[
        str | None,
        typer.Option("--store-url", help="InfluxDB's address as Grafana sees it. Without it the data source stays."),
    ] = None,
    database: Annotated[
        str, typer.Option("--database", help="InfluxDB's bucket, which is its database too.")
    ] = "keepwell",
    store_token_file: Annotated[
        Path | None,
        typer.Option("--store-token-file", help="File with InfluxDB's token for reading; NAME:PASSWORD for 1.8."),
    ] = None,
    org: Annotated[
        str | None,
        typer.Option("--org", help="InfluxDB 2 only: its organisation, to map the database to the bucket."),
    ] = None,
    mapping_url: Annotated[
        str | None, typer.Option("--mapping-url", help="InfluxDB's address from here, where it is another one.")
    ] = None,
    mapping_token_file: Annotated[
        Path | None,
        typer.Option("--mapping-token-file", help="Token that may make the mapping, where the other may only read."),
    ] = None,
    pages: Annotated[
        str | None, typer.Option("--pages", help="Address of Keepwell's own pages, which the dashboards link to.")
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option("--team", metavar="NAME=view|edit|admin", help="What a team may do in the folder. Repeatable."),
    ] = None,
    only_teams: Annotated[
        bool, typer.Option("--only-teams", help="Nobody sees the folder for being a Viewer or Editor alone.")
    ] = False,
    home: Annotated[bool, typer.Option(help="Make the watch floor the first page that everybody sees.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Undo what was changed by hand.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    boards: BoardsOption = None,
    authority: AuthorityOption = None,
) -> None:
    """Bring folder, data source and dashboards to a Grafana.

    What is as it should be is left alone. Ends with 1 where changes made by hand in Grafana are in the way.
    """
    with _plainly():
        from dashboards.grafana import CannotPublish, connected
        from dashboards.mapping import mapping_step
        from dashboards.publish import Store, Wanted, boards_in, plan

        store_token = _secret(store_token_file) if store_token_file else None
        if store_url is None and (store_token or org):
            raise CannotPublish("--store-token-file and --org say nothing without --store-url")
        mapping_token = _secret(mapping_token_file) if mapping_token_file else store_token
        if org and mapping_token is None:
            raise CannotPublish("--org needs --mapping-token-file or --store-token-file: InfluxDB 2 asks for a token")
        wanted = Wanted(
            boards_in(boards),
            Store(store_url.rstrip("/"), database, store_token) if store_url else None,
            pages.rstrip("/") if pages else None,
            _teams(team or ()),
            only_teams,
            home,
            overwrite,
        )
        with connected(url, _secret(token_file), authority=authority) as grafana:
            steps = list(plan(grafana, wanted))
            if org and mapping_token and store_url:
                steps.insert(0, mapping_step(mapping_url or store_url, mapping_token, org, database))
            if edited := [step for step in steps if step.edits]:
                _refuse(edited)
            for step in steps:
                if step.do and not dry_run:
                    step.do()
                typer.echo(f"{step.what}: {step.change or 'as it should be'}")
        if pages is None and any(step.change == "new" and step.what.startswith("dashboard ") for step in steps):
            typer.echo("Links to Keepwell's own pages lead nowhere until a push with --pages says where those are.")
        if dry_run:
            typer.echo("Nothing was changed: this was a dry run.")


@app.command()
def pull(
    url: UrlOption,
    token_file: TokenOption,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Save there the dashboards changed by hand.")
    ] = None,
    boards: BoardsOption = None,
    authority: AuthorityOption = None,
) -> None:
    """Tell what was changed by hand in Grafana since the push.

    Names the dashboards and panels. Ends with 1 where there are some.
    """
    with _plainly():
        from dashboards.differences import plain
        from dashboards.grafana import connected
        from dashboards.publish import boards_in, look

        with connected(url, _secret(token_file), authority=authority) as grafana:
            found = [look(grafana, board) for board in boards_in(boards)]
        for seen in found:
            name = f"dashboard {seen.wanted.get('title') or seen.wanted['uid']}"
            if seen.board is None:
                typer.echo(f"{name}: not there; `keepwell dashboards push` brings it")
            elif seen.edits:
                typer.echo(f"{name}: {'differs from this Keepwell' if seen.from_file else 'changed by hand'}")
                _list(seen.edits)
                if out:
                    out.mkdir(parents=True, exist_ok=True)
                    text = json.dumps(plain(seen.board), indent=2, ensure_ascii=False)
                    (out / f"{seen.wanted['uid']}.json").write_text(f"{text}\n", "utf-8")
            elif not seen.current:
                typer.echo(f"{name}: as another version of Keepwell pushed it; `keepwell dashboards push` renews it")
            else:
                typer.echo(f"{name}: as it was pushed")
        if any(seen.board is None or seen.edits for seen in found):
            raise typer.Exit(_DIFFERS)


def _refuse(edited: Sequence["Step"]) -> None:
    for step in edited:
        typer.echo(f"{step.what} was changed by hand in Grafana:", err=True)
        _list(step.edits, err=True)
    typer.echo(
        "Nothing was pushed. `keepwell dashboards pull --out FOLDER` saves what is there; `push --overwrite` undoes it"
        " (Grafana's version history keeps it).",
        err=True,
    )
    raise typer.Exit(_DIFFERS)


def _list(lines: Sequence[str], *, err: bool = False) -> None:
    for line in lines:
        typer.echo(f"  {line}", err=err)


def _teams(options: Sequence[str]) -> dict[str, int]:
    from dashboards.grafana import CannotPublish
    from dashboards.publish import PERMISSIONS

    found = {}
    for option in options:
        name, _equals, permission = option.rpartition("=")
        if not name or permission not in PERMISSIONS:
            raise CannotPublish(f"--team {option}: write NAME=view, NAME=edit or NAME=admin")
        found[name] = PERMISSIONS[permission]
    return found


def _secret(file: Path) -> str:
    from dashboards.grafana import CannotPublish

    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotPublish(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from error
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise CannotPublish(f"{file} holds no token: one line without blanks is expected")
    return secret


@contextmanager
def _plainly() -> Iterator[None]:
    """Trouble is one sentence on standard error and exit code 2."""
    try:
        from dashboards.grafana import CannotPublish
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in {"grafana_client", "niquests"}:
            raise
        typer.echo("This needs grafana-client, which is not installed: pip install 'keepwell[grafana]'", err=True)
        raise typer.Exit(_TROUBLE) from error
    try:
        yield
    except (CannotPublish, OSError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(_TROUBLE) from error
