"""Bring the dashboards to a Grafana, and see what somebody changed there by hand.

A push is first planned, which only reads, then performed; planned again it finds nothing to do. Each dashboard is saved
with the message `keepwell <digest>`, so that Grafana's own history of versions tells what we pushed and what is newer.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from grafana_client.model import PersonalPreferences

from dashboards.differences import differences, digest
from dashboards.grafana import CannotPublish, Grafana, Json, Step

FOLDER = SOURCE = "keepwell"
TITLE = "Keepwell"
HOME = "keepwell-watch-floor"
PERMISSIONS = {"view": 1, "edit": 2, "admin": 4}
"""Grafana's numbers for what a team may do in a folder."""
_PUSHED = re.compile(r"keepwell (?P<digest>[0-9a-f]{12})")
_KEPT = (
    "name", "type", "access", "url", "user", "database", "basicAuth", "basicAuthUser", "withCredentials", "isDefault",
    "uid", "version",
)  # fmt: skip
"""What an update of a data source may hold besides its jsonData; what it leaves out, Grafana would empty."""
_ROLES = frozenset({"Viewer", "Editor"})


@dataclass(frozen=True, slots=True)
class Store:
    """Where Grafana finds the readings: `token` as InfluxDB 2 and 3 give it, `name:password` for InfluxDB 1.8."""

    url: str
    database: str
    token: str | None = None

    def shows(self) -> str:
        """The header Authorization. InfluxDB 1 knows no `Token` where queries go; tokens of 2 and 3 have no colon."""
        token = self.token or ""
        return f"Basic {b64encode(token.encode()).decode()}" if ":" in token else f"Token {token}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Grafana should be like. Without `store` and `pages`, what is there stays."""

    boards: Sequence[Json]
    store: Store | None = None
    pages: str | None = None
    teams: Mapping[str, int] = field(default_factory=dict)
    only_teams: bool = False
    home: bool = True
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A dashboard in Grafana, None where it is not; `wanted` with its address of the pages, and the digest pushed."""

    wanted: Json
    board: Json | None = None
    folder: str = ""
    from_file: bool = False
    pushed: str | None = None
    edits: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """Whether it is what this Keepwell would push, and nothing else."""
        return self.board is not None and not self.edits and self.pushed in {None, digest(self.wanted)}


def boards_in(folder: Path | None = None) -> list[Json]:
    """Dashboards as JSON by their file's name: Keepwell's own, or those of another folder."""
    place = files("dashboards") / "generated" if folder is None else folder
    if not place.is_dir() or not (
        named := sorted((one.name, one) for one in place.iterdir() if one.name.endswith(".json"))
    ):
        raise CannotPublish(f"{place} holds no dashboards (*.json)")
    try:
        found = [json.loads(one.read_text("utf-8")) for _name, one in named]
        uids = [str(one["uid"]) for one in found]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotPublish(f"{place} holds a file that is not a dashboard's JSON with a uid: {error}") from error
    if len(set(uids)) < len(uids):
        raise CannotPublish(f"{place} holds two dashboards of one uid: {', '.join(sorted(uids))}")
    return found


def plan(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    """All that a push looks after, in the order in which it is to be done. Only reads."""
    folder = grafana.find("folders:read", grafana.api.folder.get_folder, FOLDER)
    yield Step(f"folder {TITLE}") if folder else Step(f"folder {TITLE}", "new", lambda: _make_folder(grafana))
    yield _source_step(grafana, wanted.store)
    for board in wanted.boards:
        yield _board_step(grafana, look(grafana, board, wanted.pages), overwrite=wanted.overwrite)
    if wanted.home and any(board["uid"] == HOME for board in wanted.boards):
        yield _home_step(grafana)
    if wanted.teams or wanted.only_teams:
        yield _teams_step(grafana, wanted, is_new=folder is None)


def look(grafana: Grafana, board: Json, pages: str | None = None) -> Seen:
    """What Grafana has of a dashboard, and what was changed by hand since Keepwell saved it last."""
    uid = board["uid"]
    answer = grafana.find("dashboards:read", grafana.api.dashboard.get_dashboard, uid)
    if answer is None:
        return Seen(with_pages(board, pages))
    there, meta = answer["dashboard"], answer.get("meta", {})
    wanted = with_pages(board, _pages(there) if pages is None else pages)
    folder, from_file = meta.get("folderUid", ""), bool(meta.get("provisioned"))
    if from_file:
        return Seen(wanted, there, folder, from_file, edits=differences(wanted, there))
    if not differences(wanted, there):
        return Seen(wanted, there, folder)
    history = grafana.api.dashboard_versions
    versions = grafana.listed("dashboards:write", history.get_dashboard_versions_by_uid, uid, inside="versions")
    ours = [one for one in versions if _PUSHED.fullmatch(one.get("message") or "")]
    if not ours:
        return Seen(wanted, there, folder, edits=differences(wanted, there))
    said = max(ours, key=_version)["message"]
    # The oldest of that message: what saves later without one may inherit it, and what we push again is the same.
    saved = min((one for one in ours if one["message"] == said), key=_version)
    pushed = said.removeprefix("keepwell ")
    if saved["version"] == max(map(_version, versions)):
        return Seen(wanted, there, folder, pushed=pushed)
    whole = grafana.find("dashboards:write", history.get_dashboard_version_by_uid, uid, saved["version"])
    return Seen(wanted, there, folder, pushed=pushed, edits=differences(whole["data"] if whole else wanted, there))


def _version(saved: Json) -> int:
    return int(saved["version"])


def with_pages(board: Json, address: str | None) -> Json:
    """The dashboard with this address of Keepwell's pages; as it is for None."""
    if address in {None, _pages(board)}:
        return board
    choice = {"selected": True, "text": address, "value": address}
    variables = [
        {**one, "query": address, "current": choice, "options": [choice]} if one.get("name") == "pages" else one
        for one in board.get("templating", {}).get("list", ())
    ]
    return {**board, "templating": {**board.get("templating", {}), "list": variables}} if variables else board


def _pages(board: Json) -> str | None:
    variables = board.get("templating", {}).get("list") or ()
    return next((one.get("query") for one in variables if one.get("name") == "pages"), None)


def _make_folder(grafana: Grafana) -> object:
    return grafana.write("folders:create", grafana.api.folder.create_folder, TITLE, FOLDER)


def _source_step(grafana: Grafana, store: Store | None) -> Step:
    what, source = f"data source {SOURCE}", grafana.api.datasource
    found = grafana.find("datasources:read", source.get_datasource_by_uid, SOURCE)
    if store is None and found is None:
        raise CannotPublish(
            f"This Grafana has no data source with the uid {SOURCE}: tell with --store-url where Grafana finds the"
            " database, and with --store-token-file what to show there"
        )
    if store is None or (found and found.get("readOnly")):
        return Step(f"{what}, which comes from a file of Grafana's" if found and found.get("readOnly") else what)
    data: Json = {"version": "InfluxQL", "httpMode": "GET", "dbName": store.database}
    body: Json = {"name": TITLE, "type": "influxdb", "access": "proxy", "uid": SOURCE, "url": store.url}
    if store.token is not None:
        data |= {"httpHeaderName1": "Authorization", "keepwellToken": grafana.mark(store.token)}
    secret: Json = {"secureJsonData": {"httpHeaderValue1": store.shows()}} if store.token is not None else {}
    if found is None:
        body |= {"jsonData": data, **secret}
        return Step(what, "new", lambda: grafana.write("datasources:create", source.create_datasource, body))
    before = found.get("jsonData") or {}
    names = {"url": "address", "dbName": "database", "keepwellToken": "token"}
    body["name"] = found["name"]
    changed = [names.get(key, key) for key, value in body.items() if found.get(key) != value]
    changed += [names.get(key, key) for key, value in data.items() if before.get(key) != value]
    if not changed:
        return Step(what)
    body = {key: found[key] for key in _KEPT if key in found} | body | {"jsonData": before | data, **secret}
    return Step(
        what,
        f"changed: {', '.join(changed)}",
        lambda: grafana.write("datasources:write", source.update_datasource_by_uid, SOURCE, body),
    )


def _board_step(grafana: Grafana, seen: Seen, *, overwrite: bool) -> Step:
    what = f"dashboard {seen.wanted.get('title') or seen.wanted['uid']}"
    if seen.current and (seen.folder == FOLDER or seen.from_file):
        return Step(what)
    if seen.from_file:
        raise CannotPublish(
            f"Grafana takes the {what} from a file on its own side, so that nothing can be pushed over it: bring"
            " the new file there, or take the folder out of Grafana's provisioning"
        )
    change = "new" if seen.board is None else "undoes what was changed by hand" if seen.edits else "changed"
    if seen.current:
        change = f"moved to the folder {TITLE}"
    body = {
        "dashboard": {**seen.wanted, "id": None},
        "folderUid": FOLDER,
        "message": f"keepwell {digest(seen.wanted)}",
        "overwrite": True,
    }
    return Step(
        what,
        change,
        lambda: grafana.write("dashboards:write", grafana.api.dashboard.update_dashboard, body),
        () if overwrite else seen.edits,
    )


def _home_step(grafana: Grafana) -> Step:
    what, organization = "first page", grafana.api.organization
    if grafana.read("orgs.preferences:read", organization.get_preferences).get("homeDashboardUID") == HOME:
        return Step(what)
    wish = PersonalPreferences(homeDashboardUID=HOME)
    return Step(
        what,
        f"becomes {HOME}",
        lambda: grafana.write("orgs.preferences:write", organization.patch_preferences, wish),
    )


def _teams_step(grafana: Grafana, wanted: Wanted, *, is_new: bool) -> Step:
    what, folder = f"permissions of the folder {TITLE}", grafana.api.folder
    teams = {_team(grafana, name): permission for name, permission in wanted.teams.items()}

    def read() -> list[Json]:
        return grafana.listed("folders.permissions:read", folder.get_folder_permissions, FOLDER)

    def grant() -> object:
        items = _permissions(read(), teams, only_teams=wanted.only_teams)
        return grafana.write("folders.permissions:write", folder.update_folder_permissions, FOLDER, items)

    if not is_new:
        found = read()
        if _permissions(found, {}) == _permissions(found, teams, only_teams=wanted.only_teams):
            return Step(what)
    words = {number: word for word, number in PERMISSIONS.items()}
    granted = [f"{name} may {words[permission]}" for name, permission in wanted.teams.items()]
    return Step(what, ", ".join([*granted, *(["nobody else by role"] if wanted.only_teams else [])]), grant)


def _team(grafana: Grafana, name: str) -> int:
    found = grafana.listed("teams:read", grafana.api.teams.get_team_by_name, quote(name, safe=""))
    for team in found:
        if team.get("name") == name:
            return int(team["id"])
    raise CannotPublish(f"This Grafana has no team {name}: make it there, under Teams, or mend the name")


def _permissions(found: Sequence[Json], teams: Mapping[int, int], *, only_teams: bool = False) -> list[Json]:
    """Every item that the folder should have: Grafana takes away what is left out."""
    items: list[Json] = []
    for item in found:
        if item.get("inherited"):
            continue
        if item.get("role") in _ROLES and not only_teams:
            items.append({"role": item["role"], "permission": item["permission"]})
        elif item.get("teamId") and item["teamId"] not in teams:
            items.append({"teamId": item["teamId"], "permission": item["permission"]})
        elif item.get("userId"):
            items.append({"userId": item["userId"], "permission": item["permission"]})
    items += [{"teamId": team, "permission": permission} for team, permission in teams.items()]
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
