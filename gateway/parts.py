"""Keeping parts running: each by itself, restarted with growing pauses, so that none takes another with it.

Also what other processes can see of a running gateway: its lock, and the health that it tells.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import structlog

from devices.instant import Instant
from gateway.errors import BadInput, FixConfiguration
from gateway.model import Trouble

LOCK = "gateway.lock"
"""The file in the data directory that a running gateway holds."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0
_AGAIN_AND_AGAIN = 3
_LOCK_ATTEMPTS = 10
_LOCK_PAUSE_S = 0.02
_log = structlog.get_logger("keepwell")
Built = TypeVar("Built")


@dataclass(slots=True)
class _Failing:
    """A part that has failed `times` in a row."""

    since: Instant
    times: int
    last: str


class Upkeep:
    """Keeps parts running. Names those that fail again and again."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._failing: dict[str, _Failing] = {}
        self._missing: list[Trouble] = []
        self._restarts = 0

    async def keep(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part for ever. It ends when the part returns; FixConfiguration passes, as trying again cannot help."""
        loop = asyncio.get_running_loop()
        while True:
            lasting = loop.call_later(_LONGEST_PAUSE_S, self._failing.pop, name, None)
            try:
                await part()
            except FixConfiguration:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the part must come back and the others go on
                failing = self._failing.setdefault(name, _Failing(self._now(), 0, ""))
                failing.times += 1
                failing.last = type(error).__name__
                self._restarts += 1
                longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(failing.times, 16))
                pause = longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
                _log.exception("part_restarts", part=name, pause_s=round(pause, 1))
                await asyncio.sleep(pause)
            else:
                return
            finally:
                lasting.cancel()

    def built(self, name: str, build: Callable[[], Built]) -> Built | None:
        """A part that the others can do without; None where it cannot be made. FixConfiguration and BadInput pass."""
        try:
            return build()
        except (FixConfiguration, BadInput):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, readings and alerts go on
            _log.exception("part_not_built", part=name)
            told = (
                f"A part of the gateway, {name}, could not be set up ({type(error).__name__}): see part_not_built in"
                " the log. All else goes on."
            )
            self._missing.append(Trouble("gateway", f"part {name}", told, self._now()))
            return None

    def figures(self) -> Mapping[str, float]:
        """How often any part failed and was started again."""
        return {"restarts": float(self._restarts)}

    def troubles(self) -> Sequence[Trouble]:
        """Parts that could not be set up, or failed three times in a row and never lasted a minute."""
        return [*self._missing, *self._failing_again()]

    def _failing_again(self) -> Sequence[Trouble]:
        return [
            Trouble(
                "gateway",
                f"part {name}",
                f"A part of the gateway, {name}, has failed {failing.times} times in a row ({failing.last}) and is "
                "started again each time: see part_restarts in the log.",
                failing.since,
            )
            for name, failing in self._failing.items()
            if failing.times >= _AGAIN_AND_AGAIN
        ]


@contextmanager
def only_gateway(data: Path) -> Iterator[None]:
    """Hold the data directory, made for our eyes only where there is none.

    BadInput when another gateway holds it already, or we may not write to it.
    """
    with _opened(data) as file:
        if not _locked(file):
            raise BadInput(
                f"another gateway is running on {data}: stop it, or give this one a data directory of its own"
            )
        with contextlib.suppress(OSError):  # for people only; on a full disk there is no room for it
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield


def _opened(data: Path) -> IO[str]:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data / LOCK).open("a")
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise BadInput(_not_ours(data, str(error))) from error
    if not os.access(data, os.W_OK | os.X_OK):
        file.close()
        raise BadInput(_not_ours(data, "no right to write"))
    return file


def _not_ours(data: Path, why: str) -> str:
    return (
        f"the data directory {data} cannot be used ({why}): run this as the account that it belongs to, give it to this"
        f" one with chown -R ACCOUNT {data}, or give another data directory"
    )


def _locked(file: IO[str]) -> bool:
    """Whether the lock is ours now. `is_running` holds it for a moment when it looks, so one refusal proves nothing."""
    for attempt in range(_LOCK_ATTEMPTS):
        if attempt:
            time.sleep(_LOCK_PAUSE_S)
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def tell_health(data: Path, health: Mapping[str, object]) -> None:
    """Leave word of how the parts are, for other processes to see. Where the disk is full it is left out."""
    new = data / "health.json.new"
    with contextlib.suppress(OSError):
        new.write_text(json.dumps(health, ensure_ascii=False), encoding="utf-8")
        new.replace(data / "health.json")


def told_health(data: Path) -> dict[str, Any]:
    """What the gateway last told; empty when it told nothing."""
    try:
        told = json.loads((data / "health.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def is_running(data: Path) -> bool:
    """Whether a gateway holds the data directory now."""
    path = data / LOCK
    if not path.exists():
        return False
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
