"""Real servers whose own words are shown only when something went wrong."""

import contextlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from tests.support.servers import Server

Kind = TypeVar("Kind", bound=Server)


@contextmanager
def quiet(server: Kind) -> Iterator[Kind]:
    """The server, running. What it prints goes nowhere: a test shows it when it fails, a benchmark is no test."""
    with contextlib.ExitStack() as opened:
        opened.enter_context(server)
        try:
            yield server
        finally:
            with contextlib.redirect_stderr(io.StringIO()):
                opened.close()
