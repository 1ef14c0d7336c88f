-- journal.db. Times are instants: microseconds since 1970-01-01T00:00:00 UTC. Offsets are never given out twice.

CREATE TABLE entry (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    home TEXT NOT NULL,
    hub TEXT NOT NULL,
    device TEXT NOT NULL,
    room TEXT,
    role TEXT,
    quantity TEXT NOT NULL,
    value TEXT NOT NULL,  -- true, false, a number as Python writes it, or a quotation mark and the text
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    flags INTEGER NOT NULL,  -- gateway.model.Flag; 8 is DUPLICATE
    since INTEGER,
    identity TEXT
);
-- Times come first, so that new rows go to the right edge of the index and a commit touches few pages.
CREATE UNIQUE INDEX entry_point ON entry (at, home, device, quantity) WHERE (flags & 8) = 0;
CREATE INDEX entry_received ON entry (received_at);
CREATE INDEX entry_identity ON entry (identity, home, device, quantity) WHERE identity IS NOT NULL;

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    mid INTEGER NOT NULL,
    digest BLOB NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0,  -- 1: the broker is known to have our acknowledgement
    UNIQUE (session, mid)
);

CREATE TABLE sighting (
    hub TEXT NOT NULL,
    address TEXT NOT NULL,
    quantities TEXT NOT NULL,  -- JSON list, sorted
    first_heard INTEGER NOT NULL,
    last_heard INTEGER NOT NULL,
    count INTEGER NOT NULL,
    name TEXT,
    maker TEXT,
    model TEXT,
    PRIMARY KEY (hub, address)
);
CREATE INDEX sighting_last_heard ON sighting (last_heard);

CREATE TABLE quarantined (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT,
    topic TEXT NOT NULL,
    convention TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    payload BLOB
);

CREATE TABLE waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT NOT NULL,
    address TEXT NOT NULL,
    quantity TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER,
    identity TEXT,
    received_at INTEGER NOT NULL,
    flags INTEGER NOT NULL
);
CREATE INDEX waiting_hub ON waiting (hub);

CREATE TABLE lesson (  -- the latest message under each name that decoding others rests on
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of learning
    hub TEXT NOT NULL,
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (hub, name)
);

CREATE TABLE reader (
    name TEXT PRIMARY KEY,
    "offset" INTEGER NOT NULL
);

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
