"""A disk of a few megabytes that can really be filled: a tmpfs, gone when the test ends."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import missing

MEGABYTE = 1 << 20


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """`folder` as a disk of that size. Where nobody may mount, the test is skipped, and fails in CI."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        missing(f"a small disk cannot be mounted here ({mounted.stderr.strip()}): run as root, with CAP_SYS_ADMIN")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def free_on(disk: Path) -> int:
    """Bytes."""
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def fill(disk: Path, *, leave: int = 0) -> Path:
    """A file that takes up all room but `leave` bytes; delete it, and the room is there again."""
    filler = disk / "filler"
    with filler.open("ab") as file:
        while (more := free_on(disk) - leave) > 0:
            try:
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), more)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise  # a gateway that writes meanwhile took some of it: what is left now, then
    return filler
