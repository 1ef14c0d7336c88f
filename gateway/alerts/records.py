"""What is kept beside alerts: their timelines, and facts for the recorder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts import facts
from gateway.alerts.alert import Alert
from gateway.alerts.people import Registered
from gateway.database.tables import AlertRow, FactRow, TimelineRow
from gateway.model import Fact


@dataclass(frozen=True, slots=True)
class Records:
    """Records as one transaction adds to them, at one `now`."""

    session: Session
    now: Instant
    registered: Registered

    def note(self, row: AlertRow, what: str, by: str, detail: Mapping[str, Any]) -> None:
        """An entry of the alert's timeline."""
        self.session.add(TimelineRow(alert=row.id, at=self.now, what=what, by=by, detail=dict(detail)))

    def fact(self, row: AlertRow, event: str) -> None:
        """What has just happened to an alert, for dashboards."""
        self.keep(facts.transition(Alert.of(row), event, self.registered.zone_and_area(row.home)[1], self.now))

    def keep(self, fact: Fact) -> None:
        """Store a fact for the recorder."""
        self.session.add(
            FactRow(
                measurement=fact.measurement,
                home=fact.home,
                tags=dict(fact.tags),
                fields=dict(fact.fields),
                at=fact.at,
            )
        )
