"""Going live: what must be so before a home is in service, and how somebody answers for what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from gateway.registry.homes import consent_problem, get_home, set_mode
from gateway.saying import counted
from gateway.watch.home import HomeWatch
from gateway.web.installer import walk_record as record
from gateway.web.installer.checklist import missing_consents, reaches_somebody
from gateway.web.installer.devices_health import place
from gateway.web.installer.walk import LONGEST_NAME
from gateway.web.visit import NO_PROBLEMS, Visit

_LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not as it should be; `page` is where it is put right. Consent is not for anybody to waive."""

    says: str
    page: str
    waivable: bool = True


@dataclass(frozen=True, slots=True)
class Waived:
    """That a home went live although something was missing."""

    reason: str
    by: str
    at: Instant
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Stand:
    missing: Sequence[Missing]
    live_at: Instant | None
    time_zone: str
    waived: Waived | None


def missing(session: Session, home: HomeRow, watch: HomeWatch | None) -> Sequence[Missing]:
    """What stands between this home and service."""
    found: list[Missing] = []
    if consent_problem(home) is not None or missing_consents(home):
        found.append(Missing("The consent of everybody who lives there is not recorded", "consent", waivable=False))
    if not reaches_somebody(home):
        found.append(Missing("Nobody is called when something happens", "escalation"))
    found += [Missing(f"Hub {name} was never heard", "hub") for name in _unheard_hubs(home, watch)]
    if not home.hubs:
        found.append(Missing("It has no hub", "hub"))
    devices = record.devices_of(home)
    if not devices:
        found.append(Missing("It has no sensor", "devices"))
    proven = record.proven(record.signed_walks(session, home.reference), devices)
    if proven.unseen:
        unseen = "; ".join(place(one) for one in proven.unseen)
        found.append(Missing(f"No signed walk test has seen {counted(len(proven.unseen), 'sensor')}: {unseen}", "walk"))
    if proven.exit_wanted and not proven.exit_passed:
        found.append(Missing("The exit test was not passed", "walk"))
    found += [Missing(f"{place(one)}: no test alert of it was accepted", "walk") for one in proven.untested]
    return found


def waived(session: Session, reference: str) -> Waived | None:
    """With what reason the home went live the last time, if something was missing then."""
    for row in record.signed_walks(session, reference):
        if (live := row.seen.get("live")) is not None:
            return Waived(row.override, live["by"], live["at"], live["missing"]) if row.override else None
    return None


async def live_page(visit: Visit) -> Response:
    """What is missing, and the button."""
    return await _page(visit, NO_PROBLEMS)


async def go_live(visit: Visit) -> Response:
    """Into service: from now on rules about the person call. Refused with what is missing, or with a reason."""
    reason, name, now = visit.typed("reason"), visit.typed("name"), visit.now
    watch = visit.site.homes().get(visit.reference)

    def work(session: Session) -> dict[str, str]:
        home = get_home(session, visit.reference)
        if home.live_at is not None:
            return {}
        lacking = missing(session, home, watch)
        if problems := _refusal(lacking, reason, name):
            return problems
        _note(session, home, lacking, reason, name or visit.person.name, now)
        home.live_at = now
        set_mode(session, home.reference, "at home")
        return {}

    if problems := await visit.change(work):
        return await _page(visit, problems)
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}", "home-live")


def _refusal(lacking: Sequence[Missing], reason: str, name: str) -> dict[str, str]:
    if any(not one.waivable for one in lacking):
        return {"": "Without consent no home goes live. Record the consent first."}
    if not lacking:
        return {}
    found = {}
    if not reason:
        found["reason"] = "Something is still missing. Put it right, or write why the home goes live all the same."
    elif len(reason) > _LONGEST_REASON:
        found["reason"] = f"Write the reason in at most {_LONGEST_REASON} characters."
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        found["name"] = "Type your name."
    return found


def _note(session: Session, home: HomeRow, lacking: Sequence[Missing], reason: str, name: str, now: Instant) -> None:
    """Keep who put it into service, with the walk test that it rests on; without one, with an empty one."""
    walks = record.signed_walks(session, home.reference)
    row = walks[0] if walks else WalkRow(home=home.reference, started_at=now, started_by=name, seen={}, signed_at=now,
                                         signed_by=name)  # fmt: skip
    session.add(row)
    row.seen = row.seen | {"live": {"by": name, "at": now, "missing": [one.says for one in lacking]}}
    row.override = reason if lacking else None


def _unheard_hubs(home: HomeRow, watch: HomeWatch | None) -> list[str]:
    def heard(name: str) -> bool:
        known = watch.view.hubs.get(name) if watch is not None else None
        return (known is not None and known.heard is not None) or any(
            row.hub == name and row.last_heard is not None for row in home.devices
        )

    return [hub.name for hub in home.hubs if not heard(hub.name)]


async def _page(visit: Visit, problems: Any) -> Response:  # noqa: ANN401
    watch = visit.site.homes().get(visit.reference)

    def ask(session: Session) -> _Stand:
        home = get_home(session, visit.reference)
        waiver = waived(session, visit.reference)
        return _Stand(missing(session, home, watch), home.live_at, home.time_zone, waiver)

    stand = await visit.read(ask)
    return visit.page("installer/golive.html", 422 if problems else 200, problems=problems, stand=stand)
