"""What a home's days have taught, its pack of rules, and when its alerts were last tested.

Revises: 0002
Created: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Nothing is known of existing homes yet."""
    op.create_table(
        "baseline",
        sa.Column("home", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("home", name="pk_baseline"),
    )
    op.add_column("home", sa.Column("pack", sa.String(64), nullable=True))
    op.add_column("home", sa.Column("tested_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))


def downgrade() -> None:
    op.drop_column("home", "tested_at")
    op.drop_column("home", "pack")
    op.drop_table("baseline")
