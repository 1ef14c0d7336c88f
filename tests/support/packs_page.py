"""What the packs write of docs/rules.md: `python -m tests.support.packs_page` brings it up to date."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.model import Rule
from gateway.registry.homefile import load_home
from gateway.replay.backtest import backtest
from gateway.replay.recording import read_recording
from gateway.watch.pack import PACKS, Pack, pack_of
from tests.support.shared import CHECKOUT, shared_data

PAGE = CHECKOUT / "docs" / "rules.md"
RECORDINGS = ("casas_hh111_week", "casas_tm000_absence", "homeassistant_pt")
_BETWEEN = re.compile(r"(<!-- From here .*? -->\n\n).*?(\n<!-- End of what is written .*? -->)", re.DOTALL)
_FIGURES = re.compile(r" \|[^|]*\|[^|]*\|[^|]*\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a pack told of a recording: alerts about the person, and about the home or its equipment."""

    person: int
    others: int
    days: float


def packs() -> list[Pack]:
    """In their order."""
    return [pack_of(name) for name in PACKS]


def own_rules(pack: Pack) -> Iterator[Rule]:
    """The rules that it adds to the pack it builds on, or changes there."""
    below = {(rule.type, rule.key): rule for rule in pack_of(pack.builds_on).rules} if pack.builds_on else {}
    return (rule for rule in pack.rules if below.get((rule.type, rule.key)) != rule)


def told(pack: Pack, recording: str) -> Told:
    """Run the pack over the recording."""
    file = load_home(shared_data(f"{recording}.home.toml"))
    read = read_recording(shared_data(f"{recording}.readings.csv"), ZoneInfo(file.time_zone))
    report = backtest(file, read, pack=pack.name)
    person = sum(alert.verdict.concerns == "person" for alert in report.alerts)
    return Told(person, len(report.alerts) - person, report.days)


def table() -> str:
    """A row a pack: for whom, what it adds, and what it told of each recording."""
    rows = [[told(pack, recording) for recording in RECORDINGS] for pack in packs()]
    heads = [f"`{name}`, {found.days:.0f} days" for name, found in zip(RECORDINGS, rows[0], strict=True)]
    lines = [f"| pack | for whom | what it has | {' | '.join(heads)} |", "|---" * (3 + len(heads)) + "|"]
    for pack, found in zip(packs(), rows, strict=True):
        cells = [f"{one.person} + {one.others}" for one in found]
        lines.append(f"| `{pack.name}` | {pack.description} | {_rules(pack)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The page with the packs' table as it is now."""
    part = table()
    return _BETWEEN.sub(lambda found: found[1] + part + found[2], page)


def without_figures(text: str) -> list[str]:
    """The table's rows without what the recordings tell: what is true on every machine."""
    return [_FIGURES.sub("", line) for line in text.splitlines() if line.startswith("| `")]


def _rules(pack: Pack) -> str:
    named = ", ".join(_named(rule) for rule in own_rules(pack))
    return f"all of `{pack.builds_on}`, and {named}" if pack.builds_on else named


def _named(rule: Rule) -> str:
    values = ", ".join(f"`{name}` {value}" for name, value in rule.parameters.items())
    return f"`{rule.type}`" + (f" ({values})" if values else "")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
