"""What decoders of rtl_433's configuration say (`-X`, conf/*.conf, src/devices/flex.c): fields by rows of bits."""

from itertools import islice
from typing import Any

_MOST_ROWS = 64
_OF_THE_BURST = frozenset({"count", "num_rows", "rows", "codes", "len", "data"})
"""How much of a burst was received, and its bits: this differs between the copies of one transmission."""


def unrolled(content: dict[str, Any]) -> dict[str, Any]:
    """The event with the fields of its longest row (the others are copies, or cut off) beside its own.

    With `unique` there are no rows, and the fields stand there already. Where none is called `id`, `code` is the id.
    """
    rows = content.get("rows")
    fields: dict[str, Any] = {}
    for row in islice(rows, _MOST_ROWS) if isinstance(rows, list) else ():
        if isinstance(row, dict) and (not fields or _length(row) > _length(fields)):
            fields = row
    flat = {name: raw for name, raw in (fields | content).items() if name not in _OF_THE_BURST}
    if "id" not in flat and "code" in flat:
        flat["id"] = flat.pop("code")
    return flat


def _length(row: dict[str, Any]) -> int:
    bits = row.get("len")
    return bits if isinstance(bits, int) else 0
