"""Queries in InfluxQL, as InfluxDB 1.8, 2 (through its v1 mapping) and 3 answer it, in the form that Grafana keeps.

What to know of Grafana's data source when writing one:

- As a table, a query gives one frame: `Time`, a column a tag of GROUP BY, a column a field. As series (the default), it
  gives one frame for each field of each combination of tags, named by its alias (`$tag_room`, `$col`).
- `newest` brings the fields of one and the same point. `last("a"), last("b")` would mix points: a field that is left
  out of the newest point would come from an older one.
- What is restated every minute is asked with `within(NOW)`: what is no longer said is gone. Every query has a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="influxdb", uid="keepwell")
"""The data source, by its fixed uid."""
HOMES = '"home" =~ /^$home$/'
"""The homes that the reader chose."""
AREAS = '"area" =~ /^$area$/'
"""The areas that the reader chose; a home without one is among all. Only facts have areas, readings have none."""
CHOSEN = f"{HOMES} AND {AREAS}"
"""Of a fact: the homes and areas that the reader chose."""
RANGE = "$timeFilter"
"""The time range of the panel, which is that of the board or its own."""
NOW = "2m"
"""What is restated every minute was said within that span."""


def within(span: str, until: str = "") -> str:
    """A time filter of its own: `within("28d")`; `until` ends it that long ago: `within("56d", "28d")`."""
    return f"time > now() - {span} AND time <= now()" + (f" - {until}" if until else "")


@dataclass(frozen=True, slots=True)
class InfluxQuery(Dataquery, Builder[Dataquery]):
    """One query of a panel. `alias` names series: `$tag_room`, `$col`. The panel sets `ref`, its letter."""

    text: str
    table: bool = False
    alias: str = ""
    hidden: bool = False
    ref: str = "A"

    def build(self) -> Self:
        """Itself: the SDK asks builders for their queries."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return {
            "refId": self.ref,
            "datasource": SOURCE,
            "query": self.text,
            "rawQuery": True,
            "resultFormat": "table" if self.table else "time_series",
            **({"alias": self.alias} if self.alias else {}),
            **({"hide": True} if self.hidden else {}),
        }


def lettered(queries: Iterable[InfluxQuery]) -> list[InfluxQuery]:
    """The queries of a panel with their letters: A, B, C ..."""
    return [replace(query, ref=chr(ord("A") + index)) for index, query in enumerate(queries)]


def newest(
    measurement: str, fields: Sequence[str], by: Sequence[str], *where: str, span: str = NOW, having: str = ""
) -> str:
    """The newest point of each combination of the tags `by`, with these fields of it; the first must always be there.

    `span` is how far to look back, or RANGE. As a table: Time, the tags, the fields. `where` is asked of every point,
    `having` of the newest ones: with `"attention" > 0` in `where`, a home's last need would never end.
    """
    first, *others = fields
    selected = ", ".join((f'last("{first}") AS "{first}"', *(f'"{one}"' for one in others)))
    filters = " AND ".join((*where, RANGE if span == RANGE else within(span)))
    text = f'SELECT {selected} FROM "{measurement}" WHERE {filters} GROUP BY {quoted(by)}'
    return f"SELECT {quoted(fields)} FROM ({text}) WHERE {having} GROUP BY {quoted(by)}" if having else text


def total(measurement: str, field: str, by: Sequence[str], *where: str, span: str = NOW) -> str:
    """The sum of the newest values of a field over all combinations of the tags `by`: one number, or nothing at all."""
    inner = newest(measurement, [field], by, *where, span=span)
    return f'SELECT sum("{field}") AS "{field}" FROM ({inner})'


def quoted(names: Iterable[str]) -> str:
    """Fields for SELECT or tags for GROUP BY, each in its quotes."""
    return ", ".join(f'"{name}"' for name in names)
