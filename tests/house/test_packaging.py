"""The wheel, built and installed in a clean environment: everything is inside, and the names are ours alone."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.shared import CHECKOUT
from tests.support.tree import tracked

PACKAGES = ("dashboards", "devices", "gateway")
NOT_SHIPPED = {".md"}
BOARDS = ("watch-floor", "home", "response", "devices", "independence", "gateway")

WHO_OWNS = """
import importlib.metadata as metadata, json
owners = metadata.packages_distributions()
names = ("dashboards", "devices", "gateway")
print(json.dumps({name: [owners[name], __import__(name).__file__] for name in names}))
"""

pytestmark = pytest.mark.timeout(600)


def run(*command: str | os.PathLike[str], folder: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git keeps, so that nothing lying about in the checkout gets in."""
    source = tmp_path_factory.mktemp("source")
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((CHECKOUT / path).read_bytes())
    run(sys.executable, "-m", "build", "--wheel", "--outdir", source / "dist", folder=source)
    return next((source / "dist").glob("keepwell-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the programs of an environment that has the wheel, what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    run(sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet", wheel, folder=folder)
    return programs


def test_the_wheel_holds_the_packages_whole_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        licence = [name for name in archive.namelist() if name.endswith("LICENSE")]
    kept = {path.as_posix() for path in tracked() if path.parts[0] in PACKAGES and path.suffix not in NOT_SHIPPED}
    assert not kept - inside, "git keeps these, the wheel does not"
    assert not inside - kept, "the wheel holds these, git does not"
    assert licence


def test_grafana_can_be_provisioned_from_the_wheel(wheel: Path) -> None:
    """All dashboards and both provisioning files: docs/install.md says that they are in there."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    wanted = {f"dashboards/generated/keepwell-{name}.json" for name in BOARDS}
    wanted |= {f"dashboards/provisioning/{what}/keepwell.yaml" for what in ("dashboards", "datasources")}
    assert not wanted - inside


def test_nobody_else_owns_our_names(environment: Path, tmp_path: Path) -> None:
    owners = json.loads(run(environment / "python", "-c", WHO_OWNS, folder=tmp_path))
    for name, (distributions, file) in owners.items():
        assert distributions == ["keepwell"], f"{name} is also part of {distributions}"
        assert Path(file).is_relative_to(environment.parent)


def test_the_pages_find_their_templates_and_all_that_they_need(environment: Path, tmp_path: Path) -> None:
    asked = (
        "import gateway.web.serving; from gateway.web.rendering import environment;"
        " print(len([environment().get_template(name) for name in environment().list_templates()]))"
    )
    assert int(run(environment / "python", "-c", asked, folder=tmp_path)) > 20


def test_the_command_runs(environment: Path, tmp_path: Path) -> None:
    told = run(environment / "keepwell", "--help", folder=tmp_path)
    groups = ("homes", "devices", "contacts", "alerts", "dashboards")
    for command in ("demo", "run", "check", "decode", "replay", "backtest", *groups):
        assert command in told
