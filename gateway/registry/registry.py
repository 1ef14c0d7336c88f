"""The registry in keepwell.db: the picture that stages ask for, and the one way to change it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

from devices.instant import Instant
from devices.measurement import Description
from gateway.database import revision
from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.model import Directory
from gateway.registry import devices, importing, picture
from gateway.registry.homefile import (
    HomeFile,
    ValidateChannel,
    ValidatePack,
    ValidateRule,
    channel_problems,
    pack_problems,
    rule_problems,
)

Result = TypeVar("Result")
Imported = Literal["created", "updated", "unchanged"]


class SqlRegistry:
    """Registry on a Database. Changes are the functions of homes, devices and contacts, run inside `changing`.

    Every transaction that changed something raises the revision, so that the running gateway reads anew.
    `validate_rule` checks rule parameters on import, `validate_channel` contacts' channels, `validate_pack` the pack's
    name; what rule types, channels and packs there are, other stages know.
    """

    def __init__(
        self,
        database: Database,
        validate_rule: ValidateRule | None = None,
        validate_channel: ValidateChannel | None = None,
        validate_pack: ValidatePack | None = None,
    ) -> None:
        self._database = database
        self.validate_rule = validate_rule
        self.validate_channel = validate_channel
        self.validate_pack = validate_pack

    async def directory(self) -> Directory:
        """The present picture."""
        return await self._database.run(picture.directory)

    async def revision(self) -> int:
        """Grows with every change; cheap to ask."""
        return await self._database.run(revision.revision)

    async def describe(self, hub: str, address: str, description: Description) -> bool:
        """Note what a registered device tells of itself; whether there was anything new."""
        return await self.change(lambda session: devices.describe(session, hub, address, description))

    async def resolve_address(self, hub: str, named: str, address: str) -> bool:
        """Re-key a device registered by friendly name to its stable address; whether there was one."""
        return await self.change(lambda session: devices.resolve_address(session, hub, named, address))

    async def change(self, work: Callable[[Session], Result]) -> Result:
        """Run a change on the database's own thread."""

        def noted(session: Session) -> Result:
            with _raising_revision(session):
                return work(session)

        return await self._database.run(noted)

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A transaction for changes, in this thread; nothing is changed when it is left by an exception."""
        with self._database.transaction() as session, _raising_revision(session):
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for questions, in this thread."""
        with self._database.transaction() as session:
            yield session

    def import_home(self, file: HomeFile, now: Instant) -> Imported:
        """Create or update a home by its reference, in this thread. BadInput when it cannot be."""
        home = file.model_dump()
        problems = [*rule_problems(home, self.validate_rule), *channel_problems(home, self.validate_channel)]
        problems += pack_problems(home, self.validate_pack)
        if problems:
            raise BadInput("\n".join(problems))
        with self._database.transaction() as session, _raising_revision(session) as note:
            created = importing.import_home(session, file, now)
        return "created" if created else "updated" if note.changed else "unchanged"

    def export_home(self, reference: str) -> HomeFile:
        """The home as a file, in this thread."""
        with self.reading() as session:
            return importing.export_home(session, reference)


class _Note:
    """Notes whether any row was added, removed or really altered."""

    def __init__(self) -> None:
        self.changed = False

    def __call__(self, flushing: Session, _context: object, _instances: object) -> None:
        altered = flushing.new or flushing.deleted or any(flushing.is_modified(row) for row in flushing.dirty)
        self.changed = self.changed or bool(altered)


@contextmanager
def _raising_revision(session: Session) -> Iterator["_Note"]:
    """Raise the revision at the end of a transaction that changed something."""
    note = _Note()
    event.listen(session, "before_flush", note)
    try:
        yield note
        session.flush()
    finally:
        event.remove(session, "before_flush", note)
    if note.changed:
        revision.raise_revision(session)
