"""docs/configuration.md names every setting with its default, and nothing that is not one."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from gateway.config import Settings, Tls, TopicFilter, load
from tests.support.tree import text

PAGE = text(Path("docs/configuration.md"))
TITLES = {"The file itself": Settings, "`[broker.tls]`": Tls, "`filters`": TopicFilter} | {
    f"`[{name}]`": field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}


def documented() -> Iterator[tuple[str, str, str]]:
    """Title of the chapter, name and default of each row of each table."""
    for chapter in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]:
        title = chapter.splitlines()[0]
        for row in re.finditer(r"^\| `(\w+)` \| (.*?) \| \S", chapter, re.MULTILINE):
            yield title, row[1], row[2]


def test_every_setting_is_documented_and_nothing_else() -> None:
    settings = {
        (title, name)
        for title, model in TITLES.items()
        for name, field in model.model_fields.items()
        if not (model is Settings and f"`[{name}]`" in TITLES)
    }
    assert {(title, name) for title, name, _ in documented()} == settings


@pytest.mark.parametrize(("title", "name", "default"), list(documented()))
def test_documented_defaults_are_the_real_ones(title: str, name: str, default: str) -> None:
    field = TITLES[title].model_fields[name]
    if not default.startswith("`"):
        assert default == ("required" if field.is_required() else default)
        assert field.is_required() or field.default is None
        return
    shown = default.strip("`")
    try:
        value = tomllib.loads(f"value = {shown}")["value"]
    except tomllib.TOMLDecodeError:
        value = shown
    real = [one.model_dump(exclude_none=True) for one in field.default] if name == "filters" else field.default
    assert value == json.loads(json.dumps(real, default=str))


def test_an_empty_file_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "keepwell.toml"
    path.write_text("")
    assert isinstance(load(path), BaseSettings)
