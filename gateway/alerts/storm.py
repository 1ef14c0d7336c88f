"""Storm control: trouble with the equipment of many homes of an area is one message to each address.

What is said about equipment waits a short while for more of its kind; the notify stage then sends it together. A call
about a person or the home, and all of priority 1, never waits and never goes into such a message.
"""

import json
from dataclasses import dataclass, field

from sqlalchemy import String, exists, func, select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.alerts import lastresort
from gateway.alerts.alert import Alert
from gateway.alerts.people import Registered
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, ContactRow, HomeRow, OutboxRow
from gateway.model import GATEWAY_HOME, Contact

KINDS = frozenset({"alert", "digest", "cleared", "accepted", "closed"})
_A_PLACE_FOR_EACH_HOME = ("mqtt:",)
"""Such an address is another one in each home: what is sent there is for machines, which want every alert."""
_SENDING_TAKES_AT_MOST = 10 * MINUTE
_Waiting = tuple[str, str, str]
"""Address, kind and area of what is gathered."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Which messages wait for others, and until when, as seen from one transaction at `now`."""

    session: Session
    settings: AlertSettings
    now: Instant
    registered: Registered
    _until: dict[_Waiting, Instant] = field(default_factory=dict)
    _shared: set[tuple[str, str]] = field(default_factory=set)

    def word(self, alert: Alert, kind: str, contact: Contact, channel: str) -> str | None:
        """The area by which this message may go out with others, "" for homes without one; None: it goes by itself.

        An address that only one home has, such as that of a family, has nothing to wait for; who is asked to take
        over is asked at once, in words of their own. An alarm of last resort is gathered as what it is about.
        """
        if alert.concerns != "equipment" or alert.priority == 1 or kind not in KINDS or not self.settings.gather_min:
            return None
        home = self._home(alert)
        if home is None or alert.handed_to is not None or channel.lower().startswith(_A_PLACE_FOR_EACH_HOME):
            return None
        area = self.registered.zone_and_area(home)[1] or ""
        return area if contact.id == 0 or self._is_shared(channel, area, home) else None

    def due_at(self, kind: str, channel: str, area: str, wanted: Instant) -> Instant:
        """When a message goes out that wants to at `wanted`: after a storm with the next, else with the first waiting.

        What waits for an hour of the day meets the others there.
        """
        if wanted > self.now or kind == "digest":
            return wanted
        key = (channel, kind, area)
        if key not in self._until:
            self._until[key] = self._pause_ends(*key) or self._first_is_due(*key)
        return self._until[key]

    def _home(self, alert: Alert) -> str | None:
        """The home whose equipment it is about; None for what is wrong with the gateway itself."""
        if not lastresort.is_alarm(alert):
            return None if alert.home == GATEWAY_HOME else alert.home
        about = self.session.get(AlertRow, alert.evidence.get("alert"))
        return about.home if about is not None and about.concerns == "equipment" else None

    def _is_shared(self, channel: str, area: str, home: str) -> bool:
        """Whether another home of the area has this address too; what two homes have is shared for every home."""
        if (channel, area) in self._shared:
            return True
        of_another = exists().where(
            HomeRow.reference == ContactRow.home,
            func.coalesce(HomeRow.area, "") == area,
            ContactRow.home != home,
            ContactRow.channels.cast(String).contains(json.dumps(channel), autoescape=True),
        )
        if not self.session.scalar(select(of_another)):
            return False
        self._shared.add((channel, area))
        return True

    def _pause_ends(self, channel: str, kind: str, area: str) -> Instant | None:
        pause = int(self.settings.gather_pause_min * MINUTE)
        last = self.session.scalar(
            select(func.max(OutboxRow.finished_at)).where(
                OutboxRow.state == "sent",
                OutboxRow.due_at > self.now - pause - _SENDING_TAKES_AT_MOST,
                OutboxRow.part_of.is_not(None),
                OutboxRow.gather == area,
                OutboxRow.kind == kind,
                OutboxRow.channel == channel,
            )
        )
        return last + pause if last is not None and last + pause > self.now else None

    def _first_is_due(self, channel: str, kind: str, area: str) -> Instant:
        latest = self.now + int(self.settings.gather_min * MINUTE)
        found = self.session.scalar(
            select(OutboxRow.due_at)
            .where(
                OutboxRow.state == "pending",
                OutboxRow.due_at.between(self.now, latest),
                OutboxRow.part_of.is_(None),
                OutboxRow.attempts == 0,
                OutboxRow.gather == area,
                OutboxRow.kind == kind,
                OutboxRow.channel == channel,
            )
            .order_by(OutboxRow.due_at)
            .limit(1)
        )
        return latest if found is None else found
