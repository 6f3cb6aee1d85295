/** Adds what the management API keeps beside the journal: the namespace's resources, and who may manage them. */
export const version2 = `
  -- A resource as src/access writes it; the store reads nothing in it.
  CREATE TABLE resource (
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    etag TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (type, name)
  ) STRICT, WITHOUT ROWID;

  -- Operator tokens; a revoked one stays, so that a store that had one is told from one that never had.
  CREATE TABLE operator_token (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    description TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,     -- SHA-256 of the token, in hexadecimal
    created_at INTEGER NOT NULL,   -- Unix milliseconds
    revoked_at INTEGER             -- Unix milliseconds; NULL while it holds
  ) STRICT, WITHOUT ROWID;
`;
