"""The nouns that flow through the gateway. Every stage knows these and gateway.ports, and nothing of each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

from devices.convention import Options
from devices.instant import Instant
from devices.measurement import Measurement, Value
from gateway.speech import Phrase

Role = Literal[
    "front-door", "back-door", "exterior-door", "interior-door", "window", "bed", "chair", "toilet", "tap", "fridge",
    "kettle", "cooker", "microwave", "medicine-cabinet", "television", "light", "plug", "pendant", "pull-cord",
    "carer-tag", "other",
]  # fmt: skip
RoomKind = Literal[
    "bedroom", "bathroom", "kitchen", "living", "dining", "hall", "entrance", "office", "outside", "other", "unknown"
]  # fmt: skip
Mode = Literal["at home", "away", "paused"]
Concerns = Literal["person", "home", "equipment"]
Sees = Literal["rooms", "up and about", "alerts"]
"""What a contact sees on pages: the day by room, only whether somebody is up and about, or alerts alone."""
Purpose = Literal["alerts", "daily picture for family", "care planning", "improving the service"]
"""What a resident's consent may be for.

| purpose | what is done with the data |
|---|---|
| alerts | rules watch it, and people are called: without it there is nothing to do in a home |
| daily picture for family | contacts see how the day goes, as far as each `Sees` |
| care planning | care workers look at days and weeks, also while nothing is wrong |
| improving the service | alerts of past weeks are counted to see which were false, under the home's reference |
"""
Priority = Literal[1, 2, 3, 4]
"""1 calls at any hour; 2 calls by the escalation; 3 tells in waking hours; 4 goes into a digest."""

EXTERIOR_DOORS: frozenset[str] = frozenset({"front-door", "back-door", "exterior-door"})
PENDANTS: frozenset[str] = frozenset({"pendant", "pull-cord"})
HUB_DEVICE = ""
"""`Reading.device` of a statement about the hub itself: a beat, or its bridge's connection state."""

LESSON_KEPT = 16 * 1024 * 1024
"""Bytes of the longest lesson that is kept; the inventory of a bridge with a few hundred devices has about one MiB."""
LESSONS_KEPT = 4_000
"""Of one hub; the oldest go first."""

ANNOUNCE = "announce:"
"""The channel by which a home's hub speaks to its resident."""
GATEWAY_HOME = "gateway"
"""In place of a home, where an alert is about the gateway itself. No home may be registered by this name."""


# ------------------------------------------------------------------------------------------------ homes


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a home."""

    name: str
    kind: RoomKind = "unknown"


@dataclass(frozen=True, slots=True)
class Hub:
    """What publishes for a home. `replay`: it plays a recording, so its `at` is trusted whatever the date.

    `options`: where its conventions are set up otherwise than by default.
    """

    name: str
    replay: bool = False
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Device:
    """One registered sensor, bound by (hub, address). `quantities` are those it is known to report."""

    hub: str
    address: str
    room: str | None = None
    role: Role | None = None
    maker: str | None = None
    model: str | None = None
    quantities: tuple[str, ...] = ()
    registered_at: Instant = 0
    last_heard: Instant | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A configured instance of a rule type for one home. `key` tells apart two of one type; `route` its escalation."""

    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    route: str = "default"


@dataclass(frozen=True, slots=True)
class Home:
    """One dwelling. `reference` is a pseudonym such as ELM-12; `consent` says whether data may flow at all.

    Without `rules` and `pack` it has the default pack.
    """

    reference: str
    time_zone: str
    area: str | None = None
    occupants: int = 1
    mode: Mode = "at home"
    consent: bool = True
    rooms: tuple[Room, ...] = ()
    hubs: tuple[Hub, ...] = ()
    devices: tuple[Device, ...] = ()
    rules: tuple[Rule, ...] = ()
    pack: str | None = None
    """The pack of rules that `rules` add to and change; None: `rules` alone, or the default pack without any."""
    tested_at: Instant | None = None
    """When a test alert last went the whole way to a person who accepted it."""

    _kinds: Mapping[str | None, RoomKind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_kinds", {room.name: room.kind for room in reversed(self.rooms)})

    @property
    def zone(self) -> ZoneInfo:
        """The IANA zone of its local days."""
        return ZoneInfo(self.time_zone)

    def room_kind(self, name: str | None) -> RoomKind:
        """Kind of the named room; unknown for none."""
        return self._kinds.get(name, "unknown")


def parent_address(address: str) -> str | None:
    """The device that a sub-unit address belongs to (`tasmota:plug/DS18B20-1` -> `tasmota:plug`), or None.

    An address by friendly name may hold slashes of its own and has no parent.
    """
    return None if "/" not in address or is_named(address) else address.rsplit("/", 1)[0]


def is_named(address: str) -> bool:
    """Whether an address goes by a friendly name, which is no address yet."""
    return address.startswith("zigbee2mqtt:name:")


class Directory:
    """An immutable picture of the registry: who has consented, and whose each address is."""

    def __init__(self, homes: tuple[Home, ...] = (), revision: int = 0) -> None:
        self.revision = revision
        self.homes: Mapping[str, Home] = {home.reference: home for home in homes}
        self.hubs: Mapping[str, tuple[Home, Hub]] = {hub.name: (home, hub) for home in homes for hub in home.hubs}
        self._devices = {(device.hub, device.address): (home, device) for home in homes for device in home.devices}

    def find(self, hub: str, address: str) -> tuple[Home, Device] | None:
        """The home and registered device of an address; a sub-unit without an entry of its own is its parent's."""
        found = self._devices.get((hub, address))
        if found is None and (parent := parent_address(address)) is not None:
            found = self._devices.get((hub, parent))
        return found

    def sets_up_otherwise(self, former: "Directory") -> bool:
        """Whether a hub has other options than it was read with: those in `former`, or the defaults if unknown."""
        read_with = {name: hub.options for name, (_, hub) in former.hubs.items()}
        return any(hub.options != read_with.get(name, Options()) for name, (_, hub) in self.hubs.items())


# ------------------------------------------------------------------------------------------------ readings


class Flag(IntFlag):
    """What is known about how a reading reached us."""

    NONE = 0
    RETAINED = 1
    """The broker marked it as a retained value: it seeds state and is never movement or a press."""
    REPLAYED = 2
    """Came in a bridge's re-publication of cached states: seeds state, is never movement."""
    LATE = 4
    """`at` lies more than 2 minutes before `received_at`."""
    DUPLICATE = 8
    """A device's own identity says that we have had this event before."""
    QUEUED = 16
    """Undated and drained from a backlog: it happened somewhere between `since` and `at`."""
    MOMENTARY = 32
    """The device never says that it is over: each such reading is a change of its own, and holds no state."""
    UNTRUSTED = 64
    """Anybody with a transmitter could have sent it: it may not clear an alert."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measurement bound to its home.

    `device` is the address as measured, sub-unit included, HUB_DEVICE for the hub itself; `at` (event time) is in whole
    milliseconds, the precision of the store. `since`, for QUEUED readings, is the start of the interval it came from.
    """

    home: str
    hub: str
    device: str
    room: str | None
    role: Role | None
    quantity: str
    value: Value
    at: Instant
    received_at: Instant
    flags: Flag = Flag.NONE
    since: Instant | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Journaled:
    """A reading with its offset in the journal. Offsets grow and never restart."""

    offset: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Sighting:
    """An unregistered device was heard (once), or `introduced` by its bridge and not heard. No values."""

    hub: str
    address: str
    quantities: tuple[str, ...]
    heard_at: Instant
    name: str | None = None
    maker: str | None = None
    model: str | None = None
    introduced: bool = False


@dataclass(frozen=True, slots=True)
class SightingSummary:
    """All sightings of one unregistered address. `count`: how often it was heard; introductions do not count."""

    hub: str
    address: str
    quantities: tuple[str, ...]
    first_heard: Instant
    last_heard: Instant
    count: int
    name: str | None = None
    maker: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message that could not be read. `payload` only for registered hubs of consenting homes, after scrubbing."""

    hub: str | None
    topic: str
    convention: str | None
    reason: str
    detail: str
    size: int
    digest: str
    received_at: Instant
    payload: bytes | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A measurement of a consenting home whose device's address is not known yet (`zigbee2mqtt:name:...`)."""

    hub: str
    measurement: Measurement
    received_at: Instant
    flags: Flag = Flag.NONE
    id: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message of a hub that decoding others rests on; the latest under each name is kept. Empty: forget it."""

    hub: str
    name: str
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """The identity of one QoS 1 delivery: with `dup` set and an equal entry on record, it is that message again."""

    session: str
    mid: int
    digest: bytes
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Everything that one message left behind; the journal keeps it whole or not at all."""

    delivery: Delivery | None = None
    readings: tuple[Reading, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    released: tuple[int, ...] = ()
    """Ids of Waiting entries that this message resolved."""
    lessons: tuple[Lesson, ...] = ()


# ------------------------------------------------------------------------------------------------ verdicts and facts


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why: what was seen, how healthy the sensors behind the verdict are, and what was assumed. JSON values only."""

    readings: tuple[Mapping[str, Any], ...] = ()
    sensors_healthy: int = 0
    sensors_total: int = 0
    silent: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary."""
        return {
            "readings": [dict(reading) for reading in self.readings],
            "sensors_healthy": self.sensors_healthy,
            "sensors_total": self.sensors_total,
            "silent": list(self.silent),
            **self.details,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule concluded: `trigger` a concern, or `clear` it. `at` is when it became true.

    `cancel`: the resident says that all is well, which ends what they were asked about.
    """

    kind: Literal["trigger", "clear", "cancel"]
    home: str
    rule: str
    subject: str | None
    at: Instant
    concerns: Concerns
    priority: Priority
    explanation: str
    evidence: Evidence = field(default_factory=Evidence)
    route: str = "default"
    received_at: Instant | None = None
    """When the reading that caused it was received, if one did."""
    said: tuple[Phrase, ...] = ()
    """What `explanation` says in English, to be worded in the language of each reader."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the gateway or with what it is given; becomes an equipment alert of rule `rule`.

    `home` is GATEWAY_HOME for what concerns all. One that is not `passing` happened once: no later look can find it
    gone, so only a person ends the alert.
    """

    rule: Literal["gateway", "flood", "misdirected"]
    subject: str
    sentence: str
    since: Instant
    home: str = GATEWAY_HOME
    priority: Priority = 2
    passing: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """One point for the time-series store: identified by (measurement, tags, at); `at` in whole milliseconds."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    at: Instant


@dataclass(frozen=True, slots=True)
class Fact:
    """What watch concluded, for dashboards: alert transition, rule state, coverage, daily measure."""

    measurement: str
    home: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    at: Instant


class RuleState(StrEnum):
    """Whether a rule can see what it needs."""

    ARMED = "armed"
    DEGRADED = "degraded"
    BLIND = "blind"
    OFF = "off"
    """No longer configured, switched off, or without consent: said once, then forgotten."""


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """One rule's state in a home, with the reason in words."""

    home: str
    rule: str
    state: RuleState
    reason: str
    since: Instant


# ------------------------------------------------------------------------------------------------ alerts and people


class AlertState(StrEnum):
    """Where an alert is in its life; the table of moves is gateway/alerts/lifecycle.py."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    CLEARED = "cleared"
    SNOOZED = "snoozed"
    """A person put it off until a time, with a reason."""
    CLOSED = "closed"


Outcome = Literal["genuine", "false", "test", "no one reached", "other"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or team to reach. `channels`: `console:`, `mqtt:`, `announce:` or Apprise URLs, in order of choice."""

    id: int
    name: str
    channels: tuple[str, ...]
    language: str = "en"
    quiet_hours: str | None = None

    @property
    def resident(self) -> bool:
        """Whether this is who lives there: asked by announcement at home before anybody is called."""
        return any(channel.lower() == ANNOUNCE for channel in self.channels)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation: who is told, and how long until the next step if nobody accepts.

    On duty only in its `hours` such as `08:00-18:00`, on its `days` such as `mon`; always where it names none.
    """

    position: int
    contacts: tuple[Contact, ...]
    wait_s: int
    hours: str | None = None
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one contact by one channel: what a Channel sends. `may_be_repeat` after an unknown result."""

    message_id: str
    kind: Literal["alert", "cleared", "accepted", "snoozed", "closed", "digest", "link"]
    home: str
    hubs: tuple[str, ...]
    contact: Contact
    channel: str
    title: str
    body: str
    priority: Priority
    alert: int | None = None
    step: int = 0
    round: int = 0
    rule: str | None = None
    state: str | None = None
    may_be_repeat: bool = False
    event_at: Instant | None = None
    raised_at: Instant | None = None
    answer_by: Instant | None = None
    """Until when the resident can say that all is well, before people are called."""
