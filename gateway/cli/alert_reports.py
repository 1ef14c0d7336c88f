"""`keepwell alerts audit` and `outcomes`: whether alerts reach people, and what they turned out to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.alerts import outcomes
from gateway.alerts.outcomes import LATER_S, SOON_S, Outcomes
from gateway.alerts.people import unattended_times
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.database.tables import HomeRow
from gateway.oversight import records
from gateway.oversight.audit import Unreachable, audit


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found. `late`: what should have happened long ago, a sentence each."""

    late: Sequence[str]
    homes_reaching_nobody: Sequence[str]
    unreachable: Sequence[Unreachable]
    unattended: Sequence[tuple[str, str, Sequence[str]]]
    """(home, route, times of the week in which no step is on duty)."""


def audit_alerts(
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Look for alerts that are stuck and for people who cannot be reached. Exit code 1 when something is to be mended.

    The gateway does so itself every minute, and calls the operators.
    """
    place = Place.find(config, data)
    with place.database() as database, database.transaction() as session:
        found = _audit(session, place.settings.alerts.gathers_for, SystemClock().now())
    bad = bool(found.late or found.homes_reaching_nobody or found.unreachable)
    if as_json:
        show_json(_plain_audit(found))
    else:
        for sentence in _sentences(found):
            show_line(sentence)
        if not bad:
            show_line("Every alert is where it should be, and everybody who is to be called can be.")
    if bad:
        raise typer.Exit(1)


def _audit(session: Session, gathers_for: Instant, now: Instant) -> Audited:
    account = records.account(session, now)
    late = audit(account, None, now, gathers_for=gathers_for)
    homes = session.scalars(select(HomeRow.reference).order_by(HomeRow.reference)).all()
    return Audited(
        [one.sentence for one in late if one.subject not in {"nobody", "contacts"}],
        account.homes_reaching_nobody,
        account.unreachable,
        [(home, route, times) for home in homes for route, times in unattended_times(session, home).items()],
    )


def _sentences(found: Audited) -> Sequence[str]:
    said = list(found.late)
    said += [f"{home}: its alerts reach nobody. Give it contacts and an escalation."
             for home in found.homes_reaching_nobody]  # fmt: skip
    for one in found.unreachable:
        why = "has no address" if one.channel is None else f"could not be told by {one.channel} when it was tried last"
        said.append(f"{one.home}: {one.contact} {why}.")
    said += [f"{home}, route {route}: by their hours nobody is on duty {', '.join(times)}; then everybody is called."
             for home, route, times in found.unattended]  # fmt: skip
    return said


def _plain_audit(found: Audited) -> dict[str, Any]:
    return {
        "late": list(found.late),
        "homes_reaching_nobody": list(found.homes_reaching_nobody),
        "unreachable": [{"home": one.home, "contact": one.contact, "channel": one.channel}
                        for one in found.unreachable],
        "unattended": [{"home": home, "route": route, "times": list(times)} for home, route, times in found.unattended],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ outcomes


def show_outcomes(
    *,
    home: Annotated[str | None, typer.Option(help="Only this home, such as ELM-12.")] = None,
    area: Annotated[str | None, typer.Option("--area", help='Homes of this area; "" for those without one.')] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks, up to now.")] = 4,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show what alerts turned out to be: how many were false per home and week, and how soon they were accepted."""
    since = SystemClock().now() - weeks * 7 * DAY
    with Place.find(config, data).database() as database, database.transaction() as session:
        raised = outcomes.raised_since(session, since, home=home, area=area)
        homes = outcomes.homes_watched(session, home=home, area=area)
    each, rules, total = outcomes.by_home_and_rule(raised), outcomes.by_rule(raised), outcomes.together(raised)
    if as_json:
        show_json({
            "weeks": weeks,
            "homes": homes,
            "all": _plain(total, homes, weeks),
            "rules": [{"rule": one.rule, **_plain(one, homes, weeks)} for one in rules],
            "homes_and_rules": [{"home": one.home, "rule": one.rule, **_plain(one, 1, weeks)} for one in each],
        })  # fmt: skip
        return
    rows = [_row(one.home, one.rule, one, 1, weeks) for one in each]
    if homes > 1:
        rows += [_row("all homes", one.rule, one, homes, weeks) for one in rules]
    if raised:
        rows.append(_row("all homes" if home is None else home, "all rules", total, homes, weeks))
    show_table(_COLUMNS, rows, empty=f"No alerts within {weeks} weeks.")


_COLUMNS = ("Home", "Rule", "Raised", "Genuine", "False", "Test", "No one reached", "Other", "Unknown",
            "False a week and home", "Accepted after (median)",
            f"Within {SOON_S} s", f"Within {LATER_S} s")  # fmt: skip


def _row(home: str, rule: str, one: Outcomes, homes: int, weeks: int) -> Sequence[object]:
    middle = "" if one.median_s is None else f"{one.median_s:.0f} s"
    return (home, rule, one.raised, *(one.by_outcome.get(name, 0) for name in outcomes.KNOWN), one.unknown,
            f"{one.false_a_week(homes, weeks):.2f}", middle, _share(one.accepted_within(SOON_S)),
            _share(one.accepted_within(LATER_S)))  # fmt: skip


def _share(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


def _plain(one: Outcomes, homes: int, weeks: int) -> dict[str, Any]:
    return {
        "raised": one.raised,
        **{name.replace(" ", "_"): one.by_outcome.get(name, 0) for name in outcomes.KNOWN},
        "unknown": one.unknown,
        "false_per_home_and_week": round(one.false_a_week(homes, weeks), 3),
        "accepted": len(one.accepted_after_s),
        "accepted_after_median_s": one.median_s,
        f"accepted_within_{SOON_S}_s": one.accepted_within(SOON_S),
        f"accepted_within_{LATER_S}_s": one.accepted_within(LATER_S),
    }
