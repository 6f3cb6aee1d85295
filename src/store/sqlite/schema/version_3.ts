/** Adds whose a session is. Those of an older store belong to nobody in particular: to all anonymous clients. */
export const version3 = `
  ALTER TABLE session ADD COLUMN owner BLOB NOT NULL DEFAULT x'';
  ALTER TABLE session ADD COLUMN principal BLOB NOT NULL DEFAULT x'';  -- the broker's words for who its client is
`;
