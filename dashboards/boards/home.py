"""The board of one home: what was seen there, what is usual, and what can be relied on."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Panel

from dashboards import panels
from dashboards.board import AREA, ONE_HOME, Board, Marks, Row
from dashboards.boards.devices import CONDITION, CONDITION_COLUMNS, STATED
from dashboards.panels import ALARM, ALERT_PAGE, CALM, HOME_PAGE, SECOND, SIGHT, UNKNOWN, WARN, WELL, Column, Words
from dashboards.queries import HOMES, RANGE, InfluxQuery, newest, within
from dashboards.words import ALERT_STATES, OFFLINE, RULES
from gateway.recorder.schema import HOURS

FOUR_WEEKS = "29d"
"""28 whole days: the day that is not over yet has no figures."""
_STEP = "5m"
_HELD_MS = 10 * 86_400_000
"""A state holds until the next is said; only what a query leaves empty is a gap."""
_DASH = [DynamicConfigValue(id_val="noValue", value=panels.NOTHING)]
_FIRST_HOUR = 5
_FROM_BELOW = [*reversed(HOURS[:_FIRST_HOUR]), *reversed(HOURS[_FIRST_HOUR:])]
"""Hours as a day runs, from 05:00 on top to 04:00 at the bottom."""
_HUB_SAID = 'SELECT max("offline") + 4 AS "hub" FROM "home_state"'
_HUB: Words = {"4": ("hub online", WELL), "5": ("hub offline", ALARM)}
_COMFORT: panels.Steps = ((None, CALM), (16, "transparent"), (18, SECOND), (24, "transparent"), (28, ALARM))


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-home",
        title="Home",
        purpose=(
            "What was seen in one home in the last 24 hours and four weeks, and what its rules and devices can see."
        ),
        reader="whoever answers an alert of this home or prepares a call",
        variables=[AREA, ONE_HOME],
        annotations=[_alerts()],
        since="now-24h",
        refresh="1m",
        rows=[
            Row("", 5, [(10, _now()), (14, _open_alerts())]),
            Row("The last 24 hours", 10, [(24, _rooms())]),
            Row("", 7, [(12, _doors()), (12, _pads())]),
            Row("", 9, [(14, _temperature()), (10, _door_events())]),
            Row("Four weeks", 20, [(14, _activity()), (5, _usual()), (5, _latest_day())]),
            Row("", 8, [(24, _nights())]),
            Row("What can be relied on", 15, [(15, _rules()), (9, _rules_now())]),
            Row("", 12, [(24, _devices())]),
        ],
    )


def _alerts() -> Marks:
    query = f"""SELECT "alert", "rule", "priority" FROM "alert" WHERE {HOMES} AND "event" = 'raised' AND {RANGE}"""
    return Marks("Alerts raised", query, WARN, words="rule", tags="priority")


def _now() -> Builder[Panel]:
    return panels.table(
        "The home now",
        "For whoever opens this board: what the rules about the person can see, what needs somebody most and since"
        " when. The reference opens the page of the home. Empty: the gateway has said nothing of this home for two"
        " minutes, or there is no consent to data.",
        InfluxQuery(
            newest("home_state", ["attention", "sight", "offline", "what", "since_s"], ["home"], HOMES), table=True
        ),
        columns=[
            Column("home", "Home", width=95, link=HOME_PAGE),
            Column("sight", "Rules", width=100, words=SIGHT),
            Column("offline", "Hub", width=80, unit="none", words=OFFLINE),
            Column("what", "What", words=RULES),
            Column("since_s", "Since", unit="s", width=95, decimals=1),
            Column("attention", "Attention", unit="none", hidden=True),
        ],
        empty="Nothing is said of this home: choose one, or see whether the gateway runs",
    )


def _open_alerts() -> Builder[Panel]:
    fields = ["open", "alert", "state", "age_s", "occurrences"]
    return panels.table(
        "Open alerts",
        "For whoever answers: the alerts of this home that nobody has closed, the most urgent first. The number"
        " opens the page of the alert. Empty: none is open.",
        InfluxQuery(newest("alert_open", fields, ["priority", "rule", "subject"], HOMES), table=True),
        columns=[
            Column("priority", "Priority", width=125, words=panels.PRIORITIES),
            Column("rule", "Rule", words=RULES),
            Column("subject", "Of"),
            Column("state", "State", width=120, words=ALERT_STATES),
            Column("age_s", "Age", unit="s", width=95, decimals=1),
            Column("occurrences", "Times", unit="none", width=75, decimals=0),
            Column("alert", "Alert", unit="none", width=75, decimals=0, link=ALERT_PAGE),
            Column("open", "Open", unit="none", hidden=True),
        ],
        sort=("priority", False),
        empty="No alert of this home is open",
    )


def _rooms() -> Builder[Panel]:
    return panels.timeline(
        "Movement by room",
        "For whoever asks where somebody was: a room is marked in each five minutes with movement, and for as long"
        " as a presence sensor sees somebody. A hub that was restarted may re-send a movement that did not happen"
        " then. Rooms without a row had none; when only the hub's row is there, no sensor of movement spoke at all."
        " No row: the gateway said nothing of this home.",
        InfluxQuery(
            _steps('SELECT max("value") AS "movement" FROM "motion"', '"value" > 0', by='"room"'), alias="$tag_room"
        ),
        InfluxQuery(
            f'SELECT "value" + 2 AS "presence" FROM "presence" WHERE {HOMES} AND {RANGE} GROUP BY "room", "device"',
            alias="$tag_room presence",
        ),
        InfluxQuery(_steps(_HUB_SAID), alias="hub"),
        words={"1": ("movement", CALM), "2": ("nobody", UNKNOWN), "3": ("somebody", SECOND), **_HUB},
        empty="Nothing was heard of this home in this time",
        joined_ms=_HELD_MS,
        shown=False,
    ).interval(_STEP)


def _doors() -> Builder[Panel]:
    return panels.timeline(
        "Doors",
        "For whoever asks whether somebody left: each door, cupboard and fridge with a contact, open or shut, from"
        " the first time that it spoke. When only the hub's row is there, no contact spoke in this time.",
        InfluxQuery(_spoken("contact"), alias="$tag_role $tag_room"),
        InfluxQuery(_steps(_HUB_SAID), alias="hub"),
        words={"1": ("open", WARN), "0": ("shut", UNKNOWN), **_HUB},
        empty="No contact spoke in this time",
        joined_ms=_HELD_MS,
    ).interval(_STEP)


def _pads() -> Builder[Panel]:
    return panels.timeline(
        "Bed and chair",
        "For whoever asks about the night: bed and chair with a pad, occupied or empty, from the first time that it"
        " spoke. When only the hub's row is there, the home has no pad, or none spoke in this time.",
        InfluxQuery(_spoken("bed"), alias="bed $tag_room"),
        InfluxQuery(_spoken("chair"), alias="chair $tag_room"),
        InfluxQuery(_steps(_HUB_SAID), alias="hub"),
        words={"1": ("occupied", CALM), "0": ("empty", UNKNOWN), **_HUB},
        empty="No pad of bed or chair spoke in this time",
        joined_ms=_HELD_MS,
    ).interval(_STEP)


def _temperature() -> Builder[Panel]:
    return (
        panels.series(
            "Temperature by room",
            "For whoever looks after warmth: green is comfort, 18 to 24 °C. Below 16 °C (blue) and above 28 °C (red)"
            " for an hour the rule of temperature raises an alert. Empty: no thermometer spoke in this time.",
            InfluxQuery(
                _steps('SELECT mean("value") AS "temperature" FROM "temperature"', by='"room"', fill="none"),
                alias="$tag_room",
            ),
            unit="celsius",
            decimals=1,
            steps=_COMFORT,
            empty="No thermometer of this home spoke in this time",
            joined_ms=3 * 3_600_000,
        )
        .interval(_STEP)
        .axis_soft_min(14)
        .axis_soft_max(30)
        .thresholds_style(shared.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.AREA))
    )


def _door_events() -> Builder[Panel]:
    # no time filter or ORDER BY around it: InfluxDB 1 pushes both inside, and the events at the ends are lost
    change = (
        f'SELECT difference("value") AS "change" FROM "contact" WHERE {HOMES} AND {RANGE}'
        ' GROUP BY "room", "role", "device"'
    )
    return panels.table(
        "Door events",
        "For whoever asks when somebody came or went: each opening and shutting in this time, the latest first. The"
        " first word of each door in this time is no event yet. Empty: no door was opened or shut.",
        InfluxQuery(f'SELECT "change", "role", "room" FROM ({change}) WHERE "change" != 0', table=True),
        columns=[
            Column("Time", "When", unit="time:ddd D MMM HH:mm:ss", width=170),
            Column("role", "Door"),
            Column("room", "Room", width=130),
            Column("change", "Now", unit="none", width=90, words={"1": ("opened", WARN), "-1": ("shut", UNKNOWN)}),
        ],
        sort=("Time", True),
        empty="No door was opened or shut in this time",
    )


def _activity() -> Builder[Panel]:
    return (
        panels.heat(
            "Activity by hour and day",
            "For whoever asks whether a day was like others: of each hour the share with activity, in twelfths, a"
            " column a day from 05:00 on top to 04:00 of the next morning below. Darker is more; a hole is an hour in"
            " which nothing was heard. Compare with the usual day to the right. Empty: no day of this home is counted"
            " yet.",
            # Grafana would sort rows that begin with a number, by it.
            InfluxQuery(_hours(_FROM_BELOW, FOUR_WEEKS), alias="from $col"),
            unit="none",
            most=12,
            empty="No day of this home is counted yet: the first one is at 05:00",
        )
        .time_from(FOUR_WEEKS)
        .hide_time_override(True)
    )


def _usual() -> Builder[Panel]:
    return (
        panels.bars(
            "The usual day",
            "For whoever compares: the median of the 28 days by hour, in twelfths of an hour with activity. A dash:"
            " that hour was never heard. Empty: no day of this home is counted yet.",
            InfluxQuery(_hours([*reversed(_FROM_BELOW)], FOUR_WEEKS, "median"), alias="$col"),
            unit="none",
            decimals=0,
            most=12,
            empty="No day is counted yet",
        )
        .min_viz_height(14)
        .override_by_regexp("/:00$/", _DASH)
    )


def _latest_day() -> Builder[Panel]:
    return (
        panels.bars(
            "The latest day",
            "For whoever compares: the last day that is over, from 05:00 to 05:00, by hour, in twelfths of an hour"
            " with activity. A dash: nothing was heard in that hour. Empty: the gateway did not count the last day.",
            InfluxQuery(_hours([*reversed(_FROM_BELOW)], "48h"), alias="$col"),
            unit="none",
            decimals=0,
            most=12,
            empty="The last day is not counted",
        )
        .min_viz_height(14)
        .override_by_regexp("/:00$/", _DASH)
    )


def _nights() -> Builder[Panel]:
    return (
        panels.series(
            "Bathroom visits and nights up",
            "For whoever prepares a review: visits to the bathroom by night and in all, and how often somebody was"
            " up between 23:00 and 05:00, day by day over four weeks. It says what was seen, not why. Empty: no day"
            " is counted yet, or the home has no sensor in bathroom or bedroom.",
            InfluxQuery(
                'SELECT "night_bathroom" AS "bathroom by night", "visits_bathroom" AS "bathroom in all",'
                f' "nights_up" AS "up by night" FROM "daily" WHERE {HOMES} AND {within(FOUR_WEEKS)}',
                alias="$col",
            ),
            unit="none",
            decimals=0,
            drawn=common.GraphDrawStyle.BARS,
            empty="No day of this home is counted yet: the first one is at 05:00",
        )
        .time_from(FOUR_WEEKS)
        .hide_time_override(True)
    )


def _rules() -> Builder[Panel]:
    return (
        panels.timeline(
            "What each rule could see",
            "For whoever relies on silence: a rule that is blind raises nothing. A gap: the gateway did not run. No"
            " row: nothing is said of this home.",
            InfluxQuery(_steps('SELECT last("state") AS "state" FROM "rule_state"', by='"rule"'), alias="$tag_rule"),
            words=SIGHT,
            empty="Nothing is said of this home's rules in this time",
            joined_ms=_HELD_MS,
        )
        .interval(_STEP)
        .per_page(40)
    )


def _rules_now() -> Builder[Panel]:
    return panels.table(
        "Rules now",
        "For whoever relies on silence: what each rule can see now and since when, those that cannot see first."
        " Empty: the gateway has said nothing of this home for two minutes.",
        InfluxQuery(newest("rule_state", ["blind", "degraded", "state", "since_s"], ["rule"], HOMES), table=True),
        columns=[
            Column("rule", "Rule", words=RULES),
            Column("state", "State", width=120, words=SIGHT),
            Column("since_s", "Since", unit="s", width=110, decimals=1),
            Column("blind", "Blind", unit="none", hidden=True),
            Column("degraded", "Degraded", unit="none", hidden=True),
        ],
        sort=("blind", True),
        empty="Nothing is said of this home's rules",
    )


def _devices() -> Builder[Panel]:
    return panels.table(
        "Health of the devices",
        "For whoever calls about a device or sends an installer: how each registered device is, said every hour and at"
        " each change; the silent first. Empty: no device of this home is registered, or the gateway has said nothing"
        " for three hours.",
        InfluxQuery(
            newest("device_state", CONDITION, ["home", "room", "role", "device"], HOMES, span=STATED), table=True
        ),
        columns=[Column("home", "Home", hidden=True), *CONDITION_COLUMNS],
        sort=("silent", True),
        empty="No device of this home is registered, or nothing was said of them for three hours",
    )


def _steps(select: str, *where: str, by: str = "", fill: str = "null") -> str:
    """A query by steps of the panel's time range."""
    grouped = ", ".join(filter(None, ("time($__interval)", by)))
    return f"{select} WHERE {' AND '.join((HOMES, *where, RANGE))} GROUP BY {grouped} fill({fill})"


def _spoken(quantity: str) -> str:
    """All that the devices of one quantity said."""
    return f'SELECT "value" FROM "{quantity}" WHERE {HOMES} AND {RANGE} GROUP BY "role", "room", "device"'


def _hours(names: Sequence[str], span: str, function: str = "") -> str:
    """Columns of the clock, such as 05:00."""
    selected = ", ".join(
        f'{function}("{name}") AS "{name[1:]}:00"' if function else f'"{name}" AS "{name[1:]}:00"' for name in names
    )
    return f'SELECT {selected} FROM "daily_activity" WHERE {HOMES} AND {within(span)}'
