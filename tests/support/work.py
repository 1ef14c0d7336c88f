"""How much work something is, counted and not timed: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable
from types import FrameType

MILLISECONDS_50 = 250_000
"""Calls that pure Python makes in 50 ms on an ordinary core, roughly; what benchmarks measure in milliseconds."""


def calls_of(work: Callable[[], object]) -> int:
    """How many functions, of Python and built in, are called by `work`."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
