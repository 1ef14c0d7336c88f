"""When a resident was asked, alerts put off and handed over, and the hours in which a step is on duty.

Revises: 0003
Created: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Alerts that are open were asked of nobody; all steps are always on duty."""
    op.add_column("escalation_step", sa.Column("hours", sa.String(11), nullable=True))
    op.add_column("escalation_step", sa.Column("days", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("alert", sa.Column("asked_at", _INSTANT, nullable=True))
    op.add_column("alert", sa.Column("answer_by", _INSTANT, nullable=True))
    op.add_column("alert", sa.Column("snoozed_until", _INSTANT, nullable=True))
    op.add_column("alert", sa.Column("handed_to", sa.String(128), nullable=True))
    op.add_column("alert", sa.Column("unanswered", _INSTANT, server_default="0", nullable=False))
    op.execute("UPDATE alert SET answer_by = raised_at WHERE state != 'closed'")


def downgrade() -> None:
    for column in ("unanswered", "handed_to", "snoozed_until", "answer_by", "asked_at"):
        op.drop_column("alert", column)
    op.drop_column("escalation_step", "days")
    op.drop_column("escalation_step", "hours")
