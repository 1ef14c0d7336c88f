"""The parts of the gateway as oversight sees them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from devices.instant import Instant
from gateway.model import Trouble, Verdict
from gateway.oversight.progress import Signs
from gateway.ports import Gauge, Reporter

_log = structlog.get_logger("keepwell.oversight")


class TroubleDesk(Protocol):
    """Where troubles become alerts."""

    async def report(self, verdicts: Sequence[Verdict], now: Instant) -> None:
        """Apply verdicts, all in one transaction."""
        ...

    def wake(self) -> None:
        """Look at once for alerts that are due."""
        ...


@dataclass(frozen=True, slots=True)
class Overseen:
    """All parts. `gauges` has at least ingest, commit, journal, watch and notify.

    The problems are sentences; None while all is well.
    """

    gauges: Mapping[str, Gauge]
    reporters: Sequence[Reporter]
    broker_problem: Callable[[], str | None]
    journal_problem: Callable[[], str | None]
    store_problem: Callable[[], str | None]
    wake_notifier: Callable[[], None]

    @property
    def connected(self) -> bool:
        """Whether we are connected to the broker and subscribed."""
        return bool(self.gauges["ingest"].figures()["connected"])

    def figures(self) -> Mapping[str, Mapping[str, float]]:
        """Those of every part."""
        return {name: gauge.figures() for name, gauge in self.gauges.items()}

    def signs(self, *, database_problem: str | None, overdue_s: float | None) -> Signs:
        """How every part is just now."""
        figures = self.figures()
        connected = bool(figures["ingest"]["connected"])
        return Signs(
            connected=connected,
            broker_problem=None if connected else self.broker_problem() or "connecting",
            journal_problem=self.journal_problem(),
            database_problem=database_problem,
            pending=int(figures["commit"]["pending"]),
            durable=figures["commit"]["messages"],
            journal_end=int(figures["journal"]["end"]),
            watched=int(figures["watch"]["watch_offset"]),
            tries=figures["watch"]["watch_failed_commits_total"],
            overdue_s=overdue_s,
            sent=figures["notify"]["sent"],
        )

    def troubles(self, now: Instant) -> Sequence[Trouble]:
        """What every part names. One that cannot even say how it is silences no other."""
        found: list[Trouble] = []
        for reporter in self.reporters:
            name = type(reporter).__name__
            try:
                found += reporter.troubles()
            except Exception as error:  # noqa: BLE001 - a fault of one part
                _log.exception("part_cannot_tell", part=name)
                told = f"{name} cannot say how it is ({type(error).__name__}): see part_cannot_tell in the log."
                found.append(Trouble("gateway", name, told, now))
        return found
