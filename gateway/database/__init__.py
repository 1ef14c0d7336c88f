"""keepwell.db: the registry, alerts, outbox, facts and watch's state, one SQLite (later PostgreSQL) database."""
