"""Alembic migrations of keepwell.db; run by Database.migrate()."""
