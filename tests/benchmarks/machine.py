"""What the figures were measured on."""

import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from tests.support.servers import require
from tests.support.shared import CHECKOUT

_PACKAGES = ("aiomqtt", "influxdb-client", "orjson", "paho-mqtt", "sqlalchemy", "pydantic")
_FSYNCS = 50


def facts(folder: Path | None) -> dict[str, object]:
    """Processor, versions, and what a write to the disk costs. Nothing that names the machine."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2,
        "load_average": [round(number, 2) for number in os.getloadavg()],
        "system": platform.system() + " " + platform.release().split("-")[0],
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "mosquitto": _first_number(["mosquitto", "-h"]),
        "victoria_metrics": _said(["dpkg-query", "-W", "-f", "${Version}", "victoria-metrics"]) or None,
        "commit": _said(["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty"]),
        "fsync_ms": _fsync_ms(folder),
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _first_number(argv: list[str]) -> str | None:
    found = re.search(r"\d+\.\d+(\.\d+)?", _said([require(argv[0], argv[0]), *argv[1:]]))
    return found[0] if found else None


def _said(argv: list[str]) -> str:
    if shutil.which(argv[0]) is None:
        return ""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    return (done.stdout + done.stderr).strip()


def _fsync_ms(folder: Path | None) -> dict[str, float]:
    """How long it takes until 4 KiB appended to a file are on the disk: median and worst of 50."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        taken = []
        for _ in range(_FSYNCS):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return {"median": round(statistics.median(taken), 3), "worst": round(max(taken), 3)}
