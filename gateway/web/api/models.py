"""What goes in and out of the JSON API. Times are RFC 3339 in UTC."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from devices.instant import Instant, rfc3339
from gateway.model import Concerns, Mode, Outcome, Priority, Role, RoomKind
from gateway.web.route import Role as Caller

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time", "examples": ["2026-01-12T08:30:00Z"]})]
Reference = Annotated[str, Field(description="A home's pseudonym.", examples=["ELM-12"])]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
AlertStateName = Literal["raised", "accepted", "cleared", "snoozed", "closed"]
Health = Literal["heard", "silent", "stuck", "never heard", "not watched"]


def moment(at: Instant) -> str:
    """As the API writes it."""
    return rfc3339(at)


def moment_or_none(at: Instant | None) -> str | None:
    """The same, of what may not be known."""
    return None if at is None else rfc3339(at)


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class In(BaseModel):
    """What is sent. What is not known is refused, so that a slip of the pen is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Out):
    """Why it was not done, in plain words, and which field is to blame where it is one."""

    problem: str = Field(examples=["Alert 12 was accepted by Bea already."])
    field: str | None = Field(None, examples=["minutes"])


class Me(Out):
    """In whose name the token asks."""

    name: str = Field(description="As it stands in the record of looks and in the timelines of alerts.")
    role: Caller
    areas: list[str] = Field(description="`*` for all homes; empty for an administrator, who sees all.")
    expires: Moment | None


# ------------------------------------------------------------------------------------------------ homes


class HomeSummary(Out):
    """A home in a list."""

    home: Reference
    area: str | None
    time_zone: str = Field(examples=["Europe/London"])
    mode: Mode
    consent: bool = Field(description="Whether the residents agree: without that nothing is kept.")
    in_service_since: Moment | None = Field(description="null while it is being installed.")
    open_alerts: int = Field(description="As far as the token's role sees alerts.")
    most_urgent: Priority | None = Field(description="The priority of the most urgent of these.")


class Room(Out):
    """A room."""

    name: str
    kind: RoomKind


class Device(Out):
    """A registered device and how it is."""

    hub: str
    address: str = Field(examples=["zigbee2mqtt:0x00158d0001a2b3c4"])
    room: str | None
    role: Role | None
    maker: str | None
    model: str | None
    registered: Moment
    last_heard: Moment | None = Field(description="null if never; to installers also once the home is in service.")
    health: Health
    battery: float | None = Field(description="Per cent.")
    link_quality: float | None = Field(description="0 to 255, as its hub reports it.")
    rssi: float | None = Field(description="dBm.")


class RuleState(Out):
    """What one rule can see: armed, degraded or blind, and why."""

    rule: str
    state: str
    reason: str
    since: Moment


class Home(HomeSummary):
    """A home whole. Of what concerns people, installers see the sensors alone."""

    rooms: list[Room]
    devices: list[Device]
    rules: list[RuleState]
    alerts: list["AlertSummary"]


class Today(Out):
    """How the day goes, as far as the sensors tell. What is not known is null."""

    home: Reference
    at: Moment
    sentence: str
    unseen: list[str] = Field(description="What we cannot see, in words; empty when all can be seen.")
    up: Moment | None = Field(description="The first sign of being up.")
    moved: Moment | None = Field(description="The last sign of movement.")
    moved_in: str | None = Field(description="The room of that.")


class Sighting(Out):
    """A device that was heard and is not registered."""

    home: Reference
    hub: str
    address: str
    quantities: list[str]
    first_heard: Moment
    last_heard: Moment
    count: int
    name: str | None
    maker: str | None
    model: str | None


class NewDevice(In):
    """A device to register."""

    address: Annotated[str, Field(min_length=1, max_length=255, examples=["zigbee2mqtt:0x00158d0001a2b3c4"])]
    hub: str | None = Field(None, description="May be left out in a home with one hub.")
    room: str | None = None
    role: Role | None = None
    maker: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class DeviceName(In):
    """Which device."""

    address: Annotated[str, Field(min_length=1, max_length=255)]
    hub: str | None = Field(None, description="Needed where two hubs of the home know the address.")


# ------------------------------------------------------------------------------------------------ alerts


class AlertSummary(Out):
    """An alert in a list."""

    alert: int = Field(description="Its number, as in links to it.", examples=[12])
    home: Reference
    rule: str = Field(examples=["not_up"])
    subject: str = Field(description="The device, room or rule that it is about; empty for the home as a whole.")
    concerns: Concerns
    priority: Priority
    state: AlertStateName
    calling: bool = Field(description="Whether people are still being called.")
    explanation: str
    happened: Moment = Field(description="When it became true.")
    raised: Moment
    accepted: Moment | None
    accepted_by: str | None
    cleared: Moment | None
    closed: Moment | None
    outcome: Outcome | None
    snoozed_until: Moment | None
    handed_to: str | None
    occurrences: int


class Entry(Out):
    """Something that happened to an alert."""

    at: Moment
    what: str = Field(examples=["accepted"])
    by: str = Field(description="`keepwell` for the gateway itself.")
    text: str = Field(description="In one sentence.")


class Message(Out):
    """A message to a contact. Of its address only the kind is told."""

    contact: str
    kind: str = Field(examples=["alert"])
    channel: str = Field(examples=["mailto"])
    step: int
    round: int
    state: str
    due: Moment
    finished: Moment | None
    attempts: int
    may_be_repeat: bool


class Alert(AlertSummary):
    """An alert whole: why it was raised, what happened to it, who was told."""

    evidence: Mapping[str, Any]
    timeline: list[Entry]
    messages: list[Message]


class Note(In):
    """What others should know."""

    text: Text


class HandOver(In):
    """Ask a contact of the home to take on what was accepted."""

    to: Text = Field(description="The contact's name.")
    reason: Text


class Snooze(In):
    """Put an alert off: nobody is called for it before, unless it becomes more urgent."""

    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60, examples=[20])]
    reason: Text


class Closing(In):
    """End an alert and say what it was."""

    outcome: Outcome
    note: Annotated[str, Field(max_length=1_000)] | None = None
