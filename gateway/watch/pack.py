"""From configured rules to rules at work: parameters checked, and the default pack for a home without any."""

from typing import Any

from pydantic import ValidationError

from gateway.errors import BadInput
from gateway.model import Home, Rule
from gateway.watch.rule import RuleType
from gateway.watch.rules import RULES


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


def rules_of(home: Home) -> tuple[Rule, ...]:
    """The home's configured rules, or the default pack: every type once with its own parameters."""
    return home.rules or tuple(Rule(name) for name in RULES)
