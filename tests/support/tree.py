"""The files of this repository, for tests about the house itself."""

import subprocess
from functools import cache
from pathlib import Path

from tests.support.shared import CHECKOUT


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps or would keep, relative to the checkout, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(sorted(Path(name) for name in listed.split("\0") if name and (CHECKOUT / name).is_file()))


def python_files(*folders: str) -> list[Path]:
    """The Python files under these top-level folders, relative to the checkout."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in folders]


def text(path: Path) -> str:
    """Content of a file of the checkout."""
    return (CHECKOUT / path).read_text(encoding="utf-8")
