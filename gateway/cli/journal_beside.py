"""The journal of a gateway that may be running, read as ports.Journal is."""

from collections.abc import Sequence

from gateway.journal.view import JournalView
from gateway.model import Journaled, Lesson, Quarantined, SightingSummary, Waiting


class JournalBeside:
    """For reading only."""

    def __init__(self, view: JournalView) -> None:
        self._view = view

    async def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """As ports.Journal."""
        return self._view.of_home(home, after, limit)

    async def sightings(self) -> Sequence[SightingSummary]:
        """As ports.Journal."""
        return self._view.sightings()

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """As ports.Journal."""
        return self._view.quarantine(limit)

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """As ports.Journal."""
        return self._view.waiting(hub)

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """As ports.Journal."""
        return self._view.lessons(hub)
