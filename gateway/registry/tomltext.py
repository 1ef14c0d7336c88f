"""Writing TOML 1.0 text: the small part of it that a home file needs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def document(name: str, table: Mapping[str, Any]) -> str:
    """`[name]` with its plain keys, then its lists of tables as `[[name.key]]`. None values are left out."""
    blocks = [(f"[{name}]", {key: value for key, value in table.items() if not _is_tables(value)})]
    blocks += [(f"[[{name}.{key}]]", row) for key, value in table.items() if _is_tables(value) for row in value]
    return "\n".join(f"{title}\n{_lines(row)}" for title, row in blocks)


def value_text(value: object) -> str:
    """One value, tables inside it inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {value_text(item)}" for key, item in value.items() if item is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(value_text(item) for item in value if item is not None)}]"
    raise TypeError(f"TOML has no form for {type(value).__name__}")


def _lines(row: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {value_text(value)}\n" for key, value in row.items() if value is not None)


def _key(key: str) -> str:
    return key if key and _BARE.issuperset(key) else value_text(key)


def _is_tables(value: object) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(isinstance(item, Mapping) for item in value)
