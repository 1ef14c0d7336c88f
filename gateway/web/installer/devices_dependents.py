"""What a home would lose with a sensor: rules that would see less, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from gateway.languages import FIRST, tables
from gateway.model import Device, RuleState
from gateway.watch.active import rules_at_work
from gateway.watch.home import HomeWatch
from gateway.web.installer.devices_health import capital, plain

_SEES = {RuleState.ARMED: 2, RuleState.DEGRADED: 1, RuleState.BLIND: 0}
_log = structlog.get_logger("keepwell.web")


@dataclass(frozen=True, slots=True)
class Loss:
    """A rule in words, what it could see without the sensor, and why. `worse`: it sees more now."""

    rule: str
    state: RuleState
    reason: str
    worse: bool


def lost(watch: HomeWatch, device: Device) -> Sequence[Loss] | None:
    """Rules that rest on it, those that would see less without it first; None where that cannot be worked out.

    It is tried: the home's rules are set up without it, with all that is remembered.
    """
    home = watch.view.home
    kept = tuple(one for one in home.devices if not _is(one, device))
    try:
        trial = HomeWatch(replace(home, devices=kept), watch.view.started)
        trial.restore(watch.save())
        after = {one.rule: one for one in trial.all_statuses()}
        at_work, _ = rules_at_work(home, watch.time)
        using = {
            one.key
            for one in at_work
            if one.rule.concerns != "equipment" and any(_is(each, device) for each in one.rule.devices(watch.view))
        }
    except Exception:  # noqa: BLE001 - a page may say less, and must not fail
        _log.exception("dependents_not_known", home=home.reference)
        return None
    found = []
    for before in watch.all_statuses():
        now = after.get(before.rule, before)
        worse = _SEES.get(now.state, 0) < _SEES.get(before.state, 0)
        if worse or before.rule in using:
            found.append(Loss(rule_words(before.rule), now.state, now.reason, worse))
    return sorted(found, key=lambda one: (not one.worse, one.state is not RuleState.BLIND, one.rule))


def _is(one: Device, other: Device) -> bool:
    return (one.hub, one.address) == (other.hub, other.address)


def rule_words(rule: str) -> str:
    """What a rule looks for: `Door left open`."""
    kind = rule.partition("/")[0]
    return capital(str(tables(FIRST)["title"].get(kind, plain(kind))))
