"""docs/configuration.md names every setting with its default, and nothing that is not one."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from gateway.config import OidcSettings, Settings, Tls, TopicFilter, load
from gateway.errors import BadInput
from tests.support.tree import text

PAGE = text(Path("docs/configuration.md"))
TITLES = {
    "The file itself": Settings,
    "`[broker.tls]`": Tls,
    "`filters`": TopicFilter,
    "`[web.oidc]`": OidcSettings,
} | {
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


def test_paths_in_the_file_are_relative_to_it_and_those_of_the_environment_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keepwell.toml"
    path.write_text(
        'data = "kept"\n[broker]\npassword_file = "secret"\n[broker.tls]\nca = "/etc/ca.crt"\n'
        'certificate = "our.crt"\nkey = "our.key"\n[store]\ntoken_file = "token"\n'
    )
    settings = load(path)
    assert settings.broker.tls == Tls(
        ca=Path("/etc/ca.crt"), certificate=tmp_path / "our.crt", key=tmp_path / "our.key"
    )
    assert (settings.data, settings.broker.password_file) == (tmp_path / "kept", tmp_path / "secret")
    assert settings.store.token_file == tmp_path / "token"
    monkeypatch.setenv("KEEPWELL_STORE__TOKEN_FILE", "other")
    assert load(path).store.token_file == Path("other")
    path.write_text("")
    assert load(path).data == tmp_path / "keepwell-data"


def test_a_setting_that_there_is_not_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "keepwell.toml"
    path.write_text('brokr = 1\n[broker]\nprot = 1\nfilters = [{ filter = "homes/#", hubb = "x" }]\n[store]\nqq = 1\n')
    with pytest.raises(BadInput) as refused:
        load(path)
    told = str(refused.value).split(": ", 1)[1].split("; [")
    assert sorted(line.strip("[") for line in told) == [
        "broker.filters.0.hubb] is no setting; did you mean hub?",
        "broker.prot] is no setting; did you mean port?",
        "brokr] is no setting; did you mean broker?",
        "store.qq] is no setting",
    ]
