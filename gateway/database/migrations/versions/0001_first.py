"""All tables of the first version.

Revises:
Created: 2026-01-05
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "alert",
    "fact",
    "home",
    "reader_cursor",
    "revision",
    "rule_status",
    "watch_state",
    "alert_timeline",
    "contact",
    "hub",
    "outbox",
    "resident",
    "room",
    "rule",
    "device",
    "escalation_step",
)


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("concerns", sa.String(length=16), nullable=False),
        sa.Column("priority", INTEGER, nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("event_at", INTEGER, nullable=False),
        sa.Column("received_at", INTEGER, nullable=True),
        sa.Column("raised_at", INTEGER, nullable=False),
        sa.Column("first_notified_at", INTEGER, nullable=True),
        sa.Column("accepted_at", INTEGER, nullable=True),
        sa.Column("accepted_by", sa.String(length=128), nullable=True),
        sa.Column("cleared_at", INTEGER, nullable=True),
        sa.Column("closed_at", INTEGER, nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("occurrences", INTEGER, nullable=False),
        sa.Column("round", INTEGER, nullable=False),
        sa.Column("round_at", INTEGER, nullable=False),
        sa.Column("step", INTEGER, nullable=False),
        sa.Column("next_step_at", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_home"), ["home"], unique=False)
        batch_op.create_index("ix_alert_next_step_at", ["next_step_at"], unique=False)
        batch_op.create_index(
            "ix_alert_open",
            ["home", "rule", "subject"],
            unique=True,
            sqlite_where=sa.text("state != 'closed'"),
            postgresql_where=sa.text("state != 'closed'"),
        )

    op.create_table(
        "fact",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("measurement", sa.String(length=32), nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_table(
        "home",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("occupants", INTEGER, nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_home")),
    )
    op.create_table(
        "reader_cursor",
        sa.Column("reader", sa.String(length=32), nullable=False),
        sa.Column("offset", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_reader_cursor")),
    )
    op.create_table(
        "revision",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_table(
        "rule_status",
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=96), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("home", "rule", name=op.f("pk_rule_status")),
    )
    op.create_table(
        "watch_state",
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("home", name=op.f("pk_watch_state")),
    )
    op.create_table(
        "alert_timeline",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("alert", INTEGER, nullable=False),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alert.id"], name=op.f("fk_alert_timeline_alert_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_timeline")),
    )
    with op.batch_alter_table("alert_timeline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_timeline_alert"), ["alert"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("quiet_hours", sa.String(length=11), nullable=True),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_contact_home_home"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("home", "name", name=op.f("uq_contact_home")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_home"), ["home"], unique=False)

    op.create_table(
        "hub",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("replay", sa.Boolean(), nullable=False),
        sa.Column("qos0_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_hub_home_home"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hub")),
    )
    with op.batch_alter_table("hub", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hub_home"), ["home"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("alert", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("step", INTEGER, nullable=False),
        sa.Column("round", INTEGER, nullable=False),
        sa.Column("contact", INTEGER, nullable=False),
        sa.Column("contact_name", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=1024), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("priority", INTEGER, nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("may_be_repeat", sa.Boolean(), nullable=False),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("due_at", INTEGER, nullable=False),
        sa.Column("finished_at", INTEGER, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alert.id"], name=op.f("fk_outbox_alert_alert"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("alert", "kind", "step", "round", "contact", "channel", name=op.f("uq_outbox_alert")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_alert"), ["alert"], unique=False)
        batch_op.create_index("ix_outbox_due", ["state", "due_at"], unique=False)

    op.create_table(
        "resident",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("consent_by", sa.String(length=128), nullable=True),
        sa.Column("consent_basis", sa.String(length=64), nullable=True),
        sa.Column("consent_at", INTEGER, nullable=True),
        sa.Column("consent_withdrawn_at", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_resident_home_home"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resident_home"), ["home"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_room_home_home"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("home", "name", name=op.f("uq_room_home")),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_home"), ["home"], unique=False)

    op.create_table(
        "rule",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_rule_home_home"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint("home", "type", "key", name=op.f("uq_rule_home")),
    )
    with op.batch_alter_table("rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_home"), ["home"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("maker", sa.String(length=128), nullable=True),
        sa.Column("model", sa.String(length=128), nullable=True),
        sa.Column("quantities", sa.JSON(), nullable=False),
        sa.Column("registered_at", INTEGER, nullable=False),
        sa.Column("last_heard", INTEGER, nullable=True),
        sa.ForeignKeyConstraint(["home"], ["home.reference"], name=op.f("fk_device_home_home"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["hub"], ["hub.name"], name=op.f("fk_device_hub_hub"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("hub", "address", name=op.f("uq_device_hub")),
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_home"), ["home"], unique=False)

    op.create_table(
        "escalation_step",
        sa.Column("id", INTEGER, nullable=False),
        sa.Column("home", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("position", INTEGER, nullable=False),
        sa.Column("contact", INTEGER, nullable=False),
        sa.Column("wait_s", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact"], ["contact.id"], name=op.f("fk_escalation_step_contact_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["home"], ["home.reference"], name=op.f("fk_escalation_step_home_home"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_step")),
        sa.UniqueConstraint("home", "route", "position", "contact", name=op.f("uq_escalation_step_home")),
    )
    with op.batch_alter_table("escalation_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_escalation_step_home"), ["home"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
