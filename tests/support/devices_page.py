"""What the conventions write of docs/devices.md: `python -m tests.support.devices_page` brings it up to date."""

import re
from importlib import import_module

from devices.conventions import CONVENTIONS
from devices.guide import Guide, section
from tests.support.shared import CHECKOUT

PAGE = CHECKOUT / "docs" / "devices.md"
_BETWEEN = re.compile(r"(<!-- From here .*? -->\n\n).*?(\n<!-- End of what is written .*? -->)", re.DOTALL)


def guides() -> list[Guide]:
    """What each convention says of itself, in the order of the table."""
    return [import_module(f"devices.conventions.{name}").GUIDE for name in CONVENTIONS]


def written(page: str) -> str:
    """The page with the conventions' part as they have it now."""
    part = "\n".join(section(guide) for guide in guides())
    return _BETWEEN.sub(lambda found: found[1] + part + found[2], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
