"""Who is called when something happens, in which order, and when who is on duty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.alerts.duty import DAYS
from gateway.alerts.people import DEFAULT_ROUTE, unattended_times
from gateway.database.tables import HomeRow, RuleRow
from gateway.errors import BadInput
from gateway.model import Home, Rule, Step
from gateway.registry import contacts, homes
from gateway.registry.entries import StepEntry
from gateway.watch.pack import DEFAULT_PACK, rules_of
from gateway.web.access.secret import same, signature
from gateway.web.installer import checklist
from gateway.web.installer.calls_in_words import duty, story
from gateway.web.visit import Visit

_PAGE = "installer/escalation.html"
FIRE = "fire"
HAZARD = "hazard"
DAY_WORDS = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_MOST_MINUTES = 24 * 60
_LAST = "Nobody would be called for this home any more. Put somebody else into who is called first."


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of the route that is looked at."""

    position: int
    names: Sequence[str]
    contacts: frozenset[int]
    wait_s: int
    on_duty: str
    hours: tuple[str, str]
    days: Sequence[str]


@dataclass(frozen=True, slots=True)
class Escalation:
    """What the page shows. `was` tells a form whether the steps are still those that it showed."""

    being_installed: bool
    route: str
    routes: Sequence[str]
    steps: Sequence[StepShown]
    story: Sequence[str]
    people: Sequence[tuple[int, str]]
    reached: bool
    unattended: Sequence[str]
    used: bool
    """Whether any rule of the home calls by this route."""
    was: str


class _ChangedMeanwhile(Exception):  # noqa: N818 - what happened, not an error of anybody's
    """Somebody else changed these steps since the form was shown."""


async def escalation_page(visit: Visit) -> Response:
    """The steps of a route: `?route=`, else those for everything."""
    await visit.looks_at("contacts")
    return await _shown(visit, _route(visit), {})


async def save_step(visit: Visit) -> Response:
    """Change a step, or with position 0 add one at the end."""
    route, position = _route(visit), int(visit.request.path_params["position"])
    entry, problems = await _checked(visit, route)
    if entry is None:
        return await _shown(visit, route, problems, position)

    def put(steps: list[StepEntry]) -> list[StepEntry]:
        return [*steps[: position - 1], entry, *steps[position:]] if position else [*steps, entry]

    return await _save(visit, route, put, position)


async def move_step(visit: Visit) -> Response:
    """One step up or down."""
    route, position, by = _route(visit), _typed_number(visit, "position"), visit.typed("by")

    def move(steps: list[StepEntry]) -> list[StepEntry]:
        there, other = position - 1, position - 2 if by == "up" else position
        if 0 <= there < len(steps) and 0 <= other < len(steps):
            steps[there], steps[other] = steps[other], steps[there]
        return steps

    return await _save(visit, route, move)


async def remove_step(visit: Visit) -> Response:
    """Take a step away; not the last that calls anybody in a home in service."""
    route, position = _route(visit), _typed_number(visit, "position")
    return await _save(visit, route, lambda steps: [*steps[: max(0, position - 1)], *steps[position:]])


async def use_for_hazards(visit: Visit) -> Response:
    """From now on smoke, gas and leaks call by the route for fire, if it has steps."""
    reference = visit.reference

    def use(session: Session) -> None:
        home = homes.get_home(session, reference)
        own = [row for row in home.rules if row.type == HAZARD]
        for row in own:
            row.route = FIRE
        if not own and home.rules and home.pack is None:
            raise BadInput("This home has rules of its own, and none for smoke, gas and leaks: add that first")
        if not own:
            home.pack = home.pack or DEFAULT_PACK  # what watches it now, by name, so that a rule can change it
            home.rules.append(RuleRow(type=HAZARD, key="", route=FIRE, parameters={}))

    try:
        await visit.change(use)
    except BadInput as error:
        return await _shown(visit, FIRE, {"": f"{error}."})
    return visit.go(_path(visit, FIRE), "saved")


# ------------------------------------------------------------------------------------------------ changes


async def _save(
    visit: Visit, route: str, change: Callable[[list[StepEntry]], list[StepEntry]], position: int | None = None
) -> Response:
    reference = visit.reference

    def work(session: Session) -> None:
        home = homes.get_home(session, reference)
        steps = contacts.escalations(home).get(route, ())
        if not same(visit.typed("was"), _state(visit, route, steps)):
            raise _ChangedMeanwhile
        before = checklist.reaches_somebody(home)
        contacts.set_escalation(session, reference, route, change([_entry(route, step) for step in steps]))
        if home.live_at is not None and before and not checklist.reaches_somebody(home):
            raise BadInput(_LAST.rstrip("."))

    try:
        await visit.change(work)
    except _ChangedMeanwhile:
        told = "Somebody else changed these steps in the meantime. Look at them, and do it again if it is right."
        return await _shown(visit, route, {"": told}, position)
    except BadInput as error:
        return await _shown(visit, route, {"": f"{error}."}, position)
    return visit.go(_path(visit, route), "saved")


def _entry(route: str, step: Step) -> StepEntry:
    return homes.checked(
        StepEntry, route=route, contacts=tuple(one.name for one in step.contacts), wait=step.wait_s, hours=step.hours,
        days=step.days,
    )  # fmt: skip


async def _checked(visit: Visit, route: str) -> tuple[StepEntry | None, dict[str, str]]:
    problems = {}
    reference = visit.reference
    chosen = {str(one) for one in visit.form.getlist("contacts")}
    people = await visit.read(
        lambda session: [(row.id, row.name) for row in homes.get_home(session, reference).contacts]
    )
    names = tuple(name for number, name in people if str(number) in chosen)
    if not names:
        problems["contacts"] = "Choose at least one: a step that reaches nobody would only lose time."
    wait = visit.typed("wait")
    if not (wait.isdecimal() and len(wait) <= 4 and 1 <= int(wait) <= _MOST_MINUTES):
        problems["wait"] = "Write whole minutes, from 1 to 1440."
    start, end = visit.typed("from"), visit.typed("until")
    hours = f"{start}-{end}" if start or end else None
    try:
        checked = StepEntry(contacts=("x",), hours=hours).hours
    except ValueError:
        checked = None
        problems["from" if not start else "until"] = (
            "Give two different times, such as 08:00 and 18:00, or leave both empty for any hour."
        )
    if problems:
        return None, problems
    days = tuple(day for day in DAYS if day in visit.form.getlist("days"))
    entry = homes.checked(
        StepEntry, route=route, contacts=names, wait=60 * int(wait), hours=checked,
        days=() if len(days) == len(DAYS) else days,
    )  # fmt: skip
    return entry, {}


# ------------------------------------------------------------------------------------------------ what is shown


async def _shown(visit: Visit, route: str, problems: Mapping[str, str], position: int | None = None) -> Response:
    reference = visit.reference

    def look(session: Session) -> Escalation:
        return _escalation(session, visit, homes.get_home(session, reference), route)

    shown: dict[str, Any] = {
        "reference": reference, "found": await visit.read(look), "days": DAY_WORDS, "sent": position,
        "form": visit.form,
    }  # fmt: skip
    return visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)


def _escalation(session: Session, visit: Visit, row: HomeRow, route: str) -> Escalation:
    routes = contacts.escalations(row)
    own = tuple(Rule(rule.type, rule.parameters, rule.key, rule.route) for rule in row.rules)
    used = {rule.route for rule in rules_of(Home(row.reference, row.time_zone, rules=own, pack=row.pack))}
    steps = routes.get(route, ())
    shown = [
        StepShown(
            step.position, [one.name for one in step.contacts], frozenset(one.id for one in step.contacts), step.wait_s,
            duty(step), _hours(step), step.days,
        )
        for step in steps
    ]  # fmt: skip
    return Escalation(
        row.live_at is None, route, list(dict.fromkeys((DEFAULT_ROUTE, FIRE, *sorted({*routes, *used})))), shown,
        story(steps), [(one.id, one.name) for one in row.contacts], checklist.reaches_somebody(row),
        unattended_times(session, row.reference).get(route, ()), route == DEFAULT_ROUTE or route in used,
        _state(visit, route, steps),
    )  # fmt: skip


def _hours(step: Step) -> tuple[str, str]:
    start, _, end = (step.hours or "").partition("-")
    return start, "00:00" if end == "24:00" else end


def _state(visit: Visit, route: str, steps: Sequence[Step]) -> str:
    """By which a form knows that the steps are still those that it showed."""
    parts = [str((step.position, [one.id for one in step.contacts], step.wait_s, step.hours, step.days))
             for step in steps]  # fmt: skip
    return signature(visit.site.key, "steps", visit.reference, route, *parts)


def _route(visit: Visit) -> str:
    given = visit.typed("route") or visit.asked("route") or DEFAULT_ROUTE
    try:
        return StepEntry(contacts=("x",), route=given).route
    except ValueError:
        return DEFAULT_ROUTE


def _path(visit: Visit, route: str) -> str:
    return f"/homes/{visit.reference}/escalation" + ("" if route == DEFAULT_ROUTE else f"?route={route}")


def _typed_number(visit: Visit, name: str) -> int:
    typed = visit.typed(name)
    return int(typed) if typed.isdecimal() and len(typed) < 5 else 0
