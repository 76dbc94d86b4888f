-- The newest block that the nodes of a chain agreed on, when this desk last followed slots on it.
CREATE TABLE sightings (
    chain      TEXT NOT NULL PRIMARY KEY,
    block      INTEGER NOT NULL,
    block_time TEXT NOT NULL,
    asked_at   TEXT NOT NULL
) STRICT;
