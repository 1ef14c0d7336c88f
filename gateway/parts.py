"""Keeping parts running: each by itself, restarted with growing pauses, so that none takes another with it."""

import asyncio
import fcntl
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from gateway.errors import BadInput, FixConfiguration

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 60.0
_log = structlog.get_logger("keepwell")


async def keep_running(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run a part for ever. It ends when the part returns; FixConfiguration passes, as trying again cannot help."""
    failures = 0
    while True:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await part()
        except FixConfiguration:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the part must come back and the others go on
            failures = 0 if loop.time() - began > _LONGEST_PAUSE_S else failures + 1
            pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**failures) * random.uniform(0.5, 1.0)  # noqa: S311
            _log.exception("part_restarts", part=name, pause_s=round(pause, 1))
            await asyncio.sleep(pause)
        else:
            return


@contextmanager
def only_gateway(data: Path) -> Iterator[None]:
    """Hold the data directory; BadInput when another gateway holds it already."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "gateway.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput(
                f"another gateway is running on {data}: stop it, or give this one a data directory of its own"
            ) from None
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_running(data: Path) -> bool:
    """Whether a gateway holds the data directory now."""
    path = data / "gateway.lock"
    if not path.exists():
        return False
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
