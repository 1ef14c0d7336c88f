"""Blocking calls in threads that nobody waits for at the end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


async def in_thread(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own and wait for it; what it raises is raised here.

    No pool, so that calls that hang on a dead server keep no others waiting; and a daemon, so that they do not keep
    the process from ending. Whoever calls bounds how many there are.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def report(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        failure: BaseException | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to who waits
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(report, failure)

    threading.Thread(target=run, name="keepwell-notify-send", daemon=True).start()
    await done
