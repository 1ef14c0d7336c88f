"""`keepwell dashboards push` and `pull` against a small Grafana that refuses what the real one would."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from dashboards import board as board_module
from dashboards import publish
from dashboards.board import TITLES
from dashboards.differences import differences, digest
from dashboards.publish import boards_in
from gateway.cli.main import add_commands, app
from gateway.errors import FixConfiguration
from tests.dashboards.grafana_server import STORE_TOKEN, TOKEN, GrafanaServer, InfluxServer
from tests.support.shared import CHECKOUT

Json = dict[str, Any]
STORE = "http://influxdb:8086"
FLOOR, HOME = "keepwell-watch-floor", "keepwell-home"


def board(uid: str, title: str) -> Json:
    homes = {"id": 3, "type": "table", "title": "Homes"}
    panels = [
        {"id": 1, "type": "stat", "title": "Open alerts", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 4}},
        {"id": 2, "type": "row", "title": "More", "collapsed": True, "panels": [homes]},
    ]
    pages = {"type": "constant", "name": "pages", "query": "http://localhost:8080"}
    return {
        "uid": uid,
        "title": title,
        "tags": ["keepwell"],
        "schemaVersion": 41,
        "refresh": "30s",
        "panels": panels,
        "templating": {"list": [pages, {"type": "query", "name": "home"}]},
    }


@pytest.fixture
def grafana() -> Iterator[GrafanaServer]:
    with GrafanaServer() as server:
        yield server


class Desk:
    """Somebody at a terminal, with two dashboards and two tokens in files."""

    def __init__(self, place: Path, grafana: GrafanaServer) -> None:
        self.place, self.url = place, grafana.url
        (place / "token").write_text(TOKEN + "\n")
        (place / "store-token").write_text(STORE_TOKEN)
        self.draw(board(FLOOR, "Watch floor"), board(HOME, "Home"))

    def draw(self, *boards: Json) -> None:
        (self.place / "boards").mkdir(exist_ok=True)
        for one in boards:
            (self.place / "boards" / f"{one['uid']}.json").write_text(json.dumps(one))

    def says(self, command: str, *options: str) -> Result:
        common = ["--url", self.url, "--token-file", str(self.place / "token"), "--boards", str(self.place / "boards")]
        result = CliRunner().invoke(app, ["dashboards", command, *common, *options])
        assert TOKEN not in result.output
        assert STORE_TOKEN not in result.output
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def pushes(self, *options: str, store: bool = True) -> Result:
        given = ["--store-url", STORE, "--store-token-file", str(self.place / "store-token")] if store else []
        return self.says("push", *given, *options)


@pytest.fixture
def desk(tmp_path: Path, grafana: GrafanaServer) -> Desk:
    return Desk(tmp_path, grafana)


def edit(grafana: GrafanaServer, uid: str = HOME, title: str = "My own title", message: str = "") -> None:
    changed = grafana.board(uid)
    changed["panels"][0]["title"] = title
    grafana.save(uid, changed, message)


def test_a_push_brings_everything(grafana: GrafanaServer, desk: Desk) -> None:
    result = desk.pushes("--pages", "https://keepwell.example.org/")
    assert result.exit_code == 0, result.output
    assert grafana.folders["keepwell"]["title"] == "Keepwell"
    source = grafana.sources["keepwell"]
    assert (source["type"], source["access"], source["url"]) == ("influxdb", "proxy", STORE)
    data = source["jsonData"]
    assert (data["dbName"], data["version"], data["httpHeaderName1"]) == ("keepwell", "InfluxQL", "Authorization")
    assert grafana.secrets["keepwell"] == {"httpHeaderValue1": f"Token {STORE_TOKEN}"}
    assert set(grafana.history) == set(grafana.folder_of) == {FLOOR, HOME}
    assert set(grafana.folder_of.values()) == {"keepwell"}
    assert grafana.board(FLOOR)["templating"]["list"][0]["query"] == "https://keepwell.example.org"
    assert grafana.preferences == {"theme": "dark", "homeDashboardUID": FLOOR}
    assert "dashboard Watch floor: new" in result.output


@pytest.mark.parametrize("in_object", [True, False], ids=["Grafana 12", "Grafana 11"])
def test_a_second_push_writes_nothing(grafana: GrafanaServer, desk: Desk, in_object: bool) -> None:
    grafana.versions_in_object = in_object
    options = ("--team", "Watch floor=view", "--pages", "https://keepwell.example.org")
    desk.pushes(*options)
    edit(grafana)
    desk.pushes(*options, "--overwrite")
    grafana.calls.clear()
    result = desk.pushes(*options)
    assert result.exit_code == 0
    assert grafana.calls
    assert grafana.writes == []
    assert all(line.endswith(": as it should be") for line in result.output.splitlines())


def test_without_options_what_is_there_stays(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes("--pages", "https://keepwell.example.org")
    grafana.calls.clear()
    assert desk.pushes(store=False).exit_code == 0
    assert grafana.writes == []


def test_a_dry_run_writes_nothing(grafana: GrafanaServer, desk: Desk) -> None:
    result = desk.pushes("--dry-run", "--team", "Watch floor=view")
    assert result.exit_code == 0
    assert grafana.writes == []
    assert not grafana.folders
    assert not grafana.history
    assert "dashboard Home: new" in result.output
    assert "Watch floor may view" in result.output
    assert "Nothing was changed" in result.output
    assert "until a push with --pages" in result.output


def test_only_what_differs_is_saved(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    desk.draw({**board(HOME, "Home"), "refresh": "1m"})
    grafana.calls.clear()
    assert "dashboard Home: changed" in desk.pushes().output
    assert grafana.writes == ["POST /api/dashboards/db"]
    assert grafana.board(HOME)["refresh"] == "1m"


def test_changes_by_hand_are_named_and_left(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    edit(grafana)
    desk.draw({**board(FLOOR, "Watch floor"), "refresh": "1m"})
    grafana.calls.clear()
    result = desk.pushes()
    assert result.exit_code == 1
    assert "dashboard Home was changed by hand" in result.output
    assert "panel “Open alerts”: changed" in result.output
    assert grafana.writes == []

    assert desk.pushes("--overwrite").exit_code == 0
    assert grafana.board(HOME)["panels"][0]["title"] == "Open alerts"
    assert grafana.board(FLOOR)["refresh"] == "1m"


def test_a_change_that_inherits_our_message_is_one_by_hand(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    edit(grafana, message=grafana.history[HOME][-1]["message"])
    assert "dashboard Home was changed by hand" in desk.pushes().stderr


def test_a_board_that_somebody_imported_is_no_push_of_ours(grafana: GrafanaServer, desk: Desk) -> None:
    grafana.save(HOME, {**board(HOME, "Home"), "refresh": "5s"})
    grafana.save(FLOOR, board(FLOOR, "Watch floor"))
    result = desk.pushes()
    assert result.exit_code == 1
    assert "refresh: changed" in result.output
    assert "Watch floor" not in result.stderr
    assert desk.pushes("--overwrite").exit_code == 0
    assert set(grafana.folder_of.values()) == {"keepwell"}


def test_a_board_that_somebody_moved_comes_back(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    grafana.folder_of[HOME] = "private"
    assert "dashboard Home: moved to the folder Keepwell" in desk.pushes().output
    assert grafana.folder_of[HOME] == "keepwell"


def test_boards_from_grafanas_files_are_left(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    grafana.from_files = {FLOOR, HOME}
    grafana.sources["keepwell"]["readOnly"] = True
    grafana.calls.clear()
    result = desk.pushes("--database", "other")
    assert result.exit_code == 0
    assert grafana.writes == []
    assert "comes from a file" in result.output

    desk.draw({**board(HOME, "Home"), "refresh": "1m"})
    result = desk.pushes()
    assert result.exit_code == 2
    assert "from a file on its own side" in result.stderr


def test_the_data_source_follows_address_database_and_token(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    grafana.sources["keepwell"] |= {"isDefault": True, "name": "Readings"}
    (desk.place / "store-token").write_text("another-token")
    result = desk.pushes("--database", "elm-street")
    assert "data source keepwell: changed: database, token" in result.output
    source = grafana.sources["keepwell"]
    assert (source["jsonData"]["dbName"], source["isDefault"], source["name"]) == ("elm-street", True, "Readings")
    assert grafana.secrets["keepwell"]["httpHeaderValue1"] == "Token another-token"
    assert "another-token" not in json.dumps(grafana.sources)
    grafana.calls.clear()
    desk.pushes("--database", "elm-street")
    assert grafana.writes == []

    desk.says("push", "--store-url", "http://elsewhere:8086", "--database", "elm-street")
    assert grafana.sources["keepwell"]["url"] == "http://elsewhere:8086"
    assert grafana.secrets["keepwell"]["httpHeaderValue1"] == "Token another-token"  # not given: it stays


def test_influxdb_1_is_shown_a_name_and_a_password(grafana: GrafanaServer, desk: Desk) -> None:
    (desk.place / "store-token").write_text("grafana:a-password")
    desk.pushes()
    assert grafana.secrets["keepwell"]["httpHeaderValue1"] == "Basic Z3JhZmFuYTphLXBhc3N3b3Jk"


def test_without_a_data_source_it_asks_for_the_database(grafana: GrafanaServer, desk: Desk) -> None:
    result = desk.pushes(store=False)
    assert result.exit_code == 2
    assert "--store-url" in result.stderr
    assert grafana.writes == []


def test_teams_get_permissions_and_the_others_keep_theirs(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    grafana.permissions.append({"role": "", "teamId": 8, "userId": 0, "permission": 4, "inherited": False})
    desk.pushes("--team", "Night & day team=edit")
    got = {(item["role"], item["teamId"], item["userId"]): item["permission"] for item in grafana.permissions}
    assert got == {("Viewer", 0, 0): 1, ("Editor", 0, 0): 2, ("", 0, 3): 4, ("", 8, 0): 4, ("", 7, 0): 2}

    result = desk.pushes("--team", "Night & day team=view", "--only-teams")
    assert "Night & day team may view, nobody else by role" in result.output
    got = {(item["role"], item["teamId"], item["userId"]): item["permission"] for item in grafana.permissions}
    assert got == {("", 0, 3): 4, ("", 8, 0): 4, ("", 7, 0): 1}


@pytest.mark.parametrize(
    ("option", "said"),
    [("Nobody=view", "no team Nobody"), ("Watch floor", "NAME=view"), ("Watch floor=all", "NAME=view")],
)
def test_a_team_that_is_not_there_stops_before_anything_is_written(
    grafana: GrafanaServer, desk: Desk, option: str, said: str
) -> None:
    result = desk.pushes("--team", option)
    assert result.exit_code == 2
    assert said in result.stderr
    assert grafana.writes == []


def test_no_home_leaves_the_first_page(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes("--no-home")
    assert grafana.preferences == {"theme": "dark"}


@pytest.mark.parametrize(
    ("permission", "options"),
    [
        ("folders:create", ()),
        ("datasources:read", ()),
        ("datasources:create", ()),
        ("dashboards:write", ()),
        ("orgs.preferences:write", ()),
        ("teams:read", ("--team", "Watch floor=view")),
        ("folders.permissions:write", ("--team", "Watch floor=view")),
    ],
)
def test_a_missing_permission_is_named(
    grafana: GrafanaServer, desk: Desk, permission: str, options: tuple[str, ...]
) -> None:
    grafana.denied = {permission}
    result = desk.pushes(*options)
    assert result.exit_code == 2
    assert f"lacks the permission {permission}" in result.stderr


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (502, "Bad gateway", "not able now"),
        (500, f"the header was Bearer {TOKEN}", "(token)"),
        (404, "", "is not Grafana's API"),
        (412, "The dashboard has been changed by someone else", "changed by someone else"),
        (400, "bad request data", "refuses (400): bad request data"),
        (301, "moved", "sends us to another address"),
    ],
)
def test_trouble_is_told_plainly(grafana: GrafanaServer, desk: Desk, status: int, said: str, told: str) -> None:
    grafana.unwell = (status, said)
    result = desk.pushes()
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_token_and_a_wrong_address(grafana: GrafanaServer, desk: Desk) -> None:
    (desk.place / "token").write_text("glsa_of-another-grafana")
    assert "does not accept the token (401)" in desk.pushes().stderr
    (desk.place / "token").write_text("\n")
    assert "holds no token" in desk.pushes().stderr
    (desk.place / "token").unlink()
    assert "cannot be read" in desk.pushes().stderr
    (desk.place / "token").write_text(TOKEN)
    for url, told in (
        ("http://127.0.0.1:9", "cannot be reached"),
        (f"{grafana.url}/elsewhere", "is not Grafana's API"),
        ("grafana.example.org", "is not an address"),
        ("http://me:secret@localhost:3000", "Leave name and password out"),
    ):
        desk.url = url
        result = desk.pushes()
        assert (result.exit_code, told in result.stderr) == (2, True), result.output


def test_a_grafana_below_a_path(tmp_path: Path) -> None:
    with GrafanaServer(prefix="/grafana") as server:
        assert Desk(tmp_path, server).pushes().exit_code == 0
        assert set(server.history) == {FLOOR, HOME}


def test_the_mapping_of_influxdb_2_is_made_once(desk: Desk) -> None:
    with InfluxServer(buckets={"keepwell": "0b"}) as influx:
        options = ("--org", "care", "--mapping-url", influx.url)
        assert "mapping of database keepwell in InfluxDB: new" in desk.pushes(*options, "--dry-run").output
        assert influx.mappings == []
        desk.pushes(*options)
        (made,) = influx.mappings
        assert (made["bucketID"], made["database"], made["default"], made["org"]) == ("0b", "keepwell", True, "care")
        influx.calls.clear()
        desk.pushes(*options)
        assert influx.writes == []


def test_trouble_with_the_mapping_is_told_plainly(grafana: GrafanaServer, desk: Desk) -> None:
    with InfluxServer(buckets={"keepwell": "0b"}) as influx:
        options = ("--org", "care", "--mapping-url", influx.url)
        assert "no bucket other" in desk.pushes(*options, "--database", "other").stderr
        influx.denied = {"read:dbrp"}
        assert "--mapping-token-file" in desk.pushes(*options).stderr
        influx.denied = set()
        other = {"id": "m", "bucketID": "0c", "database": "keepwell", "retention_policy": "autogen", "orgID": "0a"}
        influx.mappings = [{**other, "default": True, "virtual": False}]
        assert "maps database keepwell to another bucket" in desk.pushes(*options).stderr
    assert "--mapping-url" in desk.pushes("--org", "care", "--mapping-url", "http://127.0.0.1:9").stderr
    assert "without --store-url" in desk.pushes("--org", "care", store=False).stderr
    assert grafana.writes == []


def test_pull_names_and_saves_what_was_changed_by_hand(grafana: GrafanaServer, desk: Desk, tmp_path: Path) -> None:
    desk.pushes()
    assert desk.says("pull").exit_code == 0
    edit(grafana, title="Alarms")
    grafana.calls.clear()
    result = desk.says("pull", "--out", str(tmp_path / "saved"))
    assert result.exit_code == 1
    assert grafana.writes == []
    assert "dashboard Watch floor: as it was pushed" in result.output
    assert "dashboard Home: changed by hand\n  panel “Open alerts”: changed" in result.output
    (file,) = (tmp_path / "saved").iterdir()
    saved = json.loads(file.read_text())
    assert file.name == f"{HOME}.json"
    assert saved["panels"][0]["title"] == "Alarms"
    assert not {"id", "version"} & set(saved)

    desk.draw(saved)  # what was saved can be pushed, and is the standard from then on
    assert desk.pushes().exit_code == 0
    assert desk.says("pull").exit_code == 0


def test_pull_tells_the_missing_from_the_outdated(grafana: GrafanaServer, desk: Desk) -> None:
    desk.pushes()
    del grafana.history[HOME]
    desk.draw({**board(FLOOR, "Watch floor"), "refresh": "1m"})
    result = desk.says("pull")
    assert result.exit_code == 1
    assert "dashboard Home: not there" in result.output
    assert "dashboard Watch floor: as another version of Keepwell pushed it" in result.output


def test_differences_are_told_by_panel() -> None:
    before, now = board(HOME, "Home"), board(HOME, "Home")
    assert digest(before) == digest({"version": 9, "id": 3, **dict(reversed(now.items()))})
    now["panels"][1]["panels"][0]["title"] = "Houses"
    now["panels"][0]["id"] = 9
    now["time"] = {"from": "now-6h", "to": "now"}
    assert differences(before, now) == (
        "panel “Open alerts”: taken away",
        "panel “Open alerts”: added",
        "panel “Homes”: changed",
        "time: changed",
    )


def test_folders_without_dashboards_are_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert "holds no dashboards" in desk.pushes("--boards", str(tmp_path / "none")).stderr
    (tmp_path / "none" / "a.json").write_text("[1]")
    assert "is not a dashboard's JSON" in desk.pushes("--boards", str(tmp_path / "none")).stderr


def test_keepwells_own_dashboards_are_what_this_server_takes(grafana: GrafanaServer, desk: Desk) -> None:
    own = boards_in()
    assert {one["uid"] for one in own} == set(TITLES)
    assert (publish.FOLDER, publish.HOME) == (board_module.FOLDER, FLOOR)
    assert {panel["datasource"]["uid"] for one in own for panel in one["panels"] if panel.get("datasource")} == {
        publish.SOURCE
    }
    options = ("--boards", str(CHECKOUT / "dashboards" / "generated"), "--pages", "https://keepwell.example.org")
    result = desk.pushes(*options)
    assert result.exit_code == 0, result.output
    assert set(grafana.history) == set(TITLES)
    for uid in TITLES:
        variables = {one["name"]: one for one in grafana.board(uid)["templating"]["list"]}
        assert variables["pages"]["query"] == "https://keepwell.example.org"
    grafana.calls.clear()
    assert desk.pushes(*options).exit_code == 0
    assert grafana.writes == []


def test_a_command_that_cannot_be_loaded_says_so_and_stops_no_other() -> None:
    commands = typer.Typer()
    commands.command("other")(lambda: None)
    add_commands(commands, [EntryPoint("charts", "charts_that_nobody_installed:app", "keepwell.commands")])
    assert CliRunner().invoke(commands, ["other"]).exit_code == 0
    result = CliRunner().invoke(commands, ["charts"])
    assert isinstance(result.exception, FixConfiguration)
    assert "charts_that_nobody_installed" in str(result.exception)


def test_without_the_extra_it_says_what_to_install(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grafana_client.api", None)
    monkeypatch.delitem(sys.modules, "dashboards.grafana", raising=False)
    result = desk.pushes()
    assert result.exit_code == 2
    assert "pip install 'keepwell[grafana]'" in result.output
