"""What processes cost, read from /proc: seconds of processor time, and memory."""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of processor time of all threads of a process, in user and kernel mode, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def memory_mib(pid: int) -> dict[str, float]:
    """Resident memory now and at its highest."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = {name: int(kib) for name, kib in re.findall(r"^(Vm\w+):\s+(\d+) kB$", status, re.MULTILINE)}
    return {"now": round(found["VmRSS"] / 1024, 1), "highest": round(found["VmHWM"] / 1024, 1)}


def machine_busy_s() -> float:
    """Seconds of processor time that the whole machine has spent on anything but waiting."""
    fields = [int(word) for word in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / _TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Meter:
    """Processor time of some processes by name, and of the machine, from `begin` on."""

    pids: Mapping[str, int]
    at_first: Mapping[str, float]
    machine_at_first: float
    began: float

    @classmethod
    def begin(cls, pids: Mapping[str, int]) -> "Meter":
        """Now."""
        return cls(pids, {name: cpu_s(pid) for name, pid in pids.items()}, machine_busy_s(), time.monotonic())

    def read(self, messages: int, **ended: float) -> dict[str, object]:
        """So far, for so many messages; `ended`: seconds of processes that told their own and are gone.

        "others" is what the machine did beside these: the bench itself, and whatever else runs on it.
        """
        passed_s = time.monotonic() - self.began
        spent = {name: cpu_s(pid) - self.at_first[name] for name, pid in self.pids.items()} | ended
        others = max(0.0, machine_busy_s() - self.machine_at_first - sum(spent.values()))
        cores = os.cpu_count() or 1
        everything = spent | {"others": others}
        return {
            "s": {name: round(seconds, 2) for name, seconds in everything.items()},
            "s_per_1000_messages": {name: round(s / max(1, messages) * 1000, 4) for name, s in spent.items()},
            "share_of_machine": {name: round(s / passed_s / cores, 3) for name, s in everything.items()},
        }
