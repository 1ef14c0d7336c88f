"""What can be chosen for a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CONTENDERS = ("gateway", "plain", "ceiling")


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` that a load lasts; `folder` for all files, None for the system's temporary one."""

    seconds: float = 20.0
    homes: int = 100
    many_homes: int = 1_000
    presses: int = 250
    journaled: int = 200_000
    requests: int = 100
    rate: float | None = None
    contenders: Sequence[str] = CONTENDERS
    folder: Path | None = None

    def quick(self) -> "Options":
        """To see that it works, in half a minute. Its figures mean little."""
        return replace(
            self, seconds=2.0, homes=20, many_homes=20, presses=20, journaled=5_000, requests=3, contenders=("gateway",)
        )
