"""All tables of keepwell.db. Times are instants (microseconds since 1970-01-01 UTC) unless the name says otherwise."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_INTEGER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite makes a row id only of INTEGER, which holds 64 bits there."""
NEVER_REUSED = {"sqlite_autoincrement": True}
"""For ids that outlive their row (in links, in the outbox): SQLite would give a deleted row's id to the next one."""
JsonObject = dict[str, Any]
JsonList = list[Any]


class Base(DeclarativeBase):
    """Common metadata."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {int: _INTEGER, JsonObject: JSON, JsonList: JSON}  # noqa: RUF012 - SQLAlchemy's own form


# ------------------------------------------------------------------------------------------------ registry


class HomeRow(Base):
    """A home. `mode` is at home, away or paused; it follows a planned absence, `away_from` to `away_until`."""

    __tablename__ = "home"

    reference: Mapped[str] = mapped_column(String(64), primary_key=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    area: Mapped[str | None] = mapped_column(String(64))
    occupants: Mapped[int] = mapped_column(default=1)
    mode: Mapped[str] = mapped_column(String(16), default="at home")
    pack: Mapped[str | None] = mapped_column(String(64))
    """The pack of rules that the home's own rules add to and change."""
    tested_at: Mapped[int | None]
    """When a test alert last went the whole way to a person who accepted it."""
    live_at: Mapped[int | None]
    """Since when it is in service; None while it is being installed."""
    away_from: Mapped[int | None]
    away_until: Mapped[int | None]
    rooms: Mapped[list["RoomRow"]] = relationship(cascade="all, delete-orphan", order_by="RoomRow.name")
    hubs: Mapped[list["HubRow"]] = relationship(cascade="all, delete-orphan", order_by="HubRow.name")
    devices: Mapped[list["DeviceRow"]] = relationship(cascade="all, delete-orphan", order_by="DeviceRow.id")
    residents: Mapped[list["ResidentRow"]] = relationship(cascade="all, delete-orphan", order_by="ResidentRow.id")
    contacts: Mapped[list["ContactRow"]] = relationship(cascade="all, delete-orphan", order_by="ContactRow.id")
    steps: Mapped[list["StepRow"]] = relationship(
        cascade="all, delete-orphan", order_by="(StepRow.route, StepRow.position, StepRow.id)"
    )
    rules: Mapped[list["RuleRow"]] = relationship(cascade="all, delete-orphan", order_by="RuleRow.id")


class RoomRow(Base):
    """A room of a home."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("home", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))


class HubRow(Base):
    """A hub; its name is the second segment of its topics and unique everywhere."""

    __tablename__ = "hub"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    replay: Mapped[bool] = mapped_column(default=False)
    qos0_at: Mapped[int | None]
    """When the gateway last had a message of it at QoS 0: such a hub cannot be protected while we are away."""
    options: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
    """How it is set up, as gateway/registry/options.py checks it; what is left out has its default."""


class DeviceRow(Base):
    """A registered device, bound by (hub, address). `former`: whose place it took, see registry/devices.py."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("hub", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    hub: Mapped[str] = mapped_column(ForeignKey("hub.name", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(255))
    room: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str | None] = mapped_column(String(32))
    maker: Mapped[str | None] = mapped_column(String(128))
    model: Mapped[str | None] = mapped_column(String(128))
    quantities: Mapped[JsonList] = mapped_column(default=list)
    registered_at: Mapped[int]
    last_heard: Mapped[int | None]
    former: Mapped[JsonList] = mapped_column(default=list, server_default="[]")


class ResidentRow(Base):
    """Who lives there. Never written to the time-series store. No consent record, no data."""

    __tablename__ = "resident"

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(128))
    consent_by: Mapped[str | None] = mapped_column(String(128))
    """Who gave the consent; None while it is not recorded."""
    consent_basis: Mapped[str | None] = mapped_column(String(64))
    consent_at: Mapped[int | None]
    consent_withdrawn_at: Mapped[int | None]
    consent_purposes: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    consent_review_on: Mapped[str | None] = mapped_column(String(10))


class ContactRow(Base):
    """A person or team to reach. `channels`: `console:`, `mqtt:` or Apprise URLs; `phone`: for care workers to call."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("home", "name"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(128))
    channels: Mapped[JsonList] = mapped_column(default=list)
    language: Mapped[str] = mapped_column(String(8), default="en")
    quiet_hours: Mapped[str | None] = mapped_column(String(11))
    sees: Mapped[str] = mapped_column(String(16), default="alerts", server_default="alerts")
    """What of the home its residents let this contact see on pages: gateway.model.Sees."""
    phone: Mapped[str | None] = mapped_column(String(32))


class StepRow(Base):
    """One contact in one step of an escalation; rows of one (home, route, position) are told together."""

    __tablename__ = "escalation_step"
    __table_args__ = (UniqueConstraint("home", "route", "position", "contact"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    route: Mapped[str] = mapped_column(String(32), default="default")
    position: Mapped[int]
    contact: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    wait_s: Mapped[int] = mapped_column(default=300)
    hours: Mapped[str | None] = mapped_column(String(11))
    days: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    """On duty in these hours, on these days (`mon` ...); none: always."""


class RuleRow(Base):
    """A configured rule; a home without any gets the default pack."""

    __tablename__ = "rule"
    __table_args__ = (UniqueConstraint("home", "type", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    type: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64), default="")
    route: Mapped[str] = mapped_column(String(32), default="default")
    parameters: Mapped[JsonObject] = mapped_column(default=dict)


class RevisionRow(Base):
    """One row; grows with every change to the registry, so that the running gateway notices."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


# ------------------------------------------------------------------------------------------------ alerts


class AlertRow(Base):
    """An alert. At most one that is not closed per (home, rule, subject); `subject` is '' for none."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_open", "home", "rule", "subject", unique=True, sqlite_where=text("state != 'closed'"),
              postgresql_where=text("state != 'closed'")),
        Index("ix_alert_next_step_at", "next_step_at"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(String(64), index=True)
    rule: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(255), default="")
    concerns: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    route: Mapped[str] = mapped_column(String(32), default="default")
    state: Mapped[str] = mapped_column(String(16))
    explanation: Mapped[str]
    evidence: Mapped[JsonObject]
    event_at: Mapped[int]
    """When it became true."""
    received_at: Mapped[int | None]
    raised_at: Mapped[int]
    first_notified_at: Mapped[int | None]
    accepted_at: Mapped[int | None]
    accepted_by: Mapped[str | None] = mapped_column(String(128))
    cleared_at: Mapped[int | None]
    closed_at: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    occurrences: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    round_at: Mapped[int]
    """Since when it has been waiting for an answer; acceptances are timed from here, whatever the round."""
    step: Mapped[int] = mapped_column(default=0)
    """The last escalation step that was taken in this round; 0 before the first."""
    next_step_at: Mapped[int | None]
    """When the clock must look at this alert again; None when nothing is due."""
    asked_at: Mapped[int | None]
    """When the resident was asked whether all is well; None where they were not, in this series of calls."""
    answer_by: Mapped[int | None]
    """Until when they can answer; None while they may still be asked."""
    snoozed_until: Mapped[int | None]
    handed_to: Mapped[str | None] = mapped_column(String(128))
    """Who was asked to take on what somebody has accepted, and has not done so yet."""
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")
    """Whole rounds of calls without an answer, since `round_at`."""


class TimelineRow(Base):
    """Everything that happened to an alert, and who did it (`keepwell` for the gateway itself)."""

    __tablename__ = "alert_timeline"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    at: Mapped[int]
    what: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(128))
    detail: Mapped[JsonObject] = mapped_column(default=dict)


class OutboxRow(Base):
    """A notification: one message to one contact by one channel for one alert, kind, step and round."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("alert", "kind", "step", "round", "contact", "channel"),
        Index("ix_outbox_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    home: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    step: Mapped[int]
    round: Mapped[int]
    contact: Mapped[int]
    contact_name: Mapped[str] = mapped_column(String(128))
    channel: Mapped[str] = mapped_column(String(1024))
    language: Mapped[str] = mapped_column(String(8), default="en")
    title: Mapped[str]
    body: Mapped[str]
    priority: Mapped[int]
    message_id: Mapped[str] = mapped_column(String(128), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """pending, sending (its result is unknown if we die now), sent, failed, dropped, or blocked: a setting must be
    fixed first; tried again slowly, and counted as not reached."""
    may_be_repeat: Mapped[bool] = mapped_column(default=False)
    """An earlier attempt ended without a known result."""
    gather: Mapped[str | None] = mapped_column(String(64))
    """It may go out as one with others of this word, address and kind: the area, "" for none; None: always alone."""
    part_of: Mapped[int | None]
    """The message (a row's id, also its own) as part of which it goes out, from the first try on; None: by itself."""
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int]
    due_at: Mapped[int]
    finished_at: Mapped[int | None]
    error: Mapped[str | None]


# ------------------------------------------------------------------------------------------------ watch


class StateRow(Base):
    """A home's hot state (timers, episodes) as the watch stage last committed it."""

    __tablename__ = "watch_state"

    home: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class BaselineRow(Base):
    """What a home's days have taught (gateway/watch/routine), as saved at the end of the last one."""

    __tablename__ = "baseline"

    home: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class CursorRow(Base):
    """Journal offset up to which a reader's effects are in this database."""

    __tablename__ = "reader_cursor"

    reader: Mapped[str] = mapped_column(String(32), primary_key=True)
    offset: Mapped[int]


class FactRow(Base):
    """What watch concluded, waiting for the recorder."""

    __tablename__ = "fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    measurement: Mapped[str] = mapped_column(String(32))
    home: Mapped[str] = mapped_column(String(64))
    tags: Mapped[JsonObject]
    fields: Mapped[JsonObject]
    at: Mapped[int]


class RuleStatusRow(Base):
    """Present state of each rule of each home: armed, degraded or blind, with the reason in words."""

    __tablename__ = "rule_status"

    home: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule: Mapped[str] = mapped_column(String(96), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    since: Mapped[int]
