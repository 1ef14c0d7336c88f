"""The pack of rules of a home: in its file, in the registry, in the picture that the gateway has."""

from pathlib import Path

import pytest

from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.registry import homes
from gateway.registry.homefile import dump_home, read_home
from gateway.registry.registry import SqlRegistry
from gateway.validators import check_pack

NOW = 1_767_600_000_000_000
HOME = '[home]\nreference = "ELM-12"\ntime_zone = "Europe/Lisbon"\n'
FALLS = HOME + 'pack = "falls-risk"\n'


@pytest.fixture
def registry(tmp_path: Path):
    database = Database.open(tmp_path)
    yield SqlRegistry(database, validate_pack=check_pack)
    database.close()


async def pack(registry: SqlRegistry) -> str | None:
    return (await registry.directory()).homes["ELM-12"].pack


async def test_what_a_file_names_is_imported_and_comes_out_again(registry: SqlRegistry):
    assert registry.import_home(read_home(FALLS), NOW) == "created"
    assert await pack(registry) == "falls-risk" == read_home(FALLS).to_home(NOW).pack
    exported = registry.export_home("ELM-12")
    assert read_home(dump_home(exported)) == exported
    assert exported.pack == "falls-risk"
    assert registry.import_home(exported, NOW) == "unchanged"


async def test_a_file_that_does_not_say_leaves_it(registry: SqlRegistry):
    registry.import_home(read_home(FALLS), NOW)
    assert registry.import_home(read_home(HOME), NOW) == "unchanged"
    assert await pack(registry) == "falls-risk"


async def test_it_is_changed_and_taken_away(registry: SqlRegistry):
    registry.import_home(read_home(FALLS), NOW)
    before = (await registry.directory()).revision
    with registry.changing() as session:
        homes.set_pack(session, "ELM-12", "cold-home", check_pack)
    assert await pack(registry) == "cold-home"
    with registry.changing() as session:
        homes.set_pack(session, "ELM-12", None, check_pack)
    assert await pack(registry) is None
    assert (await registry.directory()).revision == before + 2, "the running gateway reads anew"


def test_one_that_there_is_not_is_refused_with_those_there_are(registry: SqlRegistry):
    text = FALLS.replace("falls-risk", "fall-risk")
    with pytest.raises(BadInput, match=r'\[home\]: there is no pack of rules "fall-risk"; did you mean falls-risk'):
        read_home(text, validate_pack=check_pack)
    with pytest.raises(BadInput, match="Use one of living-alone"):
        registry.import_home(read_home(text), NOW)
    registry.import_home(read_home(HOME), NOW)
    with pytest.raises(BadInput, match="did you mean falls-risk"), registry.changing() as session:
        homes.set_pack(session, "ELM-12", "fall-risk", check_pack)


def test_a_wrong_pack_is_told_beside_what_else_is_wrong():
    with pytest.raises(BadInput) as refusal:
        read_home(FALLS.replace("falls-risk", "x") + "occupants = 0\n", validate_pack=check_pack)
    assert "2 problems" in str(refusal.value)
