"""Every command line in the README is run, in the order of the page, on the files that the page shows.

Blocks marked ```console hold commands (`$ ...`), each with what it prints if the page shows that; `...` there stands
for anything. Blocks with `title="name"` are files. The broker is a real one on loopback: the environment, which wins
over the file, says where.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK, Server
from tests.support.shared import CHECKOUT
from tests.support.tree import text

PROGRAMS = Path(sys.executable).parent
RUNS_ON = {"run"}  # commands that go on until they are told to stop
DEMONSTRATION_S = 5
BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<content>.*?)^```$', re.MULTILINE | re.DOTALL
)

pytestmark = pytest.mark.timeout(300)


@dataclass
class Command:
    """One command line and the lines that the page shows below it."""

    line: str
    shown: list[str] = field(default_factory=list)


def page() -> Iterator[Command | tuple[str, str]]:
    """Commands, and files as (name, content), in the order of the page."""
    for block in BLOCK.finditer(text(Path("README.md"))):
        if block["title"]:
            yield block["title"], block["content"]
        elif block["language"] == "console":
            command = None
            for line in block["content"].splitlines():
                if line.startswith("$ "):
                    if command:
                        yield command
                    command = Command(line.removeprefix("$ "))
                elif command:
                    command.shown.append(line)
            if command:
                yield command


COMMANDS = [step for step in page() if isinstance(step, Command)]


def shell(line: str, folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def runs_until_told(line: str, folder: Path, environment: dict[str, str]) -> None:
    """Start it, see it hold its data directory, interrupt it as Ctrl-C would, and see it end well."""
    log = folder / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(shlex.split(line), cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not list(folder.glob("*/gateway.lock")):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        time.sleep(2)  # a gateway that is going to end by itself does so now
        assert process.poll() is None, log.read_text()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in {0, 130}, log.read_text()
        assert "Traceback" not in log.read_text()
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as server:
        yield server


@pytest.mark.server
def test_the_commands_of_the_readme_work(broker: Server, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEEPWELL_")}
    environment |= {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "KEEPWELL_BROKER__HOST": LOOPBACK,
        "KEEPWELL_BROKER__PORT": str(broker.port),
        "COLUMNS": "200",
    }
    for step in page():
        if isinstance(step, tuple):
            (tmp_path / step[0]).write_text(step[1], encoding="utf-8")
            continue
        words = shlex.split(step.line)
        if words[0] == "make":
            continue  # see below
        assert words[0] == "keepwell", f"this test does not know how to run: {step.line}"
        if words[1] in RUNS_ON:
            runs_until_told(step.line, tmp_path, environment)
            continue
        line = step.line.replace("localhost:1883", f"{LOOPBACK}:{broker.port}")
        done = shell(line, tmp_path, environment)
        assert done.returncode == 0, f"$ {step.line}\n{done.stdout}{done.stderr}"
        if step.shown:
            pattern = re.escape("\n".join(step.shown)).replace(re.escape("..."), ".*")
            assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), done.stdout
        if "--json" in words:
            json.loads(done.stdout)


@pytest.mark.parametrize("line", sorted({step.line for step in COMMANDS if step.line.startswith("make ")}))
def test_make_knows_its_targets(line: str) -> None:
    """`make` is asked what it would do; the demonstration, made short, is then run for real."""
    command = shlex.split(line)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    told = subprocess.run(
        ["make", "-n", *command[1:]], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    last = told.stdout.strip().splitlines()[-1].removeprefix("exec ")
    if command[1] != "demo":
        return
    assert last.startswith(".venv/bin/keepwell demo")
    options = [*shlex.split(last)[2:], "--for", str(DEMONSTRATION_S)]
    done = subprocess.run(
        [PROGRAMS / "keepwell", "demo", *options],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_links_lead_somewhere() -> None:
    for path in (Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").glob("**/*.md")):
        for target in re.findall(r"\]\(([^)#]+)", text(path)):
            if "://" not in target and not target.endswith(".svg"):
                assert ((CHECKOUT / path).parent / target).exists(), f"{path}: {target}"


def test_the_page_shows_the_two_commands_first() -> None:
    assert COMMANDS[0].line == "make demo"
    assert "make test" in [step.line for step in COMMANDS]
