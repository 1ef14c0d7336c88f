"""Points of the time-series store as tables that a spreadsheet opens, a file a day of the home's clock."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from devices.instant import rfc3339
from devices.quantity import QUANTITIES
from gateway.localtime import at_local, local_date
from gateway.model import Point
from gateway.ports import Extent, Store
from gateway.recorder.schema import FACTS, HOME, VALUE
from gateway.web.admin.looks import harmless

_MEASUREMENTS = (*QUANTITIES, *FACTS)


async def days(store: Store, home: str, extent: Extent, zone: ZoneInfo) -> AsyncIterator[tuple[date, Sequence[Point]]]:
    """All points of the home, a day at a time; days without any are left out."""
    day = local_date(extent.start, zone)
    while extent.points and at_local(day, time(0), zone) < extent.end:
        start, end = (at_local(one, time(0), zone) for one in (day, day + timedelta(days=1)))
        if found := await store.read(_MEASUREMENTS, {HOME: home}, start, end):
            yield day, found
        day += timedelta(days=1)


def table(points: Sequence[Point]) -> str:
    """As CSV: when, what, its value, where from, and what else the point says."""
    file = io.StringIO()
    written = csv.writer(file)
    written.writerow(("time", "what", "value", "room", "role", "device", "more"))
    for point in points:
        named = {name: text for name, text in point.tags.items() if name not in {HOME, "room", "role", "device"}}
        more = "; ".join(f"{name}={value}" for name, value in (named | dict(point.fields)).items() if name != VALUE)
        written.writerow(
            [rfc3339(point.at), point.measurement, point.fields.get(VALUE, ""),
             *(harmless(point.tags.get(tag, "")) for tag in ("room", "role", "device")), harmless(more)]
        )  # fmt: skip
    return file.getvalue()
