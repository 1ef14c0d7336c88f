"""What a value template does with values: its filters, tests, functions and methods, and how a value becomes text.

The names and meanings are those of Jinja (https://jinja.palletsprojects.com/templates/) and of Home Assistant
(https://www.home-assistant.io/docs/configuration/templating/), with one difference, that of all of Keepwell: what is
missing or null decides nothing. It is `Missing`, and the message says nothing about that entity.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

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
    if isinstance(value, str) and base != 10:
        if base not in (2, 8, 16) or not re.fullmatch(r"\s*(0[xXbBoO])?[0-9a-fA-F]{1,15}\s*", value):
            raise Missing
        try:
            return int(value, base)
        except ValueError:
            raise Missing from None
    return int(numeric(_float(value)))


def _round(value: Any, precision: Any = 0, method: Any = "common", default: object = None) -> float | int:  # noqa: ANN401, ARG001
    given = numeric(_float(value))
    if not isinstance(precision, int) or not -6 <= precision <= 12:
        raise Missing
    if method in ("floor", "ceil"):
        scale = 10.0**precision
        given = (math.floor if method == "floor" else math.ceil)(given * scale) / scale
    else:
        given = round(given, precision)
    return int(given) if precision == 0 else given


def _default(value: Any, default_value: Any = "", boolean: Any = False) -> Any:  # noqa: ANN401
    if value is UNDEFINED or (boolean and not value):
        return default_value
    return value


def _bool(value: Any, default: object = None) -> bool:  # noqa: ANN401, ARG001
    if isinstance(value, bool | int | float):
        return bool(value)
    flag = _WORDS.get(short(value).strip().lower())
    if flag is None:
        raise Missing
    return flag


_WORDS = {"true": True, "yes": True, "on": True, "enable": True, "1": True} | {
    "false": False, "no": False, "off": False, "disable": False, "0": False,
}  # fmt: skip


def _iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = UNDEFINED) -> Any:  # noqa: ANN401
    if value is None and if_none is not UNDEFINED:
        return if_none
    return if_true if truth(value) else if_false


def _replace(value: Any, old: Any, new: Any) -> str:  # noqa: ANN401
    replaced = short(value).replace(short(old), short(new), TEXT_LIMIT)
    return short(replaced)


def _split(value: Any, sep: Any = None, maxsplit: Any = _PARTS_LIMIT) -> list[str]:  # noqa: ANN401
    if not isinstance(maxsplit, int) or sep == "":
        raise Missing
    return short(value).split(None if sep is None else short(sep), min(maxsplit, _PARTS_LIMIT))


def _strip(value: Any, chars: Any = None) -> str:  # noqa: ANN401
    return short(value).strip(None if chars is None else short(chars))


def _json(value: Any) -> str:  # noqa: ANN401
    try:
        written = orjson.dumps(known(value))
    except (TypeError, ValueError):
        raise Missing from None
    return short(written.decode())


def _from_json(value: Any) -> Any:  # noqa: ANN401
    try:
        return orjson.loads(short(value))
    except orjson.JSONDecodeError:
        raise Missing from None


_FORM = re.compile(r"%0?[0-9]?(?:\.[0-9])?([dfs])")


def _format(form: Any, value: Any) -> str:  # noqa: ANN401
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


def _get(value: Any, key: Any, default: Any = None) -> Any:  # noqa: ANN401
    if not isinstance(value, dict) or not isinstance(key, str | int | float):
        raise Missing
    return value.get(key, default)


def _length(value: Any) -> int:  # noqa: ANN401
    if not isinstance(value, str | list | dict):
        raise Missing
    return len(value)


def _item(value: Any, place: int) -> Any:  # noqa: ANN401
    if not isinstance(value, str | list):
        raise Missing
    return value[place] if value else UNDEFINED


def _extreme(choose: Callable[[list[float | int]], float | int]) -> Callable[..., float | int]:
    def chosen(value: Any, b: Any = None, c: Any = None, d: Any = None) -> float | int:  # noqa: ANN401
        given = value if isinstance(value, list) else [each for each in (value, b, c, d) if each is not None]
        if not 0 < len(given) <= _PARTS_LIMIT:
            raise Missing
        return choose([numeric(each) for each in given])

    return chosen


class Work(NamedTuple):
    """A filter, function or method: how many values it takes besides the first, their names, and what it does."""

    do: Callable[..., Any]
    least: int = 0
    names: tuple[str, ...] = ()


_ROUND = Work(_round, 0, ("precision", "method", "default"))
_FLOAT = Work(_float, 0, ("default",))
_INT = Work(_int, 0, ("default", "base"))
_DEFAULT = Work(_default, 0, ("default_value", "boolean"))
_IIF = Work(_iif, 0, ("if_true", "if_false", "if_none"))
_BOOL = Work(_bool, 0, ("default",))
_LOWER = Work(lambda value: short(value).lower())
_UPPER = Work(lambda value: short(value).upper())
_TRIM = Work(_strip, 0, ("chars",))
_REPLACE = Work(_replace, 2, ("old", "new"))
_CAPITALS = Work(lambda value: short(value).title())
_FIRST_CAPITAL = Work(lambda value: short(value).capitalize())
_JSON = Work(_json)

FILTERS: dict[str, Work] = {
    "float": _FLOAT, "int": _INT, "round": _ROUND, "default": _DEFAULT, "d": _DEFAULT, "iif": _IIF, "bool": _BOOL,
    "abs": Work(lambda value: abs(numeric(value))),
    "multiply": Work(_multiply, 1, ("amount", "default")), "add": Work(_add, 1, ("amount", "default")),
    "lower": _LOWER, "upper": _UPPER, "title": _CAPITALS, "capitalize": _FIRST_CAPITAL, "trim": _TRIM,
    "string": Work(short), "is_defined": Work(known), "replace": _REPLACE, "format": Work(_format, 1, ("value",)),
    "length": Work(_length), "count": Work(_length), "first": Work(lambda value: _item(value, 0)),
    "last": Work(lambda value: _item(value, -1)), "to_json": _JSON, "tojson": _JSON, "from_json": Work(_from_json),
    "bitwise_and": Work(_bitwise_and, 1, ("second_value",)), "is_number": Work(_is_number),
    "min": Work(_extreme(min)), "max": Work(_extreme(max)),
}  # fmt: skip
"""By name; the first value is the one before the bar."""

FUNCTIONS: dict[str, Work] = {
    "float": _FLOAT, "int": _INT, "iif": _IIF, "bool": _BOOL, "is_number": Work(_is_number),
    "min": Work(_extreme(min), 0, ("b", "c", "d")), "max": Work(_extreme(max), 0, ("b", "c", "d")),
}  # fmt: skip
"""By name; the first value is the first in the brackets."""

METHODS: dict[str, Work] = {
    "split": Work(_split, 0, ("sep", "maxsplit")), "lower": _LOWER, "upper": _UPPER, "strip": _TRIM,
    "replace": _REPLACE, "title": _CAPITALS, "capitalize": _FIRST_CAPITAL,
    "startswith": Work(lambda value, prefix: short(value).startswith(short(prefix)), 1, ("prefix",)),
    "endswith": Work(lambda value, suffix: short(value).endswith(short(suffix)), 1, ("suffix",)),
    "get": Work(_get, 1, ("key", "default")),
}  # fmt: skip
"""By name; the first value is the one before the dot."""


TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not UNDEFINED,
    "undefined": lambda value: value is UNDEFINED,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, dict),
    "sequence": lambda value: isinstance(value, str | list | dict),
    "iterable": lambda value: isinstance(value, str | list | dict),
    "list": lambda value: isinstance(value, list),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
}
"""What may stand after `is` and `is not`."""


def compare(sign: str, left: Any, right: Any) -> bool:  # noqa: ANN401
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
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def calculate(sign: str, left: Any, right: Any) -> Any:  # noqa: ANN401
    """`+`, `-`, `*`, `/`, `//`, `%` of numbers, `~` of anything, `+` of texts, and `'%.1f' % number`."""
    if sign == "~" or (sign == "+" and isinstance(left, str) and isinstance(right, str)):
        return short(short(left) + short(right))
    if sign == "%" and isinstance(left, str):
        return _format(left, right)
    one, other = numeric(left), numeric(right)
    try:
        return numeric(_SUMS[sign](one, other))
    except (ZeroDivisionError, OverflowError):
        raise Missing from None


_SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "%": lambda left, right: left % right,
}


def item(value: Any, key: Any) -> Any:  # noqa: ANN401
    """`value[key]` or `value.key`: a member, an element (from the end if negative), or nothing there."""
    if value is UNDEFINED or value is None:
        raise Missing
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return UNDEFINED
