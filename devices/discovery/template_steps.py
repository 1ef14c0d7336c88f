"""The steps of a value template at work: functions of what a message is, put together by `template_expressions`."""

import operator
from collections.abc import Callable
from typing import Any, Final

from devices.discovery.template_values import (
    TEXT_LIMIT,
    UNDEFINED,
    Missing,
    NotEvaluated,
    format_one,
    known,
    numeric,
    short,
    text,
    truth,
)
from devices.measurement import Rejected
from devices.payload import read_json


class Scope:
    """What a template sees of one message: `value`, `value_json`, and the names that it sets itself.

    `told`: whether what was last asked of the message is there.
    """

    __slots__ = ("_json", "names", "not_json", "told", "value")

    def __init__(self, value: str) -> None:
        self.value = value
        self.names: dict[str, Any] = {}
        self.told = False
        self.not_json: Rejected | None = None
        self._json: Any = _UNREAD

    @property
    def value_json(self) -> Any:  # noqa: ANN401 - JSON is any value
        """The payload as JSON, read when it is first asked for; undefined if it is none (`not_json` says why)."""
        if self._json is _UNREAD:
            read = read_json(self.value.encode("utf-8", "surrogatepass"))
            self.not_json = read if isinstance(read, Rejected) else None
            self._json = UNDEFINED if self.not_json else read
        return self._json


_UNREAD: Final = object()
_JOINED_LIMIT = 4_096

Run = Callable[[Scope], Any]
"""One step, or several put together: what it gives for a message."""


def constant(value: Any) -> Run:  # noqa: ANN401
    """Always the same."""
    return lambda _: value


def payload(scope: Scope) -> str:
    """`value`."""
    scope.told = True
    return scope.value


def payload_json(scope: Scope) -> Any:  # noqa: ANN401
    """`value_json`."""
    found = scope.value_json
    scope.told = found is not UNDEFINED and found is not None
    return found


def nothing(_: Scope) -> Any:  # noqa: ANN401
    """What stands for the state until now: it says nothing new."""
    raise Missing


def elsewhere(_: Scope) -> Any:  # noqa: ANN401
    """What stands for something that no message says: states, times. Often only where the message says nothing."""
    raise NotEvaluated


def member(value: Run, key: Run) -> Run:
    """`value[key]` or `value.key`."""

    def found(scope: Scope) -> Any:  # noqa: ANN401
        one = _item(value(scope), key(scope))
        scope.told = one is not UNDEFINED and one is not None
        return one

    return found


def otherwise(value: Run, default: Run) -> Run:
    """The value, and the default where there is none."""

    def chosen(scope: Scope) -> Any:  # noqa: ANN401
        one = value(scope)
        return default(scope) if one is UNDEFINED else one

    return chosen


def conditional(value: Run, condition: Run, other: Run) -> Run:
    """`value if condition else other`."""
    return lambda scope: value(scope) if truth(condition(scope)) else other(scope)


def either(left: Run, right: Run) -> Run:
    """`left or right`: the left one unless it is missing or counts as false."""

    def chosen(scope: Scope) -> Any:  # noqa: ANN401
        value = left(scope)
        return value if value is not UNDEFINED and value else right(scope)

    return chosen


def both(left: Run, right: Run) -> Run:
    """`left and right`."""

    def chosen(scope: Scope) -> Any:  # noqa: ANN401
        value = left(scope)
        return right(scope) if truth(value) else value

    return chosen


def compared(sign: str, left: Run, right: Run) -> Run:
    """A comparison; with `none` only by `==` and `!=`."""

    def result(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        if sign in ("==", "!=") and other is None:
            return (one is None) == (sign == "==")
        return _compare(sign, known(one), known(other))

    return result


def calculated(sign: str, left: Run, right: Run) -> Run:
    """A sum, a product, or two texts in one."""
    return lambda scope: _calculate(sign, left(scope), right(scope))


def joined(parts: list[Run]) -> Run:
    """The texts of all parts, one after the other; one missing leaves nothing."""
    if len(parts) == 1:
        return parts[0]

    def whole(scope: Scope) -> str:
        texts = [text(known(part(scope))) for part in parts]
        if sum(map(len, texts)) > _JOINED_LIMIT:
            raise Missing
        return "".join(texts)

    return whole


# ---------------------------------------------------------------------------------------- what a step does


def _compare(sign: str, left: Any, right: Any) -> bool:  # noqa: ANN401
    """`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`; only numbers, or only texts, have an order."""
    if sign in ("in", "not in"):
        if not isinstance(right, str | list | dict) or len(right) > TEXT_LIMIT:
            raise Missing
        if isinstance(right, str):
            found = short(left) in right
        else:
            found = isinstance(left, str | int | float) and left in right
        return found == (sign == "in")
    if sign in ("==", "!="):
        simple = isinstance(left, str | int | float) and isinstance(right, str | int | float)
        return (simple and left == right) == (sign == "==")
    if not (isinstance(left, str) and isinstance(right, str)):
        left, right = numeric(left), numeric(right)
    return bool(_ORDER[sign](left, right))


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _calculate(sign: str, left: Any, right: Any) -> Any:  # noqa: ANN401
    """`+`, `-`, `*`, `/`, `//`, `%` of numbers, `~` of anything, `+` of texts, and `'%.1f' % number`."""
    if sign == "~" or (sign == "+" and isinstance(left, str) and isinstance(right, str)):
        return short(short(left) + short(right))
    if sign == "%" and isinstance(left, str):
        return format_one(left, right)
    one, other = numeric(left), numeric(right)
    try:
        return numeric(_SUMS[sign](one, other))
    except (ZeroDivisionError, OverflowError):
        raise Missing from None


_SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod,
}  # fmt: skip


def _item(value: Any, key: Any) -> Any:  # noqa: ANN401
    """`value[key]` or `value.key`: a member, an element (from the end if negative), or nothing there."""
    if value is UNDEFINED or value is None:
        raise Missing
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return UNDEFINED


def cut(value: Any, start: Any, end: Any) -> Any:  # noqa: ANN401
    """`value[start:end]` of a text or a list."""
    if not isinstance(value, str | list) or any(type(each) not in (int, type(None)) for each in (start, end)):
        raise Missing
    return value[start:end]


def key_of(value: Any) -> Any:  # noqa: ANN401
    """What may be the key of an object."""
    if not isinstance(value, str | int | float):
        raise Missing
    return value
