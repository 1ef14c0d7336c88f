"""How a panel's answer is held against the town."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from devices.instant import MILLISECOND, Instant
from gateway.model import Fact
from tests.dashboards.grafana import Answer, Frame, Opened, Range, duration
from tests.dashboards.town import Town

Number = TypeVar("Number")


@dataclass(frozen=True, slots=True)
class Shown:
    """One panel, opened: what each of its queries has brought."""

    opened: Opened
    panel: Mapping[str, Any]
    answers: Sequence[Answer]

    @property
    def range(self) -> Range:
        """What it covers."""
        return self.opened.range_of(self.panel)

    def rows(self, ref: str = "A") -> list[dict[str, Any]]:
        """Of a table: the rows of one query."""
        return self.answer(ref).rows()

    def frames(self, ref: str = "A") -> Sequence[Frame]:
        """Of series: those of one query."""
        return self.answer(ref).frames

    def only(self, ref: str = "A") -> Any:
        """The one value of the one series."""
        return self.answer(ref).only()

    def answer(self, ref: str) -> Answer:
        """Of one query."""
        return next(one for one in self.answers if one.ref == ref)

    def table(self, *keys: str, ref: str = "A") -> dict[tuple[str, ...], dict[str, Any]]:
        """Rows by these columns; no two may be alike in them."""
        found = {tuple(row[key] for key in keys): row for row in self.rows(ref)}
        assert len(found) == len(self.rows(ref)), f"two rows have the same {', '.join(keys)}"
        return found


Check = Callable[[Town, Shown], None]


class Panels(dict[str, Check]):
    """Checks by the title of their panel: `@panels("Open alerts")` above each."""

    def __call__(self, title: str) -> Callable[[Check], Check]:
        def note(check: Check) -> Check:
            assert title not in self, f"there are two checks of {title}"
            self[title] = check
            return check

        return note


_STEP = re.compile(r"GROUP BY time\((\w+)\)", re.IGNORECASE)


def step_of(answer: Answer) -> int:
    """The step of GROUP BY time of what was asked, in microseconds."""
    found = _STEP.search(answer.asked)
    assert found, f"no steps in {answer.asked}"
    return duration(found[1])


def binned(values: Iterable[tuple[Instant, Number]], step: int) -> dict[int, list[Number]]:
    """Values by the beginning, in ms, of the step that they lie in."""
    found: dict[int, list[Number]] = defaultdict(list)
    for at, value in values:
        found[(at - at % step) // MILLISECOND].append(value)
    return found


def said(frame: Frame) -> dict[int, Any]:
    """Of a series: its values by time in ms, those that are empty left out."""
    times = frame.columns["Time"]
    assert len(set(times)) == len(times), f"{frame.name} has two values at one time"
    return {at: value for at, value in zip(times, frame.values, strict=True) if value is not None}


def percentile(values: Sequence[float], share: float) -> float:
    """As InfluxQL has it: the value of that rank, none in between."""
    ordered = sorted(values)
    return ordered[max(0, int(len(ordered) * share / 100 + 0.5) - 1)]


def grouped(facts: Iterable[Fact], field: str, *tags: str) -> dict[tuple[str, ...], list[float]]:
    """Values of a field by these tags (`home` among them), in order of time."""
    found: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for one in facts:
        if field in one.fields:
            key = tuple(one.home if tag == "home" else one.tags.get(tag, "") for tag in tags)
            found[key].append(one.fields[field])  # type: ignore[arg-type]
    return found
