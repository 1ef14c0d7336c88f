"""The guard against things left behind is itself guarded: pytest runs on small files that leave each kind."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.shared import CHECKOUT

LEAVING = {
    "task": """
        import asyncio
        async def test_it():
            asyncio.get_running_loop().create_task(asyncio.sleep(60), name="forgotten")
    """,
    "task of a closed loop": """
        import asyncio
        async def main():
            main.kept = asyncio.create_task(asyncio.sleep(60), name="forgotten")
        def test_it():
            asyncio.run(main())
    """,
    "thread": """
        import threading, time
        def test_it():
            threading.Thread(target=time.sleep, args=(4,), name="forgotten").start()
    """,
    "socket": """
        import socket
        kept = []
        def test_it():
            kept.append(socket.socket())
    """,
    "process": """
        import subprocess
        kept = []
        def test_it():
            kept.append(subprocess.Popen(["sleep", "60"]))
    """,
}

TIDY = """
    import asyncio, socket, subprocess, sys, threading
    import pytest

    @pytest.fixture(scope="module")
    def wide():
        with socket.socket() as kept, subprocess.Popen(["sleep", "60"]) as process:
            yield kept
            process.kill()

    async def test_tasks_that_end(wide):
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel()
        asyncio.create_task(asyncio.sleep(0.01))

    async def test_subprocess_and_executor():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        await process.wait()
        await asyncio.to_thread(len, "x")

    def test_thread_that_ends_soon():
        threading.Timer(0.1, len, ["x"]).start()

    def test_socket_in_a_cycle():
        one, other = socket.socketpair()
        one.close()
        holder = [other]
        holder.append(holder)
        other.close()

    @pytest.mark.leaves("socket", "the guard's own test")
    def test_excused():
        test_excused.kept = socket.socket()
"""


def run(folder: Path, texts: dict[str, str]) -> str:
    """Run pytest with the guard on test files of these texts; what it printed."""
    for name, text in texts.items():
        (folder / f"test_{name.replace(' ', '_')}.py").write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.leaks", "-p", "no:cacheprovider",
         "-o", "addopts=-ra --import-mode=importlib", "-o", "asyncio_mode=auto",
         "-o", "asyncio_default_fixture_loop_scope=function", "--rootdir", folder, folder],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    return done.stdout + done.stderr


def test_what_is_left_behind_fails_the_test(tmp_path: Path) -> None:
    told = run(tmp_path, LEAVING)
    assert f"{len(LEAVING)} passed, {len(LEAVING)} errors" in told, told
    for kind in LEAVING:
        assert f"ERROR test_{kind.replace(' ', '_')}.py::test_it" in told
        assert f"\n{kind.split()[0]}: " in told


def test_what_is_tidy_passes(tmp_path: Path) -> None:
    assert "5 passed" in run(tmp_path, {"tidy": TIDY})
