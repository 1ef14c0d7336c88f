"""Alerts of a site under test, raised as the rules would."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from devices.instant import Instant
from gateway.database.access import LookRow
from gateway.model import Concerns, Evidence, Priority, Verdict
from tests.support.site import VisitedSite

ANN = {"name": "Ann", "channels": ["ntfy://ann"], "phone": "01632 960123"}
BEN = {"name": "Ben", "channels": ["ntfy://ben"], "phone": "+44 1632 960456"}
CALLED = [{"contacts": ["Ann"], "wait": 120}, {"contacts": ["Ben"], "wait": 300}]
PEOPLE: dict[str, Any] = {"contacts": [ANN, BEN], "escalation": CALLED}


async def raises(
    site: VisitedSite,
    home: str = "ELM-12",
    rule: str = "pendant",
    *,
    subject: str = "",
    priority: Priority = 1,
    concerns: Concerns = "person",
    explanation: str = "The pendant was pressed at 12:00.",
    details: dict[str, Any] | None = None,
    kind: Any = "trigger",
    at: Instant | None = None,
) -> int:
    """A rule concludes this; the alert that is open for it then."""
    evidence = Evidence(sensors_healthy=9, sensors_total=11, silent=("zigbee2mqtt:a", "zigbee2mqtt:b"),
                        details=details or {})  # fmt: skip
    verdict = Verdict(kind, home, rule, subject, at or site.now, concerns, priority, explanation, evidence)
    await site.desk.report([verdict], site.now)
    found = await site.desk.alerts(home=home, rule=rule, closed=True)
    return next(one.id for one in found if one.subject == subject)


async def street(site: VisitedSite, area: str, count: int) -> Sequence[str]:
    """Homes of one street, each of whose hubs has gone silent."""
    homes = [f"{area.upper()}-{number}" for number in range(1, count + 1)]
    for home in homes:
        site.registers(home, area=area, **PEOPLE)
        await raises(site, home, "hub_silent", subject=home.lower(), priority=2, concerns="equipment",
                     explanation="The hub is silent.")  # fmt: skip
    return homes


def looks(site: VisitedSite) -> Sequence[tuple[str | None, str, int]]:
    """Whose data was looked at: home, what, how often; in order."""
    with site.database.transaction() as session:
        rows = session.scalars(select(LookRow).order_by(LookRow.id))
        return [(row.home, row.what, row.times) for row in rows]
