/**
 * The first schema (`docs/adr/0007-store-layout.md`).
 *
 * Numbers are the engine's: never used twice, and rising, so that every table that grows with traffic grows at its
 * end, and what is acknowledged is found by its number without a second index. Texts are stored as the bytes that
 * the client sent. `flags` are those of the journal's frames.
 */
export const version1 = `
  -- One row: how far the journal has come.
  CREATE TABLE store (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    sequence INTEGER NOT NULL,     -- the last batch that is durable
    last_number INTEGER NOT NULL,  -- the highest number that the journal has named
    alive_at INTEGER NOT NULL      -- the last liveness mark, in Unix milliseconds
  ) STRICT;

  CREATE TABLE share_group (
    number INTEGER PRIMARY KEY,
    subscription BLOB NOT NULL     -- $share/{name}/{filter}
  ) STRICT;

  CREATE TABLE session (
    number INTEGER PRIMARY KEY,
    client_id BLOB NOT NULL,
    expiry INTEGER NOT NULL,       -- seconds
    detached_at INTEGER            -- Unix milliseconds; NULL while connected
  ) STRICT;

  CREATE TABLE subscription (
    session INTEGER NOT NULL,
    filter BLOB NOT NULL,
    flags INTEGER NOT NULL,
    identifier INTEGER NOT NULL,   -- 0 for none
    PRIMARY KEY (session, filter)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE will (
    session INTEGER PRIMARY KEY,
    flags INTEGER NOT NULL,
    delay INTEGER NOT NULL,          -- seconds
    message_expiry INTEGER NOT NULL, -- seconds
    topic BLOB NOT NULL,
    forwarded BLOB NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;

  -- QoS 2 identifiers of clients that wait for PUBREL.
  CREATE TABLE inbound (
    session INTEGER NOT NULL,
    packet_id INTEGER NOT NULL,
    PRIMARY KEY (session, packet_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE replay (
    session INTEGER NOT NULL,
    filter BLOB NOT NULL,
    qos INTEGER NOT NULL,
    identifier INTEGER NOT NULL,   -- 0 for none
    cursor BLOB NOT NULL,          -- empty for none
    PRIMARY KEY (session, filter)
  ) STRICT, WITHOUT ROWID;

  -- A message, as long as an entry or a retained topic refers to it. The contents come last, so that all else can
  -- be read without them.
  CREATE TABLE body (
    number INTEGER PRIMARY KEY,
    expires_at INTEGER NOT NULL,   -- Unix milliseconds; 0 for never
    flags INTEGER NOT NULL,
    checksum INTEGER NOT NULL,     -- of the frame that brought it
    topic BLOB NOT NULL,
    forwarded_bytes INTEGER NOT NULL,
    contents BLOB NOT NULL         -- forwarded properties, then payload
  ) STRICT;

  -- What a session or share group is owed, in the order in which it came.
  CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,        -- a session or share group
    body INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    identifiers BLOB NOT NULL,     -- subscription identifiers, 32 bits each
    assigned INTEGER NOT NULL,     -- the session that has it of a share group, 0 for none
    packet_id INTEGER NOT NULL,    -- 0 until it is sent
    sent_order INTEGER NOT NULL,   -- rises from one sent entry to the next, 0 until it is sent
    received INTEGER NOT NULL      -- 1 once PUBREC has come
  ) STRICT;

  CREATE TABLE retained (
    topic BLOB PRIMARY KEY,
    body INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  INSERT INTO store VALUES (1, 0, 0, CAST(unixepoch('subsec') * 1000 AS INTEGER));
`;
