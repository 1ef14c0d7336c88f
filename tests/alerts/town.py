"""Many homes in two areas, with the same care team and a family each, on the clock of a street."""

from collections.abc import Sequence
from pathlib import Path

from devices.instant import HOUR, MINUTE
from gateway.config import AlertSettings
from gateway.database.tables import ContactRow, DeviceRow, HomeRow, HubRow, ResidentRow, StepRow
from gateway.model import Concerns, Evidence, Notice, Priority, Verdict
from tests.alerts.street import Street

GARDEN_STREET, MILL_LANE = "Garden Street", "Mill Lane"


class Town(Street):
    """Homes G-001, G-002 ... in Garden Street and M-001 ... in Mill Lane.

    `steps` are the addresses of each step, with spaces between. One with `{home}` in it is that of a family.
    """

    def __init__(
        self,
        folder: Path,
        homes: int = 6,
        steps: Sequence[str] = ("list:team",),
        settings: AlertSettings | None = None,
    ) -> None:
        super().__init__(folder, settings)
        self.homes = [f"G-{number:03}" for number in range(1, homes + 1)]
        self.others = [f"M-{number:03}" for number in range(1, 4)]
        with self.database.transaction() as session:
            for area, references in ((GARDEN_STREET, self.homes), (MILL_LANE, self.others)):
                for home in references:
                    session.add(HomeRow(reference=home, time_zone="Europe/London", area=area))
                    session.flush()
                    session.add(HubRow(name=home.lower(), home=home))
                    session.add(ResidentRow(home=home, name="R", consent_by="R", consent_at=0))
                    session.flush()
                    session.add(DeviceRow(home=home, hub=home.lower(), address=home.lower(), registered_at=0))
                    for position, address in enumerate(steps, start=1):
                        contact = ContactRow(home=home, name=f"{home}, step {position}",
                                             channels=address.format(home=home).split())  # fmt: skip
                        session.add(contact)
                        session.flush()
                        session.add(StepRow(home=home, position=position, contact=contact.id, wait_s=300))

    # -------------------------------------------------------------- what happens

    def verdict(self, home: str, rule: str = "hub_silent", kind: str = "trigger", priority: Priority = 2) -> Verdict:
        concerns: Concerns = "person" if rule in {"pendant", "inactivity", "trend"} else "equipment"
        return Verdict(
            kind=kind,  # type: ignore[arg-type]
            home=home,
            rule=rule,
            subject=home.lower(),
            at=self.now,
            concerns=concerns,
            priority=priority,
            explanation=f"{rule} of {home}.",
            evidence=Evidence(details={"last_heard": "2026-01-12T14:02:00Z"} if rule == "hub_silent" else {}),
        )

    async def conclude(self, *verdicts: Verdict) -> None:
        self.cursor += 1
        await self.desk.commit(
            cursor=self.cursor, states={}, verdicts=verdicts, facts=[], statuses=[], heard={}, now=self.now
        )

    async def go_quiet(self, *homes: str, rule: str = "hub_silent", priority: Priority = 2) -> None:
        """The hubs of these homes; all of Garden Street if none is named. Then everybody gets to work."""
        await self.conclude(*(self.verdict(home, rule, priority=priority) for home in homes or self.homes))
        await self.settles()

    async def come_back(self, *homes: str, rule: str = "hub_silent") -> None:
        await self.conclude(*(self.verdict(home, rule, "clear") for home in homes or self.homes))
        await self.settles()

    # -------------------------------------------------------------- what is heard

    def news(self, address: str = "list:team") -> list[Notice]:
        """What came to an address since this was asked last."""
        found = [notice for notice in self.phones.notices if notice.channel == address]
        self.phones.notices[:] = [notice for notice in self.phones.notices if notice.channel != address]
        return found


AFTERNOON = 4 * HOUR + 47 * MINUTE
"""From the beginning of a street, 10:00, until the silence that began at 14:02 is noticed."""
