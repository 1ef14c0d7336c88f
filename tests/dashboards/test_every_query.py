"""Every query of every panel, as Grafana asks it, on a real InfluxDB that holds four weeks of thirty homes.

A panel without an expectation in `expected` fails: what nobody has worked out, nobody has seen to be true.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from dashboards.boards import BOARDS
from devices.instant import MILLISECOND
from tests.dashboards.conftest import DATABASE
from tests.dashboards.expected import EXPECTED, Shown
from tests.dashboards.expected.home import HOME
from tests.dashboards.grafana import Opened, Series
from tests.dashboards.residents import AREAS, NOW, SMALL_AREA
from tests.dashboards.town import Town
from tests.support.influxd import Influxd

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    document["uid"]: document for document in (json.loads(build().json()) for build in BOARDS)
}
Chosen = Mapping[str, str | Sequence[str]]
CHOSEN: Mapping[str, Chosen] = {"keepwell-home": {"home": HOME}}
"""Boards open as they begin, but for that of one home: that has all that there can be."""


def _panels(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return Opened({**document, "templating": {}}, lambda _text: (), NOW).panels()


def _name(document: Mapping[str, Any], panel: Mapping[str, Any]) -> str:
    """The panel's title; with its kind where two have one title."""
    same = [one for one in _panels(document) if one["title"] == panel["title"]]
    return f"{panel['title']} ({panel['type']})" if len(same) > 1 else panel["title"]


EVERY = [
    pytest.param(uid, panel["id"], id=f"{uid.removeprefix('keepwell-')}: {_name(document, panel)}")
    for uid, document in DOCUMENTS.items()
    for panel in _panels(document)
]


class Asking:
    """Opens boards on the database, and remembers every answer."""

    def __init__(self, server: Influxd) -> None:
        self._ask = cache(lambda text: server.query(text, DATABASE))

    def ask(self, text: str) -> Sequence[Series]:
        """The database's answer; AssertionError when it refuses."""
        return self._ask(text)

    def open(self, uid: str, chosen: Chosen | None = None) -> Opened:
        """A board with its variables."""
        return Opened(DOCUMENTS[uid], self.ask, NOW, CHOSEN.get(uid) if chosen is None else chosen)

    def show(self, uid: str, number: int, chosen: Chosen | None = None) -> Shown:
        """One panel of it."""
        opened = self.open(uid, chosen)
        panel = next(one for one in opened.panels() if one["id"] == number)
        return Shown(opened, panel, opened.answers(panel))


@pytest.fixture(scope="module")
def asking(influxd: Influxd) -> Asking:
    return Asking(influxd)


def test_every_panel_has_an_expectation_and_every_expectation_a_panel() -> None:
    for uid, document in DOCUMENTS.items():
        names = [_name(document, panel) for panel in _panels(document)]
        assert sorted(EXPECTED[uid]) == sorted(names), uid


@pytest.mark.parametrize(("uid", "number"), EVERY)
def test_a_panel_shows_what_the_town_implies(asking: Asking, town: Town, uid: str, number: int) -> None:
    shown = asking.show(uid, number)
    assert shown.answers, "a panel without a query"
    for answer in shown.answers:
        assert answer.frames, f"nothing for {answer.asked}"
        assert any(value is not None for frame in answer.frames for column in list(frame.columns.values())[1:]
                   for value in column), f"only empty values for {answer.asked}"  # fmt: skip
    EXPECTED[uid][_name(DOCUMENTS[uid], shown.panel)](town, shown)


@pytest.mark.parametrize(("uid", "number"), EVERY)
def test_whoever_chooses_homes_and_areas_sees_no_others(asking: Asking, town: Town, uid: str, number: int) -> None:
    """One home, several, and an area with few homes and brackets in its name."""
    small = [one.reference for one in town.homes if one.area == SMALL_AREA]
    choices: list[tuple[Chosen, Sequence[str], Sequence[str]]] = [
        ({"home": ["ELM-09"]}, ["ELM-09"], AREAS),
        ({"home": ["ELM-03", "ELM-18"]}, ["ELM-03", "ELM-18"], AREAS),
        ({"area": [SMALL_AREA]}, small, [SMALL_AREA]),
    ]
    names = {variable["name"] for variable in DOCUMENTS[uid].get("templating", {}).get("list", ())}
    single = "home" in names and not asking.open(uid).has_many("home")
    for chosen, homes, areas in choices:
        wanted = {name: value for name, value in chosen.items() if name in names}
        if single and "home" in wanted:
            wanted["home"] = homes[0]
        shown = asking.show(uid, number, wanted)
        if "home" in names and wanted.get("area"):
            assert set(shown.opened.options["home"]) == set(small)
        if not wanted:
            continue
        seen_homes, seen_areas = _named(shown, "home"), _named(shown, "area")
        assert seen_homes <= {*homes, "gateway"}, f"{wanted}: {shown.answers}"
        assert seen_areas <= {*areas, ""}, f"{wanted}: {shown.answers}"


def _named(shown: Shown, tag: str) -> set[str]:
    found: set[str] = set()
    for answer in shown.answers:
        for frame in answer.frames:
            found |= {frame.labels[tag]} if tag in frame.labels else set()
            found |= set(frame.columns.get(tag, ())) - {None}
    return found


@pytest.mark.parametrize(("uid", "number"), EVERY)
def test_what_a_panel_says_of_a_field_is_said_of_one_that_there_is(asking: Asking, uid: str, number: int) -> None:
    """Overrides, sorting, links and rows by name: a misspelt one does nothing, and nobody would see why."""
    shown = asking.show(uid, number)
    fields = {name for answer in shown.answers for frame in answer.frames for name in (frame.name, *frame.columns)}
    steps = shown.panel.get("transformations", ())
    fields |= {step["options"]["alias"] for step in steps if step["id"] == "calculateField"}
    for answer in shown.answers:
        assert not any("$" in frame.name for frame in answer.frames), f"{answer.asked} has no such tag"
    for named, where in _fields_named(shown.panel):
        assert named in fields, f"{where} names {named}, there is {sorted(fields)}"
    for pattern in _patterns(shown.panel):
        assert any(re.search(pattern, name) for name in fields), f"{pattern} fits none of {sorted(fields)}"


def _fields_named(panel: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    renamed: set[str] = set()
    for step in panel.get("transformations", ()):
        options = step["options"]
        for name in (*options.get("indexByName", ()), *options.get("excludeByName", ())):
            if name not in renamed:
                yield name, step["id"]
        for one in (*options.get("sort", ()), *options.get("filters", ())):
            yield one.get("field") or one.get("fieldName"), step["id"]
        renamed |= set(options.get("renameByName", {}).values())
    for override in panel["fieldConfig"].get("overrides", ()):
        if override["matcher"]["id"] == "byName" and override["matcher"]["options"] not in renamed:
            yield override["matcher"]["options"], "an override"
    for name in re.findall(r"\$\{__data\.fields\.(\w+)", json.dumps(panel)):
        yield name, "a link"


def _patterns(panel: Mapping[str, Any]) -> Iterator[str]:
    fields = panel.get("options", {}).get("reduceOptions", {}).get("fields")
    if fields:
        yield fields.strip("/")
    for override in panel["fieldConfig"].get("overrides", ()):
        if override["matcher"]["id"] == "byRegexp":
            yield override["matcher"]["options"].strip("/")


@pytest.mark.parametrize("uid", DOCUMENTS)
def test_every_variable_offers_what_there_is(asking: Asking, town: Town, uid: str) -> None:
    options = asking.open(uid).options
    if "area" in options:
        assert set(options["area"]) == set(AREAS)
    if "home" in options:
        assert set(options["home"]) == {one.reference for one in town.homes}
    for name, values in options.items():
        assert values, f"{name} offers nothing"


@pytest.mark.parametrize("uid", DOCUMENTS)
def test_every_annotation_marks_what_happened(asking: Asking, town: Town, uid: str) -> None:
    for annotation in DOCUMENTS[uid]["annotations"]["list"]:
        opened = asking.open(uid)
        frames = opened.run(annotation["query"], opened.range, table=True, points=1_000)
        rows = [row for frame in frames for row in frame.rows()]
        (lived,) = (one for one in town.homes if one.reference == opened.chosen("home"))
        raised = [(one.at // MILLISECOND, one.alert.rule, str(one.alert.priority)) for one in lived.told
                  if one.event == "raised" and opened.range.start <= one.at <= opened.range.end]  # fmt: skip
        named = annotation["textColumn"], annotation["tagsColumn"]
        assert named == ("rule", "priority"), annotation["name"]
        assert [(row["Time"], *(row[name] for name in named)) for row in rows] == raised != [], annotation["name"]
