"""The board of the devices: which of them need somebody, and what the gateway could not read or does not know."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Panel

from dashboards import panels
from dashboards.board import AREA, HOME, Board, Row
from dashboards.panels import ALARM, HOME_BOARD, HOME_PAGE, NOTICE, UNKNOWN, WARN, WELL, Column
from dashboards.queries import CHOSEN, HOMES, RANGE, InfluxQuery, newest, quoted, total, within

STATED = "3h"
"""What is said of each device every hour was said within that span."""
CONDITION = ("silent", "stuck", "battery_low", "heard_s", "battery", "link_quality", "rssi", "model")
"""The fields of device_state."""
_WHICH = ("home", "room", "role", "device")
_BATTERY_SPAN = "28d"
_WEEK = 7
"""Days; with a shorter trend a battery is not listed."""
_HOUR_MS = 3_600_000
_SENDERS = f"({HOMES} OR \"home\" = 'gateway')"
"""Of what no home is known of: the gateway itself."""
_HOME = Column("home", "Home", width=95, link=HOME_BOARD)
_ROOM = Column("room", "Room", width=115)
_ROLE = Column("role", "Role", width=120)
_HEARD = Column("heard_s", "Last heard", unit="s", width=115, decimals=1)
_BATTERY = Column("battery", "Battery", unit="percent", width=90, decimals=0)
_LINK_QUALITY = Column("link_quality", "Link of 255", unit="none", width=110, decimals=0)
_MODEL = Column("model", "Model", width=160)
_ADDRESS = Column("device", "Address", link=HOME_PAGE)
CONDITION_COLUMNS = (
    _ROOM,
    _ROLE,
    _HEARD,
    Column("silent", "Silent", unit="none", width=80, words={"0": ("heard", WELL), "1": ("silent", ALARM)}),
    Column("stuck", "Stuck", unit="none", width=80, words={"0": ("no", UNKNOWN), "1": ("stuck", WARN)}),
    Column("battery_low", "Battery low", unit="none", width=105, words={"0": ("no", UNKNOWN), "1": ("low", WARN)}),
    _BATTERY,
    _LINK_QUALITY,
    Column("rssi", "Signal", unit="dBm", width=90, decimals=0),
    _MODEL,
    _ADDRESS,
)
"""Everything that is said of a device of one home; addresses are long and come last."""
_NONE_SAID = "The gateway has said nothing of devices for three hours"
_SILENCE = "nothing said"
"""The same in a few words, which a small tile can show large."""


def build() -> Board:
    """The board."""
    return Board(
        uid="keepwell-devices",
        title="Devices",
        purpose="Which devices need a battery, a visit or a look, before a rule goes blind for them.",
        reader="whoever plans visits of installers and looks after the equipment",
        variables=[AREA, HOME],
        since="now-7d",
        refresh="5m",
        rows=[
            Row("", 4, [(4, panel) for panel in _counts()]),
            Row("Silent and stuck", 10, [(12, _silent()), (12, _stuck())]),
            Row("Batteries", 10, [(24, _weeks_left()), (24, _low())]),
            Row("Signal", 10, [(12, _link_quality()), (12, _rssi())]),
            Row("Not registered, and not readable", 9, [(12, _unregistered()), (12, _quarantined())]),
            Row("", 8, [(24, _quarantined_over_time())]),
            Row("All devices", 16, [(24, _all())]),
        ],
    )


def _counts() -> list[Builder[Panel]]:
    bad = ((None, WELL), (1, WARN))
    known = newest("device_state", ["silent"], _WHICH, CHOSEN, span=STATED)
    heard = newest("unregistered", ["count"], ["device"])
    return [
        panels.stat(
            "Devices",
            "For whoever looks after the equipment: registered devices of the chosen homes. Empty: the gateway has"
            " said nothing of them for three hours.",
            InfluxQuery(f'SELECT count("silent") AS "devices" FROM ({known})'),
            unit="none",
            empty=_SILENCE,
        ),
        *(
            panels.stat(
                title,
                f"For whoever plans visits: devices of the chosen homes that {what}. Empty: the gateway has said"
                " nothing of devices for three hours.",
                InfluxQuery(total("device_state", field, _WHICH, CHOSEN, span=STATED)),
                unit="none",
                steps=bad,
                empty=_SILENCE,
            )
            for title, field, what in (
                ("Silent", "silent", "should have been heard and were not"),
                ("Stuck", "stuck", "say what cannot be true, such as movement for hours"),
                ("Battery low", "battery_low", "say that their battery is low, or have 15 % or less"),
            )
        ),
        panels.stat(
            "Unregistered",
            "For whoever registers devices: devices of any home that were heard within a day and that nobody has"
            " registered. Empty: none was heard.",
            InfluxQuery(f'SELECT count("count") AS "devices" FROM ({heard})'),
            unit="none",
            steps=((None, WELL), (1, NOTICE)),
            empty="none heard",
        ),
        panels.stat(
            "Quarantined messages",
            "For whoever looks after the gateway: messages of the chosen homes, and of hubs without a home, that"
            " could not be read and are kept. Empty: none is kept.",
            InfluxQuery(total("gateway_rejected", "count", ["reason", "home"], _SENDERS)),
            unit="none",
            steps=bad,
            empty="none kept",
        ),
    ]


def _of_each(*said: Column) -> list[Column]:
    """Columns of a table of devices: which it is, and what is said of it."""
    return [_HOME, _ROOM, _ROLE, *said, _ADDRESS]


def _silent() -> Builder[Panel]:
    return panels.table(
        "Silent devices",
        "For whoever calls the home or sends an installer: devices that should have been heard, the longest silent"
        " first. A dash: it was never heard. The reference opens the board of the home, the address its page. Empty:"
        " all are heard.",
        _that_are("silent"),
        columns=_of_each(_HEARD),
        sort=("heard_s", True),
        empty="No device is silent",
    )


def _stuck() -> Builder[Panel]:
    return panels.table(
        "Stuck devices",
        "For whoever calls the home or sends an installer: devices whose word cannot be true, such as movement for"
        " hours. What they say proves nothing. Empty: none is stuck.",
        _that_are("stuck"),
        columns=_of_each(_HEARD),
        sort=("home", False),
        empty="No device is stuck",
    )


def _weeks_left() -> Builder[Panel]:
    """Weeks left: the level divided by its fall a week, over the days that have one, 28 at most."""
    daily = (
        f'SELECT mean("battery") AS "level" FROM "device_state" WHERE {CHOSEN} AND {within(_BATTERY_SPAN)}'
        f" GROUP BY time(1d), {quoted(_WHICH)} fill(none)"
    )
    trend = (
        'SELECT last("level") AS "level", first("level") - last("level") AS "fall", count("level") - 1 AS "days"'
        f" FROM ({daily}) GROUP BY {quoted(_WHICH)}"
    )
    return panels.table(
        "Batteries: weeks left",
        "For whoever plans visits: how long each battery will last if it goes on as in the last four weeks, the"
        " soonest first. Only batteries that fell by one point or more over a week at least; a battery that was"
        " changed in these weeks appears when its trend is known. Empty: no battery has fallen.",
        InfluxQuery(
            f'SELECT "level" * "days" / "fall" / {_WEEK} AS "weeks", "level", {_WEEK} * "fall" / "days" AS "weekly"'
            f' FROM ({trend}) WHERE "fall" >= 1 AND "days" >= {_WEEK} GROUP BY {quoted(_WHICH)}',
            table=True,
        ),
        columns=_of_each(
            Column("weeks", "Weeks left", unit="none", width=110, decimals=0),
            Column("level", "Battery", unit="percent", width=90, decimals=0),
            Column("weekly", "Fall a week", unit="percent", width=110, decimals=1),
        ),
        sort=("weeks", False),
        empty="No battery has fallen by a point within four weeks",
    )


def _low() -> Builder[Panel]:
    return panels.table(
        "Batteries to change",
        "For whoever plans visits: devices that say that their battery is low, or have 15 % or less. A dash: the"
        " device gives no figure. Empty: none is low.",
        _that_are("battery_low"),
        columns=_of_each(_BATTERY),
        sort=("battery", False),
        empty="No battery is low",
    )


def _link_quality() -> Builder[Panel]:
    return panels.table(
        "Weakest links",
        "For whoever places devices and routers: quality of the link as bridges of Zigbee report it, 0 to 255, the"
        " weakest first; the lower, the more messages get lost. Empty: no device reports it.",
        InfluxQuery(
            newest("device_state", ["link_quality"], _WHICH, CHOSEN, '"link_quality" >= 0', span=STATED), table=True
        ),
        columns=_of_each(_LINK_QUALITY),
        sort=("link_quality", False),
        empty="No device has reported the quality of its link for three hours",
    )


def _rssi() -> Builder[Panel]:
    return panels.table(
        "Weakest signals",
        "For whoever places devices and receivers: strength of the radio signal as devices and receivers report it,"
        " the weakest first; the nearer to nought, the better. Empty: no device reports it.",
        InfluxQuery(newest("device_state", ["rssi"], _WHICH, CHOSEN, '"rssi" < 0', span=STATED), table=True),
        columns=_of_each(Column("rssi", "Signal", unit="dBm", width=110, decimals=0)),
        sort=("rssi", False),
        empty="No device has reported the strength of its signal for three hours",
    )


def _unregistered() -> Builder[Panel]:
    return panels.table(
        "Devices that nobody registered",
        "For whoever registers devices: what was heard within a day and belongs to no home; until it is registered,"
        " nothing of it is used. Of all homes, whatever is chosen above. Empty: none was heard.",
        InfluxQuery(newest("unregistered", ["count", "heard_s", "model"], ["device"]), table=True),
        columns=[
            Column("device", "Address"),
            _MODEL,
            Column("heard_s", "Last heard", unit="s", width=120, decimals=1),
            Column("count", "Messages", unit="none", width=110, decimals=0),
        ],
        sort=("heard_s", False),
        empty="No unregistered device was heard within a day",
    )


def _quarantined() -> Builder[Panel]:
    each = newest("gateway_rejected", ["count"], ["reason", "home"], _SENDERS)
    return panels.table(
        "Quarantined messages by reason",
        "For whoever looks after the gateway: messages that could not be read and are kept to be looked at, and of how"
        " many homes they are; hubs without a home count as one. A choice of homes narrows it, one of areas does not."
        " Empty: none is kept.",
        InfluxQuery(
            f'SELECT sum("count") AS "messages", count("count") AS "homes" FROM ({each}) GROUP BY "reason"', table=True
        ),
        columns=[
            Column("reason", "Reason"),
            Column("messages", "Messages", unit="none", width=110, decimals=0),
            Column("homes", "Homes", unit="none", width=90, decimals=0),
        ],
        sort=("messages", True),
        empty="No message is in quarantine",
    )


def _quarantined_over_time() -> Builder[Panel]:
    inner = (
        f'SELECT max("count") AS "count" FROM "gateway_rejected" WHERE {_SENDERS} AND {RANGE}'
        ' GROUP BY time($__interval), "reason", "home" fill(none)'
    )
    return panels.series(
        "Quarantined messages over time",
        "For whoever looks after the gateway: messages in quarantine by reason; a step up is a device, a bridge or a"
        " firmware that began to speak otherwise. Empty: none was kept in this time.",
        InfluxQuery(
            f'SELECT sum("count") AS "messages" FROM ({inner}) WHERE {RANGE}'
            ' GROUP BY time($__interval), "reason" fill(none)',
            alias="$tag_reason",
        ),
        unit="none",
        decimals=0,
        stepped=True,
        joined_ms=3 * _HOUR_MS,
        empty="No message was in quarantine in this time",
    ).interval("10m")


def _all() -> Builder[Panel]:
    return panels.table(
        "All devices",
        "For whoever looks for one device: how each registered device of the chosen homes is, said every hour and at"
        " each change, the longest unheard first; the head of a column sorts by it. Empty: none is registered, or the"
        " gateway has said nothing for three hours.",
        InfluxQuery(newest("device_state", CONDITION, _WHICH, CHOSEN, span=STATED), table=True),
        columns=[_HOME, *CONDITION_COLUMNS],
        sort=("heard_s", True),
        empty=_NONE_SAID,
    )


def _that_are(field: str) -> InfluxQuery:
    """The devices whose newest word has 1 in a field."""
    known = newest("device_state", [field, "heard_s", "battery"], _WHICH, CHOSEN, span=STATED)
    return InfluxQuery(
        f'SELECT "{field}", "heard_s", "battery" FROM ({known}) WHERE "{field}" > 0 GROUP BY {quoted(_WHICH)}',
        table=True,
    )
