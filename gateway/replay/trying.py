"""A candidate setting of one rule beside the present one, played over what a home has recorded. Nothing is changed."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from devices.instant import DAY, Instant
from gateway.errors import BadInput
from gateway.model import Device, Home, Journaled, Reading, Rule
from gateway.replay.recorded import Gap, Recorded
from gateway.replay.report import Report, Run
from gateway.watch.pack import DEFAULT_PACK, build_rule, rules_of

WARM_UP = 28 * DAY
"""So long before what is reported the rules begin to hear, and the routine to learn."""
_TURN = 500
"""Readings after which others may have their turn, where a gateway runs beside it."""


class Candidate(NamedTuple):
    """A rule as it is now, None where the home has none such; as it might be; and the home that would have it so.

    `settings`: what was asked for, None for a parameter of the home's own that is taken back.
    """

    present: Rule | None
    rule: Rule
    home: Home
    settings: Mapping[str, Any]

    @property
    def own(self) -> Rule:
        """What would be registered for the home alone."""
        return _find(self.home.rules, self.rule.type, self.rule.key) or self.rule


def candidate(
    home: Home, rule_type: str, settings: Mapping[str, Any], key: str = "", route: str | None = None
) -> Candidate:
    """The rule of that type and key with these parameters otherwise than now; None takes the home's own setting back.

    One that was switched off is switched on, unless `enabled` says otherwise. BadInput when there is no such type or
    parameter, or when nothing would change.
    """
    build_rule(Rule(rule_type))
    present, own = _find(rules_of(home), rule_type, key), _find(home.rules, rule_type, key)
    given = dict(own.parameters if own is not None else {}) | dict(settings)
    if present is not None and present.parameters.get("enabled") is False and "enabled" not in settings:
        given["enabled"] = True
    parameters = {name: value for name, value in given.items() if value is not None}
    changed = Rule(rule_type, parameters, key, route or ("default" if present is None else present.route))
    at = len(home.rules) if own is None else home.rules.index(own)
    pack = DEFAULT_PACK if home.pack is None and not home.rules else home.pack  # else it would be the only rule
    after = replace(home, rules=(*home.rules[:at], changed, *home.rules[at + 1 :]), pack=pack)
    rule = _find(rules_of(after), rule_type, key) or changed
    built = build_rule(rule)
    if present is not None and (build_rule(present).parameters, present.route) == (built.parameters, rule.route):
        raise BadInput(f"that is how {rule_type} is set now: give another value with --set")
    return Candidate(present, rule, after, settings)


def _find(rules: Sequence[Rule], rule_type: str, key: str) -> Rule | None:
    return next((rule for rule in rules if (rule.type, rule.key) == (rule_type, key)), None)


async def try_rule(
    recorded: Recorded, home: Home, tried: Candidate, end: Instant, days: float
) -> tuple[Report, Report]:
    """What the home's rules raised in the last `days` as they are now, and with the candidate in its place.

    BadInput when nothing was recorded.
    """
    start = end - round(days * DAY)
    played = Played([replace(one, mode="at home") for one in (home, tried.home)], start)
    await played.hear_all(recorded.heard(start - WARM_UP, end))
    if not played.readings:
        raise BadInput(
            f"nothing is recorded of {home.reference} in the last {days:g} days: look further back with --days, or see"
            " with keepwell check whether this is its store"
        )
    one, other = (run.close(end, played.readings) for run in played.runs)
    one.unregistered = other.unregistered = recorded.unregistered
    return one, other


class Played:
    """Homes that differ in their rules only, over the same history. `readings`: how many from `start` on.

    A device is there from its registration on, or from its first word if that is earlier.
    """

    def __init__(self, homes: Sequence[Home], start: Instant) -> None:
        self.runs: list[Run] = []
        self.readings = 0
        self._homes = homes
        self._start = start
        self._opened = False
        self._newcomers: dict[str, Device] = {}

    async def hear_all(self, items: AsyncIterator[Reading | Gap]) -> None:
        """Play everything."""
        number = 0
        async for item in items:
            self._hear(item)
            number += 1
            if number % _TURN == 0:
                await asyncio.sleep(0)

    def _hear(self, item: Reading | Gap) -> None:
        moment = item.start if isinstance(item, Gap) else item.received_at
        if not self.runs:
            self._newcomers = {one.address: one for one in self._homes[0].devices if one.registered_at > moment}
            self.runs = [Run(home, moment) for home in self._present()]
        if self._newcomers:
            self._welcome(item, moment)
        if not self._opened and moment >= self._start:
            self._opened = True
            for run in self.runs:
                run.open(max(self._start, run.watch.view.started))
        if isinstance(item, Gap):
            for run in self.runs:
                run.gap(item.start, item.end)
            return
        entry = Journaled(0, item)
        for run in self.runs:
            run.watch.take(entry)
        self.readings += self._opened

    def _welcome(self, item: Reading | Gap, moment: Instant) -> None:
        said = "" if isinstance(item, Gap) else item.device
        come = [
            address
            for address, device in self._newcomers.items()
            if device.registered_at <= moment or said == address or said.startswith(address + "/")
        ]
        for address in come:
            del self._newcomers[address]
        if come:
            for run, home in zip(self.runs, self._present(), strict=True):
                run.watch.advance(moment)
                run.watch.update(home, moment)

    def _present(self) -> list[Home]:
        return [
            replace(home, devices=tuple(one for one in home.devices if one.address not in self._newcomers))
            for home in self._homes
        ]
