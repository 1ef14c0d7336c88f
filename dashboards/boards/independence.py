"""How people live day by day, how that changes over weeks, and the few homes whose needs are growing.

Times of day are kept as minutes after the midnight of their day, past 24:00 for what was after the next. Here they are
seconds in the unit `dthms`, which writes 07:35:00 and 24:30:00 whatever zone the reader's clock is in; `time:HH:mm`
would shift them to the zone of the browser. An axis marked so has odd steps (05:33:20), hence squares and tables.

What is said of an area is said of five homes or more that have the measure, by the query itself, and always of all its
homes, whatever homes are chosen: else choosing one home less would tell that home's own figures.
"""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import stat, statushistory, table
from grafana_foundation_sdk.models.dashboard import FieldColorModeId

from dashboards import panels
from dashboards.board import AREA, HOME, Board, Row
from dashboards.panels import ALARM, HOME_PAGE, NOTICE, UNKNOWN, WARN, WELL, Column, Steps, Words
from dashboards.queries import AREAS, CHOSEN, RANGE, InfluxQuery, newest

LEAST_HOMES = 5
"""Of fewer homes no average is told: it would say much of one of them. Our choice, as in published statistics."""
CLOCK, SHARE, MINUTES = "dthms", "percentunit", "suffix:min"
LATELY = "3d"
"""`change` is told every morning; of a home that says nothing for that long it is no news."""
TIMES: Words = {
    "up_at": ("Up at", panels.CALM),
    "bed_at": ("To bed at", panels.CALM),
    "kettle_at": ("Kettle at", panels.CALM),
}
COUNTS: Words = {
    "nights_up": ("Times up at night", panels.CALM),
    "night_bathroom": ("Bathroom visits at night", panels.CALM),
    "visits_kitchen": ("Kitchen visits a day", panels.CALM),
    "visits_bathroom": ("Bathroom visits a day", panels.CALM),
    "out_min": ("Time out, min a day", panels.CALM),
    "warm_hours": ("Warm hours of 24", panels.CALM),
    "temperature": ("Temperature, °C", panels.CALM),
}
NEEDS: Words = {"1": ("needs more help", ALARM), "0": ("no", UNKNOWN)}
SEEN: Steps = ((None, UNKNOWN), (0.5, NOTICE), (0.8, WELL))
_PUNCTUAL: Steps = ((None, ALARM), (0.8, WARN), (0.95, WELL))
_MANAGERS = "For care managers."
_AFTER = "24:30:00 is half past midnight."
_WIDEN = "Empty when no day was told in this time range: a day is told at 05:00 when it is over."


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-independence",
        title="Independence",
        purpose="How people live day by day, how that changes, and the few homes whose needs are growing.",
        reader="care managers, before a review or a visit",
        rows=[
            Row("", 4, [(8, _found()), (5, _seen()), (6, _in_time()), (5, _missed())]),
            Row("Whose needs are growing", 10, [(14, _growing()), (10, _growing_areas())]),
            Row("Change over 28 days", 9, [(24, _changed_times()), (24, _changed_counts())]),
            Row("How each home lives", 12, [(24, _homes())]),
            Row("Day by day", 11, [(12, one) for one in _days()]),
            Row("How areas live", 9, [(24, _areas())]),
            Row("Every day in a table", 14, [(24, _every_day())], folded=True),
        ],
        variables=[AREA, HOME],
        since="now-28d",
        refresh="15m",
    )


def _daily(asked: str, *where: str, by: str = "") -> str:
    return f'SELECT {asked} FROM "daily" WHERE {" AND ".join((RANGE, CHOSEN, *where))}{by}'


# ------------------------------------------------------------------------------------------------ the few


def _found() -> stat.Panel:
    each = newest("change", ["needs"], ["home", "measure"], CHOSEN, span=LATELY)
    homes = f'SELECT MAX("needs") AS "grows" FROM ({each}) GROUP BY "home"'
    return panels.stat(
        "Growing needs",
        "How many homes changed towards needing more help over four weeks, and how many could be compared, having been"
        f" seen on 18 days or more of these weeks and of the four before. {_MANAGERS} Empty until a home was.",
        InfluxQuery(f'SELECT SUM("grows") AS "growing", COUNT("grows") AS "compared" FROM ({homes})', alias="$col"),
        unit="none",
        empty="not eight weeks yet",
    )


def _seen() -> stat.Panel:
    return panels.stat(
        "Coverage",
        "The share of the days in which movement could be seen, on average of the homes chosen. With little of it, low"
        f" counts say little of how people live. {_MANAGERS} {_WIDEN}",
        InfluxQuery(_daily('MEAN("coverage") AS "coverage"')),
        unit=SHARE,
        decimals=0,
        steps=SEEN,
        empty="no day yet",
    )


def _in_time() -> stat.Panel:
    return panels.stat(
        "Visits of carers in their time",
        "Of the planned visits of carers, the share that began in their time. The others were early, late or missed."
        f" {_MANAGERS} Empty when no visit was planned in this time range: plans stand on the page of the home.",
        InfluxQuery(_daily('SUM("carers_on_time") / SUM("carers_planned") AS "share"')),
        unit=SHARE,
        decimals=0,
        steps=_PUNCTUAL,
        empty="no visits planned",
    )


def _missed() -> stat.Panel:
    return panels.stat(
        "Visits missed",
        "Planned visits of carers that nobody was seen to make. A visit without a trace at a sensor counts as missed."
        f" {_MANAGERS} Empty when no visit was planned in this time range.",
        InfluxQuery(_daily('SUM("carers_missed") AS "missed"')),
        unit="none",
        steps=((None, WELL), (1, WARN)),
        empty="no visits planned",
    )


def _growing() -> table.Panel:
    each = newest("change", ["needs", "chance", "days_now"], ["home", "area", "measure"], CHOSEN, span=LATELY)
    return panels.table(
        "Homes whose needs are growing",
        "Homes with measures that changed towards needing more help over four weeks, by more than one would overlook"
        " and hardly by chance (shown for the clearest of them), and on how many of the 28 days enough was seen. A"
        " reason to ask how they are, not a finding."
        f" {_MANAGERS} The reference opens the home. Empty when no home changed so, or none was seen for eight weeks.",
        InfluxQuery(
            'SELECT COUNT("needs") AS "growing", MIN("chance") AS "chance", MIN("days_now") AS "days"'
            f' FROM ({each}) WHERE "needs" = 1 GROUP BY "home", "area"',
            table=True,
        ),
        columns=[
            Column("home", "Home", width=110, link=HOME_PAGE),
            Column("area", "Area"),
            Column("growing", "Measures that changed", "none", 180),
            Column("chance", "By chance", SHARE, 110, decimals=2),
            Column("days", "Days seen of 28", "none", 145, decimals=0),
        ],
        sort=("growing", True),
        then=("chance", False),
        empty="no home whose needs are growing",
    )


def _of_area(per_home: str, asked: str, kept: str) -> InfluxQuery:
    """`asked` of what each home says as "own", for areas with enough homes that say it."""
    areas = f'SELECT COUNT("own") AS "homes", {asked} FROM ({per_home}) GROUP BY "area"'
    return InfluxQuery(f'SELECT {kept} FROM ({areas}) WHERE "homes" >= {LEAST_HOMES} GROUP BY "area"', table=True)


def _growing_areas() -> table.Panel:
    each = newest("change", ["needs"], ["area", "home", "measure"], AREAS, "\"area\" != ''", span=LATELY)
    homes = f'SELECT MAX("needs") AS "own" FROM ({each}) GROUP BY "area", "home"'
    return panels.table(
        "By area",
        "How many homes of each area could be compared, and in how many of them needs are growing; always of all homes"
        f" of the area, also when some are chosen above. Areas with fewer than {LEAST_HOMES} such homes are left out:"
        f" their figures would tell of single homes. {_MANAGERS} Empty when no area has so many homes seen for eight"
        " weeks.",
        _of_area(homes, 'SUM("own") AS "growing", MEAN("own") AS "share"', '"homes", "growing", "share"'),
        columns=[
            Column("area", "Area"),
            Column("homes", "Compared", "none", 100),
            Column("growing", "Growing", "none", 90),
            Column("share", "Share", SHARE, 85, decimals=0),
        ],
        sort=("share", True),
        empty=f"no area with {LEAST_HOMES} homes compared",
    )


# ------------------------------------------------------------------------------------------------ change


def _changed(title: str, measures: Words, unit: str, factor: int, difference: str) -> table.Panel:
    which = f'"measure" =~ /^({"|".join(measures)})$/'
    fields = ["needs", "now", "was", "days_now", "days_was", "chance"]
    latest = newest("change", fields, ["home", "measure"], CHOSEN, which, span=LATELY)
    asked = (
        f'"now" * {factor} AS "now", "was" * {factor} AS "was", "now" - "was" AS "by", "chance", "needs", "days_now",'
        ' "days_was"'
    )
    note = f" {_AFTER}" if factor > 1 else ""
    return panels.table(
        title,
        "The medians of the last 28 days and of the 28 before, of how many days each, and how probable such a change"
        f" is by chance alone. Growing needs first, then the least probable.{note} {_MANAGERS}"
        " Empty until 18 days of both were seen.",
        InfluxQuery(f'SELECT {asked} FROM ({latest}) GROUP BY "home", "measure"', table=True),
        columns=[
            Column("home", "Home", width=90, link=HOME_PAGE),
            Column("measure", "Measure", words=measures),
            Column("was", "Was", unit, 110, decimals=1 if factor == 1 else None),
            Column("now", "Now", unit, 110, decimals=1 if factor == 1 else None),
            Column("by", "By", difference, 110, decimals=0 if factor > 1 else 1),
            Column("needs", "Growing needs", "none", 150, words=NEEDS),
            Column("chance", "By chance", SHARE, 110, decimals=2),
            Column("days_was", "Days of 28 then", "none", 150),
            Column("days_now", "Days of 28 now", "none", 150),
        ],
        sort=("needs", True),
        then=("chance", False),
        empty="not eight weeks yet",
    )


def _changed_times() -> table.Panel:
    return _changed("Times of day, against the four weeks before", TIMES, CLOCK, 60, MINUTES)


def _changed_counts() -> table.Panel:
    return _changed("Counts and hours, against the four weeks before", COUNTS, "none", 1, "none")


# ------------------------------------------------------------------------------------------------ days

MEASURES: Sequence[tuple[str, str, str, str, int, int | None]] = (
    ("up", "Up at", 'MEDIAN("up_at") * 60', CLOCK, 90, None),
    ("bed", "To bed at", 'MEDIAN("bed_at") * 60', CLOCK, 100, None),
    ("nights", "Times up a night", 'MEAN("nights_up")', "none", 145, 1),
    ("out", "Time out", 'MEDIAN("out_min")', MINUTES, 95, 0),
    ("kitchen", "Kitchen visits", 'MEDIAN("visits_kitchen")', "none", 125, 1),
    ("warm", "Warm hours", 'MEDIAN("warm_hours")', "suffix:h", 110, 0),
    ("in_time", "Visits in time", 'SUM("carers_on_time") / SUM("carers_planned")', SHARE, 120, 0),
    ("coverage", "Coverage", 'MEAN("coverage")', SHARE, 95, 0),
)
"""Column, header, how many days are made one, unit, width, decimals."""


def _homes() -> table.Panel:
    asked = ", ".join(f'{how} AS "{name}"' for name, _, how, *_ in MEASURES)
    return panels.table(
        "Each home in this time range",
        "The middle of the days of each home (of times up a night and coverage, the mean) and of how many days it is."
        " Coverage is the share of the time in which movement could be seen. Warm hours have 18 °C and above."
        f" {_AFTER} {_MANAGERS} A dash: not known, such as kitchen visits without a sensor there. {_WIDEN}",
        InfluxQuery(_daily(f'{asked}, COUNT("coverage") AS "days"', by=' GROUP BY "home", "area"'), table=True),
        columns=[
            Column("home", "Home", width=110, link=HOME_PAGE),
            Column("area", "Area"),
            *(
                Column(name, header, unit, width, decimals=decimals)
                for name, header, _, unit, width, decimals in MEASURES
            ),
            Column("days", "Days", "none", 75),
        ],
        sort=("home", False),
        empty="no day yet in this time range",
    )


def _days() -> list[statushistory.Panel]:
    return [
        _by_day("Up at", '"up_at" * 60', CLOCK, f"The first sign of being up; darker is later. {_AFTER}"),
        _by_day("To bed at", '"bed_at" * 60', CLOCK, f"The end of the evening; darker is later. {_AFTER}"),
        _by_day("Times up at night", '"nights_up"', "none", "Times up between 23:00 and 05:00, half an hour apart.",
                ((None, WELL), (2, NOTICE), (4, WARN))),
        _by_day("Time out", '"out_min"', MINUTES, "Minutes out of the home; darker is more."),
        _by_day("Kitchen visits", '"visits_kitchen"', "none", "Visits to the kitchen; darker is more."),
        _by_day("Warm hours", '"warm_hours"', "suffix:h", "Of 24 hours, those with a mean of 18 °C and above.",
                ((None, ALARM), (6, WARN), (12, NOTICE), (18, WELL))),
        _by_day("Visits of carers", '"carers_on_time" / "carers_planned"', SHARE,
                "Of the visits of carers planned that day, the share that began in their time; homes with plans.",
                _PUNCTUAL, '"carers_planned" > 0'),
        _by_day("Coverage, day by day", '"coverage"', SHARE, "The share of the day in which movement could be seen:"
                " look here when another square is odd, or not there.", SEEN),
    ]  # fmt: skip


def _by_day(title: str, asked: str, unit: str, what: str, steps: Steps = (), *where: str) -> statushistory.Panel:
    panel = panels.status(
        title,
        f"{what} A line a home, a square a day, from 05:00 to 05:00 of the home's clock. {_MANAGERS} No square: the day"
        f" could not be seen enough, or no sensor tells. {_WIDEN}",
        InfluxQuery(_daily(f'{asked} AS "day"', *where, by=' GROUP BY "home"'), alias="$tag_home"),
        unit=unit,
        decimals=0,
        steps=steps or panels.PLAIN,
        empty="no visits planned" if where else "no day yet",
    )
    if not steps:
        panel.color_scheme(builders.FieldColor().mode(FieldColorModeId.CONTINUOUS_BLUES))
    return panel


def _areas() -> table.Panel:
    per_home = f'FROM "daily" WHERE {RANGE} AND {AREAS} AND "area" != \'\' GROUP BY "area", "home"'
    return panels.table(
        "Each area in this time range",
        "The mean of the homes of an area, always of all of them, also when some are chosen above. A figure of fewer"
        f" than {LEAST_HOMES} homes is left out, as it would tell of single homes. {_AFTER} {_MANAGERS} Empty when no"
        f" area has {LEAST_HOMES} homes with days in this time range.",
        _of_area(f'SELECT MEAN("coverage") AS "own" {per_home}', 'MEAN("own") AS "mean"', '"homes"'),
        *(
            _of_area(f'SELECT {how} AS "own" {per_home}', 'MEAN("own") AS "mean"', f'"mean" AS "{name}"')
            for name, _, how, *_ in MEASURES
        ),
        columns=[
            Column("area", "Area"),
            Column("homes", "Homes", "none", 85),
            *(
                Column(name, header, unit, width, decimals=decimals)
                for name, header, _, unit, width, decimals in MEASURES
            ),
        ],
        sort=("area", False),
        empty=f"no area with {LEAST_HOMES} homes",
    )


def _every_day() -> table.Panel:
    asked = (
        '"up_at" * 60 AS "up", "bed_at" * 60 AS "bed", "nights_up" AS "nights", "out_min" AS "out",'
        ' "visits_kitchen" AS "kitchen", "warm_hours" AS "warm", "carers_on_time" / "carers_planned" AS "in_time",'
        ' "coverage", "left_out"'
    )
    return panels.table(
        "Every day of each home",
        "Each day as it was told, the latest first, and why the routine does not learn from it, where it does not."
        f" {_AFTER} {_MANAGERS} A dash: not known. {_WIDEN}",
        InfluxQuery(_daily(asked, by=' GROUP BY "home"'), table=True),
        columns=[
            Column("Time", "Day", "time:ddd D MMM", 120),
            Column("home", "Home", width=110, link=HOME_PAGE),
            *(
                Column(name, header, unit, width, decimals=decimals)
                for name, header, _, unit, width, decimals in MEASURES
            ),
            Column("left_out", "Left out of the routine"),
        ],
        sort=("Time", True),
        empty="no day yet in this time range",
    )
