"""docs/install.md names only commands, options, services, files and versions that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from gateway.cli.main import app
from gateway.config import load
from tests.support.shared import CHECKOUT
from tests.support.tree import text

PAGE = text(Path("docs/install.md"))
COMPOSE_FILE = text(Path("compose.yaml"))
SERVICES = yaml.safe_load(COMPOSE_FILE)["services"]
BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<content>.*?)^```$', re.MULTILINE | re.DOTALL
)
INLINE = re.compile(r"`((?:docker compose|keepwell|sudo|deploy)/? [^`]+)`")
COMPOSE_COMMANDS = {"build", "up", "down", "ps", "exec", "run", "cp", "stop", "restart", "logs", "version"}
TAKES_A_SERVICE = {"exec", "run", "stop", "restart", "logs"}
KEEPWELL = typer.main.get_command(app)


def lines() -> Iterator[str]:
    """Every command line of the page."""
    for block in BLOCK.finditer(PAGE):
        content = block["content"].replace("\\\n", " ")
        for line in content.splitlines():
            if block["language"] == "console":
                assert line.startswith("$ "), line
                yield line.removeprefix("$ ")
            elif block["language"] == "text":
                yield line
    yield from (found[1] for found in INLINE.finditer(PAGE))


LINES = list(dict.fromkeys(lines()))


def words_of(line: str) -> list[str]:
    """The words of a command line, without what it reads and writes."""
    return shlex.split(re.split(r" [<>] ", line.replace("…", ""), maxsplit=1)[0])


def keepwell_words(line: str) -> list[str] | None:
    """What Keepwell's own command line gets, of a line that starts it in whatever way."""
    words = words_of(line)
    if words[:2] == ["docker", "run"]:
        return words[words.index("keepwell:0.1.0") + 1 :]
    if words[:2] == ["docker", "compose"]:
        rest = [word for word in words[2:] if word not in {"-T", "--rm", "--no-deps"}]
        match rest:
            case ["exec", "keepwell", "keepwell", *told] | ["run", "keepwell", *told]:
                return told
            case ["run", "hubs", *told]:
                return ["hubs", *told]
        return None
    rest = words[3:] if words[:2] == ["sudo", "-u"] else words
    return rest[1:] if rest[:1] == ["keepwell"] else None


def known(words: list[str]) -> str | None:
    """What is wrong with a command line of Keepwell."""
    command: Any = KEEPWELL
    given = list(words)
    while hasattr(command, "commands") and given:
        name = given.pop(0)
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in given if word.startswith("--") and word.split("=")[0] not in options]
    return f"no option {unknown}" if unknown else None


@pytest.mark.parametrize("line", [line for line in LINES if keepwell_words(line)])
def test_keepwell_knows_the_command(line: str) -> None:
    assert known(keepwell_words(line) or []) is None


def test_enough_commands_are_looked_at() -> None:
    assert len([line for line in LINES if keepwell_words(line)]) > 12
    assert known(["homes", "imports"]) == "no command 'imports'"
    assert known(["backup", "x", "--nothing"]) == "no option ['--nothing']"


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("docker compose ")])
def test_compose_knows_the_service(line: str) -> None:
    command, *rest = words_of(line)[2:]
    assert command in COMPOSE_COMMANDS
    named = [word for word in rest if not word.startswith("-")]
    if command in TAKES_A_SERVICE:
        assert named[0] in SERVICES
    if command == "cp":
        places = [word.split(":")[0] for word in named if ":" in word]
        assert len(places) == 1
        assert places[0] in SERVICES


def test_files_of_the_repository_exist() -> None:
    told = set(re.findall(r"\b(?:deploy|dashboards)/[\w./-]*\w", PAGE))
    assert told
    missing = {
        path for path in told if not path.startswith("deploy/compose/secrets") and not (CHECKOUT / path).exists()
    }
    assert not missing


def test_secrets_named_are_made() -> None:
    made = text(Path("deploy/compose/make-secrets")) + text(Path("deploy/compose/tls.yaml"))
    for name in re.findall(r"deploy/compose/secrets/([\w.-]+)", PAGE):
        assert name == "keepwell.toml" or name in made


def test_variables_are_those_of_the_file_with_their_defaults() -> None:
    table = dict(re.findall(r"^\| `(KEEPWELL_\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert table == dict(re.findall(r"\$\{(\w+):-([^}]+)\}", COMPOSE_FILE))


def test_versions_are_those_that_run() -> None:
    for image in re.findall(r"image: (\S+)", COMPOSE_FILE):
        name, version = image.split(":")
        assert version in PAGE, f"{name} is {version}"
    python = re.search(r"ARG PYTHON=python:(\S+?)-slim", text(Path("Dockerfile")))
    assert python
    assert f"Python {python[1]}" in PAGE


def test_the_settings_on_debian_are_valid(tmp_path: Path) -> None:
    (shown,) = (block["content"] for block in BLOCK.finditer(PAGE) if block["title"] == "keepwell.toml")
    path = tmp_path / "keepwell.toml"
    path.write_text(shown)
    settings = load(path)
    assert settings.store.kind == "influx"
    unit = text(Path("deploy/systemd/keepwell.service"))
    assert f"StateDirectory={settings.data.name}" in unit
    assert "/opt/keepwell/bin/keepwell run --config /etc/keepwell/keepwell.toml" in unit
