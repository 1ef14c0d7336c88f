"""Putting a backup in the place of a data directory. Nothing is deleted: what was there is set aside."""

import json
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devices.instant import Instant, rfc3339
from gateway.backup.archive import HISTORY, Manifest, extract, verify
from gateway.backup.carrying_on import carry_on
from gateway.backup.taking import sync_folder
from gateway.errors import BadInput, TryLater
from gateway.parts import LOCK, is_running, only_gateway

RESTORED = "restored.json"
"""In a restored data directory: when that was, and from what."""
_STAYS = (LOCK, "lost+found")
_ASIDE = "replaced-"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the files that were there before are now, if there were any."""

    manifest: Manifest
    set_aside: Path | None


def restore(source: Path, data: Path, *, replace: bool, now: Instant) -> Restored:
    """Restore the backup `source` into `data`, which a gateway may then be started on.

    The whole file is verified first. Raises BadInput, with nothing changed, when it is not sound, when a gateway runs
    on `data`, or when that holds anything and `replace` is not given; TryLater when the disk cannot take it.
    """
    if is_running(data):
        raise BadInput(f"a gateway is running on {data}: stop it first, as it would go on with what it had")
    if not replace and _contents(data):
        raise BadInput(
            f"{data} is not empty: give another data directory with --data, or --replace to set aside what is there"
        )
    try:
        manifest = verify(source)
        with only_gateway(data):
            return _restore(source, data, manifest, replace=replace, now=now)
    except sqlite3.Error as error:
        raise TryLater(f"the backup could not be restored ({error}): look at the disk of {data}") from error
    except OSError as error:
        raise TryLater(f"{data} could not be written ({error}): look at its disk, and whose it is") from error


def _restore(source: Path, data: Path, manifest: Manifest, *, replace: bool, now: Instant) -> Restored:
    _give_to_owner(data, data / LOCK)
    present = _contents(data)
    if present and not replace:
        raise BadInput(f"something was put into {data} meanwhile: try again")
    _check_room(data, manifest)
    work = Path(tempfile.mkdtemp(prefix=".restoring-", dir=data))
    try:
        extract(source, work)
        carry_on(work, history_left_out=HISTORY in manifest.left_out)
        note = {"at": rfc3339(now), "backup_of": rfc3339(manifest.created), "file": source.name}
        (work / RESTORED).write_text(json.dumps(note), encoding="utf-8")
        _give_to_owner(data, *work.iterdir())
        sync_folder(work)
        aside = _set_aside(data, present)
        for path in sorted(work.iterdir()):
            path.rename(data / path.name)
        sync_folder(data)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Restored(manifest, aside)


def _contents(data: Path) -> list[Path]:
    """What `data` holds, but for the lock and what was set aside before."""
    if not data.exists():
        return []
    if not data.is_dir():
        raise BadInput(f"{data} is no directory: give another one with --data")
    return [path for path in sorted(data.iterdir()) if path.name not in _STAYS and not path.name.startswith(_ASIDE)]


def _set_aside(data: Path, present: list[Path]) -> Path | None:
    if not present:
        return None
    number = 1
    while (aside := data / f"{_ASIDE}{number}").exists():
        number += 1
    aside.mkdir(mode=0o700)
    _give_to_owner(data, aside)
    for path in present:
        path.rename(aside / path.name)
    return aside


def _check_room(data: Path, manifest: Manifest) -> None:
    free = shutil.disk_usage(data).free
    if free < manifest.size:
        raise TryLater(
            f"there is no room for the backup in {data}: it needs {manifest.size / _MEGABYTE:,.0f} MB, and"
            f" {free / _MEGABYTE:,.0f} MB are free"
        )


def _give_to_owner(data: Path, *paths: Path) -> None:
    """Where root restores, the gateway that runs as somebody else must be able to write its files."""
    if os.geteuid() == 0:
        owner = data.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid)
