"""Taking a backup, while the gateway runs or not. Nothing of the data directory is changed."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from devices.instant import Instant
from gateway.backup.archive import HISTORY, JOURNAL, REGISTRY, SESSION, Manifest, Writer
from gateway.errors import BadInput, TryLater

_BUSY_TIMEOUT_S = 30.0
_MEGABYTE = 1_000_000


def take(data: Path, target: Path, *, history: bool, now: Instant) -> Manifest:
    """Write a backup of `data` to the new file `target`, which only its owner may read.

    keepwell.db is copied before journal.db, and that before history.db: so the journal holds every reading whose
    conclusions keepwell.db has not, and the history every reading that the journal says is recorded. Each copy is
    SQLite's own online one, of a single moment. Raises BadInput, or TryLater when the disk cannot take it; then
    nothing is left of it.
    """
    if not (data / REGISTRY).exists():
        raise BadInput(f"there is nothing to back up in {data}: give the data directory with --data")
    _check_target(data, target)
    left_out = (HISTORY,) if not history and (data / HISTORY).exists() else ()
    with _explained(target), tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        work = Path(folder)
        _check_room(data, work, history=history)
        archive = work / "archive"
        writer = Writer(archive)
        try:
            if (data / SESSION).exists():
                shutil.copyfile(data / SESSION, work / SESSION)
            for names in ((REGISTRY, JOURNAL), (HISTORY,) if history else ()):
                for name in names:
                    if (data / name).exists():
                        _copy(data / name, work / name)
                for name in (SESSION, *names):
                    if (work / name).exists():
                        writer.add(name, work / name)
                        (work / name).unlink()
            manifest = Manifest(now, version("keepwell"), dict(writer.parts), left_out)
            (work / "manifest").write_bytes(manifest.written())
            writer.finish(work / "manifest")
        finally:
            writer.abandon()
        _check_target(data, target)
        archive.rename(target)
        sync_folder(target.parent)
    return manifest


def sync_folder(folder: Path) -> None:
    """What was renamed in it has its new name after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_target(data: Path, target: Path) -> None:
    if target.exists():
        raise BadInput(f"{target} is there already, and a backup is never overwritten: give another name")
    if not target.parent.is_dir():
        raise BadInput(f"the folder {target.parent} does not exist: make it, or give another place")
    if data.resolve() in target.resolve().parents:
        raise BadInput(f"{target} lies in the data directory and would be lost with it: give a place outside {data}")


def _check_room(data: Path, work: Path, *, history: bool) -> None:
    """Copies lie beside the archive until they are in it: both databases first, then the history."""
    files = [sum(_bytes(data / name) for name in (REGISTRY, JOURNAL)), _bytes(data / HISTORY) if history else 0]
    needed, free = max(files), shutil.disk_usage(work).free
    if free < needed:
        raise TryLater(
            f"there is no room for the backup: {needed / _MEGABYTE:,.0f} MB are needed where it is to be, and"
            f" {free / _MEGABYTE:,.0f} MB are free; give another place"
        )


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _copy(source: Path, target: Path) -> None:
    """All of it in one step, so that it shows one moment and never begins anew, however much is written meanwhile."""
    try:
        with closing(_reading(source)) as reading, closing(sqlite3.connect(target, timeout=_BUSY_TIMEOUT_S)) as copy:
            reading.backup(copy)
            found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        found = str(error)
    if found != "ok":
        raise BadInput(
            f"{source} is damaged ({found}), so no backup was made: a damaged journal.db is set aside when the gateway"
            " starts again; in place of another file restore an earlier backup"
        )
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TryLater(f"the backup could not be made ({error}): look at the room on the disk of {target}") from error
    except OSError as error:
        raise TryLater(f"the backup {target} could not be written ({error}): give another place") from error
