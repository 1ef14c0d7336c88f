"""keepwell backup and restore: what the file holds, what is refused, and what a restored directory is like."""

import asyncio
import gzip
import io
import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from devices.instant import DAY
from gateway.backup import restoring, taking
from gateway.backup.archive import FILES, MANIFEST
from gateway.database.engine import Database
from gateway.errors import BadInput, TryLater
from gateway.parts import only_gateway
from gateway.recorder.history import HistoryStore
from tests.backup import lived
from tests.support.shared import CHECKOUT

LATER = lived.NOW + DAY


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(lived.live(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def file(data: Path, tmp_path: Path) -> Path:
    taking.take(data, tmp_path / "monday.tar.gz", history=True, now=lived.NOW)
    return tmp_path / "monday.tar.gz"


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(path: Path, query: str) -> list[Sequence[object]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def content(data: Path) -> dict[str, list[Sequence[object]]]:
    """What must come back as it was."""
    return {
        "entries": rows(data / "journal.db", "SELECT * FROM entry"),
        "sightings": rows(data / "journal.db", "SELECT * FROM sighting"),
        "lessons": rows(data / "journal.db", "SELECT * FROM lesson"),
        "points": rows(data / "history.db", "SELECT * FROM point"),
        "homes": rows(data / "keepwell.db", "SELECT * FROM home"),
        "contacts": rows(data / "keepwell.db", "SELECT * FROM contact"),
        "states": rows(data / "keepwell.db", "SELECT * FROM watch_state"),
        "alerts": rows(data / "keepwell.db", "SELECT id, home, rule, state, step, next_step_at FROM alert"),
        "session": [((data / "session.json").read_text(encoding="utf-8"),)],
    }


def with_members(file: Path, members: dict[str, bytes]) -> Path:
    """A file like a backup with these members."""
    with tarfile.open(file, "w:gz") as tar:
        for name, held in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(held)
            tar.addfile(member, io.BytesIO(held))
    return file


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------ there and back


def test_everything_comes_back(data: Path, file: Path, tmp_path: Path):
    restored = restoring.restore(file, tmp_path / "new", replace=False, now=LATER)
    assert content(tmp_path / "new") == content(data)
    assert restored.manifest.created == lived.NOW
    assert restored.set_aside is None
    assert {path.name for path in (tmp_path / "new").iterdir()} == {*FILES, "gateway.lock", "restored.json"}


def test_only_its_owner_may_read_it(file: Path):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_changes_nothing_and_leaves_nothing_beside_it(data: Path, tmp_path: Path):
    before = listing(data)
    taking.take(data, tmp_path / "one.tar.gz", history=True, now=lived.NOW)
    assert {name: held for name, held in listing(data).items() if not name.endswith(("-wal", "-shm"))} == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "one.tar.gz"}


def test_without_the_history_the_journal_is_recorded_again(data: Path, tmp_path: Path):
    taking.take(data, tmp_path / "small.tar.gz", history=False, now=lived.NOW)
    assert "history.db" not in members(tmp_path / "small.tar.gz")
    restoring.restore(tmp_path / "small.tar.gz", tmp_path / "new", replace=False, now=LATER)
    assert not rows(tmp_path / "new/journal.db", "SELECT * FROM reader WHERE name LIKE 'recorder%'")


def test_a_directory_that_has_seen_no_reading_yet(tmp_path: Path):
    Database.open(tmp_path / "data").close()
    taking.take(tmp_path / "data", tmp_path / "empty.tar.gz", history=True, now=lived.NOW)
    restoring.restore(tmp_path / "empty.tar.gz", tmp_path / "new", replace=False, now=LATER)
    assert rows(tmp_path / "new/keepwell.db", "SELECT count(*) FROM home") == [(0,)]


def test_a_large_file_comes_back(data: Path, tmp_path: Path):
    async def write() -> None:
        store = await HistoryStore.open(data / "history.db")
        for day in range(20):
            await store.write([lived.point(lived.reading(n, lived.NOW + day * DAY)) for n in range(1_400)])
        await store.close()

    asyncio.run(write())
    taking.take(data, tmp_path / "large.tar.gz", history=True, now=lived.NOW)
    restoring.restore(tmp_path / "large.tar.gz", tmp_path / "new", replace=False, now=LATER)
    assert content(tmp_path / "new") == content(data)


# ------------------------------------------------------------------------------------------------ what is refused


def test_an_earlier_backup_is_not_overwritten(data: Path, file: Path):
    before = file.read_bytes()
    with pytest.raises(BadInput, match="is there already"):
        taking.take(data, file, history=True, now=lived.NOW)
    assert file.read_bytes() == before


def test_a_backup_belongs_outside_the_data_directory(data: Path):
    with pytest.raises(BadInput, match="lost with it"):
        taking.take(data, data / "monday.tar.gz", history=True, now=lived.NOW)


def test_there_is_nothing_to_back_up(tmp_path: Path):
    with pytest.raises(BadInput, match="nothing to back up"):
        taking.take(tmp_path, tmp_path / "monday.tar.gz", history=True, now=lived.NOW)
    assert not list(tmp_path.iterdir())


def test_a_damaged_database_makes_no_backup(data: Path, tmp_path: Path):
    raw = bytearray((data / "journal.db").read_bytes())
    raw[8_192:12_288] = b"\xff" * 4_096
    (data / "journal.db").write_bytes(raw)
    with pytest.raises(BadInput, match=r"journal\.db is damaged"):
        taking.take(data, tmp_path / "monday.tar.gz", history=True, now=lived.NOW)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_directory_in_which_a_gateway_runs_is_left_alone(file: Path, tmp_path: Path):
    with only_gateway(tmp_path / "busy"), pytest.raises(BadInput, match="a gateway is running"):
        restoring.restore(file, tmp_path / "busy", replace=True, now=LATER)


def test_a_directory_that_holds_something_is_left_alone(data: Path, file: Path):
    before = listing(data)
    with pytest.raises(BadInput, match="is not empty"):
        restoring.restore(file, data, replace=False, now=LATER)
    assert listing(data) == before


def test_replacing_sets_aside_and_deletes_nothing(data: Path, file: Path):
    before = {name: held for name, held in listing(data).items() if name != "gateway.lock"}
    (data / "notes.txt").write_text("mine", encoding="utf-8")
    first = restoring.restore(file, data, replace=True, now=LATER)
    assert first.set_aside == data / "replaced-1"
    assert listing(data / "replaced-1") == before | {"notes.txt": b"mine"}
    second = restoring.restore(file, data, replace=True, now=LATER)
    assert second.set_aside == data / "replaced-2"
    assert (data / "replaced-1/notes.txt").exists()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def turned(file: Path) -> None:
    held = members(file)
    held["keepwell.db"] = held["keepwell.db"][:5_000] + b"?" + held["keepwell.db"][5_001:]
    with_members(file, held)


def flipped(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[-6] ^= 0x10  # of the checksum of the whole
    file.write_bytes(raw)


def robbed(file: Path) -> None:
    held = members(file)
    del held["journal.db"]
    with_members(file, held)


def stuffed(file: Path) -> None:
    with_members(file, {"../outside": b"!"} | members(file))


def unsigned(file: Path) -> None:
    held = members(file)
    del held[MANIFEST]
    with_members(file, held)


def newer(file: Path) -> None:
    held = members(file)
    held[MANIFEST] = json.dumps(json.loads(held[MANIFEST]) | {"format": 99}).encode()
    with_members(file, held)


def something_else(file: Path) -> None:
    file.write_bytes(gzip.compress(b"a letter"))


def nothing(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    "harm", [cut, turned, flipped, robbed, stuffed, unsigned, newer, something_else, nothing, Path.unlink]
)
def test_an_unsound_file_restores_nothing(harm: object, file: Path, tmp_path: Path):
    harm(file)  # type: ignore[operator]
    with pytest.raises(BadInput) as refusal:
        restoring.restore(file, tmp_path / "new", replace=False, now=LATER)
    assert str(file) in str(refusal.value)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "outside").exists()


# ------------------------------------------------------------------------------------------------ the disk


def limited(program: str, *words: Path, most_bytes: int) -> subprocess.CompletedProcess[str]:
    """Run with files that cannot grow beyond a size: what a full disk looks like in the middle of a write."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=100, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )  # fmt: skip


TAKE = """
import sys; from pathlib import Path; from gateway.backup.taking import take
take(Path(sys.argv[1]), Path(sys.argv[2]), history=True, now=0)
"""
RESTORE = """
import sys; from pathlib import Path; from gateway.backup.restoring import restore
restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True, now=0)
"""


@pytest.mark.parametrize("most_bytes", [3_000, 20_000])
def test_a_disk_that_is_full_in_the_middle_of_a_backup(most_bytes: int, data: Path, tmp_path: Path):
    done = limited(TAKE, data, tmp_path / "monday.tar.gz", most_bytes=most_bytes)
    assert "TryLater: the backup" in done.stderr, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_disk_that_is_full_in_the_middle_of_restoring(data: Path, file: Path):
    before = listing(data)
    done = limited(RESTORE, file, data, most_bytes=20_000)
    assert "TryLater" in done.stderr, done.stderr
    assert {name: held for name, held in listing(data).items() if name != "gateway.lock"} == {
        name: held for name, held in before.items() if name != "gateway.lock"
    }


def test_too_little_room_is_said_before_anything_is_written(
    data: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(TryLater, match="no room for the backup"):
        taking.take(data, tmp_path / "other.tar.gz", history=True, now=lived.NOW)
    with pytest.raises(TryLater, match="no room for the backup"):
        restoring.restore(file, tmp_path / "new", replace=False, now=LATER)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "monday.tar.gz", "new"}
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"gateway.lock"}


# ------------------------------------------------------------------------------------------------ whose it is


def test_what_is_made_is_for_its_owner_only(file: Path, tmp_path: Path):
    restoring.restore(file, tmp_path / "new", replace=False, now=LATER)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root restores for somebody else")
def test_what_root_restores_belongs_to_the_account_that_the_folder_belongs_to(file: Path, tmp_path: Path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "old").touch()
    os.chown(folder, 65_534, 65_534)
    restoring.restore(file, folder, replace=True, now=LATER)
    assert {path.name: path.stat().st_uid for path in folder.iterdir() if path.stat().st_uid != 65_534} == {}
    assert (folder / "gateway.lock").exists()
