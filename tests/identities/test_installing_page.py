"""The commands of docs/installing-a-hub.md are run in the order of the page, with a real broker."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.identities.town import Client
from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK, free_port
from tests.support.tree import text

PAGE = text(Path("docs/installing-a-hub.md"))
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


class Terminal:
    """A shell whose exported variables stay."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KEEPWELL_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = kept | {"PATH": path, "KEEPWELL_BROKER__HOST": LOOPBACK, "KEEPWELL_BROKER__PORT": str(port)}
        (folder / "keepwell.toml").write_text('data = "data"\n', encoding="utf-8")

    def runs(self, line: str) -> str:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = value
            return ""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.mark.server
@pytest.mark.timeout(300)
def test_the_commands_of_the_page_work(tmp_path: Path):
    port = free_port()
    terminal = Terminal(tmp_path, port)
    setup, export, *others = COMMANDS
    assert setup.startswith("keepwell hubs setup ")
    told = terminal.runs(setup)
    files = tmp_path / setup.split()[-1]
    for line in re.findall(r"^\s*(sudo install .*)$", told, re.MULTILINE):
        assert line in PAGE, "the page shows what the command prints"
    toml = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert toml is not None
    (tmp_path / "keepwell.toml").write_text('data = "data"\n' + toml[1], encoding="utf-8")
    terminal.runs(export)
    secrets = []
    with mosquitto(files, port=port, identities=True):
        for line in others:
            terminal.runs(line)
            if line.endswith("> elm-12.conf"):
                found = re.search(r"^remote_password (\S+)$", (tmp_path / "elm-12.conf").read_text(), re.MULTILINE)
                assert found is not None
                secrets.append(found[1])
                with Client(port, "elm-12", secrets[-1]) as hub:
                    assert hub.accepted
        for secret in secrets:
            with Client(port, "elm-12", secret) as hub:
                assert not hub.accepted
    assert len(set(secrets)) == 2
