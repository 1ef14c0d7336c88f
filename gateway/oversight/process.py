"""The gateway's own process, in figures."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_MIB = 1024 * 1024


class Process:
    """Implements ports.Gauge. `statm` is where Linux tells how much memory a process has."""

    def __init__(self, statm: Path = Path("/proc/self/statm"), monotonic: Callable[[], float] = time.monotonic) -> None:
        self._statm = statm
        self._monotonic = monotonic
        self._began = monotonic()

    def figures(self) -> Mapping[str, float]:
        """Resident memory, 0 where the system does not tell, processor time, and for how long it has run."""
        pages = 0
        with suppress(OSError, ValueError, IndexError):
            pages = int(self._statm.read_text().split()[1])
        return {
            "memory_mib": pages * os.sysconf("SC_PAGE_SIZE") / _MIB,
            "cpu_s": time.process_time(),
            "up_s": self._monotonic() - self._began,
        }
