-- Nodes that are asked about a chain. The address may hold a provider's key; ca is a PEM text.
CREATE TABLE nodes (
    chain         TEXT NOT NULL,
    name          TEXT NOT NULL,
    url           TEXT NOT NULL,
    ca            TEXT,
    insecure_http INTEGER NOT NULL CHECK (insecure_http IN (0, 1)),
    PRIMARY KEY (chain, name)
) STRICT;

-- Account records as vaults sealed them.
CREATE TABLE accounts (
    id      TEXT NOT NULL PRIMARY KEY,
    record  BLOB NOT NULL,
    label   TEXT NOT NULL,
    chain   TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;

-- Policies and books as the admins signed them, every one that was ever installed.
CREATE TABLE documents (
    kind         TEXT NOT NULL CHECK (kind IN ('policy', 'book')),
    id           TEXT NOT NULL,
    epoch        INTEGER NOT NULL,
    text         TEXT NOT NULL,
    installed_at TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

-- The last head known of each vault.
CREATE TABLE heads (
    station  TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash     TEXT NOT NULL
) STRICT;

-- Requests that were written or taken in.
CREATE TABLE requests (
    id         TEXT NOT NULL PRIMARY KEY,
    plan       TEXT NOT NULL,
    document   BLOB NOT NULL,
    created_at TEXT NOT NULL,
    state      TEXT NOT NULL
) STRICT;
CREATE INDEX requests_by_plan ON requests (plan);

-- Slots that requests hold.
CREATE TABLE reservations (
    slot       TEXT NOT NULL,
    account    TEXT NOT NULL,
    request    TEXT NOT NULL REFERENCES requests (id),
    intent     INTEGER NOT NULL,
    state      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (slot, request)
) STRICT;
CREATE INDEX reservations_by_request ON reservations (request);

-- Vaults' replies.
CREATE TABLE replies (
    request     TEXT NOT NULL REFERENCES requests (id),
    station     TEXT NOT NULL,
    document    BLOB NOT NULL,
    imported_at TEXT NOT NULL,
    PRIMARY KEY (request, station)
) STRICT;

-- Signed transactions, every version of every slot.
CREATE TABLE transactions (
    hash          TEXT NOT NULL PRIMARY KEY,
    request       TEXT NOT NULL REFERENCES requests (id),
    intent        INTEGER NOT NULL,
    rung          INTEGER NOT NULL,
    slot          TEXT NOT NULL,
    raw           BLOB NOT NULL,
    state         TEXT NOT NULL,
    first_sent_at TEXT,
    block         INTEGER,
    note          TEXT
) STRICT;
CREATE INDEX transactions_by_slot ON transactions (slot);
CREATE INDEX transactions_by_request ON transactions (request);
