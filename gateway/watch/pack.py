"""From configured rules to rules at work: parameters checked, and the pack of rules that a home begins with."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from gateway.errors import BadInput
from gateway.model import Home, Rule
from gateway.saying import closest
from gateway.watch.rule import RuleType
from gateway.watch.rules import RULES

DEFAULT_PACK = "living-alone"
PACKS = (DEFAULT_PACK, "falls-risk", "leaves-home-at-night", "carer-visits", "cold-home")
"""The packs in the wheel, files in gateway/watch/packs."""
_FOLDER = "gateway.watch.packs"
_OF_ALL = ("type", "key", "route")


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules for homes of one kind, with those of the pack that it builds on. `description`: who it is for."""

    name: str
    title: str
    description: str
    builds_on: str | None
    rules: tuple[Rule, ...]


def build_rule(rule: Rule) -> RuleType[Any]:
    """The rule type with its parameters checked; BadInput names the type or parameter and what is allowed."""
    kind = RULES.get(rule.type)
    if kind is None:
        raise BadInput(f'there is no rule type "{rule.type}": use one of {", ".join(RULES)}')
    try:
        return kind(kind.Parameters(**rule.parameters), rule.route)
    except ValidationError as error:
        allowed = ", ".join(kind.Parameters.model_fields)
        details = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise BadInput(f"rule {rule.type}: {details} (its parameters are {allowed})") from error


@lru_cache(maxsize=len(PACKS))
def pack_of(name: str) -> Pack:
    """The pack of this name; BadInput that names those there are."""
    if name not in PACKS:
        near = closest(name, PACKS)
        hint = f"did you mean {near}? " if near else ""
        raise BadInput(f'there is no pack of rules "{name}"; {hint}Use one of {", ".join(PACKS)}')
    raw = tomllib.loads((files(_FOLDER) / f"{name}.toml").read_text("utf-8"))
    base = raw.get("builds_on")
    rules = tuple(_rule(table) for table in raw["rules"])
    return Pack(name, raw["title"], raw["description"], base,
                changed(pack_of(base).rules, rules) if base else rules)  # fmt: skip


def rules_of(home: Home) -> tuple[Rule, ...]:
    """The rules that watch a home: its own alone, or those of its pack, or of the default one, with its own in them.

    A pack that there is no more stands for the default one; `keepwell check` names it.
    """
    if home.pack is None:
        return home.rules or pack_of(DEFAULT_PACK).rules
    return changed(pack_of(home.pack if home.pack in PACKS else DEFAULT_PACK).rules, home.rules)


def changed(rules: tuple[Rule, ...], own: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """`rules` with `own` among them: of the same type and key they change the parameters that they name."""
    result = {(rule.type, rule.key): rule for rule in rules}
    for rule in own:
        before = result.get((rule.type, rule.key))
        parameters = rule.parameters if before is None else {**before.parameters, **rule.parameters}
        result[rule.type, rule.key] = Rule(rule.type, parameters, rule.key, rule.route)
    return tuple(result.values())


def _rule(table: Mapping[str, Any]) -> Rule:
    parameters = {name: value for name, value in table.items() if name not in _OF_ALL}
    return Rule(table["type"], parameters, table.get("key", ""), table.get("route", "default"))
