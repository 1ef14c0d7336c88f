"""What holds for every board and panel: what a reader and a database may count on."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from dashboards.board import ONE_HOME_BOARD, TITLES
from dashboards.generate import documents
from gateway.oversight.figures import FIGURES
from gateway.recorder.schema import (
    FACTS,
    GATEWAY,
    HEALTH,
    HOME,
    MEASUREMENTS,
    READING_FIELDS,
    READING_TAGS,
)

BOARDS = [json.loads(text) for text in documents().values()]
SOURCE = {"type": "influxdb", "uid": "keepwell"}
TIME_FILTER = re.compile(r"\$timeFilter|time >=? now\(\) - \d+[mhdw]")
STORE: dict[str, frozenset[str]] = {
    **{one.name: frozenset({HOME, *one.tags, *(field.name for field in one.fields)}) for one in FACTS.values()},
    **{name: frozenset({HOME, *READING_TAGS, *(field.name for field in READING_FIELDS)}) for name in MEASUREMENTS},
    HEALTH: frozenset({GATEWAY, *(f"{part}_{figure}" for part, figure in FIGURES)}),
}
"""The names of tags and fields by measurement."""


class Shown(NamedTuple):
    """A panel and its board."""

    board: dict[str, Any]
    panel: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.board['title']}: {self.panel['title']}"


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All of a board, rows and what is in them among them."""
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


ALL = [Shown(board, panel) for board in BOARDS for panel in panels(board)]
DRAWN = [one for one in ALL if one.panel["type"] not in {"row", "text"}]
QUERIES = [(str(one), target["query"]) for one in DRAWN for target in one.panel["targets"]] + [
    (f"{board['title']}: {mark['name']}", mark["query"]) for board in BOARDS for mark in board["annotations"]["list"]
]
LISTED = [
    (f"{board['title']}: variable {variable['name']}", variable["query"])
    for board in BOARDS
    for variable in board["templating"]["list"]
    if variable["type"] == "query"
]


def unknown(query: str) -> set[str]:
    """Names that the store does not hold. Outside of a subquery what is named inside may be named."""
    known: set[str] = set()
    found: set[str] = set()
    outer = query
    while "(SELECT" in outer:
        start = outer.index("(SELECT")
        depth = [0]
        for letter in outer[start:]:
            depth.append(depth[-1] + {"(": 1, ")": -1}.get(letter, 0))
        end = start + depth.index(0, 1) - 1
        inner = outer[start + 1 : end]
        found |= unknown(inner)
        known |= set(re.findall(r'"([^"]+)"', inner))
        outer = outer[:start] + outer[end + 1 :]
    for name in re.findall(r'FROM "([^"]+)"', outer):
        known |= STORE[name] | {name} if name in STORE else set()
    return found | set(re.findall(r'"([^"]+)"', re.sub(r'AS "[^"]+"', "", outer))) - known


def test_a_name_that_the_store_does_not_hold_is_found():
    wrong = 'SELECT sum("n") FROM (SELECT last("blnd") AS "n" FROM "home_state"), (SELECT last("x") AS "n" FROM "m")'
    assert unknown(wrong) == {"blnd", "x", "m"}
    assert unknown(wrong.replace("blnd", "blind").replace('"x"', '"value"').replace('"m"', '"motion"')) == set()
    assert unknown('SELECT sum("o") FROM (SELECT last("blind") AS "n" FROM "home_state")') == {"o"}


@pytest.fixture(params=BOARDS, ids=[board["uid"] for board in BOARDS])
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each board."""
    return dict(request.param)


def every(found: object) -> Iterator[tuple[str, Any]]:
    """Every key and value at any depth."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield key, value
            yield from every(value)
    elif isinstance(found, list):
        for value in found:
            yield from every(value)


def test_uids_of_boards_are_those_that_links_name():
    assert [board["uid"] for board in BOARDS] == list(TITLES)


def test_one_data_source_by_its_fixed_uid(board: dict[str, Any]):
    assert {json.dumps(value) for key, value in every(board) if key == "datasource"} == {json.dumps(SOURCE)}


def test_nothing_is_asked_of_whoever_imports_it(board: dict[str, Any]):
    assert {"__inputs", "__requires", "__elements"}.isdisjoint(board)
    assert "id" not in board
    assert "version" not in board
    assert "${DS_" not in json.dumps(board)


def test_ids_of_panels_are_unique(board: dict[str, Any]):
    ids = [panel["id"] for panel in panels(board)]
    assert len(set(ids)) == len(ids)


def test_panels_lie_side_by_side_within_the_width(board: dict[str, Any]):
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["w"] > 0
        assert place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
        assert not cells & taken, panel["title"]
        taken |= cells


def test_a_board_says_first_what_it_is_for_and_for_whom(board: dict[str, Any]):
    first = board["panels"][0]
    assert first["type"] == "text"
    assert " For " in first["options"]["content"]
    assert board["description"] == first["options"]["content"].replace("**", "")


def test_a_board_links_to_all_others_and_to_the_staff_pages(board: dict[str, Any]):
    links = [link["url"] for link in board["links"]]
    others = [f"/d/{uid}" for uid in TITLES if uid != board["uid"]]
    assert [link.split("?")[0] for link in links] == [*others, "${pages}"]
    to_one_home = next((link for link in board["links"] if ONE_HOME_BOARD in link["url"]), None)
    if to_one_home is not None:
        assert not to_one_home["includeVars"], "all homes at once would be shown as one"
        has_area = any(one["name"] == "area" for one in board["templating"]["list"])
        assert to_one_home["url"].endswith("?${area:queryparam}") == has_area
    assert "pages" in {variable["name"] for variable in board["templating"]["list"]}


@pytest.mark.parametrize("one", ALL, ids=str)
def test_every_panel_has_a_title_and_says_what_it_shows(one: Shown):
    assert one.panel["title"]
    if one.panel["type"] != "row":
        assert len(one.panel["description"]) > 20


@pytest.mark.parametrize("one", DRAWN, ids=str)
def test_every_panel_has_a_unit_and_words_for_when_it_is_empty(one: Shown):
    defaults = one.panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["noValue"] not in {"", "No data"}


@pytest.mark.parametrize("one", DRAWN, ids=str)
def test_the_letters_of_queries_are_unique(one: Shown):
    letters = [target["refId"] for target in one.panel["targets"]]
    assert letters
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize(("where", "query"), QUERIES, ids=[where for where, _ in QUERIES])
def test_every_query_has_a_time(where: str, query: str):
    inner = query.count("SELECT") - len(re.findall(r"FROM \(", query))
    assert inner >= 1
    assert len(TIME_FILTER.findall(query)) >= inner, where


@pytest.mark.parametrize(("where", "query"), QUERIES + LISTED, ids=[where for where, _ in QUERIES + LISTED])
def test_every_query_names_only_what_the_store_holds(where: str, query: str):
    assert unknown(query) == set(), where


@pytest.mark.parametrize(("where", "query"), QUERIES + LISTED, ids=[where for where, _ in QUERIES + LISTED])
def test_no_home_is_named_but_by_what_the_reader_chose(where: str, query: str):
    compared = re.findall(r'"home"\s*(=~|!~|!=|<>|=)\s*(\S+)', query)
    assert {value for _, value in compared} <= {"/^$home$/", "/^($home|gateway)$/", "'gateway'", "'gateway')"}, where
    assert query.count("{") == query.count("}") == 0, where


def test_links_of_rows_name_columns_that_are_there():
    for one in DRAWN:
        text = " ".join(target["query"] for target in one.panel["targets"])
        for key, value in every(one.panel):
            if key == "url":
                for column in re.findall(r"__data\.fields\.(\w+)", value):
                    assert f'"{column}"' in text, f"{one}: {column}"


def test_columns_that_a_table_speaks_of_are_asked_for():
    for one in DRAWN:
        if one.panel["type"] == "table":
            text = " ".join(target["query"] for target in one.panel["targets"])
            text += " ".join(f'"{value}"' for key, value in every(one.panel["transformations"]) if key == "alias")
            for override in one.panel["fieldConfig"]["overrides"]:
                if override["matcher"]["id"] == "byName" and override["matcher"]["options"] != "Time":
                    assert f'"{override["matcher"]["options"]}"' in text, str(one)


def test_words_stand_beside_colours():
    """Every value that has a colour of its own has words too."""
    for one in DRAWN:
        for key, value in every(one.panel):
            if key == "result" and isinstance(value, dict):
                assert value.get("text"), str(one)
