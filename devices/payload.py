"""Reading a payload's JSON within bounds. Whatever the bytes are, the answer is a value: the JSON, or a Rejected."""

import json
import re
from typing import Any

import orjson

from devices.measurement import Rejected

MESSAGE_LIMIT = 1 << 20
"""Bytes that a sensor's message may have. Real ones have a few hundred."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_BARE_WORD = re.compile(r'\\.|"|[+-]?\b(?:nan|NAN|None|none|inf|Inf|undefined)\b', re.DOTALL)
"""An escaped character, the edge of a text, or one of the words that firmware writes where a number should be."""

_SECOND_LOOK = 64 << 10
"""Bytes up to which a message that is not quite JSON is looked at again."""

_LONGEST_INTEGER = 18
"""Digits; a longer number is read as a fraction, since turning it into an integer takes its time."""

INVENTORY_LIMIT = 16 << 20
"""Bytes that a bridge's list of its devices may have: about 15 kB for each device."""


def read_json(payload: bytes, limit: int = MESSAGE_LIMIT) -> Any:  # noqa: ANN401 - JSON is any value
    """The JSON value of a payload, or a Rejected with reason `too_large`, `too_deep` or `not_json`.

    Numbers may come out infinite or not a number (`1e999`, `NaN`): readers of a field drop them and keep the rest.
    The detail never quotes the payload, which may hold a keypad's PIN.
    """
    if len(payload) > limit:
        return Rejected("too_large", f"the payload has {len(payload)} bytes, the limit is {limit}")
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg or "recursion" in error.msg.lower():
            return Rejected("too_deep", "the JSON is nested too deeply")
        return _read_leniently(payload, error)


def read_object(payload: bytes, limit: int = MESSAGE_LIMIT) -> dict[str, Any] | Rejected:
    """The JSON object of a payload, or a Rejected: as `read_json`, and `not_an_object`."""
    content = read_json(payload, limit)
    if isinstance(content, dict | Rejected):
        return content
    return Rejected("not_an_object", f"expected a JSON object, found {KINDS.get(type(content), 'something else')}")


KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}
"""What a JSON value is called when it is not what was expected."""


def _read_leniently(payload: bytes, error: orjson.JSONDecodeError) -> Any:  # noqa: ANN401
    """Second try for a bad number (NaN, 1e999, nan, None) in an otherwise good message; else what `error` said."""
    try:
        if len(payload) <= _SECOND_LOOK and not _SURROGATE.search(
            payload
        ):  # an escaped half of a character could not be stored later
            return json.loads(_without_bare_words(payload.decode("utf-8")), parse_int=_whole)
    except RecursionError:
        return Rejected("too_deep", "the JSON is nested too deeply")
    except ValueError:
        pass
    return Rejected("not_json", f"not JSON: {error.msg} at character {error.pos}")


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else float(text)


def _without_bare_words(text: str) -> str:
    """Words such as nan outside texts become null. One pass, whatever the text is."""
    inside = False

    def replaced(found: re.Match[str]) -> str:
        nonlocal inside
        part = found[0]
        if part == '"':
            inside = not inside
        return part if inside or part[0] in '"\\' else "null"

    return _BARE_WORD.sub(replaced, text)
