"""What goes out as one message: a digest's entries, and trouble with the equipment of many homes of an area. Pure."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.model import GATEWAY_HOME
from gateway.notify.address import scheme
from gateway.speech import say, worded

NAMED = 20
"""Homes that a message about many names; the others are counted."""
_TOLD_IN_FULL = 5
_WITH_A_COMMAND_LINE = frozenset({"console", "list"})
_SAID = frozenset(
    {"gateway", "hub_silent", "sensor_silent", "battery", "mains", "sensor_stuck", "tamper", "rule_error"}
)
"""Rules that have words of their own in a message about many homes."""


@dataclass(frozen=True, slots=True)
class Due:
    """An outbox row that wants to be sent."""

    id: int
    alert: int
    channel: str
    kind: str
    home: str
    contact: int
    may_be_repeat: bool
    gather: str | None
    part_of: int | None
    attempts: int
    priority: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rows that go out as one message. `of_homes`: it is one about several homes, or what is left of one."""

    rows: tuple[Due, ...]
    of_homes: bool = False


def bundles(due: Sequence[Due]) -> Sequence[Bundle]:
    """The messages to be sent, each where the first of its rows stands.

    A message once tried keeps its rows. Of what may gather, that of one home alone goes out as its own.
    """
    joined = {
        key
        for key, rows in _grouped(due, _by_area).items()
        if key[0] == "part" or (key[0] == "area" and len({_about(row) for row in rows}) > 1)
    }
    whole = _grouped(due, lambda row: key if (key := _by_area(row)) in joined else _by_home(row))
    return [Bundle(tuple(rows), of_homes=key in joined) for key, rows in whole.items()]


def _grouped(rows: Sequence[Due], key_of: Callable[[Due], tuple[Any, ...]]) -> Mapping[tuple[Any, ...], list[Due]]:
    groups: dict[tuple[Any, ...], list[Due]] = {}
    for row in rows:
        groups.setdefault(key_of(row), []).append(row)
    return groups


def _about(row: Due) -> str | int:
    """The home; of what the gateway says of homes, such as that nobody answers for them, each by itself."""
    return row.alert if row.home == GATEWAY_HOME else row.home


def _by_area(row: Due) -> tuple[Any, ...]:
    if row.part_of is not None:
        return ("part", row.part_of)
    if row.gather is not None and not (row.may_be_repeat and row.attempts):
        return ("area", row.channel, row.kind, row.gather, row.may_be_repeat)
    return _by_home(row)


def _by_home(row: Due) -> tuple[Any, ...]:
    if row.kind == "digest":
        return ("digest", row.channel, row.home, row.contact, row.may_be_repeat)
    return ("one", row.id)


# ------------------------------------------------------------------------------------------------ words


@dataclass(frozen=True, slots=True)
class Told:
    """One home's part of a message about many. `since`: when its trouble began; `body`: the message of its own.

    `accept`: the rule by which it is accepted.
    """

    home: str
    rule: str
    accept: str
    since: Instant
    round: int
    body: str
    by: str | None = None
    outcome: str | None = None


def text(
    told: Sequence[Told], kind: str, area: str, channel: str, zone: ZoneInfo, now: Instant, language: str
) -> tuple[str, str]:
    """Title and body of a message about several homes."""

    def said(key: str, **values: Any) -> str:  # noqa: ANN401 - JSON values
        return worded([say(f"storm.{key}", **values)], zone, now, language)

    nowhere = said("no_area").rstrip(".")
    where = area or nowhere[:1].lower() + nowhere[1:]
    rules = _rules(told)
    homes = len({one.home for one in told})
    call = kind in {"alert", "digest"}
    sentences = [
        said(rule if rule in _SAID else "trouble", homes=count, area=where, since=since, what=rule.replace("_", " "))
        for rule, (count, since) in rules.items()
    ]
    title = sentences[0] if call and len(rules) == 1 else said(kind if not call else "several", homes=homes, area=where)
    again = call and min(one.round for one in told) > 1
    lines = [said("still_waiting")] if again else []
    lines += sentences if call else [title, *(said("was_said", what=one) for one in sentences)]
    if kind == "accepted":
        lines.append(said("accepted_by", names=", ".join(sorted({one.by for one in told if one.by}))))
    elif kind == "closed":
        outcomes = sorted({one.outcome.replace(" ", "_") for one in told if one.outcome})
        lines += [worded([say(f"outcome.{one}")], zone, now, language) for one in outcomes]
    lines += _homes(told, said)
    command = f"--area {shlex.quote(area)}"
    lines.append(said("see", command=f"keepwell alerts list {command}"))
    if call and scheme(channel) in _WITH_A_COMMAND_LINE:
        lines += [said("accept", command=f"keepwell alerts accept {command} --rule {rule} --by NAME")
                  for rule in sorted({one.accept for one in told})]  # fmt: skip
    elif call:
        lines.append(said("tell_the_team"))
    return title.rstrip("."), "\n".join(lines)


def _rules(told: Sequence[Told]) -> Mapping[str, tuple[int, Instant]]:
    """(how many homes, since when) by rule, the one that most homes have first."""
    homes = {rule: len({one.home for one in told if one.rule == rule}) for rule in {one.rule for one in told}}
    return {
        rule: (count, min(one.since for one in told if one.rule == rule))
        for rule, count in sorted(homes.items(), key=lambda entry: (-entry[1], entry[0]))
    }


def _homes(told: Sequence[Told], said: Callable[..., str]) -> list[str]:
    if len(told) <= _TOLD_IN_FULL:
        return list(dict.fromkeys(f"{one.home}: {one.body.partition(chr(10))[0]}" for one in told))
    homes = sorted({one.home for one in told})
    names = ", ".join(homes[:NAMED])
    if len(homes) <= NAMED:
        return [said("homes", names=names)]
    return [said("homes_and_more", names=names, more=len(homes) - NAMED)]
