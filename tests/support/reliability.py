"""The table of docs/reliability.md: which tests of tests/faults prove what, and what the last long run measured.

The tests say it themselves, `@pytest.mark.guarantee("the sentence")`; `make faults` writes what came of them.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.shared import CHECKOUT

PAGE = Path("docs/reliability.md")
BEGIN, FINISH = "<!-- written by make faults -->", "<!-- end of what make faults writes -->"
NOT_RUN = "not run yet"
_HEAD = "| what is guaranteed | the test | last long run |\n|---|---|---|\n"
_ROW = re.compile(r"^\| (?P<guarantee>.+?) \| `(?P<test>[^`]+)` \| (?P<result>.+) \|$", re.MULTILINE)
_PARAMETERS = re.compile(r"\[.*\]$")

Rows = dict[str, tuple[str, str]]
"""Test -> (guarantee, result)."""


@dataclass
class Outcome:
    """What came of one test with all its parameters."""

    passed: bool = True
    figures: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For the table."""
        return "; ".join(["passed" if self.passed else "FAILED", *self.figures]).replace("|", "/")


def declared() -> dict[str, str]:
    """Each test that proves a guarantee, as `file::test`, with the sentence; read from the source."""
    found = {}
    for path in sorted((CHECKOUT / "tests" / "faults").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.guarantee":
                        found[f"{path.name}::{node.name}"] = str(ast.literal_eval(mark.args[0]))
    return found


def test_of(node: str) -> str:
    """`file::test` of a test's id in pytest."""
    path, _, name = node.partition("::")
    return f"{Path(path).name}::{_PARAMETERS.sub('', name)}"


def rows(page: str) -> Rows:
    """What the table says now."""
    _, _, rest = page.partition(BEGIN)
    return {row["test"]: (row["guarantee"], row["result"]) for row in _ROW.finditer(rest.partition(FINISH)[0])}


def rewritten(page: str, guarantees: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> str:
    """The page with the table as it is to be: new results where there are any, else those that it had."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(FINISH)
    if not found or not closed:
        raise ValueError(f"{PAGE} has lost its marks {BEGIN} and {FINISH}: put them back around the table")
    known = rows(page)
    lines = []
    for test, guarantee in guarantees.items():
        result = outcomes[test].text() if test in outcomes else known.get(test, ("", NOT_RUN))[1]
        lines.append(f"| {guarantee.replace('|', '/')} | `{test}` | {result} |\n")
    return f"{before}{BEGIN}\n\n{_HEAD}{''.join(lines)}\n{FINISH}{after}"


def write(outcomes: Mapping[str, Outcome]) -> None:
    """Write the table into the page."""
    path = CHECKOUT / PAGE
    path.write_text(rewritten(path.read_text(encoding="utf-8"), declared(), outcomes), encoding="utf-8")


if __name__ == "__main__":
    write({})
