"""How soon alerts are answered, what they turned out to be, and which rules call too often.

Each duration is counted once, at the event where it is known for good: at `raised` how late the alert was, at
`accepted` how soon somebody came, at `closed` the rest. Alerts of the gateway itself (home `gateway`) are left out
everywhere: they concern no home. Sources of the bounds: the TEC quality standard (97.5 % within 60 s, 99 % within
180 s), and 0.16 false alerts per home and week in 22 homes over three months (gateway/alerts/outcomes.py).
"""

from collections.abc import Mapping

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries
from grafana_foundation_sdk.models.common import GraphDrawStyle, ScaleDistribution
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from dashboards import panels
from dashboards.board import AREA, HOME, Board, Row
from dashboards.panels import ALARM, ALERT_PAGE, HOME_PAGE, NOTICE, PLAIN, PRIORITIES, SECOND, WARN, WELL, Column, Steps
from dashboards.queries import CHOSEN, RANGE, InfluxQuery
from dashboards.words import RULES

CALLS = '"priority" =~ /^[12]$/'
"""Of alerts that call people at once: 3 waits for waking hours and 4 for the digest, which is no slowness."""
NOT_OURS = "\"home\" != 'gateway'"
RAISED, ACCEPTED, CLOSED = (f"\"event\" = '{event}'" for event in ("raised", "accepted", "closed"))
PERCENTILES = {"half": 50, "90 %": 90, "97.5 %": 97.5, "99 %": 99}
SOON: Steps = ((None, WELL), (60, WARN), (180, ALARM))
OUTCOMES = ("genuine", "false", "test", "no one reached", "other")
DEPTHS = {"nobody yet": "= 0", "the 1st": "= 1", "the 2nd": "= 2", "the 3rd": "= 3", "the 4th or more": ">= 4"}
"""`step` counts from 1 those who were called; 0 is before anybody was."""
_HOURS_OF_A_WEEK = 168
_CALLS = "Priorities 1 and 2 only, which call people at once. For team leads."
_WIDEN = "Empty when there was none in this time range: widen it."


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-response",
        title="Response",
        purpose="How soon alerts are answered, what they turned out to be, and which rules call too often.",
        reader="team leads and whoever reviews the service",
        rows=[
            Row("", 5, [(5, _share(60, 0.975)), (5, _share(180, 0.99)), (5, _closed()), (6, _false()), (3, _nobody())]),
            Row("From the event to the end", 6, [(8, one) for one in _durations()]),
            Row("Answers", 9, [(13, _answers()), (11, _by_priority())]),
            Row("What alerts turned out to be", 11, [(8, _outcomes()), (16, _outcomes_by_rule())]),
            Row("False alerts", 11, [(24, _false_by_rule())]),
            Row("Noisy rules, and how far calls had to go", 10, [(9, _by_home()), (8, _reviews()), (7, _depth())]),
        ],
        variables=[AREA, HOME],
        since="now-28d",
        refresh="5m",
    )


def _alerts(asked: str, *where: str, by: str = "") -> str:
    return f'SELECT {asked} FROM "alert" WHERE {" AND ".join((RANGE, CHOSEN, NOT_OURS, *where))}{by}'


# ------------------------------------------------------------------------------------------------ how soon


def _share(bound_s: int, wanted: float) -> stat.Panel:
    return panels.stat(
        f"Accepted within {bound_s} s",
        f"Of the alerts that somebody accepted, the share accepted within {bound_s} s of calling; the TEC quality"
        f" standard asks for {wanted:.1%}. Those that nobody accepted are not in it: see “Closed”. {_CALLS} {_WIDEN}",
        InfluxQuery(_alerts(f'MEAN("within_{bound_s}_s") AS "share"', CALLS, ACCEPTED)),
        unit="percentunit",
        decimals=1,
        steps=((None, ALARM), (wanted - 0.05, WARN), (wanted, WELL)),
        empty="none was accepted",
    )


def _closed() -> stat.Panel:
    return panels.stat(
        "Closed",
        "Alerts that were closed, and how many of them somebody had accepted before. The others ended by themselves, or"
        f" somebody closed them without accepting. Read the shares at the left with it. {_CALLS} {_WIDEN}",
        InfluxQuery(
            _alerts(
                'COUNT("closed_after_s") AS "closed", COUNT("accepted_to_closed_s") AS "after somebody accepted"',
                CALLS,
                CLOSED,
            ),
            alias="$col",
        ),
        unit="none",
        empty="none was closed",
    )


def _nobody() -> stat.Panel:
    return panels.stat(
        "Reached nobody",
        "How often a whole round of calls reached nobody: no message could be delivered to anybody of the list. For"
        " team leads: look at the contacts of such a home each time. “never” stands here when it did not happen.",
        InfluxQuery(_alerts('COUNT("alert") AS "times"', "\"event\" = 'reaches nobody'")),
        unit="none",
        steps=((None, ALARM),),
        empty="never",
    )


def _durations() -> list[bargauge.Panel]:
    return [
        _percentiles("Event to raised", "raised_after_s", RAISED, "From when it became true until it was raised."
                     " Minutes here come from messages that were late, or from time in which the gateway was away."),
        _percentiles("Raised to notified", "notified_after_s", CLOSED, "From when calling began until the first message"
                     " had gone out, known when it is closed. Of one that called again, the last time counts."),
        _percentiles("Notified to accepted", "notified_to_accepted_s", ACCEPTED, "From the first message until somebody"
                     " accepted."),
        _percentiles("Called to accepted", "accepted_after_s", ACCEPTED, "From when calling began until somebody"
                     " accepted: what the standard of 60 s and 180 s is about."),
        _percentiles("Raised to closed", "closed_after_s", CLOSED, "From when it was raised until then.", PLAIN),
        _percentiles("Accepted to closed", "accepted_to_closed_s", CLOSED, "From when somebody accepted until it was"
                     " closed: the help, and the note about it.", PLAIN),
    ]  # fmt: skip


def _percentiles(title: str, field: str, event: str, what: str, steps: Steps = SOON) -> bargauge.Panel:
    asked = ", ".join(f'PERCENTILE("{field}", {at}) AS "{name}"' for name, at in PERCENTILES.items())
    return panels.bars(
        title,
        f"{what} Half of the alerts took no longer than the first bar, 99 % no longer than the last. {_CALLS} {_WIDEN}",
        InfluxQuery(_alerts(asked, CALLS, event), alias="$col"),
        unit="s",
        decimals=1,
        steps=steps,
        empty="no such alert in this time range",
    )


def _answers() -> timeseries.Panel:
    panel = panels.series(
        "Called to accepted, alert by alert",
        "Each dot is an alert that somebody accepted: when, and how long after calling began. Dashed lines are at 60 s"
        f" and 180 s; each line of the scale is ten times the one below. At what hours is help late? {_CALLS} {_WIDEN}",
        InfluxQuery(
            _alerts('"accepted_after_s"', CALLS, ACCEPTED, by=' GROUP BY "priority"'), alias="priority $tag_priority"
        ),
        unit="s",
        empty="none was accepted in this time range",
        least=1,
        steps=((None, "transparent"), (60, WARN), (180, ALARM)),
        drawn=GraphDrawStyle.POINTS,
    )
    return panel.point_size(8).scale_distribution(common.ScaleDistributionConfig().type(ScaleDistribution.LOG).log(10))


def _by_priority() -> table.Panel:
    asked = (
        'COUNT("within_60_s") AS "accepted", MEAN("within_60_s") AS "soon", MEAN("within_180_s") AS "later",'
        ' PERCENTILE("accepted_after_s", 50) AS "half", PERCENTILE("accepted_after_s", 97.5) AS "most"'
    )
    return panels.table(
        "Accepted, by priority",
        "How soon somebody accepted, of every priority. 3 waits for waking hours and 4 for the digest, so theirs are no"
        f" measure of the service. For team leads. {_WIDEN}",
        InfluxQuery(_alerts(asked, ACCEPTED, by=' GROUP BY "priority"'), table=True),
        columns=[
            Column("priority", "Priority", words=PRIORITIES),
            Column("accepted", "Accepted", "none", 95),
            Column("soon", "In 60 s", "percentunit", 90, decimals=1),
            Column("later", "In 180 s", "percentunit", 90, decimals=1),
            Column("half", "Half in", "s", 100, decimals=1),
            Column("most", "97.5 % in", "s", 105, decimals=1),
        ],
        sort=("priority", False),
        empty="none was accepted in this time range",
    )


# ------------------------------------------------------------------------------------------------ outcomes


def _of_outcome(outcome: str, *, by: str = "", table: bool = False) -> InfluxQuery:
    asked = f'COUNT("is_false") AS "{outcome}"'
    return InfluxQuery(_alerts(asked, CLOSED, f"\"outcome\" = '{outcome}'", by=by), table=table, alias=outcome)


def _outcomes() -> bargauge.Panel:
    return panels.bars(
        "Outcomes",
        "What people said of the alerts that were closed, of every priority. One that ended by itself is “other”. For"
        f" team leads. An outcome that no alert had has no bar. {_WIDEN}",
        *map(_of_outcome, OUTCOMES),
        unit="none",
        empty="none was closed in this time range",
    )


def _outcomes_by_rule() -> table.Panel:
    by = ' GROUP BY "rule"'
    return panels.table(
        "Outcomes by rule",
        "What people said of the alerts that were closed, by rule, of every priority. For team leads and for whoever"
        f" sets the rules: one with many false alerts is to be set otherwise. {_WIDEN}",
        InfluxQuery(_alerts('COUNT("is_false") AS "closed"', CLOSED, by=by), table=True),
        *(_of_outcome(one, by=by, table=True) for one in OUTCOMES),
        columns=[
            Column("rule", "Rule", words=RULES),
            Column("closed", "Closed", "none", 85),
            *(Column(one, one.capitalize(), "none", 145 if " " in one else 90) for one in OUTCOMES),
        ],
        sort=("closed", True),
        empty="none was closed in this time range",
    )


# ------------------------------------------------------------------------------------------------ false alerts


def _home_weeks() -> InfluxQuery:
    """For how many home-weeks homes were watched in the range, by the hours in which each said how it is.

    Right also where homes came later, the gateway was away, or the range reaches beyond now; an hour that has begun
    counts. No time filter around it: the first hour begins before the range, and InfluxDB 1 would then find nothing.
    """
    hours = (
        f'SELECT COUNT("attention") AS "said" FROM "home_state" WHERE {RANGE} AND {CHOSEN}'
        ' GROUP BY time(1h), "home" fill(none)'
    )
    return InfluxQuery(f'SELECT COUNT("said") / {_HOURS_OF_A_WEEK} AS "home_weeks" FROM ({hours})', table=True)


def _counted(by: str = "") -> InfluxQuery:
    """Alerts raised, closed, and false, with the same `Time` as `_home_weeks`, by which the two are joined."""
    inner = 'COUNT("raised_after_s") AS "raised", COUNT("closed_after_s") AS "closed", SUM("is_false") AS "false"'
    outer = ", ".join(f'SUM("{name}") AS "{name}"' for name in ("raised", "closed", "false"))
    return InfluxQuery(f"SELECT {outer} FROM ({_alerts(inner, by=by)}){by}", table=True)


def _per_home_week(fields: Mapping[str, str]) -> list[DataTransformerConfig]:
    """Give every row the home-weeks, and divide `fields` by them under a new name each."""
    made: list[tuple[str, Mapping[str, object]]] = [("joinByField", {"byField": "Time", "mode": "inner"})]
    for field, named in fields.items():
        divided = {"left": field, "operator": "/", "right": "home_weeks"}
        made.append(("calculateField", {"mode": "binary", "alias": named, "binary": divided, "replaceFields": False}))
    return [DataTransformerConfig(id_val=name, options=options) for name, options in made]


def _false() -> stat.Panel:
    panel = panels.stat(
        "False alerts per home and week",
        "Alerts closed as false, of every rule, for each home and week in which it was watched. Published trials: 0.16"
        f" (22 homes, three months). For team leads: with more of them, people cease to listen. {_WIDEN}",
        _counted(),
        _home_weeks(),
        unit="none",
        decimals=2,
        steps=((None, WELL), (0.16, NOTICE), (0.5, WARN)),
        empty="no alerts",
    )
    for one in _per_home_week({"false": "false_rate"}):
        panel.with_transformation(one)
    return panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^false_rate$/"))


def _false_by_rule() -> table.Panel:
    panel = panels.table(
        "False alerts per home and week, by rule",
        "By rule: alerts raised and closed, how many were false, and how many that is for each home and week in which"
        " it was watched (counted by the hour, of the homes chosen above). In published trials: 0.16, of all rules."
        f" For whoever sets the rules. {_WIDEN}",
        _counted(' GROUP BY "rule"'),
        _home_weeks(),
        columns=[
            Column("rule", "Rule", words=RULES),
            Column("false_rate", "False per home and week", "none", 215, decimals=3),
            Column("raised_rate", "Raised per home and week", "none", 215, decimals=3),
            Column("false", "False", "none", 100),
            Column("closed", "Closed", "none", 100),
            Column("raised", "Raised", "none", 100),
            Column("home_weeks", "Weeks of all homes", "none", 170, decimals=1),
        ],
        sort=("false_rate", True),
        empty="no alerts in this time range",
    )
    made = panel.build()
    own = [one for one in made.transformations or [] if one.id_val not in {"merge", "filterFieldsByName"}]
    made.transformations = [*_per_home_week({"false": "false_rate", "raised": "raised_rate"}), *own]
    return panel


# ------------------------------------------------------------------------------------------------ noisy rules


def _by_home() -> table.Panel:
    asked = 'COUNT("raised_after_s") AS "raised", SUM("is_false") AS "false"'
    by = ' GROUP BY "home", "rule"'
    return panels.table(
        "Rules that call most, by home",
        "Which rule of which home was raised most often in this time range, and how many were closed as false."
        f" For whoever sets the rules: begin at the top. {_WIDEN}",
        InfluxQuery(f'SELECT "raised", "false" FROM ({_alerts(asked, by=by)}) WHERE "raised" > 0{by}', table=True),
        columns=[
            Column("home", "Home", width=95, link=HOME_PAGE),
            Column("rule", "Rule", words=RULES),
            Column("raised", "Raised", "none", 85),
            Column("false", "False", "none", 80),
        ],
        sort=("raised", True),
        empty="no alerts in this time range",
    )


def _reviews() -> table.Panel:
    return panels.table(
        "Noisy rules to review",
        "Tasks that Keepwell opened because a rule of a home called, or was false, more than three times in seven days."
        " For whoever sets the rules; the number opens the task. Empty when no rule was noisy in this time range.",
        InfluxQuery(
            _alerts('"alert"', "\"rule\" = 'noisy_rule'", RAISED, by=' GROUP BY "home", "subject"'), table=True
        ),
        columns=[
            Column("Time", "Opened", "time:D MMM HH:mm", 125),
            Column("home", "Home", width=95, link=HOME_PAGE),
            Column("subject", "Rule", words=RULES),
            Column("alert", "Task", "none", 75, link=ALERT_PAGE, decimals=0),
        ],
        sort=("Time", True),
        empty="no rule was noisy",
    )


def _depth() -> bargauge.Panel:
    return panels.bars(
        "How far down the list calling had come",
        "How many steps of the list of contacts had been called when somebody accepted. Most should be at the 1st; with"
        f" many far down, the first of the list cannot come. A step at which nobody did has no bar. {_CALLS} {_WIDEN}",
        *(
            InfluxQuery(_alerts('COUNT("within_60_s") AS "alerts"', CALLS, ACCEPTED, f'"step" {which}'), alias=name)
            for name, which in DEPTHS.items()
        ),
        unit="none",
        steps=((None, SECOND),),
        empty="none was accepted in this time range",
    )
