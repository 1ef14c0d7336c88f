"""The page about the conventions, docs/devices.md: what each module says of itself in its GUIDE, put in one form."""

import textwrap
from typing import NamedTuple

_WIDTH = 120


class Guide(NamedTuple):
    """What an installer reads about one convention, in Markdown.

    `name` is the convention's; `title` what it is called; `source` where its facts come from, or what could not be
    found; `topics` how its messages and devices are told (a paragraph); `readings` rows of what the device says and the
    quantities that come of it (each name in the second column is a quantity); `notes` further paragraphs; `ignored`
    what is left alone; `to_set` what to set on the device or hub; `options` the names in `devices.convention.Options`.
    """

    name: str
    title: str
    source: str
    topics: str
    readings: tuple[tuple[str, str], ...]
    ignored: str
    to_set: str
    notes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def section(guide: Guide) -> str:
    """A convention's section of the page."""
    rows = [f"| {says} | {quantities} |" for says, quantities in guide.readings]
    parts = [f"## `{guide.name}`: {guide.title}", guide.topics]
    if rows:
        parts.append("\n".join(["| the device says | quantity |", "|---|---|", *rows]))
    parts += [*guide.notes, f"**Ignored**: {guide.ignored}", f"**To set**: {guide.to_set}"]
    if guide.options:
        parts.append("**Options of a hub**: " + ", ".join(f"`{option}`" for option in guide.options) + ".")
    parts.append(f"Facts from {guide.source}")
    return "\n\n".join(_filled(block) for part in parts for block in part.split("\n\n")) + "\n"


def _filled(block: str) -> str:
    """A paragraph in lines of one width; tables, headings and code as they are."""
    if block.startswith(("|", "#", "    ")):
        return block
    return textwrap.fill(block, _WIDTH, break_long_words=False, break_on_hyphens=False)
