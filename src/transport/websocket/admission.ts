/**
 * Tells from the broker's first answer whether it accepted the peer.
 *
 * The transport port has no word for it, and only this adapter needs to know: it holds whole messages for the
 * core, and may hold more of them for a client than for a stranger.
 */

const CONNACK = 0x20;
const ACCEPTED = 0x00;

/**
 * Whether `bytes` begin with a CONNACK that accepts the connection (v5 §3.2, v3.1.1 §3.2).
 *
 * @param bytes what the broker writes; its own packets begin at the first byte
 */
export function acceptsConnection(bytes: Uint8Array): boolean {
  if (bytes[0] !== CONNACK) return false;
  const flags = afterRemainingLength(bytes);
  return flags !== undefined && bytes[flags + 1] === ACCEPTED;
}

/** The index behind the Remaining Length, a variable byte integer of one to four bytes. */
function afterRemainingLength(bytes: Uint8Array): number | undefined {
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    if (byte < 0x80) return index + 1;
  }
  return undefined;
}
