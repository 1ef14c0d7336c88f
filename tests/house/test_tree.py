"""Rules of the house for every file: small, at home anywhere, finished, and named for what it holds."""

import re
from pathlib import Path

import pytest

from tests.support.tree import python_files, text, tracked

LONGEST = 350  # lines; CONTRIBUTING.md asks for less than 300
LONGEST_TEST = 500  # a table of cases may be long
LONGER = {"gateway/model.py": 500}  # every noun on one page is worth more than a short page

ELSEWHERE = {
    "a path of one machine": re.compile(r"/(work|root|Users)/\w|/home/[a-z]+/|/opt/wheels|bash_jobs"),
    "a package registry's host": re.compile(
        r"pypi\.org|pythonhosted|crates\.io|npmjs|proxy\.golang|deb\.debian\.org|maven\.org"
    ),
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
}
THIS_FILE = Path("tests/house/test_tree.py")
NAMES_THAT_SAY_NOTHING = {"manager", "helper", "helpers", "util", "utils", "common", "base", "misc", "mixin"}
CLASSES_THAT_SAY_NOTHING = re.compile(r"^class \w*(Manager|Helper|Utils?|Misc|Mixin)\b", re.MULTILINE)


@pytest.mark.parametrize("what", ELSEWHERE)
def test_nothing_belongs_to_one_machine_or_is_unfinished(what: str) -> None:
    found = []
    for path in tracked():
        if path == THIS_FILE:
            continue
        try:
            content = text(path)
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {match[0]}" for match in ELSEWHERE[what].finditer(content)]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_files_are_small() -> None:
    too_long = {}
    for path in python_files("gateway", "devices", "tests"):
        lines = len(text(path).splitlines())
        if lines > LONGER.get(str(path), LONGEST_TEST if path.parts[0] == "tests" else LONGEST):
            too_long[str(path)] = lines
    assert not too_long


def test_names_say_what_is_inside() -> None:
    files = python_files("gateway", "devices")
    assert not [str(path) for path in files if NAMES_THAT_SAY_NOTHING & {Path(part).stem for part in path.parts}]
    assert not [f"{path}: {found[0]}" for path in files for found in CLASSES_THAT_SAY_NOTHING.finditer(text(path))]


def test_packages_say_what_they_are() -> None:
    packages = [path for path in python_files("gateway", "devices") if path.name == "__init__.py"]
    assert packages
    assert not [str(path) for path in packages if not text(path).lstrip().startswith(('"""', 'r"""'))]
