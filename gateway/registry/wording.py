"""Words for what is wrong with a file or an argument: where it stands, what is wrong, what would be right."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.saying import closest

_LISTED = 30


def known_words(what: str, given: str, allowed: Collection[str]) -> str:
    """`role "fridg" is not known; did you mean fridge? Allowed: …`."""
    close = closest(str(given), allowed)
    hint = f"did you mean {close}? " if close else ""
    listed = ", ".join(sorted(set(allowed))[:_LISTED]) + (", …" if len(set(allowed)) > _LISTED else "")
    return f'{what} "{given}" is not known; {hint}allowed: {listed or "none yet"}'


def describe(error: ValidationError, model: type[BaseModel], raw: object, table: str = "home") -> list[str]:
    """One sentence for each error of a model, each beginning with its place in the file."""
    return [_sentence(item, model, raw, table) for item in error.errors(include_url=False)]


def place(table: str, index: int | None = None, name: object = None) -> str:
    """`[[home.devices]] no. 3 "casas:M003"`, or `[home]` without an index."""
    if index is None:
        return f"[{table}]"
    return f"[[{table}]] no. {index + 1}" + (f' "{name}"' if isinstance(name, str) and name else "")


def entry_name(entry: object) -> object:
    """What a person would call an entry: its name, address or type."""
    if not isinstance(entry, Mapping):
        return None
    return next((entry[key] for key in ("name", "address", "type", "device", "route") if entry.get(key)), None)


def _sentence(item: ErrorDetails, model: type[BaseModel], raw: object, table: str) -> str:
    location = list(item["loc"])
    where, owner, left = _place(location, model, raw, table)
    key = ".".join(str(part) for part in left) or "this entry"
    given = item.get("input")
    match item["type"]:
        case "extra_forbidden":
            text = known_words("key", str(left[-1]) if left else "?", _keys(owner))
        case "missing":
            text = f'key "{key}" is missing'
        case "literal_error":
            text = known_words(_named(left), str(given), _literals(owner, left))
        case "string_type":
            text = f"{key} must be a text in quotes"
        case "bool_type" | "bool_parsing":
            text = f"{key} must be true or false, without quotes"
        case "tuple_type" | "list_type" if not _holds_entries(owner, left):
            text = f'{key} must be a list of texts: ["one", "two"]'
        case "dict_type" if not _holds_entries(owner, left):
            text = f'{key} must be a table of texts: {{ "name" = "text" }}'
        case "model_type" | "tuple_type" | "list_type" | "dict_type":
            text = f"{key} has the wrong form: write it as [[{table}.{key}]] tables or as the documentation shows"
        case _:
            text = f"{key}: {item['msg'].removeprefix('Value error, ')}"
    return f"{where}: {text}"


def _place(
    location: list[int | str], model: type[BaseModel], raw: object, table: str
) -> tuple[str, type[BaseModel], list[int | str]]:
    """Walk into a list of entries: the place in words, the model that speaks there, and what is left of the path."""
    if len(location) >= 2 and isinstance(location[0], str) and isinstance(location[1], int):
        field = model.model_fields.get(location[0])
        inner = _model_in(field.annotation) if field is not None else None
        if inner is not None:
            entry = _dig(raw, location[:2])
            where = place(f"{table}.{location[0]}", location[1], entry_name(entry))
            owner, left = _nested(inner, location[2:])
            return where, owner, left
    owner, left = _nested(model, location)
    return place(table), owner, left


def _nested(model: type[BaseModel], left: list[int | str]) -> tuple[type[BaseModel], list[int | str]]:
    """The innermost model on the path (a resident's consent); the path stays whole, to be read out."""
    owner = model
    for part in left[:-1]:
        field = owner.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field is not None else None
        if inner is None:
            break
        owner = inner
    return owner, left


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner)) is not None), None)


def _holds_entries(model: type[BaseModel], left: Sequence[int | str]) -> bool:
    field = model.model_fields.get(str(left[-1])) if left else None
    return field is not None and _model_in(field.annotation) is not None


def _literals(model: type[BaseModel], left: Sequence[int | str]) -> list[str]:
    field = model.model_fields.get(_named(left))
    return list(_strings(field.annotation)) if field is not None else []


def _named(left: Sequence[int | str]) -> str:
    """The innermost field of a path, also where one of its list is meant."""
    return next((part for part in reversed(left) if isinstance(part, str)), "")


def _strings(annotation: Any) -> Iterable[str]:  # noqa: ANN401
    for inner in get_args(annotation):
        if isinstance(inner, str):
            yield inner
        else:
            yield from _strings(inner)


def _keys(model: type[BaseModel]) -> list[str]:
    return list(model.model_fields)


def _dig(raw: object, location: Sequence[int | str]) -> object:
    found: Any = raw
    for part in location:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return None
    return found
