"""Watch floor: who needs somebody now."""

from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Panel

from dashboards.board import AREA, HOME, Board, Row
from dashboards.looks import mappings, organized, transform
from dashboards.panels import (
    ALARM,
    ALERT_PAGE,
    CALM,
    HOME_PAGE,
    NOTICE,
    PRIORITIES,
    SIGHT,
    UNKNOWN,
    WARN,
    WELL,
    Column,
    Steps,
    series,
    stat,
    table,
)
from dashboards.queries import CHOSEN, RANGE, InfluxQuery, newest, total, within
from dashboards.words import ALERT_STATES, OFFLINE, RULES

_HOME = ("home", "area")
_ALERT = ("priority", "home", "rule", "subject")
_SILENT = "no home reports"
_CALLED = '"event" = \'accepted\' AND "priority" =~ /^[12]$/'
_RAISED = "\"event\" = 'raised'"
_FOUR_WEEKS = within("28d")
_WAITING: Steps = ((None, CALM), (60, WARN), (180, ALARM))
"""By how long somebody waits, against the bars of 60 s and 180 s."""


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-watch-floor",
        title="Watch floor",
        purpose="Who needs somebody now, and can we see everybody?",
        reader="those on duty, also from across the room",
        variables=(AREA, HOME),
        since="now/d",
        refresh="30s",
        rows=(
            Row("", 5, [*((4, _open(*one)) for one in _PRIORITIES), (4, _blind()), (4, _offline())]),
            Row("", 6, [(24, _tiles())]),
            Row("", 10, [(12, _homes()), (12, _alerts())]),
            Row("Today against the last four weeks", 6, _today()),
            Row("Homes that we cannot see", 9, [(24, _unseen())]),
        ),
    )


_PRIORITIES = (
    ("1", "at once", ALARM),
    ("2", "call", WARN),
    ("3", "tell by day", NOTICE),
    ("4", "digest", UNKNOWN),
)


def _open(priority: str, said: str, colour: str) -> stats.Panel:
    return stat(
        f"Priority {priority}: {said}",
        f"Open alerts of priority {priority} in the homes chosen. 0 is calm; without a number no home is reporting:"
        " then look at the board Gateway.",
        InfluxQuery(total("home_state", f"open_{priority}", _HOME, CHOSEN), alias="open"),
        unit="none",
        decimals=0,
        empty=_SILENT,
        steps=((None, CALM), (1, colour)),
        filled=True,
    )


def _blind() -> stats.Panel:
    inner = newest("home_state", ("blind", "sight"), _HOME, CHOSEN, having="\"sight\" = 'blind'")
    return stat(
        "Homes with blind rules",
        "Homes where some rule about the person cannot see: no alert of it will come. They are listed below; rules"
        " whose sensors were never there do not count.",
        InfluxQuery(f'SELECT count("blind") AS "homes" FROM ({inner})', alias="homes"),
        unit="none",
        decimals=0,
        empty="none",
        steps=((None, CALM), (1, WARN)),
        filled=True,
    )


def _offline() -> stats.Panel:
    return stat(
        "Homes offline",
        "Homes of which no hub is heard. They are listed below.",
        InfluxQuery(total("home_state", "offline", _HOME, CHOSEN), alias="homes"),
        unit="none",
        decimals=0,
        empty=_SILENT,
        steps=((None, CALM), (1, ALARM)),
        filled=True,
    )


def _tiles() -> stats.Panel:
    """The first twelve of those who wait for somebody, to be read from three metres."""
    panel = stat(
        "Who waits for somebody",
        "Open alerts that nobody has accepted, the most urgent first and of these the oldest: home, why, and for how"
        " long. Orange from 60 s, red from 180 s. A click opens the home's page. Empty: nobody waits.",
        InfluxQuery(newest("alert_open", ("calling", "age_s"), _ALERT, CHOSEN, having='"calling" = 1'), table=True),
        unit="s",
        decimals=0,
        empty="Nobody waits",
        steps=_WAITING,
        filled=True,
        each_row="age_s",
    )
    for field, greatest in (("age_s", True), ("priority", False)):
        panel.with_transformation(transform("sortBy", {"fields": {}, "sort": [{"field": field, "desc": greatest}]}))
    panel.with_transformation(organized(("home", "rule", "age_s"), ("Time", "priority", "subject", "calling")))
    link = {"title": "Open the home's page", "url": HOME_PAGE, "targetBlank": False}
    panel.override_by_name(
        "rule",
        [DynamicConfigValue(id_val="mappings", value=mappings(RULES)), DynamicConfigValue(id_val="noValue", value="")],
    )
    panel.override_by_name("age_s", [DynamicConfigValue(id_val="links", value=[link])])
    return panel


def _homes() -> tables.Panel:
    return table(
        "Homes that need somebody, the most urgent first",
        "Homes with an open alert or with rules that cannot see, sorted by urgency: what is the matter, since when, and"
        " whether the rules about the person can see. A click on a home opens its page. Empty: no home needs anybody.",
        InfluxQuery(
            newest(
                "home_state",
                ("attention", "what", "since_s", "sight", "alert"),
                _HOME,
                CHOSEN,
                having='"attention" > 0',
            ),
            table=True,
        ),
        columns=(
            Column("home", "Home", width=100, link=HOME_PAGE),
            Column("area", "Area", width=150),
            Column("what", "What", words=RULES),
            Column("since_s", "Since", unit="s", decimals=0, width=90),
            Column("sight", "Rules", width=100, words=SIGHT),
            Column("attention", "Urgency", unit="none", decimals=0, hidden=True),
            Column("alert", "Alert", unit="none", decimals=0, hidden=True),
        ),
        sort=("attention", True),
        then=("since_s", True),
        empty="No home needs anybody",
        tall=True,
    )


def _alerts() -> tables.Panel:
    return table(
        "Open alerts by priority, with age",
        "Every alert that is not closed, of the homes chosen: by priority, the oldest first, and whether somebody has"
        " accepted it. A click on why opens the alert. Empty: no alert is open.",
        InfluxQuery(
            newest("alert_open", ("alert", "state", "age_s"), _ALERT, CHOSEN),
            table=True,
        ),
        columns=(
            Column("priority", "Priority", width=125, words=PRIORITIES),
            Column("home", "Home", width=100, link=HOME_PAGE),
            Column("rule", "Why", link=ALERT_PAGE, words=RULES),
            Column("state", "Who", width=120, words=ALERT_STATES),
            Column("age_s", "Age", unit="s", decimals=0, width=90),
            Column("subject", "Subject", hidden=True),
            Column("alert", "Alert", unit="none", decimals=0, hidden=True),
        ),
        sort=("priority", False),
        then=("age_s", True),
        empty="No alert is open",
        tall=True,
    )


def _unseen() -> tables.Panel:
    return table(
        "Homes blind or offline",
        "Homes of which no hub is heard, or where some rule about the person cannot see; with what is most urgent"
        " there, and since when. Empty: every home can be seen.",
        InfluxQuery(
            newest(
                "home_state",
                ("offline", "sight", "what", "since_s"),
                _HOME,
                CHOSEN,
                having='"offline" > 0 OR "sight" = \'blind\'',
            ),
            table=True,
        ),
        columns=(
            Column("home", "Home", width=180, link=HOME_PAGE),
            Column("area", "Area", width=260),
            Column("offline", "Hub", width=160, words=OFFLINE),
            Column("sight", "Rules about the person", width=220, words=SIGHT),
            Column("what", "Most urgent there", words=RULES),
            Column("since_s", "Since", unit="s", decimals=0, width=180),
        ),
        sort=("offline", True),
        then=("since_s", True),
        empty="Every home can be seen",
        tall=True,
    )


def _today() -> list[tuple[int, Builder[Panel]]]:
    counted = f'SELECT count("alert") AS "alerts" FROM "alert" WHERE {CHOSEN} AND {_RAISED}'
    return [
        (
            6,
            stat(
                "Alerts raised",
                "Since midnight, in the last 24 hours, and in 24 hours in the mean of the last four weeks. Without a"
                " number none was raised in that time.",
                InfluxQuery(f"{counted} AND {RANGE}", alias="today"),
                InfluxQuery(f"{counted} AND {within('24h')}", alias="last 24 h"),
                InfluxQuery(
                    counted.replace('count("alert")', 'count("alert") / 28') + f" AND {_FOUR_WEEKS}",
                    alias="usual in 24 h",
                ),
                unit="none",
                decimals=0,
                empty="none",
            )
            .time_from("now/d")
            .hide_time_override(True),
        ),
        (
            8,
            series(
                "Alerts raised by the hour, last 24 hours",
                "By priority; the usual number of an hour is a 24th of that on the left. Empty: none was raised.",
                InfluxQuery(
                    f'SELECT count("alert") AS "alerts" FROM "alert" WHERE {CHOSEN} AND {_RAISED} AND {RANGE}'
                    ' GROUP BY time(1h), "priority" fill(0)',
                    alias="priority $tag_priority",
                ),
                unit="none",
                decimals=0,
                empty="No alert was raised in 24 hours",
                drawn=common.GraphDrawStyle.BARS,
                stacked=True,
            )
            .time_from("24h")
            .interval("1h"),
        ),
        (5, _accepted(60, 0.975, "97.5 %")),
        (5, _accepted(180, 0.99, "99 %")),
    ]


def _accepted(seconds: int, bar: float, said: str) -> stats.Panel:
    share = f'SELECT mean("within_{seconds}_s") AS "share" FROM "alert" WHERE {CHOSEN} AND {_CALLED}'
    return (
        stat(
            f"Accepted within {seconds} s (bar {said})",
            f"Of the calls of priority 1 and 2 that somebody accepted, the share within {seconds} s of calling, today"
            f" and in four weeks. The TEC quality standard asks for {said}: orange is below. Without a number none was"
            " accepted in that time; those that nobody accepted are on the board Response.",
            InfluxQuery(f"{share} AND {RANGE}", alias="today"),
            InfluxQuery(f"{share} AND {_FOUR_WEEKS}", alias="four weeks"),
            unit="percentunit",
            decimals=1,
            empty="none accepted",
            steps=((None, WARN), (bar, WELL)),
        )
        .time_from("now/d")
        .hide_time_override(True)
    )
