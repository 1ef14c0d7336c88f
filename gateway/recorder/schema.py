"""What the time-series store holds, as data: the one place that says so. Dashboards and back-tests read it from here.

Every measurement has the tag `home`, a pseudonym; what is said of no home in particular has `gateway` there, and
`gateway_health` has the tag `gateway` instead. Facts have the tag `area` where the home has one. Tags without a value
are left out. Never anywhere: a person's name. docs/time-series.md is made of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from devices.quantity import QUANTITIES

HOME, AREA, ROOM, DEVICE, ROLE, RULE, GATEWAY = "home", "area", "room", "device", "role", "rule", "gateway"
VALUE, ACTION, REPLAYED, UNCERTAIN, LATE = "value", "action", "replayed", "uncertain_s", "late_s"
MOMENTARY, UNTRUSTED = "momentary", "untrusted"
HEALTH = "gateway_health"
MEASUREMENTS = frozenset(QUANTITIES)
"""Measurements that hold readings."""
PRIORITIES = ("1", "2", "3", "4")
VISITED = ("kitchen", "living", "bedroom", "bathroom", "dining", "office", "hall", "entrance", "other")
"""Kinds of rooms whose visits a day counts, each a field of `daily` named `visits_<kind>`."""
HOURS = tuple(f"h{hour:02}" for hour in range(24))
"""The fields of `daily_activity`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `unit` as a person writes it, empty for a plain number; numbers are floats always."""

    name: str
    what: str
    unit: str = ""
    text: bool = False
    always: bool = False
    """Whether each point has it; else it is left out where it is not known."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement: when a point is written, what `tags` tell apart beside home (or gateway), and its fields."""

    name: str
    what: str
    when: str
    tags: Mapping[str, str]
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """By its name; LookupError where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise LookupError(f"{self.name} has no field {name}")


READING_TAGS: Mapping[str, str] = MappingProxyType(
    {
        ROOM: "as registered when the reading was taken in",
        ROLE: "as registered when the reading was taken in",
        DEVICE: "address as measured, sub-unit included; `hub:<hub>` for the hub itself (quantity `online`)",
    }
)
READING_FIELDS = (
    Field(VALUE, "in the quantity's unit; true is 1, false is 0; a button's event is 1", always=True),
    Field(
        ACTION, "buttons only: press, double, triple, long, release, emergency, cancel, or the device's word", text=True
    ),
    Field(REPLAYED, "1: the hub re-sent what it remembered; the state counts, no movement happened then"),
    Field(UNCERTAIN, "the event happened at some moment of that long before the time of the point", "s"),
    Field(LATE, "it reached us so long after it happened, where that is more than two minutes", "s"),
    Field(MOMENTARY, "1: the device never says that it is over, so the value holds no state"),
    Field(UNTRUSTED, "1: anybody with a transmitter could have sent it"),
)
"""Of every measurement that is a quantity."""

_AREA = {AREA: "of the home"}
_ALERT = {
    **_AREA,
    RULE: "type of rule",
    "subject": "what tells two alerts of a rule in a home apart: a device, a room, a rule; often none",
    "priority": "1 to 4",
    "concerns": "person, home or equipment",
}


def _minutes(name: str, what: str) -> Field:
    return Field(name, what, "min after midnight")


FACTS: Mapping[str, Measurement] = MappingProxyType(
    {
        one.name: one
        for one in (
            Measurement(
                "alert",
                "Something happened to an alert.",
                "at each step of an alert",
                {
                    **_ALERT,
                    "event": "raised, retriggered, asked, answered, called again, accepted, handed over, taken over,"
                    " snoozed, cleared, closed, aged, reaches nobody",
                },
                (
                    Field("alert", "its number, as in links to it", always=True),
                    Field("occurrences", "how often it was triggered", always=True),
                    Field("round", "how often calling began anew", always=True),
                    Field("open", "1 until it is closed", always=True),
                    Field("since_event_s", "since it became true", "s", always=True),
                    Field("since_round_s", "since calling began, this time", "s", always=True),
                    Field("raised_after_s", "when raised: from when it became true until then", "s"),
                    Field("notified_after_s", "from when calling began until the first message went out", "s"),
                    Field("accepted_after_s", "from when calling began until somebody accepted", "s"),
                    Field("notified_to_accepted_s", "when accepted: since the first message went out", "s"),
                    Field("cleared_after_s", "from when calling began until the reason was gone", "s"),
                    Field("closed_after_s", "when closed: since it was raised", "s"),
                    Field("accepted_to_closed_s", "when closed: since it was accepted", "s"),
                    Field("step", "how far down the list of contacts calling has come", always=True),
                    Field("outcome", "when closed: genuine, false, test, no one reached, other", text=True),
                    Field("is_false", "when closed: 1 where the outcome is false, else 0"),
                    Field("within_60_s", "when accepted: 1 where that was within 60 s of calling, else 0"),
                    Field("within_180_s", "when accepted: 1 where that was within 180 s of calling, else 0"),
                ),
            ),
            Measurement(
                "alert_open",
                "An alert is open.",
                "every minute for each open alert",
                _ALERT,
                (
                    Field("alert", "its number, as in links to it", always=True),
                    Field("open", "1", always=True),
                    Field("calling", "1 while people are being called", always=True),
                    Field("accepted", "1 when somebody has accepted it", always=True),
                    Field("occurrences", "how often it was triggered", always=True),
                    Field("round", "how often calling began anew", always=True),
                    Field("age_s", "since it was raised", "s", always=True),
                    Field("state", "raised, accepted, snoozed or cleared", text=True, always=True),
                ),
            ),
            Measurement(
                "home_state",
                "How a home is, for lists of homes.",
                "every minute for each home with consent",
                _AREA,
                (
                    Field(
                        "attention",
                        "what sorts homes that need somebody first: 0 for none, 100 for priority 1"
                        " unaccepted, 80 for 2, 60 for 3, 40 for 4; half once nobody is called, so that who waits comes"
                        " before who is seen to; 30 when blind, 20 when degraded",
                        always=True,
                    ),
                    Field("open_1", "open alerts of priority 1", always=True),
                    Field("open_2", "open alerts of priority 2", always=True),
                    Field("open_3", "open alerts of priority 3", always=True),
                    Field("open_4", "open alerts of priority 4", always=True),
                    Field("alert", "number of the alert that needs somebody most"),
                    Field("what", "its rule, or which rules cannot see, such as `not_up is blind`", text=True),
                    Field("since_s", "since when that is so", "s"),
                    Field("armed", "rules that see all they need", always=True),
                    Field("degraded", "rules that see a part of it", always=True),
                    Field("blind", "rules that cannot see", always=True),
                    Field(
                        "sight",
                        "armed, degraded or blind: the worst state of the rules about the person, but for `trend` and"
                        " for rules whose sensors were never there, or which still learn; off where there is none",
                        text=True,
                        always=True,
                    ),
                    Field("offline", "1 when no hub of the home is heard", always=True),
                ),
            ),
            Measurement(
                "rule_state",
                "What a rule can see.",
                "at each change, and every minute",
                {**_AREA, RULE: "type of rule, with its key where there are several"},
                (
                    Field("armed", "1 or 0", always=True),
                    Field("degraded", "1 or 0", always=True),
                    Field("blind", "1 or 0", always=True),
                    Field("off", "1 or 0", always=True),
                    Field("state", "armed, degraded, blind or off", text=True, always=True),
                    Field("since_s", "since when", "s", always=True),
                ),
            ),
            Measurement(
                "coverage",
                "For what share of a day a rule could see.",
                "at 05:00 of the home's clock, of the 24 h before",
                {**_AREA, RULE: "type of rule, with its key where there are several"},
                (
                    Field("armed", "share of the day, 0 to 1", always=True),
                    Field("degraded", "share of the day, 0 to 1", always=True),
                    Field("blind", "share of the day, 0 to 1", always=True),
                ),
            ),
            Measurement(
                "daily",
                "What a day was like, from 05:00 to 05:00 of the home's clock. Its time is when it began.",
                "at 05:00 of the home's clock, of the day before",
                _AREA,
                (
                    Field("coverage", "share of the day in which movement could be seen, 0 to 1", always=True),
                    Field("ordinary", "1 for a day that the routine learns from, else 0", always=True),
                    Field("left_out", "why not", text=True),
                    _minutes("up_at", "the first sign of being up"),
                    _minutes("bed_at", "the end of the evening"),
                    _minutes("kettle_at", "the first use of kettle, fridge, cooker or microwave"),
                    Field("out_min", "out of the home", "min"),
                    Field("temperature", "mean of the rooms", "Cel"),
                    Field("warm_hours", "hours with a mean of 18 degrees and above, of 24", "h"),
                    Field("night_bathroom", "visits to the bathroom in the night that the day began with"),
                    Field("nights_up", "times up between 23:00 and 05:00, half an hour apart"),
                    *(
                        Field(f"visits_{kind}", f"visits to rooms of the kind {kind}, five minutes apart")
                        for kind in VISITED
                    ),
                    Field("carers_planned", "planned visits of carers, of whose time all could be seen"),
                    Field("carers_on_time", "of these, those that began in their time"),
                    Field("carers_missed", "of these, those that nobody was seen to make"),
                ),
            ),
            Measurement(
                "daily_activity",
                "Movement of a day by hour of the home's clock: of twelve five minutes of an hour, those with activity."
                " Its time is when the day began, 05:00; `h00` to `h04` are those after the midnight that follows.",
                "with `daily`",
                _AREA,
                tuple(
                    Field(name, f"from {name[1:]}:00 to {name[1:]}:59; left out where nothing was heard")
                    for name in HOURS
                ),
            ),
            Measurement(
                "change",
                "How the four weeks until a day differ from the four weeks before: the medians, and the chance that"
                " such a difference comes about by itself.",
                "at 05:00 of the home's clock",
                {**_AREA, "measure": "a field of `daily`"},
                (
                    Field("now", "median of the last 28 days", always=True),
                    Field("was", "median of the 28 days before", always=True),
                    Field("days_now", "days that count, of the last 28", always=True),
                    Field("days_was", "days that count, of the 28 before", always=True),
                    Field("chance", "0 to 1: small where the change is likely a true one", always=True),
                    Field("needs", "1 where a likely change is one towards needing more help, else 0", always=True),
                ),
            ),
            Measurement(
                "device_state",
                "How a registered device is.",
                "every hour, and at each change",
                {**_AREA, ROOM: "as registered", ROLE: "as registered", DEVICE: "address as registered"},
                (
                    Field("heard_s", "since it was last heard; left out where it never was", "s"),
                    Field("silent", "1 when it should have been heard", always=True),
                    Field("stuck", "1 when what it says cannot be true", always=True),
                    Field("battery_low", "1 when it says so, or its battery is at 15 % or below", always=True),
                    Field("battery", "as it last said, of 100", "%"),
                    Field("link_quality", "as it last said, of 255"),
                    Field("rssi", "as it last said", "dBm"),
                    Field("model", "as registered or announced", text=True),
                ),
            ),
            Measurement(
                "unregistered",
                "A device was heard that is not registered.",
                "every minute, of those heard within a day the latest 500",
                {DEVICE: "address; `zigbee2mqtt:name:*` for all that are known by a name only"},
                (
                    Field("count", "messages so far", always=True),
                    Field("heard_s", "since it was last heard", "s", always=True),
                    Field("model", "where it is known", text=True),
                ),
            ),
            Measurement(
                "gateway_rejected",
                "Messages that could not be read.",
                "every minute, for each reason of those kept",
                {"reason": "a word, such as bad_value", HOME: "whose hub sent them; `gateway` where that is not known"},
                (Field("count", "of those still kept", always=True),),
            ),
            Measurement(
                "gateway_notifications",
                "Messages to people.",
                "every minute, of those due in the last 24 h and all that still wait",
                {"channel": "kind of channel, such as mailto", "result": "sent, failed, blocked, waiting or dropped"},
                (
                    Field("count", "messages", always=True),
                    Field("oldest_s", "age of the oldest that waits or is blocked and is due", "s"),
                ),
            ),
        )
    }
)
"""By name: what watch and alerts conclude, for dashboards. `gateway_health` holds the figures of the parts."""

HEALTH_FIELDS = "A float for each figure, named `<part>_<figure>`; docs/running.md lists them. Every 10 s."
