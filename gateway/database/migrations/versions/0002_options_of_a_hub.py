"""How a hub is set up where it departs from the defaults.

Revises: 0001
Created: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Existing hubs have all defaults."""
    op.add_column("hub", sa.Column("options", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("hub", "options")
