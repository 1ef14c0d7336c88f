"""docs/reliability.md says what the fault tests say of themselves, and no result of a failed test stands there."""

import pytest

from tests.support import reliability
from tests.support.tree import text


def test_every_guarantee_with_a_test_is_on_the_page():
    table = reliability.rows(text(reliability.PAGE))
    shown = {test: guarantee for test, (guarantee, _) in table.items()}
    assert shown == reliability.declared(), "python -m tests.support.reliability writes the table anew"


def test_no_failure_is_on_the_page():
    table = reliability.rows(text(reliability.PAGE))
    assert not [test for test, (_, result) in table.items() if "FAILED" in result]


def test_results_are_kept_until_a_test_runs_again():
    page = f"# Page\n{reliability.BEGIN}\n{reliability.FINISH}\nend\n"
    known = {"a.py::test_a": "A holds", "b.py::test_b": "B holds"}
    once = reliability.rewritten(page, known, {"a.py::test_a": reliability.Outcome(figures=["lost 0"])})
    again = reliability.rewritten(once, known, {"b.py::test_b": reliability.Outcome(passed=False)})
    assert reliability.rows(again) == {
        "a.py::test_a": ("A holds", "passed; lost 0"),
        "b.py::test_b": ("B holds", "FAILED"),
    }
    assert again.startswith("# Page\n")
    assert again.endswith("\nend\n")
    with pytest.raises(ValueError, match="marks"):
        reliability.rewritten("# Page without a table", known, {})


def test_parameters_belong_to_their_test():
    assert reliability.test_of("tests/faults/test_kills.py::test_x[3.1.1]") == "test_kills.py::test_x"
