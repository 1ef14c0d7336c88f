"""What people read, one TOML file a language; gateway/speech.py words phrases with it, docs/writing.md says how."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

FIRST = "en"
"""The language in which alerts and evidence are kept; others are worded for each reader."""
WORD_TABLES = frozenset({"words", "rooms", "devices"})
"""Tables of words that forms put in; all other tables hold the texts of phrases."""


def known() -> frozenset[str]:
    """The languages that there are, by their codes, such as `en`."""
    return frozenset(
        found.name.removesuffix(".toml") for found in files(__name__).iterdir() if found.name.endswith(".toml")
    )


@lru_cache(maxsize=16)
def tables(language: str) -> Mapping[str, Any]:
    """All tables of a language; of `de-AT` those of `de`, and those of FIRST for one that there is not."""
    code = language.lower().replace("_", "-").partition("-")[0]
    return tomllib.loads((files(__name__) / f"{code if code in known() else FIRST}.toml").read_text("utf-8"))
