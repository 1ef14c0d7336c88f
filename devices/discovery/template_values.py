"""What a value template does with values: its filters, tests, functions and methods, and how a value becomes text.

The names and meanings are those of Jinja (https://jinja.palletsprojects.com/templates/) and of Home Assistant
(https://www.home-assistant.io/docs/configuration/templating/), with one difference, that of all of Keepwell: what is
missing or null decides nothing. It is `Missing`, and the message says nothing about that entity.
"""

import inspect
import math
import re
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, Final

import orjson

from devices.values import number


class Missing(Exception):  # noqa: N818 - it is no fault: the message has no value for this entity
    """The template has no result for this message."""


class NotEvaluated(Missing):
    """It has none because the template asks for what a message does not say, such as another entity's state."""


class Undefined:
    """Stands for a key that the message does not have."""

    __slots__ = ()


UNDEFINED: Final = Undefined()

TEXT_LIMIT = 1_024
"""Characters of a text that filters and methods work on and produce."""
_PARTS_LIMIT = 256
_LARGEST = 1e15


def known(value: Any) -> Any:  # noqa: ANN401 - JSON is any value
    """The value itself, unless it is missing or null."""
    if value is UNDEFINED or value is None:
        raise Missing
    return value


def truth(value: Any) -> bool:  # noqa: ANN401
    """Whether it counts as true; a missing or null value decides nothing."""
    return bool(known(value))


def text(value: Any) -> str:  # noqa: ANN401
    """What `{{ value }}` renders: as Python writes it (True, 21.5, None); nothing for a missing key."""
    if isinstance(value, str):
        return value
    if value is UNDEFINED:
        return ""
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    raise Missing


def short(value: Any) -> str:  # noqa: ANN401
    """A text to work on: of numbers what they render, of lists and objects none."""
    rendered = text(known(value))
    if len(rendered) > TEXT_LIMIT:
        raise Missing
    return rendered


def numeric(value: Any) -> float | int:  # noqa: ANN401
    """A number to calculate with; true is 1. Texts are not numbers without `float` or `int`."""
    if isinstance(value, int | float) and -_LARGEST <= value <= _LARGEST:
        return value
    raise Missing


def _float(value: Any, default: object = None) -> float:  # noqa: ANN401, ARG001
    """A default fills a gap in a display; it is not a reading, so it is not taken."""
    if isinstance(value, bool):
        return float(value)
    found = number(value.strip() if isinstance(value, str) else value)
    if found is None:
        raise Missing
    return found


def _int(value: Any, default: object = None, base: Any = 10) -> int:  # noqa: ANN401, ARG001
    if not isinstance(value, str) or base == 10:
        return int(numeric(_float(value)))
    if base not in (2, 8, 16) or not _DIGITS.fullmatch(value):
        raise Missing
    try:
        return int(value, base)
    except ValueError:
        raise Missing from None


_DIGITS = re.compile(r"\s*(?:0[xXbBoO])?[0-9a-fA-F]{1,15}\s*")


def _round(value: Any, precision: Any = 0, method: Any = "common", default: object = None) -> float | int:  # noqa: ANN401, ARG001
    given = numeric(_float(value))
    if type(precision) is not int or not -6 <= precision <= 12:
        raise Missing
    if method in ("floor", "ceil"):
        scale = 10.0**precision
        given = (math.floor if method == "floor" else math.ceil)(given * scale) / scale
    elif method == "half":
        given = round(given * 2) / 2
    else:
        given = round(given, precision)
    return int(given) if precision == 0 else given


def _default(value: Any, default_value: Any = "", boolean: Any = False) -> Any:  # noqa: ANN401
    return default_value if value is UNDEFINED or (boolean and not value) else value


def _bool(value: Any, default: object = None) -> bool:  # noqa: ANN401, ARG001
    if isinstance(value, int | float):
        return bool(value)
    flag = _WORDS.get(short(value).strip().lower())
    if flag is None:
        raise Missing
    return flag


_WORDS = dict.fromkeys(("true", "yes", "on", "enable", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "disable", "0"), False
)


def _iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = UNDEFINED) -> Any:  # noqa: ANN401
    if value is None and if_none is not UNDEFINED:
        return if_none
    return if_true if truth(value) else if_false


def _replace(value: Any, old: Any, new: Any) -> str:  # noqa: ANN401
    return short(short(value).replace(short(old), short(new), TEXT_LIMIT))


def _split(value: Any, sep: Any = None, maxsplit: Any = _PARTS_LIMIT) -> list[str]:  # noqa: ANN401
    if type(maxsplit) is not int or sep == "":
        raise Missing
    return short(value).split(None if sep is None else short(sep), min(maxsplit, _PARTS_LIMIT))


def _strip(value: Any, chars: Any = None) -> str:  # noqa: ANN401
    return short(value).strip(None if chars is None else short(chars))


def _rstrip(value: Any, chars: Any = None) -> str:  # noqa: ANN401
    return short(value).rstrip(None if chars is None else short(chars))


def _json(value: Any) -> str:  # noqa: ANN401
    """Counted first: lists that hold one list many times, which holds another, are larger than any memory."""
    waiting, count = [known(value)], 0
    while waiting:
        one = waiting.pop()
        count += 1
        if count > _PARTS_LIMIT:
            raise Missing
        if isinstance(one, list | dict):
            waiting += islice(one.values() if isinstance(one, dict) else one, _PARTS_LIMIT)
    try:
        return short(orjson.dumps(value).decode())
    except (TypeError, ValueError):
        raise Missing from None


def _from_json(value: Any) -> Any:  # noqa: ANN401
    try:
        return orjson.loads(short(value))
    except orjson.JSONDecodeError:
        raise Missing from None


_FORM = re.compile(r"%0?[0-9]?(?:\.[0-9])?([dfs])")


def format_one(form: Any, value: Any) -> str:  # noqa: ANN401
    """One placeholder, such as `'%.1f' | format(value)`."""
    found = _FORM.fullmatch(short(form))
    if not found:
        raise Missing
    return short(form) % (short(value) if found[1] == "s" else numeric(value))


def _multiply(value: Any, amount: Any, default: object = None) -> float | int:  # noqa: ANN401, ARG001
    return numeric(numeric(_float(value)) * numeric(amount))


def _add(value: Any, amount: Any, default: object = None) -> float | int:  # noqa: ANN401, ARG001
    return numeric(numeric(_float(value)) + numeric(amount))


def _bitwise_and(value: Any, second_value: Any) -> int:  # noqa: ANN401
    if type(value) is not int or type(second_value) is not int:
        raise Missing
    return value & second_value


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return number(value.strip() if isinstance(value, str) else value) is not None


def _length(value: Any) -> int:  # noqa: ANN401
    if not isinstance(value, str | list | dict):
        raise Missing
    return len(value)


def _end(value: Any, place: int) -> Any:  # noqa: ANN401
    if not isinstance(value, str | list):
        raise Missing
    return value[place] if value else UNDEFINED


def _extreme(choose: Callable[[list[float | int]], float | int]) -> Callable[..., float | int]:
    def chosen(value: Any, *others: Any) -> float | int:  # noqa: ANN401
        given = value if isinstance(value, list) else [value, *others]
        if not 0 < len(given) <= _PARTS_LIMIT:
            raise Missing
        return choose([numeric(each) for each in given])

    return chosen


class Work:
    """A filter, function or method: what it does with the value before it (or first in the brackets) and the others."""

    __slots__ = ("_signature", "do")

    def __init__(self, do: Callable[..., Any]) -> None:
        self.do = do
        self._signature = inspect.signature(do)

    def takes(self, others: int, named: Collection[str]) -> bool:
        """Whether so many other values, and these by name, fit."""
        try:
            self._signature.bind(None, *[None] * others, **dict.fromkeys(named))
        except TypeError:
            return False
        return True


def _works(**does: Callable[..., Any]) -> dict[str, Work]:
    return {name: Work(do) for name, do in does.items()}


_OF_TEXT = _works(
    lower=lambda value: short(value).lower(), upper=lambda value: short(value).upper(),
    title=lambda value: short(value).title(), capitalize=lambda value: short(value).capitalize(), replace=_replace,
)  # fmt: skip
_OF_ANYTHING = _works(
    float=_float, int=_int, iif=_iif, bool=_bool, is_number=_is_number, min=_extreme(min), max=_extreme(max)
)

FILTERS = {**_OF_TEXT, **_OF_ANYTHING} | _works(
    round=_round, default=_default, d=_default, abs=lambda value: abs(numeric(value)), multiply=_multiply, add=_add,
    trim=_strip, string=short, is_defined=known, format=format_one, length=_length, count=_length, to_json=_json,
    tojson=_json, from_json=_from_json, bitwise_and=_bitwise_and, first=lambda value: _end(value, 0),
    last=lambda value: _end(value, -1),
)  # fmt: skip
"""By name; the value is the one before the bar."""
FUNCTIONS = _OF_ANYTHING
"""By name; the value is the first in the brackets."""
METHODS = _OF_TEXT | _works(
    split=_split, strip=_strip, rstrip=_rstrip,
    startswith=lambda value, prefix: short(value).startswith(short(prefix)),
    endswith=lambda value, suffix: short(value).endswith(short(suffix)),
)  # fmt: skip
"""By name; the value is the one before the dot."""

TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not UNDEFINED,
    "undefined": lambda value: value is UNDEFINED,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, dict),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
}
"""What may stand after `is` and `is not`."""
