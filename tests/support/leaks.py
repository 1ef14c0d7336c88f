"""A pytest plugin: a test that leaves an asyncio task, a thread, a socket or a child process behind fails.

Tasks are counted where every event loop passes on its way out (`asyncio.Runner.close`, so `asyncio.run` too). Threads,
sockets and processes are compared with what was there when the fixtures of wider scope had been set up; each gets a
moment to finish. Sockets and processes are read from /proc and are not counted where there is none. A test that failed
anyway is not judged. `@pytest.mark.leaves("socket", "why")` excuses one kind.
"""

import asyncio
import asyncio.runners
import contextlib
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

KINDS = ("task", "thread", "socket", "process")
_GRACE_S = 2.0
_SETTLE_S = 0.2
_FOREIGN_TASKS = ("/site-packages/amqtt/",)  # the embedded broker of the demonstration leaves its own behind
_PYTHON_SERVANTS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")

_tasks_left: list[str] = []


@dataclass
class _Before:
    threads: set[threading.Thread] = field(default_factory=set)
    sockets: set[str] = field(default_factory=set)
    processes: set[int] = field(default_factory=set)


_BEFORE = pytest.StashKey[_Before]()
_FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", 'leaves(kind, why): excuses one kind of leak ("task", "thread", ...) of a test')
    original = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]
    asyncio.runners._cancel_all_tasks = _remembering(original)  # type: ignore[attr-defined]

    def restore() -> None:
        asyncio.runners._cancel_all_tasks = original  # type: ignore[attr-defined]

    config.add_cleanup(restore)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> None:
    # An autouse fixture is set up after those of wider scope, whose threads and servers may stay, and before the rest.
    _tasks_left.clear()
    request.node.stash[_BEFORE] = _Before(set(threading.enumerate()), _sockets(), _processes())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed:
        item.stash[_FAILED] = True
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    before = item.stash.get(_BEFORE, None)
    if before is not None:
        left = _left(before)
        excused = {mark.args[0] for mark in item.iter_markers("leaves")}
        told = [f"{kind}: {what}" for kind, what in left if kind not in excused]
        if told and not item.stash.get(_FAILED, False):
            pytest.fail("the test left something behind\n" + "\n".join(told), pytrace=False)
    return result


def _left(before: _Before) -> list[tuple[str, str]]:
    """What is there now and was not before, after a moment of grace. Processes are ended, so that one test is told."""
    tasks, _tasks_left[:] = list(_tasks_left), []
    deadline = time.monotonic() + _GRACE_S
    collected = False
    while True:
        threads = {thread for thread in threading.enumerate() if not thread.daemon} - before.threads
        sockets = _sockets() - before.sockets
        processes = _processes() - before.processes
        if not (threads or sockets or processes) or time.monotonic() > deadline:
            break
        if sockets and not collected:
            gc.collect()  # closed by its owner's end, which a reference cycle has put off
            collected = True
            continue
        time.sleep(0.02)
    left = [("task", task) for task in tasks]
    left += [("thread", thread.name) for thread in threads]
    left += [("socket", name) for name in sorted(sockets)]
    for process in sorted(processes):
        left.append(("process", f"{process} {_command(process)}"))
        _end(process)
    return left


def _remembering(original: Callable[[asyncio.AbstractEventLoop], None]) -> Callable[[asyncio.AbstractEventLoop], None]:
    def cancel_all_tasks(loop: asyncio.AbstractEventLoop) -> None:
        if asyncio.all_tasks(loop):
            loop.run_until_complete(_settle(loop))
            _tasks_left.extend(repr(task) for task in asyncio.all_tasks(loop) if not _is_foreign(task))
        original(loop)

    return cancel_all_tasks


async def _settle(loop: asyncio.AbstractEventLoop) -> None:
    """Let tasks that are on their way out, cancelled or about to return, get there."""
    deadline = loop.time() + _SETTLE_S
    while len(asyncio.all_tasks(loop)) > 1 and loop.time() < deadline:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.001)


def _is_foreign(task: asyncio.Task[object]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(part in code.co_filename for part in _FOREIGN_TASKS)


def _sockets() -> set[str]:
    """Inodes of this process's open sockets, such as `socket:[4711]`."""
    found = set()
    for entry in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            target = str(entry.readlink())
            if target.startswith("socket:"):
                found.add(target)
    return found


def _processes() -> set[int]:
    """Process ids of this process's children."""
    found: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(int(word) for word in path.read_text().split())
    return {process for process in found if not any(name in _command(process) for name in _PYTHON_SERVANTS)}


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _end(process: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
