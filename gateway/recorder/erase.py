"""What history.db holds of one home, and its deletion. On the store's own thread."""

import shutil
import sqlite3
from pathlib import Path

from gateway.errors import TryLater
from gateway.ports import Extent

_ROOM = 2.2
"""SQLite needs up to twice the file's size to write it anew (sqlite.org/lang_vacuum.html)."""


def extent(connection: sqlite3.Connection, home: str) -> Extent:
    """How many points there are, from when until when."""
    points, start, end = connection.execute(
        "SELECT count(*), min(at), max(at) FROM point WHERE series IN (SELECT id FROM series WHERE home = ?)", (home,)
    ).fetchone()
    return Extent(points, start, end + 1) if points else Extent()


def erase(connection: sqlite3.Connection, home: str, path: Path) -> None:
    """Delete all points, then write the file anew, so that no copy is left in what it does not use.

    TryLater when the disk has no room for that: then the points are deleted, and overwritten where they lay.
    """
    connection.execute("PRAGMA secure_delete=ON").fetchall()
    for (series,) in connection.execute("SELECT id FROM series WHERE home = ?", (home,)).fetchall():
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("DELETE FROM point WHERE series = ?", (series,))
            connection.execute("DELETE FROM series WHERE id = ?", (series,))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    size = path.stat().st_size
    if shutil.disk_usage(path.parent).free < _ROOM * size:
        raise TryLater(
            f"its readings are deleted from {path.name}, but the disk has no room to write that file anew, and parts"
            " of it may still hold copies: free some room and erase again"
        )
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
