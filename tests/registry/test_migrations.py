import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from gateway.database.access import PersonRow
from gateway.database.engine import Database
from gateway.errors import FixConfiguration


@pytest.fixture
def database(tmp_path: Path):
    opened = Database.open(tmp_path / "100% data")
    yield opened
    opened.close()


def test_the_migrated_schema_is_the_one_that_the_code_expects(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "target_metadata": PersonRow.metadata},
        )
        assert compare_metadata(context, PersonRow.metadata) == []


def test_the_migrated_tables_are_written_as_create_all_would(database: Database, tmp_path: Path):
    """What compare_metadata overlooks: conditions of partial indexes, ids that are never reused, cascades."""
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    try:
        with fresh.engine.begin() as connection:
            PersonRow.metadata.create_all(connection)
        assert _schema(database) == _schema(fresh)
    finally:
        fresh.close()


def test_opening_again_changes_nothing_and_leaves_logging_alone(database: Database):
    before = _schema(database)
    level, handlers = logging.getLogger().level, list(logging.getLogger().handlers)
    database.migrate()
    assert _schema(database) == before
    assert (logging.getLogger().level, logging.getLogger().handlers) == (level, handlers)


def test_a_database_of_a_newer_version_is_refused_in_words(database: Database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(FixConfiguration, match="newer Keepwell"):
        database.migrate()


def test_two_processes_may_create_the_same_database_at_once(tmp_path: Path):
    code = f"""
from pathlib import Path
from gateway.database.engine import Database
Database.open(Path({str(tmp_path)!r}))
"""
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def _schema(database: Database) -> dict[str, list[str]]:
    """Each table's and index's definition as a sorted list of its parts, in whatever order they were written.

    A column that was added later stands on the line of the one before it, or of the bracket that ends them.
    """
    with database.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_%'")
        ).all()
    return {
        name: sorted(
            part.strip(" ,\t")
            for part in re.split(r"\n|, (?=[a-z_0-9]+ [A-Z])", (sql or "").removesuffix(")"))
            if part.strip()
        )
        for name, sql in rows
    }
