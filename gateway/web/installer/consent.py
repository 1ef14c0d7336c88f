"""Whose data may flow, by whose word, what for, and who may see what. No consent, no data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.tables import HomeRow
from gateway.localtime import local_date
from gateway.model import Purpose
from gateway.registry import entries, homes
from gateway.web.installer import checklist
from gateway.web.visit import Visit

_PAGE = "installer/consent.html"
PURPOSES: Mapping[str, tuple[Purpose, str]] = {
    "purpose_alerts": (
        "alerts",
        "Alerts: when something may be wrong, people are called. Without this there is nothing to do here.",
    ),
    "purpose_family": (
        "daily picture for family",
        "A daily picture for family: how the day goes, for those who are named below.",
    ),
    "purpose_care": (
        "care planning",
        "Care planning: care workers look at days and weeks, also while nothing is wrong.",
    ),
    "purpose_service": (
        "improving the service",
        "Improving the service: past alerts are counted, to see which were false. No name is used.",
    ),
}
"""By field of the form."""
SEES: tuple[tuple[str, str], ...] = (
    ("alerts", "Alerts only"),
    ("up and about", "Alerts, and whether somebody is up and about"),
    ("rooms", "The day by room, and alerts"),
)
BASES = ("signed form", "spoken, and noted here", "power of attorney", "decision in their best interests")
OTHER = "other"
_PERSON: TypeAdapter[str] = TypeAdapter(entries.PersonName)
_BASIS: TypeAdapter[str] = TypeAdapter(entries.Name)
_YEARS = 5
"""At the latest one asks again after so long."""


@dataclass(frozen=True, slots=True)
class Given:
    """The consent of one resident, as it is recorded."""

    resident: str
    by: str | None
    basis: str | None
    at: Instant | None
    withdrawn_at: Instant | None
    purposes: Sequence[str]
    review_on: date | None
    review_is_due: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """What the page shows of a home. `missing`: of how many people no consent stands."""

    zone: ZoneInfo
    today: date
    being_installed: bool
    has_rooms: bool
    occupants: int
    missing: int
    problem: str | None
    given: Sequence[Given]
    contacts: Sequence[tuple[int, str, str]]
    """Number, name, and what they see."""

    @property
    def others(self) -> int:
        """How many people who live there have no name here yet, beside the one whose consent is being recorded."""
        return max(0, self.occupants - max(1, len(self.given)))

    @property
    def due(self) -> Sequence[Given]:
        """Whom to ask again."""
        return [one for one in self.given if one.review_is_due]


async def consent_form(visit: Visit) -> Response:
    """What is recorded, and the form for more."""
    await visit.looks_at("consent")
    return _shown(visit, await _look(visit), {})


async def record_consent(visit: Visit) -> Response:
    """Record it, with what it is for and who may see what, all at once or not at all."""
    reference, now = visit.reference, visit.now
    found = await _look(visit)
    problems = _problems(visit, found)
    if problems:
        return _shown(visit, found, problems)
    named = [one.strip() for one in visit.typed("others").splitlines() if one.strip()]
    sees = {number: visit.typed(f"sees_{number}") for number, _, _ in found.contacts}

    def record(session: Session) -> None:
        homes.record_consent(
            session, reference, visit.typed("resident"), visit.typed("by"), _basis(visit), now,
            purposes=[purpose for field, (purpose, _) in PURPOSES.items() if visit.typed(field)],
            review_on=visit.typed("review_on"),
        )  # fmt: skip
        for name in named:
            homes.add_resident(session, reference, name)
        home = homes.get_home(session, reference)
        for contact in home.contacts:
            wanted = sees.get(contact.id, contact.sees)
            contact.sees = "alerts" if homes.sees_too_much(home, wanted) else wanted

    await visit.change(record)
    onward = "rooms" if found.being_installed and not found.has_rooms and not named else "consent"
    return visit.go(f"/homes/{reference}/{onward}", "consent-recorded")


async def withdraw_consent(visit: Visit) -> Response:
    """From now on nothing of this home is kept."""
    reference, now = visit.reference, visit.now
    found = await _look(visit)
    resident = visit.typed("withdrawn_by")
    if resident not in [one.resident for one in found.given if one.at is not None]:
        return _shown(visit, found, {"withdrawn_by": "Choose whose consent is withdrawn."})
    if not visit.typed("sure"):
        return _shown(visit, found, {"sure": "Tick this first: Keepwell then looks after this home no more."})
    await visit.change(lambda session: homes.withdraw_consent(session, reference, resident, now))
    return visit.go(f"/homes/{reference}/consent", "consent-withdrawn")


async def _look(visit: Visit) -> Consent:
    reference, now = visit.reference, visit.now
    return await visit.read(lambda session: _consent(homes.get_home(session, reference), now))


def _consent(home: HomeRow, now: Instant) -> Consent:
    zone = ZoneInfo(home.time_zone)
    today = local_date(now, zone)
    given = [
        Given(
            row.name, row.consent_by, row.consent_basis, row.consent_at, row.consent_withdrawn_at,
            tuple(row.consent_purposes),
            date.fromisoformat(row.consent_review_on) if row.consent_review_on else None,
            homes.is_review_due(row, today),
        )
        for row in home.residents
    ]  # fmt: skip
    people = [(row.id, row.name, row.sees) for row in home.contacts]
    return Consent(
        zone, today, home.live_at is None, bool(home.rooms), home.occupants, checklist.missing_consents(home),
        homes.consent_problem(home), given, people,
    )  # fmt: skip


def _shown(visit: Visit, found: Consent, problems: Mapping[str, str]) -> Response:
    chosen = [(one.resident, one.resident) for one in found.given if one.at is not None and one.withdrawn_at is None]
    shown: dict[str, Any] = {
        "reference": visit.reference, "found": found, "value": _value(visit, found), "purposes": PURPOSES, "sees": SEES,
        "bases": [*((one, one[:1].upper() + one[1:]) for one in BASES), (OTHER, "In another way")],
        "chosen": chosen,
        "sees_words": dict(SEES),
    }  # fmt: skip
    return visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)


def _value(visit: Visit, found: Consent) -> Mapping[str, str]:
    """What stands in the fields: in the form that was sent what was typed, in the other what is suggested."""
    if "withdrawn_by" in visit.form or "sure" in visit.form:
        sent = ["withdrawn_by", "sure"]
    elif visit.form:
        sent = ["resident", "others", "by", "basis", "basis_other", "review_on", *PURPOSES]
        sent += [f"sees_{number}" for number, _, _ in found.contacts]
    else:
        sent = []
    return {**_suggested(found), **{name: visit.typed(name) for name in sent}}


def _suggested(found: Consent) -> Mapping[str, str]:
    """The form as it begins: for whoever's consent is missing, else as it was recorded last."""
    open_ = [one for one in found.given if one.at is None or one.withdrawn_at is not None]
    one = next(iter(open_), None) or next(iter(found.due), None) or next(iter(found.given), None)
    known = one is not None and one.at is not None
    basis = (one.basis if one is not None else None) or ""
    value = {
        "resident": one.resident if one is not None else "",
        "others": "",
        "by": (one.by if one is not None else None) or "",
        "basis": basis if basis in BASES or not basis else OTHER,
        "basis_other": "" if basis in BASES else basis,
        "review_on": _in_a_year(found.today).isoformat(),
        "withdrawn_by": one.resident if one is not None else "",
        "sure": "",
    }
    for field, (purpose, _) in PURPOSES.items():
        ticked = purpose in one.purposes if known and one is not None and one.purposes else purpose == "alerts"
        value[field] = "on" if ticked else ""
    return value | {f"sees_{number}": given for number, _, given in found.contacts}


def _problems(visit: Visit, found: Consent) -> dict[str, str]:
    problems = {}
    if not _is_name(visit.typed("resident")):
        problems["resident"] = "Write the name that the resident wants to be called by."
    if not _is_name(visit.typed("by")):
        problems["by"] = "Write who gave the consent: the resident, or who may speak for them."
    named = [one.strip() for one in visit.typed("others").splitlines() if one.strip()]
    if len({visit.typed("resident"), *(one.resident for one in found.given), *named}) < found.occupants:
        problems["others"] = "Write the names of all who live there, one on each line: each of them has to consent."
    elif not all(map(_is_name, named)):
        problems["others"] = "Write one name on each line, in at most 128 letters."
    if not _is_basis(_basis(visit)):
        field = "basis_other" if visit.typed("basis") == OTHER else "basis"
        problems[field] = "Say how the consent was given, in at most 64 letters."
    if not visit.typed("purpose_alerts"):
        problems["purpose_alerts"] = (
            "Without alerts Keepwell has nothing to do in this home. Tick it if the resident agrees, or record nothing."
        )
    problems |= _sees_problems(visit, found) | _review_problems(visit, found)
    return problems


def _sees_problems(visit: Visit, found: Consent) -> dict[str, str]:
    problems = {}
    others = [one for one in found.given if one.resident != visit.typed("resident") and one.at and one.purposes]
    narrower = next((one.resident for one in others if homes.FAMILY_PICTURE not in one.purposes), None)
    for number, name, _ in found.contacts:
        wanted = visit.typed(f"sees_{number}")
        if wanted not in dict(SEES):
            problems[f"sees_{number}"] = f"Choose what {name} may see."
        elif wanted != "alerts" and not visit.typed("purpose_family"):
            problems[f"sees_{number}"] = (
                f"A daily picture for family is not ticked above. Tick it if the resident agrees, or let {name} see"
                " alerts only."
            )
        elif wanted != "alerts" and narrower is not None:
            problems[f"sees_{number}"] = (
                f"{narrower} did not agree to a daily picture for family. Let {name} see alerts only, or record the"
                f" consent of {narrower} anew first, if they agree."
            )
    return problems


def _review_problems(visit: Visit, found: Consent) -> dict[str, str]:
    told = "Choose the day from which on to ask again: after today, and within five years."
    try:
        day = date.fromisoformat(visit.typed("review_on"))
    except ValueError:
        return {"review_on": told}
    return {} if found.today < day and day.year - found.today.year <= _YEARS else {"review_on": told}


def _basis(visit: Visit) -> str:
    chosen = visit.typed("basis")
    return visit.typed("basis_other") if chosen == OTHER else chosen


def _is_name(text: str) -> bool:
    try:
        _PERSON.validate_python(text)
    except ValueError:
        return False
    return True


def _is_basis(text: str) -> bool:
    try:
        _BASIS.validate_python(text)
    except ValueError:
        return False
    return True


def _in_a_year(today: date) -> date:
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # 29 February
        return today.replace(year=today.year + 1, day=28)
