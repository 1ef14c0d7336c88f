"""People who sign in, what they may see and looked at, walk tests, planned absences, and what was consented to.

Revises: 0005
Created: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _INSTANT, nullable=False)


def _at(name: str, *, needed: bool = False) -> sa.Column[int]:
    return sa.Column(name, _INSTANT, nullable=not needed)


def _person(*, needed: bool = True) -> sa.Column[int]:
    return sa.Column("person", _INSTANT, sa.ForeignKey("person.id", ondelete="CASCADE"), nullable=not needed)


def _home() -> sa.Column[str]:
    return sa.Column("home", sa.String(64), sa.ForeignKey("home.reference", ondelete="CASCADE"), nullable=False)


def _digest() -> sa.Column[bytes]:
    return sa.Column("digest", sa.LargeBinary(32), nullable=False)


def upgrade() -> None:
    """Homes that are registered by now are in service; nobody can sign in; contacts see alerts."""
    for name in ("live_at", "away_from", "away_until"):
        op.add_column("home", _at(name))
    op.execute("UPDATE home SET live_at = 0")
    op.add_column("resident", sa.Column("consent_purposes", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("resident", sa.Column("consent_review_on", sa.String(10), nullable=True))
    op.add_column("contact", sa.Column("sees", sa.String(16), server_default="alerts", nullable=False))
    op.add_column("contact", sa.Column("phone", sa.String(32), nullable=True))
    op.create_table(
        "person",
        _id(),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("areas", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("password", sa.String(255), nullable=True),
        sa.Column("oidc", sa.String(255), nullable=True),
        _at("created_at", needed=True),
        _at("disabled_at"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
        sa.UniqueConstraint("oidc", name="uq_person_oidc"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "person_home",
        _id(),
        _person(),
        _home(),
        sa.Column("contact", _INSTANT, sa.ForeignKey("contact.id", ondelete="SET NULL"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person_home"),
        sa.UniqueConstraint("person", "home", name="uq_person_home_person"),
    )
    op.create_index("ix_person_home_person", "person_home", ["person"])
    op.create_index("ix_person_home_home", "person_home", ["home"])
    op.create_table(
        "session",
        _id(),
        _digest(),
        _person(),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        *(_at(name, needed=True) for name in ("created_at", "seen_at", "expires_at")),
        _at("revoked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("digest", name="uq_session_digest"),
    )
    op.create_index("ix_session_person", "session", ["person"])
    op.create_table(
        "sign_in_link",
        _id(),
        _digest(),
        _person(needed=False),
        *(_at(name, needed=True) for name in ("created_at", "expires_at")),
        _at("used_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_link"),
        sa.UniqueConstraint("digest", name="uq_sign_in_link_digest"),
    )
    op.create_index("ix_sign_in_link_person", "sign_in_link", ["person"])
    op.create_table(
        "api_token",
        _id(),
        _digest(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("areas", sa.JSON(), server_default="[]", nullable=False),
        _at("created_at", needed=True),
        sa.Column("created_by", sa.String(128), nullable=False),
        *(_at(name) for name in ("expires_at", "used_at", "revoked_at")),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("digest", name="uq_api_token_digest"),
    )
    op.create_table(
        "look",
        _id(),
        *(_at(name, needed=True) for name in ("at", "last_at", "times")),
        sa.Column("who", sa.String(128), nullable=False),
        _at("person"),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("home", sa.String(64), nullable=True),
        sa.Column("what", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_look"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_look_home_at", "look", ["home", "at"])
    op.create_index("ix_look_person", "look", ["person"])
    op.create_table(
        "walk_test",
        _id(),
        _home(),
        _at("started_at", needed=True),
        sa.Column("started_by", sa.String(128), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("pendant", sa.String(255), nullable=True),
        *(_at(name) for name in ("pendant_until", "signed_at")),
        sa.Column("signed_by", sa.String(128), nullable=True),
        sa.Column("override", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_walk_test"),
    )
    op.create_index("ix_walk_test_home", "walk_test", ["home"])
    one = sa.text("signed_at IS NULL")
    op.create_index("ix_walk_test_open", "walk_test", ["home"], unique=True, sqlite_where=one, postgresql_where=one)
    op.add_column("device", sa.Column("former", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("device", "former")
    for table in ("walk_test", "look", "api_token", "sign_in_link", "session", "person_home", "person"):
        op.drop_table(table)
    op.drop_column("contact", "phone")
    op.drop_column("contact", "sees")
    op.drop_column("resident", "consent_review_on")
    op.drop_column("resident", "consent_purposes")
    for name in ("away_until", "away_from", "live_at"):
        op.drop_column("home", name)
