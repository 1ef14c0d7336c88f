"""Parameters of a rule as a command is given them: --set KEY=VALUE."""

import json
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Annotated, Any, get_args, get_origin

import typer

from gateway.errors import BadInput
from gateway.model import Rule
from gateway.registry.wording import known_words
from gateway.watch.pack import build_rule

RuleOption = Annotated[str, typer.Option("--rule", metavar="TYPE", help="The rule type, such as inactivity.")]
KeyOption = Annotated[str, typer.Option("--key", help="Which of several rules of one type.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A parameter, such as after=3h; KEY= for its default. Repeatable."),
]


def read_settings(rule_type: str, settings: Sequence[str]) -> Mapping[str, Any]:
    """Each KEY=VALUE by its key, None for KEY=. BadInput names what there is instead of an unknown type or key.

    Values are checked when the rule is built.
    """
    fields = type(build_rule(Rule(rule_type)).parameters).model_fields
    found: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        key, text = key.strip().replace("-", "_"), text.strip()
        if key not in fields:
            raise BadInput(known_words(f"parameter of {rule_type}", key, fields))
        if not equals:
            raise BadInput(f"--set {key}: write {key}=VALUE, or {key}= for its default")
        found[key] = _value(text, many=_holds_many(fields[key].annotation)) if text else None
    return found


def as_settings(settings: Mapping[str, Any]) -> str:
    """Parameters as a shell would be given them; KEY= for None."""
    given = (f"{name}={'' if value is None else _text(value)}" for name, value in settings.items())
    return " ".join(f"--set {quote(one)}" for one in given)


def differing(rule: Rule) -> dict[str, Any]:
    """Parameters that are not at their default, as they were given."""
    try:
        changed = build_rule(rule).parameters.model_dump(exclude_defaults=True)
    except BadInput:
        return dict(rule.parameters)
    return {name: value for name, value in rule.parameters.items() if name in changed}


def in_words(parameters: Mapping[str, Any]) -> str:
    """Such as `after=3 h, hours=08:00-20:00`."""
    return ", ".join(f"{name}={_text(value)}" for name, value in parameters.items())


def _value(text: str, *, many: bool) -> Any:  # noqa: ANN401 - JSON
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return [part.strip() for part in text.split(",") if part.strip()] if many else text
    return [value] if many and not isinstance(value, list) else value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return json.dumps(value)


def _holds_many(annotation: object) -> bool:
    kinds = (annotation, *get_args(annotation))
    return any((get_origin(kind) or kind) in {list, tuple, set, frozenset} for kind in kinds)
