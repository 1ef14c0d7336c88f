"""Room on the disk: the journal's quota, and the ballast that is let go so that alerts can be kept on a full disk."""

import contextlib
import os
from pathlib import Path

import structlog

MEGABYTE = 1 << 20
_SHARE = 0.8
"""Of the disk, at most this much is the journal's."""
_LOW = 16
"""With less free than this part of the ballast, the ballast goes before anybody met the end of the disk."""
_NOTHING = 256 * 1024

log = structlog.get_logger("keepwell.journal")


class Room:
    """The disk under a folder. Used by the journal's writing thread only; the attributes may be read by anybody.

    `quota` in bytes, None for none. `held`: the ballast is there. `free`: bytes at the last look.
    While it is not held, `floor` bytes are left to others, first of all to keepwell.db with its alerts.
    """

    def __init__(self, folder: Path, quota_bytes: int | None, ballast_bytes: int) -> None:
        self.folder = folder
        self.ballast = ballast_bytes
        self.floor = ballast_bytes // 2
        self._path = folder / "ballast"
        self.free, total = self._measure()
        self.quota = None if quota_bytes is None else min(quota_bytes, int(total * _SHARE))
        self.held = ballast_bytes > 0 and self._path.exists() and self._path.stat().st_size == ballast_bytes
        self.look()

    def look(self) -> None:
        """Let the ballast go when hardly anything is free, make it when there is room for it twice."""
        self.free, _ = self._measure()
        if self.held and self.free < self.ballast // _LOW:
            self.let_go()
        elif not self.held and self.ballast and self.free >= 2 * self.ballast:
            self._make()

    def let_go(self) -> bool:
        """Give the ballast's room to whoever needs it; whether there was any to give."""
        if not self.held:
            return False
        self.held = False
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the ballast could not be let go", error=repr(error))
            return False
        self.free, _ = self._measure()
        log.error("disk full, ballast let go", folder=str(self.folder), free_mb=self.free // MEGABYTE)
        return True

    def exhausted(self) -> bool:
        """Whether the disk has practically no room left, whatever an error calls it."""
        self.free, _ = self._measure()
        return self.free < _NOTHING

    def spares(self) -> bool:
        """Whether what is free now must be left to others."""
        if self.held or not self.floor:
            return False
        self.free, _ = self._measure()
        return self.free < self.floor

    def _make(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self.ballast)
        except OSError as error:
            log.warning("the ballast could not be made", error=repr(error))
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            return
        self.held = True
        self.free, _ = self._measure()

    def _measure(self) -> tuple[int, int]:
        """Bytes free to us, and of the whole disk; a folder that is not there has none of either."""
        try:
            found = os.statvfs(self.folder)
        except OSError:
            return 0, 0
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
