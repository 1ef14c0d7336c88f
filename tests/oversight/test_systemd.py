"""What systemd is told, and the unit that we ship."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.oversight.systemd import Systemd
from tests.oversight.parts import Gateway
from tests.support.servers import missing
from tests.support.shared import CHECKOUT

UNIT = CHECKOUT / "deploy" / "systemd" / "keepwell.service"
NEWER_THAN_DEBIANS = re.compile(r"Unknown key.* '?(RestartSteps|RestartMaxDelaySec)'?")
WELL_LOCKED = 20
"""The exposure that systemd-analyze gives, from 0 to 100; its own `OK` ends at 20 to 30."""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


def heard(manager: socket.socket) -> str:
    return manager.recv(4096).decode()


def test_a_message_is_lines_of_names_and_values(manager: socket.socket) -> None:
    Systemd({"NOTIFY_SOCKET": manager.getsockname()}).tell(READY=1, STATUS="two\nlines")
    assert heard(manager) == "READY=1\nSTATUS=two lines"


def test_an_abstract_socket_is_reached() -> None:
    name = f"keepwell-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(10)
        Systemd({"NOTIFY_SOCKET": "@" + name}).tell(WATCHDOG=1)
        assert heard(listening) == "WATCHDOG=1"


def test_without_systemd_or_with_one_that_went_away_nothing_happens(tmp_path: Path) -> None:
    Systemd({}).tell(READY=1)
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY=1)


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_only_the_process_that_systemd_watches_is_watched(environment: dict[str, str], seconds: float | None) -> None:
    assert Systemd(environment).watchdog_s == seconds


async def test_pings_end_when_the_parts_hang(manager: socket.socket) -> None:
    hangs = False
    systemd = Systemd({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "200000"})
    feeding = asyncio.ensure_future(systemd.feed_watchdog(lambda: hangs))
    for _ in range(2):
        assert await asyncio.to_thread(heard, manager) == "WATCHDOG=1"
    hangs = True
    await asyncio.sleep(0.2)
    manager.setblocking(False)
    while True:
        try:
            manager.recv(4096)
        except BlockingIOError:
            break
    await asyncio.sleep(0.5)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)


async def test_it_is_ready_when_connected_and_says_how_it_is(manager: socket.socket, tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.oversight = gateway.new_oversight(Systemd({"NOTIFY_SOCKET": manager.getsockname()}))
        gateway.ingest.given["connected"] = 0
        gateway.problems["broker"] = "the broker at localhost:1883 cannot be reached"
        await gateway.oversight.look()
        assert heard(manager) == ("STATUS=not connected to the broker: the broker at localhost:1883 cannot be reached")
        gateway.ingest.given["connected"] = 1
        await gateway.oversight.look()
        assert [heard(manager), heard(manager)] == ["READY=1", "STATUS=Serving."]
        gateway.names("disk")
        await gateway.oversight.look()
        assert heard(manager) == "STATUS=Serving. Trouble with disk."
        gateway.oversight.stopping()
        assert heard(manager).startswith("STOPPING=1")


async def test_a_broker_that_stays_away_does_not_keep_it_from_being_started(
    manager: socket.socket, tmp_path: Path
) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.oversight = gateway.new_oversight(Systemd({"NOTIFY_SOCKET": manager.getsockname()}))
        gateway.ingest.given["connected"] = 0
        for _ in range(3):
            await gateway.oversight.look()
            gateway.ran += 5.1
        assert [heard(manager), heard(manager)] == ["STATUS=not connected to the broker: connecting", "READY=1"]


# ------------------------------------------------------------------------------------------------ the unit


def analyze(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    tool = shutil.which("systemd-analyze")
    if tool is None:
        missing("systemd-analyze is not installed: apt-get install systemd")
    return subprocess.run([tool, *words], capture_output=True, text=True, check=False)


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "keepwell"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    unit = tmp_path / "keepwell.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/keepwell/bin/keepwell", str(program)), "utf-8")
    told = analyze("verify", "--man=no", unit).stderr.splitlines()
    assert [line for line in told if "keepwell.service" in line and not NEWER_THAN_DEBIANS.search(line)] == []


def test_the_unit_is_locked_down() -> None:
    done = analyze("security", "--offline=true", f"--threshold={WELL_LOCKED}", UNIT)
    assert done.returncode == 0, done.stdout + done.stderr
