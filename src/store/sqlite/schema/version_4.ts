/** Adds what operators have changed, and who of them. */
export const version4 = `
  -- The audit log; the oldest rows go when it becomes too long, too large or too old.
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- rising, and never used twice
    time INTEGER NOT NULL,                     -- Unix milliseconds
    bytes INTEGER NOT NULL,                    -- what the row counts as
    operator TEXT NOT NULL,
    address TEXT,                              -- NULL where it did not come over a network
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    before TEXT,                               -- JSON, without secrets; NULL where there was nothing
    after TEXT
  ) STRICT;
`;
