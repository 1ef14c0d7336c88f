"""Keeping the journal within its room: what goes at the quota, what a full disk refuses, and what is told of it."""

import time
from collections.abc import Callable, Mapping, Sequence

from devices.instant import SECOND, Instant
from gateway.clock import Clock
from gateway.errors import TryLater
from gateway.journal import view
from gateway.journal.file import Replaced
from gateway.journal.room import MEGABYTE, Room
from gateway.journal.writing import Writer
from gateway.model import Taken, Trouble

LOOK_EVERY_S = 1.0
_TARGET = 0.95
"""Of the quota, down to which entries go once it was reached."""
_AT_ONCE = 1_000
"""Entries that go in one transaction, so that an append waits for milliseconds."""
_ELBOW_ROOM = MEGABYTE
"""Unused bytes within the file that are enough to take a batch without more of the disk."""
_LONGEST_LOG = 4
"""A write-ahead log so many times its ordinary size is cut short."""


class Housekeeping:
    """Everything but `troubles` and `figures` runs on the journal's writing thread."""

    def __init__(self, room: Room, urgent: Callable[[Taken], bool], clock: Clock) -> None:
        self.room = room
        self._urgent = urgent
        self._clock = clock
        self._look_at = 0.0
        self._trimming = False
        self._used = 0
        self._watch_behind = 0
        self._recorded = self._dropped_up_to = self._dropped = self._refused = 0
        self._since: dict[str, Instant] = {}
        self._replaced: list[tuple[Instant, Replaced]] = []

    def due(self) -> bool:
        """Whether it is time for another look."""
        return time.monotonic() >= self._look_at

    def replaced(self, what: Replaced) -> None:
        """A damaged file was replaced."""
        self._replaced.append((self._clock.now(), what))

    def tend(self, writer: Writer) -> bool:
        """Look at the disk; let a few entries go if the journal is above its quota. Whether more are to go."""
        self._look_at = time.monotonic() + LOOK_EVERY_S
        self.room.look()
        self._note("disk", holds=bool(self.room.ballast) and not self.room.held)
        space = view.disk_space(writer.connection, writer.path)
        self._used = space.used + space.log
        self._watch_behind = view.behind(writer.connection, "watch")
        if space.log > _LONGEST_LOG * writer.log_bytes:
            writer.cut_log()
        quota = self.room.quota
        if quota is None:
            return False
        above = self._used > quota
        more = (above or (self._trimming and self._used > _TARGET * quota)) and self._trim(writer)
        self._note("full of unread", holds=above and not more)
        self._recorded = view.cursors(writer.connection).get("recorder", 0)
        self._note("dropped", holds=self._dropped > 0 and (more or self._recorded <= self._dropped_up_to))
        self._trimming = more
        return more

    def make_way(self, writer: Writer, batch: Sequence[Taken]) -> None:
        """Raise TryLater when what the disk has left must be left to alerts, and the batch holds nothing urgent.

        Before that the write-ahead log is cut short, and entries that all have read make room within the file.
        """
        if not self.room.spares():
            return
        space = view.disk_space(writer.connection, writer.path)
        if space.log > self.room.floor // 8 and space.growth < self.room.free // 2:
            writer.cut_log()
        if not self.room.spares() or any(self._urgent(taken) for taken in batch):
            return
        while view.disk_space(writer.connection, writer.path).unused < _ELBOW_ROOM:
            if not writer.trim(_AT_ONCE, recorded_only=True).entries:
                self._refused += 1
                raise TryLater(
                    f"the disk that holds {writer.path} is full, and its last {self.room.free // MEGABYTE} MB are kept"
                    " for alerts: free space on it; until then nothing is acknowledged"
                )

    def _trim(self, writer: Writer) -> bool:
        gone = writer.trim(_AT_ONCE)
        if gone.unrecorded:
            self._dropped += gone.unrecorded
            self._dropped_up_to = max(self._dropped_up_to, gone.last)
        return gone.entries > 0

    def _note(self, what: str, *, holds: bool) -> None:
        if not holds:
            self._since.pop(what, None)
            if what == "dropped":
                self._dropped = 0
        elif what not in self._since:
            self._since[what] = self._clock.now()

    # ------------------------------------------------------------------------------------------ for the event loop

    def figures(self) -> Mapping[str, float]:
        """Bytes in use and free, the quota, whether the ballast is there, batches refused for want of room."""
        replaced = [what.salvaged for _, what in self._replaced]
        return {
            "bytes": float(self._used),
            "watch_lag_s": self._watch_behind / SECOND,
            "quota_bytes": float(self.room.quota or 0),
            "disk_free_bytes": float(self.room.free),
            "ballast": float(self.room.held),
            "refused": float(self._refused),
            "set_aside": float(len(replaced)),
            "salvaged": float(sum(one.readings for one in replaced)),
        }

    def troubles(self) -> Sequence[Trouble]:
        """A full disk, readings dropped at the quota, a quota that cannot be kept, a damaged file."""
        since, found = dict(self._since), []
        free, quota = self.room.free // MEGABYTE, (self.room.quota or 0) // MEGABYTE
        if "disk" in since:
            found.append(self._trouble("disk", since["disk"], (
                f"The disk that holds {self.room.folder} is full: {free} MB are left, and the reserve of "
                f"{self.room.ballast // MEGABYTE} MB is not there. What is left is kept for alerts. "
                f"Free {(2 * self.room.ballast) // MEGABYTE} MB or more on it"
            )))  # fmt: skip
        if "dropped" in since:
            found.append(self._trouble("journal quota", since["dropped"], (
                f"{self._dropped:,} readings were not recorded: the journal reached its {quota} MB while the store "
                "could not take them; all rules have seen them. Bring the store back, or give the journal more room "
                "([journal] quota_mb)"
            )))  # fmt: skip
        if "full of unread" in since:
            found.append(self._trouble("journal room", since["full of unread"], (
                f"The journal is above its {quota} MB and holds nothing that may go: the rules have not read it yet. "
                "Look into the log for why, or give the journal more room ([journal] quota_mb)"
            )))  # fmt: skip
        for at, what in self._replaced:
            found.append(self._trouble("journal damaged", at, _damage(what), passing=False))
        return found

    @staticmethod
    def _trouble(subject: str, since: Instant, sentence: str, *, passing: bool = True) -> Trouble:
        return Trouble("gateway", subject, f"{sentence}.", since, passing=passing)


def _damage(what: Replaced) -> str:
    taken, missing = what.salvaged
    if missing is None:
        lost = "nobody can tell how many are missing"
    else:
        lost = f"up to {missing:,} could not be read" if missing else "none is missing"
    return (
        f"The journal was damaged and lies in {what.path} now; a new one was begun. {taken:,} readings that were still "
        f"needed were taken over, {lost}. Check the disk; the file can be deleted when nobody wants to look into it"
    )
