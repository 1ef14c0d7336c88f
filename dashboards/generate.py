"""Write the JSON of all boards: `python -m dashboards.generate`."""

import sys
from pathlib import Path

from dashboards.boards import BOARDS

GENERATED = Path(__file__).with_name("generated")


def documents() -> dict[str, str]:
    """The JSON of every board by the name of its file."""
    return {f"{board.uid}.json": board.json() for board in (build() for build in BOARDS)}


def write(folder: Path = GENERATED) -> list[Path]:
    """Write them all, and take away what is no longer made; returns what was written."""
    folder.mkdir(exist_ok=True)
    made = documents()
    for old in folder.glob("*.json"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in made]


if __name__ == "__main__":
    for path in write():
        sys.stdout.write(f"{path.name}\n")
