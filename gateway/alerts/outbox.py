"""Queueing what people are to be told, in the transaction of what it is about. The notify stage sends it."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.alerts.escalation import Hours, due_at
from gateway.alerts.storm import Gathering
from gateway.alerts.wording import Text
from gateway.database.tables import OutboxRow
from gateway.model import Contact

CALLS = ("alert", "digest")
UNFINISHED = ("pending", "blocked", "sending")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact and the address by which it is told."""

    contact: Contact
    channel: str


def message_id(alert: int, kind: str, step: int, round_: int, recipient: Recipient, gateway: str) -> str:
    """The stable identity of a notification, in the form of an e-mail's Message-ID."""
    short = hashlib.sha256(recipient.channel.encode()).hexdigest()[:10]
    return f"<keepwell-{alert}-{kind}-{step}-{round_}-{recipient.contact.id}-{short}@{gateway}>"


def recipients(people: Iterable[Contact]) -> list[Recipient]:
    """All addresses of these contacts, each once."""
    return [Recipient(contact, channel) for contact in people for channel in dict.fromkeys(contact.channels)]


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox as seen from one transaction."""

    session: Session
    gateway: str
    now: Instant
    gathering: Gathering

    def queue(
        self,
        alert: Alert,
        kind: str,
        step: int,
        to: Sequence[Recipient],
        worded: Callable[[Recipient, Instant], Text],
        hours: Hours,
        *,
        new: bool = False,
    ) -> None:
        """Add one message each; what the same address was still to get of this kind and alert is superseded.

        `worded` gives the text as it reads at the time at which it is due. One that waits for others of its area waits
        no longer than the one whose place it takes would have. `new`: there is none of this alert yet.
        """
        superseded = {} if new else self._supersede(alert.id, kind, to)
        for recipient in to:
            gather = self.gathering.word(alert, kind, recipient.contact, recipient.channel)
            due = self._due_at(alert, recipient.contact, hours)
            text = worded(recipient, due)
            if gather is not None:
                due = self.gathering.due_at(kind, recipient.channel, gather, due)
                due = max(self.now, min((due, *superseded.get((recipient.contact.id, recipient.channel), ()))))
            self.session.add(
                OutboxRow(
                    alert=alert.id,
                    home=alert.home,
                    kind=kind,
                    step=step,
                    round=alert.round,
                    contact=recipient.contact.id,
                    contact_name=recipient.contact.name,
                    channel=recipient.channel,
                    language=recipient.contact.language,
                    title=text.title,
                    body=text.body,
                    priority=alert.priority,
                    message_id=message_id(alert.id, kind, step, alert.round, recipient, self.gateway),
                    created_at=self.now,
                    due_at=due,
                    gather=gather,
                )
            )

    def drop(self, alert: int, kinds: Sequence[str]) -> None:
        """What is not yet sent is no longer wanted. One that is being sent counts as sent if it succeeds after all."""
        self.session.execute(
            update(OutboxRow)
            .where(OutboxRow.alert == alert, OutboxRow.kind.in_(kinds), OutboxRow.state.in_(UNFINISHED))
            .values(state="dropped", finished_at=self.now, error="no longer needed")
        )

    def told(self, alert: int, among: dict[int, Contact]) -> list[Recipient]:
        """Everybody who has got a call or digest of this alert, or is getting it just now, by the same address."""
        rows = self.session.execute(
            select(OutboxRow.contact, OutboxRow.contact_name, OutboxRow.channel, OutboxRow.language)
            .where(OutboxRow.alert == alert, OutboxRow.kind.in_(CALLS), OutboxRow.state.in_(("sent", "sending")))
            .order_by(OutboxRow.id)
        )
        found = {}
        for contact, name, channel, language in rows:
            person = among.get(contact) or Contact(contact, name, (channel,), language)
            found[contact, channel] = Recipient(person, channel)
        return list(found.values())

    def states(self, alert: Alert, *only: ColumnElement[bool]) -> list[str]:
        """The states of these calls of the alert's present round; what waits for others of its area counts as sent."""
        rows = self.session.execute(
            select(OutboxRow.state, OutboxRow.gather, OutboxRow.attempts).where(
                OutboxRow.alert == alert.id, OutboxRow.kind.in_(CALLS), OutboxRow.round == alert.round, *only
            )
        )
        return [
            "sent" if state == "pending" and gather is not None and attempts == 0 else state
            for state, gather, attempts in rows
        ]

    def taken_at(self, alert: Alert) -> Instant | None:
        """When the alert's present step was taken."""
        return self.session.scalar(
            select(OutboxRow.created_at)
            .where(
                OutboxRow.alert == alert.id,
                OutboxRow.kind.in_(CALLS),
                OutboxRow.step == alert.step,
                OutboxRow.round == alert.round,
            )
            .order_by(OutboxRow.created_at.desc())
            .limit(1)
        )

    def _supersede(self, alert: int, kind: str, to: Sequence[Recipient]) -> Mapping[tuple[int, str], Sequence[Instant]]:
        """Drop what these are still to get of this kind and alert; by contact and address, when that was due."""
        wanted = {(one.contact.id, one.channel) for one in to}
        found: defaultdict[tuple[int, str], list[Instant]] = defaultdict(list)
        numbers = []
        for number, contact, channel, due_at_ in self.session.execute(
            select(OutboxRow.id, OutboxRow.contact, OutboxRow.channel, OutboxRow.due_at).where(
                OutboxRow.alert == alert, OutboxRow.kind == kind, OutboxRow.state.in_(("pending", "blocked"))
            )
        ):
            if (contact, channel) in wanted:
                found[contact, channel].append(due_at_)
                numbers.append(number)
        if numbers:
            self.session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(numbers))
                .values(state="dropped", finished_at=self.now, error="a later message took its place")
            )
        return found

    def _due_at(self, alert: Alert, contact: Contact, hours: Hours) -> Instant:
        try:
            return due_at(alert.priority, contact, hours, self.now)
        except ValueError:  # unreadable quiet hours are no reason to leave somebody out
            return self.now
