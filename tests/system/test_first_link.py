"""The first start of a real gateway: in a terminal it says how the first person comes in, and nowhere else."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from gateway.clock import SystemClock
from gateway.database.access import PersonRow
from gateway.database.engine import Database
from gateway.web.access import sessions
from tests.support.gateway_process import GatewayProcess
from tests.support.servers import LOOPBACK, Server, free_port
from tests.support.shared import CHECKOUT

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]


def settings(port: int) -> dict[str, dict[str, object]]:
    return {"web": {"listen": f"{LOOPBACK}:{port}"}}


def test_a_terminal_shows_a_link_that_makes_the_first_administrator(broker: Server, tmp_path: Path) -> None:
    port = free_port()
    GatewayProcess(tmp_path, broker.port, settings=settings(port))  # writes keepwell.toml
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli.main", "run"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(CHECKOUT)}, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = until_shown(ours, rf"http://{LOOPBACK}:{port}/sign-in/first/\S+")
        answer = httpx.get(shown)
        assert answer.status_code == 200
        assert "password" in answer.text
        assert httpx.get(shown).status_code == 200, "looking uses nothing up"
    finally:
        process.send_signal(signal.SIGTERM)
        drain(ours)
        assert process.wait(10) == 0
        os.close(ours)


def test_a_log_that_is_kept_holds_no_link(broker: Server, tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path, broker.port, settings=settings(free_port()))
    with gateway:
        gateway.until(lambda: bool(gateway.events("nobody_can_sign_in")), "that nobody can sign in is told")
        assert "sign-in/first" not in gateway.log_since_start


def test_with_a_page_open_that_listens_for_news_it_ends_in_time(broker: Server, tmp_path: Path) -> None:
    port = free_port()
    gateway = GatewayProcess(tmp_path, broker.port, settings=settings(port))
    with gateway:
        gateway.until(lambda: bool(gateway.events("pages")), "pages are served")
        cookies = {"keepwell": signed_in(gateway.data)}
        with httpx.stream("GET", f"http://{LOOPBACK}:{port}/live", cookies=cookies) as news:
            assert next(news.iter_lines()).startswith("retry:")
            gateway.stop()


def signed_in(data: Path) -> str:
    """The secret of a session of some care worker's."""
    database, now = Database.open(data), SystemClock().now()
    try:
        with database.transaction() as session:
            row = PersonRow(name="Sam", email="sam@example.org", role="staff", areas=["*"], created_at=now)
            session.add(row)
            session.flush()
            return sessions.begin(session, row.id, "link", "test", now)
    finally:
        database.close()


def until_shown(terminal: int, pattern: str, patience_s: float = 60) -> str:
    """What the terminal shows that matches."""
    text, deadline = "", time.monotonic() + patience_s
    while time.monotonic() < deadline:
        text += os.read(terminal, 4_096).decode(errors="replace")
        if found := re.search(pattern, text):
            return found[0]
    raise AssertionError(text)


def drain(terminal: int) -> None:
    """Whoever writes to a terminal that nobody reads would wait."""
    with suppress(OSError):
        while os.read(terminal, 4_096):
            pass
