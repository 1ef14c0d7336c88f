"""What the schema writes of docs/time-series.md: `python -m tests.support.schema_page` brings it up to date."""

import re
from collections.abc import Iterator, Mapping

from devices.quantity import QUANTITIES, Quantity
from gateway.oversight.figures import FIGURES
from gateway.recorder.schema import FACTS, GATEWAY, HEALTH, HEALTH_FIELDS, READING_FIELDS, READING_TAGS, Field
from tests.support.shared import CHECKOUT

PAGE = CHECKOUT / "docs" / "time-series.md"
_BETWEEN = re.compile(r"(<!-- From here .*? -->\n\n).*?(\n<!-- End of what is written .*? -->)", re.DOTALL)
_UNITS = {"Cel": "°C", "ug/m3": "µg/m³"}
_EXAMPLE = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def part() -> str:
    """Readings, facts and the gateway's health, as declared."""
    return "\n".join(line for section in (_readings(), _facts(), _health()) for line in section)


def written(page: str) -> str:
    """The page with that part as the schema has it now."""
    new = part()
    return _BETWEEN.sub(lambda found: found[1] + new + found[2], page)


def examples(page: str) -> list[str]:
    """The queries that the page shows."""
    return [query for block in _EXAMPLE.findall(page) for query in block.strip().split("\n\n")]


def _readings() -> Iterator[str]:
    yield "## Readings\n"
    yield "A measurement for each quantity, with a point for each reading. Booleans are 1 and 0.\n"
    yield "| measurement | value | unit |"
    yield "|---|---|---|"
    for quantity in QUANTITIES.values():
        yield f"| `{quantity.name}` | {_meaning(quantity)} | {_unit(quantity.unit or '')} |"
    yield ""
    yield from _tags({"home": "reference of the home", **READING_TAGS})
    yield from _fields(READING_FIELDS)


def _facts() -> Iterator[str]:
    yield "## Facts\n"
    yield "What the rules and the alert desk conclude, and what is restated for lists.\n"
    for one in FACTS.values():
        yield f"### `{one.name}`\n"
        yield f"{one.what} Written {one.when}.\n"
        whose = "reference of the home; `gateway` for what is said of no home in particular"
        yield from _tags({"home": whose, **one.tags})
        yield from _fields(one.fields)


def _health() -> Iterator[str]:
    yield f"## `{HEALTH}`\n"
    yield f"How the gateway itself is. {HEALTH_FIELDS} Counters begin at 0 with each start.\n"
    yield from _tags({GATEWAY: "its name, `[broker] client_id`"})
    yield "| field | what | kind |"
    yield "|---|---|---|"
    for (of, figure), (grows, words) in FIGURES.items():
        yield f"| `{of}_{figure}` | {words.rstrip('.')} | {'counter' if grows else 'state'} |"


def _tags(tags: Mapping[str, str]) -> Iterator[str]:
    yield "| tag | what |"
    yield "|---|---|"
    for name, what in tags.items():
        yield f"| `{name}` | {what} |"
    yield ""


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    yield "| field | what | unit | there |"
    yield "|---|---|---|---|"
    for one in fields:
        unit = "text" if one.text else _unit(one.unit)
        yield f"| `{one.name}` | {one.what} | {unit} | {'always' if one.always else 'where known'} |"
    yield ""


def _meaning(quantity: Quantity) -> str:
    return quantity.meaning.replace("true: ", "1: ") or "as measured"


def _unit(code: str) -> str:
    return _UNITS.get(code, code)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
