"""docs/devices.md says what each convention says of itself, and that is what its samples show."""

import dataclasses
import re

import pytest

from devices.convention import Options
from devices.guide import Guide
from devices.quantity import QUANTITIES
from tests.devices import samples
from tests.support.devices_page import PAGE, guides, written

GUIDES = {guide.name: guide for guide in guides()}


def _told(guide: Guide) -> set[str]:
    """Quantities that the table names: the second column is a list of them, and then perhaps a semicolon and words."""
    return {name for _, said in guide.readings for name in re.split(r",\s*", said.partition(";")[0].strip()) if name}


def _shown(name: str) -> set[str]:
    """Quantities that its samples give."""
    return {
        row[1]
        for path in samples.FILES
        if path.parent.name == name
        for sample in samples.messages(path)
        for row in sample["expect"].get("measurements", [])
    }


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.support.devices_page"


@pytest.mark.parametrize("name", GUIDES)
def test_every_convention_tells_what_an_installer_needs(name: str):
    guide = GUIDES[name]
    assert guide.name == name
    assert all(text.strip().endswith((".", "`")) for text in (guide.source, guide.topics, guide.ignored, guide.to_set))


@pytest.mark.parametrize("name", sorted(set(GUIDES) - {"keepwell"}))
def test_the_table_names_the_quantities_that_the_samples_show(name: str):
    assert _told(GUIDES[name]) <= set(QUANTITIES)
    assert _told(GUIDES[name]) == _shown(name)


def test_every_option_of_a_hub_is_told():
    fields = {field.name for field in dataclasses.fields(Options)} - {"trust_device_time"}
    assert {option for guide in GUIDES.values() for option in guide.options} == fields
    assert set(re.findall(r"^\| `(\w+)` \| .* \| .* \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) >= fields
