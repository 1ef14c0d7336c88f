"""Tables of who may come in: people, what they may see, how they signed in, and what they looked at.

Of every secret that was given to somebody only the SHA-256 is kept. Times of sessions, links and tokens are those of
the machine's clock, also where homes live on a recording's.
"""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.database.tables import NEVER_REUSED, Base, JsonList, JsonObject

EVERYWHERE = "*"
"""In place of an area: all homes, also those without one."""


class PersonRow(Base):
    """Somebody who can sign in. `email` in lower case; `areas` for staff, supervisors and installers."""

    __tablename__ = "person"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    email: Mapped[str] = mapped_column(String(255), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    areas: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    password: Mapped[str | None] = mapped_column(String(255))
    """Argon2id, in its own text form."""
    oidc: Mapped[str | None] = mapped_column(String(255), unique=True)
    """Issuer and `sub` at the organisation's own sign-in."""
    created_at: Mapped[int]
    disabled_at: Mapped[int | None]
    homes: Mapped[list["PersonHomeRow"]] = relationship(cascade="all, delete-orphan", order_by="PersonHomeRow.home")


class PersonHomeRow(Base):
    """A home that a person may see by name, beside those of their areas; for family, as which of its contacts."""

    __tablename__ = "person_home"
    __table_args__ = (UniqueConstraint("person", "home"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    contact: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))


class SessionRow(Base):
    """A signed-in browser."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    way: Mapped[str] = mapped_column(String(16))
    """link, password or oidc."""
    browser: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[int]
    seen_at: Mapped[int]
    expires_at: Mapped[int]
    revoked_at: Mapped[int | None]


class LinkRow(Base):
    """A link that signs a person in once, by the button of its page; one without a person makes the first of all."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[int]
    expires_at: Mapped[int]
    used_at: Mapped[int | None]


class TokenRow(Base):
    """A token for the JSON API. It may do what a person of its role with these areas may."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    areas: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[int | None]
    used_at: Mapped[int | None]
    revoked_at: Mapped[int | None]


class LookRow(Base):
    """That somebody looked at personal data. Repeated looks at one thing within a while are one row with a count."""

    __tablename__ = "look"
    __table_args__ = (Index("ix_look_home_at", "home", "at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    last_at: Mapped[int]
    times: Mapped[int] = mapped_column(default=1)
    who: Mapped[str] = mapped_column(String(128))
    """The name, kept though the person goes."""
    person: Mapped[int | None] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(16))
    home: Mapped[str | None] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(64))
    """In plain words: `today`, `alert 12`, `contacts`."""


class WalkRow(Base):
    """A walk test of a home: each sensor was seen to work, and who says so. At most one that is not signed per home."""

    __tablename__ = "walk_test"
    __table_args__ = (
        Index("ix_walk_test_open", "home", unique=True, sqlite_where=text("signed_at IS NULL"),
              postgresql_where=text("signed_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    home: Mapped[str] = mapped_column(ForeignKey("home.reference", ondelete="CASCADE"), index=True)
    started_at: Mapped[int]
    started_by: Mapped[str] = mapped_column(String(128))
    seen: Mapped[JsonObject] = mapped_column(default=dict)
    """What was seen of each device, and how the exit and the pendant test went."""
    pendant: Mapped[str | None] = mapped_column(String(255))
    pendant_until: Mapped[int | None]
    """Until then a press of this device is a test, and its alert says so."""
    signed_at: Mapped[int | None]
    signed_by: Mapped[str | None] = mapped_column(String(128))
    override: Mapped[str | None]
    """Why the home goes live though something of the test is missing."""
