/** Adds whose a session is (`owner` would hide an entry's in queries of both). Those of an older store belong to nobody in particular: to all anonymous clients. */
export const version3 = `
  ALTER TABLE session ADD COLUMN owned_by BLOB NOT NULL DEFAULT x'';
  ALTER TABLE session ADD COLUMN principal BLOB NOT NULL DEFAULT x'';  -- the broker's words for who its client is
`;
