"""Names and telephone numbers of a home's people: shown once, to who says why, and that is put on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gateway.database.tables import ContactRow, HomeRow, ResidentRow
from gateway.model import ANNOUNCE
from gateway.web.staff.case import Callee

REASONS = (
    ("alert", "Because of an alert"),
    ("call or visit", "For a planned call or visit"),
    ("family asked", "The family asked us"),
    ("records", "To check or correct what is on record"),
    ("other", "Another reason"),
)
TEXT_AT_MOST = 40
"""Characters: what was looked at is kept in a line of 64."""
_WAYS = {"mailto": "e-mail", "mailtos": "e-mail", "console": "the gateway's console", "mqtt": "MQTT",
         "announce": "an announcement at home"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """A contact: who, by which number, by which kinds of messages, when not."""

    callee: Callee
    ways: Sequence[str]
    quiet_hours: str | None


@dataclass(frozen=True, slots=True)
class Personal:
    """What is shown. `steps`: who is called in which step of which route."""

    residents: Sequence[ResidentRow]
    contacts: Sequence[Reached]
    steps: Sequence[tuple[str, int, Sequence[str]]]


def why(choice: str, text: str) -> tuple[str, Mapping[str, str]]:
    """The reason as it is put on record, and by field what is wrong with it."""
    if choice not in dict(REASONS):
        return "", {"why": "Choose why you need them."}
    if choice == "other" and not text:
        return "", {"reason": "Say in a few words why you need them."}
    if len(text) > TEXT_AT_MOST:
        return "", {"reason": f"Please keep it under {TEXT_AT_MOST} characters."}
    return ", ".join(filter(None, (f"details: {choice}", text))), {}


def personal(session: Session, reference: str) -> Personal:
    """Of this home, at this moment."""
    home = session.get_one(HomeRow, reference)
    names = {row.id: row.name for row in home.contacts}
    steps: dict[tuple[str, int], list[str]] = {}
    for row in home.steps:
        steps.setdefault((row.route, row.position), []).append(names.get(row.contact, "?"))
    return Personal(
        list(home.residents),
        [_reached(row) for row in home.contacts],
        [(route, position, people) for (route, position), people in sorted(steps.items())],
    )


def _reached(row: ContactRow) -> Reached:
    at_home = any(channel.lower() == ANNOUNCE for channel in row.channels)
    schemes = dict.fromkeys(channel.partition(":")[0].lower() for channel in row.channels)
    return Reached(
        Callee(row.name, row.phone, at_home, None), [_WAYS.get(one, one) for one in schemes], row.quiet_hours
    )
