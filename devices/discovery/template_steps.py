"""The steps of a value template at work: functions of what a message is, put together by `template`."""

from collections.abc import Callable
from typing import Any, Final

from devices.discovery.template_values import (
    UNDEFINED,
    Missing,
    NotEvaluated,
    calculate,
    compare,
    item,
    known,
    text,
    truth,
)
from devices.measurement import Rejected
from devices.payload import read_json


class Scope:
    """What a template sees of one message: `value`, `value_json`, and the names that it sets itself."""

    __slots__ = ("_json", "names", "not_json", "value")

    def __init__(self, value: str) -> None:
        self.value = value
        self.names: dict[str, Any] = {}
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

CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}


def nothing(_: Scope) -> Any:  # noqa: ANN401
    """What stands for the state until now, or fills a gap in a display: it says nothing new."""
    raise Missing


def elsewhere(_: Scope) -> Any:  # noqa: ANN401
    """What stands for something that no message says."""
    raise NotEvaluated


def constant(value: Any) -> Run:  # noqa: ANN401
    """Always the same."""
    return lambda _: value


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
        return compare(sign, known(one), known(other))

    return result


def calculated(sign: str, left: Run, right: Run) -> Run:
    """A sum, a product, or two texts in one."""
    return lambda scope: calculate(sign, left(scope), right(scope))


def member(value: Run, key: Run) -> Run:
    """`value[key]`."""
    return lambda scope: item(value(scope), key(scope))


def cut(value: Run, start: Run, end: Run) -> Run:
    """`value[start:end]` of a text or a list."""

    def part(scope: Scope) -> Any:  # noqa: ANN401
        whole, first, last = value(scope), start(scope), end(scope)
        if not isinstance(whole, str | list) or any(type(each) not in (int, type(None)) for each in (first, last)):
            raise Missing
        return whole[first:last]

    return part


def key_of(value: Any) -> Any:  # noqa: ANN401
    """What may be the key of an object."""
    if not isinstance(value, str | int | float):
        raise Missing
    return value
