-- history.db: the embedded time-series store. Times are instants: microseconds since 1970-01-01T00:00:00 UTC.

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    tags TEXT NOT NULL,  -- JSON object, keys sorted
    home TEXT,
    UNIQUE (measurement, tags)
);
CREATE INDEX series_home ON series (home, measurement);

CREATE TABLE point (
    series INTEGER NOT NULL REFERENCES series (id),
    at INTEGER NOT NULL,
    value REAL,
    fields TEXT,  -- JSON object of all fields but value; null for none
    PRIMARY KEY (series, at)
) WITHOUT ROWID;
