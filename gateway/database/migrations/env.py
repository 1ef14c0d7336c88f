"""How Alembic reaches the database: `Database.migrate()` hands its engine over in `config.attributes["engine"]`.

The whole upgrade is one transaction. It begins with SQLite's write lock, so two processes that open a new data
directory at the same moment take turns. Nothing here touches logging.
"""

from alembic import context
from sqlalchemy import Engine

from gateway.database.access import PersonRow

_METADATA = PersonRow.metadata
"""Of all tables: those of gateway.database.tables come with it."""


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=_METADATA,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            compare_server_default=True,
            transactional_ddl=True,
        )
        context.run_migrations()


_migrate(context.config.attributes["engine"])
