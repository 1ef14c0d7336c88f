"""The file of a backup: one compressed tar of the data directory's files, with a manifest as its last member."""

import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from devices.instant import Instant, parse_rfc3339, rfc3339
from gateway.errors import BadInput

FORMAT = 1
MANIFEST = "manifest.json"
SESSION, REGISTRY, JOURNAL, HISTORY = FILES = ("session.json", "keepwell.db", "journal.db", "history.db")
"""Everything of a data directory that a backup holds, in the order in which it is copied."""
_AT_ONCE = 1 << 20
_COMPRESSION = 3
_OWNER_ONLY = 0o600

Sink = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup, uncompressed."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `created`: when the copying began; `left_out`: files that were there and were not wanted."""

    created: Instant
    version: str
    parts: Mapping[str, Part]
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files, uncompressed."""
        return sum(part.size for part in self.parts.values())

    def written(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(
            {
                "format": FORMAT,
                "keepwell": self.version,
                "created": rfc3339(self.created),
                "left_out": self.left_out,
                "files": {name: {"size": one.size, "sha256": one.sha256} for name, one in self.parts.items()},
            },
            indent=2,
        ).encode()

    @classmethod
    def read(cls, raw: bytes) -> "Manifest":
        """The reverse of `written`. BadInput for the format of a newer Keepwell, ValueError or KeyError for none."""
        found = json.loads(raw)
        if int(found["format"]) > FORMAT:
            raise BadInput(f"it was made by a newer Keepwell ({found['keepwell']}): restore it with that one")
        created = parse_rfc3339(found["created"])
        if created is None:
            raise ValueError("created")
        parts = {name: Part(int(one["size"]), str(one["sha256"])) for name, one in found["files"].items()}
        return cls(created, str(found["keepwell"]), parts, tuple(found["left_out"]))


class Writer:
    """Adds files to a new archive, which only its owner may read. `parts` is what it holds so far."""

    def __init__(self, path: Path) -> None:
        self.parts: dict[str, Part] = {}
        self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY), "wb")
        try:
            self._tar = tarfile.open(fileobj=self._file, mode="w:gz", compresslevel=_COMPRESSION)  # noqa: SIM115
        except BaseException:
            self._file.close()
            raise

    def add(self, name: str, source: Path) -> None:
        """Add one file."""
        with source.open("rb") as file:
            counting = _Counting(file)
            member = tarfile.TarInfo(name)
            member.size, member.mode = source.stat().st_size, _OWNER_ONLY
            self._tar.addfile(member, counting)
        self.parts[name] = Part(member.size, counting.digest.hexdigest())

    def finish(self, manifest: Path) -> None:
        """Add the manifest; the archive is on disk on return."""
        self.add(MANIFEST, manifest)
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Release the file as it is."""
        self._file.close()


class _Counting:
    def __init__(self, file: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self.digest.update(found)
        return found


def verify(path: Path) -> Manifest:
    """Read all of a backup; its manifest when every file in it is as that says, else BadInput."""
    return _read(path, lambda _name: _discard())


def extract(path: Path, folder: Path) -> Manifest:
    """Write the files of a backup into an empty folder, verified once more; they are on disk on return."""
    return _read(path, lambda name: _file(folder / name))


def _read(path: Path, sink: Callable[[str], Any]) -> Manifest:
    parts: dict[str, Part] = {}
    manifest: Manifest | None = None
    with _blamed(path):
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or member.name not in (*FILES, MANIFEST) or member.name in parts:
                    raise tarfile.TarError(f"it holds {member.name!r}")
                if member.name == MANIFEST:
                    manifest = Manifest.read(content.read())
                    continue
                with sink(member.name) as write:
                    parts[member.name] = _copied(content, write)
            while stream.read(_AT_ONCE):
                pass  # to its end, where its checksum stands
        if manifest is None:
            raise EOFError("it has no manifest, so it was cut short")
        wrong = [name for name in {**parts, **manifest.parts} if parts.get(name) != manifest.parts.get(name)]
        if wrong or REGISTRY not in parts:
            raise tarfile.TarError(f"not as its manifest says: {', '.join(wrong) or REGISTRY}")
    return manifest


def _copied(content: IO[bytes], write: Sink) -> Part:
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(_AT_ONCE):
        digest.update(chunk)
        size += len(chunk)
        write(chunk)
    return Part(size, digest.hexdigest())


@contextmanager
def _discard() -> Iterator[Sink]:
    yield len


@contextmanager
def _file(path: Path) -> Iterator[Sink]:
    with path.open("xb") as file:
        yield file.write
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _blamed(path: Path) -> Iterator[None]:
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    except FileNotFoundError as error:
        if error.filename != str(path):
            raise
        raise BadInput(f"{path} does not exist: give the file that keepwell backup has written") from error
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged or no backup of Keepwell ({error}): give another one") from error
