"""Panels of a few kinds, each with a title, what it shows, a unit and the words for when there is nothing to show.

Every function takes (title, what, queries ..., unit=, empty=) and returns a builder of the SDK, so that a board may go
on with it: `.time_from("28d")`, `.override_by_name(...)`. `what` is the description behind the i of the panel: what is
seen, for whom, and what an empty panel means. `empty` is what stands there instead of "No data".

Grafana shows `empty` in every kind; but the state timelines and status histories of Grafana 11 and the first of 12 say
"No data in response" instead: give them a query that always brings a row, such as the `sight` of home_state.

Colours can be told apart by the colour-blind (Okabe and Ito), and no meaning is carried by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, heatmap, statetimeline, statushistory, timeseries
from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import text as texts
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.text import TextMode

from dashboards import looks
from dashboards.looks import absent, configured, dressed, legend, mappings, organized, transform
from dashboards.queries import InfluxQuery

WELL, NOTICE, WARN, ALARM = "#56B4E9", "#F0E442", "#E69F00", "#D55E00"
"""Sky blue, yellow, orange, vermilion: all is well, look at it, do something, at once."""
CALM, UNKNOWN, OTHER, SECOND = "#0072B2", "#999999", "#CC79A7", "#009E73"
"""Blue, grey, purple, green: for what is neither good nor bad."""
Steps = looks.Steps
"""From which value on a colour holds; the first has None."""
Words = looks.Words
"""What stands for a value: {"1": ("open", CALM), "0": ("shut", UNKNOWN)}."""
PLAIN: Steps = ((None, CALM),)
NOTHING = "\N{EN DASH}"
"""In a cell without a value."""
PRIORITIES: Words = {
    "1": ("1 at once", ALARM),
    "2": ("2 call", WARN),
    "3": ("3 tell by day", NOTICE),
    "4": ("4 digest", UNKNOWN),
}
"""The tag `priority`."""
SIGHT: Words = {
    "armed": ("sees", WELL),
    "degraded": ("sees a part", NOTICE),
    "blind": ("blind", ALARM),
    "off": ("off", UNKNOWN),
}
"""The fields `sight` of home_state and `state` of rule_state."""
Overrides = list[dashboard.DynamicConfigValue]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `field` is the tag or field as the query names it; `Time` is the time of the point.

    `width` in px; 0 takes what is left, and one column should have it. `link` is an address, such as HOME_PAGE.
    `hidden` keeps it for links and sorting. `words` replace values, with a coloured text.
    """

    field: str
    header: str
    unit: str = "string"
    width: int = 0
    link: str = ""
    decimals: int | None = None
    words: Words | None = None
    hidden: bool = False


HOME_PAGE = "${pages}/homes/${__data.fields.home}"
"""The page of the home in a row's column `home`."""
ALERT_PAGE = "${pages}/alerts/${__data.fields.alert.numeric}"
"""The page of the alert in a row's column `alert`."""
HOME_BOARD = "/d/keepwell-home?var-home=${__data.fields.home}"
"""The board of the home in a row's column `home`."""


def stat(
    title: str,
    what: str,
    *queries: InfluxQuery,
    unit: str,
    empty: str,
    decimals: int | None = None,
    steps: Steps = PLAIN,
    words: Words | None = None,
    calc: str = "lastNotNull",
    graph: bool = False,
    filled: bool = False,
    each_row: str = "",
    size: int = 0,
) -> stats.Panel:
    """One big number, or one a series, named by its alias. `filled` colours the whole tile, `graph` draws a line below.

    `each_row` names the field of a table of which every row gets a tile, named by the other text columns. `size` is the
    size of the numbers in px where Grafana's own choice is not wanted.
    """
    reduced = shared.ReduceDataOptions().calcs([calc])
    if each_row:
        reduced = reduced.values(True).fields(f"/^{each_row}$/").limit(12)
    panel = (
        stats.Panel()
        .reduce_options(reduced)
        .graph_mode(common.BigValueGraphMode.AREA if graph else common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID if filled else common.BigValueColorMode.VALUE)
        .justify_mode(common.BigValueJustifyMode.CENTER)
        .text_mode(common.BigValueTextMode.AUTO if not each_row else common.BigValueTextMode.VALUE_AND_NAME)
        .wide_layout(True)
        .orientation(common.VizOrientation.AUTO)
    )
    if size:
        panel.text(shared.VizTextDisplayOptions().value_size(size))
    config = configured(unit, empty, decimals, steps, words)
    config.mappings = [*mappings(words), absent(empty)]
    return dressed(panel, title, what, queries, config)


def table(
    title: str,
    what: str,
    *queries: InfluxQuery,
    columns: Sequence[Column],
    empty: str,
    sort: tuple[str, bool] = ("", False),
    then: tuple[str, bool] = ("", False),
    steps: Steps = PLAIN,
    tall: bool = False,
) -> tables.Panel:
    """A table of queries with table=True, columns in the order given; a tag or field that is not named is at the end.

    Several queries are merged by the columns that they have in common: leave out what tells them apart. `sort` is
    (field, whether the greatest comes first), `then` the same for rows that are equal in that. `tall` has high rows.
    Which rows there are is for the query to say (`newest(having=...)`): where a transformation leaves none, Grafana 12
    shows an empty grid without words.
    """
    panel = (
        tables.Panel().show_header(True).cell_height(common.TableCellHeight.LG if tall else common.TableCellHeight.MD)
    )
    panel = dressed(panel, title, what, queries, configured("string", empty, None, steps, None))
    shown = [column.field for column in columns]
    if len(queries) > 1:
        if "Time" not in shown:  # it would tell rows apart
            panel.with_transformation(transform("filterFieldsByName", {"exclude": {"names": ["Time"]}}))
        panel.with_transformation(transform("merge", {}))
    for field, greatest in (then, sort):
        if field:
            order = {"fields": {}, "sort": [{"field": field, "desc": greatest}]}
            panel.with_transformation(transform("sortBy", order))
    panel.with_transformation(organized(shown, () if "Time" in shown else ("Time",)))
    for column in columns:
        panel.override_by_name(column.field, _of_column(column))
    return panel


def series(
    title: str,
    what: str,
    *queries: InfluxQuery,
    unit: str,
    empty: str,
    decimals: int | None = None,
    least: float | None = None,
    most: float | None = None,
    steps: Steps = PLAIN,
    drawn: common.GraphDrawStyle = common.GraphDrawStyle.LINE,
    stacked: bool = False,
    stepped: bool = False,
    joined_ms: int = 0,
    calcs: Sequence[str] = (),
) -> timeseries.Panel:
    """Lines, bars (`drawn`) or points over time. With more than one of `steps` these are drawn as areas behind.

    `joined_ms` draws a line over gaps of that long; `stepped` holds each value until the next; `calcs` stand in the
    legend, such as "max".
    """
    bars = drawn is common.GraphDrawStyle.BARS
    panel = (
        timeseries.Panel()
        .draw_style(drawn)
        .line_width(1 if bars else 2)
        .fill_opacity(70 if bars else 8)
        .point_size(6)
        .show_points(common.VisibilityMode.AUTO)
        .line_interpolation(common.LineInterpolation.STEP_AFTER if stepped else common.LineInterpolation.LINEAR)
        .axis_soft_min(0 if least is None else least)
        .legend(legend(calcs))
        .tooltip(shared.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
    )
    if stacked:
        panel.stacking(shared.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if joined_ms:
        panel.span_nulls(joined_ms)
    if len(steps) > 1:
        panel.thresholds_style(shared.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED))
    config = configured(unit, empty, decimals, steps, None, coloured=False)
    config.min_val, config.max_val = least, most
    return dressed(panel, title, what, queries, config)


def timeline(
    title: str,
    what: str,
    *queries: InfluxQuery,
    words: Words,
    empty: str,
    unit: str = "string",
    joined_ms: int = 0,
    shown: bool = True,
) -> statetimeline.Panel:
    """One band a series, coloured by state, equal neighbours joined. `words` say what each state is called.

    A gap longer than `joined_ms` is drawn as a gap; 0 holds a state until the next is said.
    """
    panel = (
        statetimeline.Panel()
        .merge_values(True)
        .show_value(common.VisibilityMode.AUTO if shown else common.VisibilityMode.NEVER)
        .row_height(0.85)
        .line_width(0)
        .fill_opacity(85)
        .legend(legend(()))
        .tooltip(shared.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE).sort(common.SortOrder.NONE))
    )
    gaps = ("custom.insertNulls", joined_ms) if joined_ms else ("custom.spanNulls", True)
    every = dashboard.MatcherConfig(id_val="byRegexp", options="/.*/")
    panel.with_override(every, [dashboard.DynamicConfigValue(id_val=gaps[0], value=gaps[1])])
    return dressed(panel, title, what, queries, configured(unit, empty, None, PLAIN, words))


def status(
    title: str,
    what: str,
    *queries: InfluxQuery,
    unit: str,
    empty: str,
    steps: Steps = PLAIN,
    words: Words | None = None,
    decimals: int | None = None,
) -> statushistory.Panel:
    """One square a series and step of time: for what is said once a day or hour."""
    panel = (
        statushistory.Panel()
        .show_value(common.VisibilityMode.AUTO)
        .row_height(0.9)
        .col_width(0.9)
        .line_width(0)
        .fill_opacity(85)
        .legend(legend(()))
        .tooltip(shared.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE).sort(common.SortOrder.NONE))
    )
    return dressed(panel, title, what, queries, configured(unit, empty, decimals, steps, words))


def bars(
    title: str,
    what: str,
    *queries: InfluxQuery,
    unit: str,
    empty: str,
    decimals: int | None = None,
    steps: Steps = PLAIN,
    calc: str = "lastNotNull",
    least: float = 0,
    most: float | None = None,
    each_row: str = "",
) -> bargauge.Panel:
    """A lying bar a series with its name and number: to compare kinds. For bars over time: `series(drawn=BARS)`.

    Each series is reduced by `calc`, such as "sum". `each_row` names the field of a table of which every row gets a
    bar, named by the text columns of the row; the table's order is that of the bars.
    """
    reduced = shared.ReduceDataOptions().calcs([calc])
    if each_row:
        reduced = reduced.values(True).fields(f"/^{each_row}$/").limit(30)
    panel = (
        bargauge.Panel()
        .reduce_options(reduced)
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .value_mode(common.BarGaugeValueMode.TEXT)
        .name_placement(common.BarGaugeNamePlacement.LEFT)
        .show_unfilled(True)
        .sizing(common.BarGaugeSizing.AUTO)
        .min_viz_height(20)
        .legend(shared.VizLegendOptions().show_legend(False).calcs([]).placement(common.LegendPlacement.BOTTOM))
    )
    config = configured(unit, empty, decimals, steps, None)
    config.min_val, config.max_val = least, most
    return dressed(panel, title, what, queries, config)


def heat(
    title: str, what: str, *queries: InfluxQuery, unit: str, empty: str, least: float = 0, most: float | None = None
) -> heatmap.Panel:
    """A row a series in the order that the query names them (from below), a column a step of time; more is darker.

    The series need the same times: several fields of one query have them, with `alias="$col"`.
    """
    colour = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(32).reverse(False)
    colour.min(least).exponent(0.5)
    if most is not None:
        colour.max(most)
    panel = (
        heatmap.Panel()
        .calculate(False)
        .color(colour)
        .cell_gap(1)
        .cell_values(heatmap.CellValues().unit(unit))
        .rows_frame(heatmap.RowsHeatmapOptions().layout(common.HeatmapCellLayout.AUTO))
        .filter_values(heatmap.FilterValueRange())
        .show_value(common.VisibilityMode.NEVER)
        .show_legend()
        .mode(common.TooltipDisplayMode.SINGLE)
    )
    return dressed(panel, title, what, queries, configured(unit, empty, None, PLAIN, None))


def text(title: str, what: str, markdown: str) -> texts.Panel:
    """Words in Markdown."""
    return texts.Panel().mode(TextMode.MARKDOWN).content(markdown).title(title).description(what)


def _of_column(column: Column) -> Overrides:
    """What a table says of one column."""
    told: list[tuple[str, object]] = [("displayName", column.header), ("unit", column.unit), ("noValue", NOTHING)]
    if column.decimals is not None:
        told.append(("decimals", column.decimals))
    if column.width:
        told.append(("custom.width", column.width))
    if column.words:
        cell = {"type": "color-text", "wrapText": column.unit == "string"}
        told += [("mappings", mappings(column.words)), ("custom.cellOptions", cell)]
    elif not column.hidden:
        told.append(("custom.cellOptions", {"type": "auto", "wrapText": column.unit == "string"}))
    if column.link:
        link = {"title": f"Open {column.header.lower()}", "url": column.link, "targetBlank": False}
        told.append(("links", [link]))
    if column.hidden:
        told += [("custom.hidden", True), ("custom.hideFrom", {"viz": True, "legend": False, "tooltip": False})]
    return [dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in told]
