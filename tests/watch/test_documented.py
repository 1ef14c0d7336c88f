"""docs/rules.md names every rule type and every parameter, and nothing else."""

import re

import pytest

from gateway.watch.parameters import Parameters
from gateway.watch.rules import RULES
from tests.support.shared import CHECKOUT

PAGE = (CHECKOUT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = {row[1]: row[2] for row in re.finditer(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGE, re.MULTILINE)}


def test_every_rule_type_has_its_row_and_no_other():
    assert list(ROWS) == list(RULES)


@pytest.mark.parametrize("name", RULES)
def test_every_parameter_of_its_own_is_named(name: str):
    own = set(RULES[name].Parameters.model_fields) - set(Parameters.model_fields)
    assert set(re.findall(r"`(\w+)` =", ROWS[name])) == own


@pytest.mark.parametrize("name", Parameters.model_fields)
def test_what_every_rule_has_is_named(name: str):
    assert f"`{name}`" in PAGE
