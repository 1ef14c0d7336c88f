"""Messages about many homes of an area that go out as one.

Revises: 0004
Created: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """What waits to be sent goes by itself."""
    op.add_column("outbox", sa.Column("gather", sa.String(64), nullable=True))
    op.add_column("outbox", sa.Column("part_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "part_of")
    op.drop_column("outbox", "gather")
