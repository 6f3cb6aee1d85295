/**
 * Adds whose a session is. Those of an older store belong to nobody in particular: to all anonymous clients. A column
 * named `owner` would hide that of an entry in queries of both.
 */
export const version3 = `
  ALTER TABLE session ADD COLUMN owned_by BLOB NOT NULL DEFAULT x'';
  ALTER TABLE session ADD COLUMN principal BLOB NOT NULL DEFAULT x'';  -- the broker's words for who its client is
`;
