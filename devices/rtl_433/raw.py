"""Reading one field of a decoder: numbers that may be hexadecimal text, words, and names of units."""

from typing import Any

Content = dict[str, Any]


def hexadecimal(raw: object) -> int | None:
    """A whole number, or its hexadecimal text such as `ac` or `0xac`; else None."""
    if isinstance(raw, str) and 0 < len(raw) <= 8:
        try:
            return int(raw, 16)
        except ValueError:
            return None
    return int(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw < 1 << 32 else None


def text(raw: object) -> str:
    """A short text in lower case; nothing for anything else."""
    return raw.strip().lower() if isinstance(raw, str) and len(raw) <= 64 else ""


def unit(raw: object) -> str:
    """The number or letter of a unit, as a part's name."""
    word = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else text(raw)
    return word if word.isalnum() and word.isascii() and len(word) <= 8 else ""
