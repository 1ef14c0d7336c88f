"""`keepwell` with one thing wrong, as KEEPWELL_TEST_FAULT says. GatewayProcess starts it as its `program`.

`slow-journal=0.05`: each commit of the journal takes that many seconds longer, as on a slow disk.
`dies-after-append=7`, `-write=`, `-commit=`: the process kills itself once the journal, the store, or the rules'
database has confirmed so many times, before anybody acts on it.
"""

import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.alerts.desk import AlertDesk
from gateway.cli.main import main
from gateway.journal.sqlite import SqliteJournal
from gateway.journal.writing import Writer
from gateway.recorder.history import HistoryStore

VARIABLE = "KEEPWELL_TEST_FAULT"
_CONFIRMS = {"append": SqliteJournal, "write": HistoryStore, "commit": AlertDesk}


def break_it(fault: str) -> None:
    """Put the fault into the classes of this process."""
    name, _, amount = fault.partition("=")
    if name == "slow-journal":
        _slow(float(amount))
    else:
        _deadly(name.removeprefix("dies-after-"), int(amount))


def _slow(seconds: float) -> None:
    original = Writer.append

    def append(self: Writer, *arguments: Any) -> Any:
        time.sleep(seconds)
        return original(self, *arguments)

    Writer.append = append  # type: ignore[method-assign]


def _deadly(method: str, times: int) -> None:
    owner = _CONFIRMS[method]
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)
    left = [times]

    async def confirmed_and_dead(self: object, *arguments: Any, **named: Any) -> Any:
        result = await original(self, *arguments, **named)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, confirmed_and_dead)


if __name__ == "__main__":
    if os.environ[VARIABLE]:
        break_it(os.environ[VARIABLE])
    main()
