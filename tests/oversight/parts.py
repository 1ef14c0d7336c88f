"""A gateway's parts that say of themselves what the test wants, with an oversight over them and a real desk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from sqlalchemy import delete

from devices.instant import SECOND
from gateway.config import AlertSettings, HealthSettings, Settings
from gateway.database.tables import DeviceRow
from gateway.journal.memory import MemoryJournal
from gateway.model import Trouble
from gateway.oversight.overseen import Overseen
from gateway.oversight.oversight import Oversight, Pace
from gateway.oversight.systemd import Systemd
from tests.alerts.street import Street

OPERATOR = "list:Op"


class Part:
    """Says what it was given to say."""

    def __init__(self, **figures: float) -> None:
        self.given = dict(figures)
        self.named: list[Trouble] = []

    def figures(self) -> Mapping[str, float]:
        return self.given

    def troubles(self) -> Sequence[Trouble]:
        return tuple(self.named)


class Gateway:
    """Looks happen every 5 s of the street's clock while `lasts` goes on; the audit every minute."""

    def __init__(self, folder: Path, *, operators: tuple[str, ...] = (OPERATOR,), listen: str = "") -> None:
        alerts = AlertSettings(operators=operators)
        self.street = Street(folder, alerts)
        with self.street.database.transaction() as session:
            session.execute(delete(DeviceRow))  # a home without sensors needs nobody to call
        self.folder = folder
        self.settings = Settings(data=folder, alerts=alerts, health=HealthSettings(listen=listen))
        self.ingest = Part(connected=1, draining=0, received=20, readings=15)
        self.commit = Part(pending=0, messages=20)
        self.journal = Part(end=15)
        self.watch = Part(watch_offset=15, watch_failed_commits_total=0)
        self.notify = Part(sent=2, in_flight=0)
        self.parts: list[Part] = [self.ingest]
        self.problems: dict[str, str] = {}
        self.woken = 0
        self.ran = 0.0
        self.oversight = self.new_oversight()

    def new_oversight(self, systemd: Systemd | None = None) -> Oversight:
        def wake() -> None:
            self.woken += 1

        overseen = Overseen(
            gauges={"ingest": self.ingest, "commit": self.commit, "journal": self.journal, "watch": self.watch,
                    "notify": self.notify},
            reporters=(*self.parts, self.street.desk),
            broker_problem=lambda: self.problems.get("broker"),
            journal_problem=lambda: self.problems.get("journal"),
            store_problem=lambda: self.problems.get("store"),
            wake_notifier=wake,
        )  # fmt: skip
        return Oversight(
            self.settings, self.street.database, MemoryJournal(), self.street.desk, self.street.clock, overseen,
            systemd=systemd or Systemd({}), pace=Pace(audit_again_s=0, monotonic=lambda: self.ran),
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.street.database.close()

    def names(self, subject: str = "disk", **changes: object) -> None:
        """A part is in trouble from now on."""
        values = {"rule": "gateway", "sentence": f"Trouble with {subject}.", "since": self.street.now} | changes
        self.ingest.named.append(Trouble(subject=subject, **values))  # type: ignore[arg-type]

    def recovers(self) -> None:
        self.ingest.named.clear()

    def restarts(self) -> None:
        self.oversight = self.new_oversight()

    async def lasts(self, minutes: float) -> None:
        """Time passes; everybody looks and calls as they do."""
        end = self.ran + minutes * 60
        while self.ran < end:
            await self.oversight.look()
            if self.ran % 60 == 0:
                await self.oversight.audit()
            await self.street.until(self.street.now + 5 * SECOND)
            self.ran += 5
