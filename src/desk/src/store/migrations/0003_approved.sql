-- Plans that somebody approved at this station, in a house of several vaults, and until when the approval counts.
CREATE TABLE approved (
    plan        TEXT NOT NULL PRIMARY KEY,
    document    BLOB NOT NULL,
    approved_at TEXT NOT NULL,
    valid_until TEXT NOT NULL
) STRICT;
