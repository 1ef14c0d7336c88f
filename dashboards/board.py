"""A dashboard: rows of panels under a line that says what it is for, with variables and links to all the others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from dashboards import panels
from dashboards.queries import AREAS, SOURCE

FOLDER = "keepwell"
"""The uid of the folder."""
TAG = "keepwell"
PAGES = "http://localhost:8080"
"""Where Keepwell's pages are, until `keepwell dashboards push --pages` or the variable's value says otherwise."""
TITLES: Mapping[str, str] = {
    "keepwell-watch-floor": "Watch floor",
    "keepwell-home": "Home",
    "keepwell-response": "Response",
    "keepwell-devices": "Devices",
    "keepwell-independence": "Independence",
    "keepwell-gateway": "Gateway",
}
"""Every board by its uid, in the order of the links."""
ONE_HOME_BOARD = "keepwell-home"
"""The board that shows one home and never several."""
COLUMNS = 24
_PURPOSE_HEIGHT = 2
_ALL = "$__all"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading: (columns of 24, panel), from left to right, on as many lines as they need.

    All have that height, in units of 38 px. Without a title there is no heading. `folded` rows are opened by a click.
    """

    title: str
    height: int
    panels: Sequence[tuple[int, Builder[dashboard.Panel]]]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `purpose` is one sentence on what it is for, `reader` says who reads it.

    `variables` are AREA, HOME, ONE_HOME or others; `annotations` are marks in all panels over time. `since` is where
    the time range begins, `refresh` how often all is asked anew.
    """

    uid: str
    title: str
    purpose: str
    reader: str
    rows: Sequence[Row]
    variables: Sequence[Builder[dashboard.VariableModel]] = ()
    annotations: Sequence["Marks"] = ()
    since: str = "now-24h"
    until: str = "now"
    refresh: str = "1m"

    def model(self) -> dashboard.Dashboard:
        """As the SDK knows it."""
        made = (
            builders.Dashboard(self.title)
            .uid(self.uid)
            .description(f"{self.purpose} For {self.reader}.")
            .tags([TAG])
            .timezone("browser")
            .week_start("monday")
            .editable()
            .time(self.since, self.until)
            .refresh(self.refresh)
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .timepicker(builders.TimePicker().refresh_intervals(["30s", "1m", "5m", "15m", "1h"]))
            .variables([*self.variables, _pages()])
            .links([*(_link(uid, self.variables) for uid in TITLES if uid != self.uid), _page_link()])
            .build()
        )
        made.panels = self._placed()
        made.annotations = dashboard.AnnotationContainer(list_val=[mark.query() for mark in self.annotations])
        return made

    def json(self) -> str:
        """As Grafana reads it, ending in a newline."""
        document = json.loads(json.dumps(self.model(), cls=JSONEncoder))
        for mark, written in zip(self.annotations, document["annotations"]["list"], strict=True):
            written.update(mark.asked())
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def _placed(self) -> list[dashboard.Panel | dashboard.RowPanel]:
        said = f"**{self.purpose}** For {self.reader}."
        purpose = panels.text(self.title, "What this board is for, and who reads it.", said).transparent(True)
        found: list[dashboard.Panel | dashboard.RowPanel] = []
        top = _lay(found, [(COLUMNS, purpose)], height=_PURPOSE_HEIGHT, top=0, number=1)
        number = 2
        for row in self.rows:
            inside: list[dashboard.Panel | dashboard.RowPanel] = found
            if row.title:
                heading = dashboard.RowPanel(
                    title=row.title,
                    collapsed=row.folded,
                    id_val=number,
                    grid_pos=dashboard.GridPos(h=1, w=COLUMNS, x=0, y=top),
                    panels=[],
                )
                found.append(heading)
                number, top = number + 1, top + 1
                inside = [] if row.folded else found
            below = _lay(inside, row.panels, height=row.height, top=top, number=number)
            if row.title and row.folded:
                heading.panels = [one for one in inside if isinstance(one, dashboard.Panel)]
            else:
                top = below
            number += len(row.panels)
        return found


@dataclass(frozen=True, slots=True)
class Marks:
    """Annotations: a mark in every panel over time for each point of a query (a table with Time).

    `title` and `words` are columns; `tags` are columns, in one text with commas.
    """

    name: str
    text: str
    colour: str
    words: str
    tags: str = ""

    def query(self) -> dashboard.AnnotationQuery:
        """As the SDK knows it: without the query itself."""
        return dashboard.AnnotationQuery(
            name=self.name, datasource=SOURCE, enable=True, hide=False, icon_color=self.colour
        )

    def asked(self) -> dict[str, object]:
        """What the data source needs besides."""
        return {
            "query": self.text,
            "rawQuery": True,
            "resultFormat": "table",
            "fromAnnotations": True,
            "textColumn": self.words,
            "tagsColumn": self.tags,
            "titleColumn": "",
            "timeEndColumn": "",
        }


def _lay(
    into: list[dashboard.Panel | dashboard.RowPanel],
    placed: Sequence[tuple[int, Builder[dashboard.Panel]]],
    *,
    height: int,
    top: int,
    number: int,
) -> int:
    """Put panels side by side, lines below each other, numbered from `number`. Returns where the next line begins."""
    left = 0
    for offset, (width, builder) in enumerate(placed):
        if left + width > COLUMNS:
            left, top = 0, top + height
        panel = builder.build()
        panel.id_val = number + offset
        panel.grid_pos = dashboard.GridPos(h=height, w=width, x=left, y=top)
        into.append(panel)
        left += width
    return top + height if placed else top


def _listed(name: str, label: str, what: str, query: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(label)
        .description(what)
        .datasource(SOURCE)
        .query(query)
        .refresh(dashboard.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(dashboard.VariableSort.NATURAL_ASC)
    )


def _of_all(variable: builders.QueryVariable) -> builders.QueryVariable:
    everything = dashboard.VariableOption(selected=True, text=["All"], value=[_ALL])
    return variable.multi(True).include_all(True).all_value(".*").current(everything)


_OF_AREA = f'SHOW TAG VALUES FROM "home_state" WITH KEY = "home" WHERE {AREAS}'
AREA = _of_all(
    _listed("area", "Area", "Areas with homes that are watched", 'SHOW TAG VALUES FROM "home_state" WITH KEY = "area"')
)
"""One area, several, or all."""
HOME = _of_all(_listed("home", "Home", "Homes of these areas, by reference", _OF_AREA))
"""One home of these areas, several, or all."""
ONE_HOME = _listed("home", "Home", "A home of these areas, by reference", _OF_AREA).multi(False).include_all(False)
"""One home of these areas."""


def _pages() -> builders.ConstantVariable:
    return builders.ConstantVariable("pages").label("Keepwell's pages").value(PAGES)


def _link(uid: str, variables: Sequence[Builder[dashboard.VariableModel]]) -> builders.DashboardLink:
    """To another board, with the same areas and homes.

    The board of one home gets the areas alone: of an address that says all homes, Grafana would show it all at once.
    """
    link = builders.DashboardLink(TITLES[uid]).type(dashboard.DashboardLinkType.LINK).icon("dashboard")
    if uid == ONE_HOME_BOARD:
        return link.url(f"/d/{uid}" + ("?${area:queryparam}" if variables else ""))
    return link.url(f"/d/{uid}").include_vars(True)


def _page_link() -> builders.DashboardLink:
    return (
        builders.DashboardLink("Keepwell's pages")
        .type(dashboard.DashboardLinkType.LINK)
        .icon("external link")
        .url("${pages}")
        .target_blank(True)
    )
