/**
 * Bytes as a person writes them in a test.
 *
 * The notation knows four things, separated by any white space:
 *
 * - `10 0a ff`: pairs of hexadecimal digits, one byte each (`0007` is two bytes);
 * - `'abc'`: the UTF-8 bytes of a text, bare;
 * - `"abc"`: a UTF-8 Encoded String, its two-byte length first;
 * - `[ … ]`: what stands inside, its length first as a Variable Byte Integer,
 *   which is how MQTT writes both the Remaining Length and the Property Length.
 *
 * So `10 ["MQTT" 05 02 003c [] "me"]` is a whole CONNECT packet.
 */
export function bytes(notation: string): Uint8Array {
  const cursor = { notation, at: 0 };
  const written = readUntil(cursor, "");
  return Uint8Array.from(written);
}

/** The bytes as pairs of hexadecimal digits, for messages of failed tests. */
export function hex(of: Uint8Array): string {
  return Array.from(of, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Joins pieces to one array. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * A Variable Byte Integer in its shortest form; both versions §1.5.5 and §2.2.3.
 *
 * @throws {RangeError} above 268,435,455, which four bytes cannot hold
 */
export function variableByteInteger(value: number): number[] {
  if (value > 268_435_455) {
    throw new RangeError(`Cannot write ${value} as a Variable Byte Integer: the maximum is 268435455`);
  }
  const written: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    written.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return written;
}

interface Cursor {
  readonly notation: string;
  at: number;
}

function readUntil(cursor: Cursor, end: string): number[] {
  const written: number[] = [];
  for (;;) {
    skipSpace(cursor);
    const next = cursor.notation.charAt(cursor.at);
    if (next === end) {
      cursor.at += 1;
      return written;
    }
    written.push(...readItem(cursor, next));
  }
}

function readItem(cursor: Cursor, next: string): number[] {
  switch (next) {
    case "[": {
      cursor.at += 1;
      const inside = readUntil(cursor, "]");
      return [...variableByteInteger(inside.length), ...inside];
    }
    case "'":
      return readQuoted(cursor, next);
    case '"': {
      const text = readQuoted(cursor, next);
      return [text.length >> 8, text.length & 0xff, ...text];
    }
    default:
      return [readPair(cursor)];
  }
}

function readQuoted(cursor: Cursor, quote: string): number[] {
  const end = cursor.notation.indexOf(quote, cursor.at + 1);
  if (end < 0) throw new SyntaxError(`Cannot read ${cursor.notation}: a ${quote} has no end`);
  const text = cursor.notation.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return Array.from(new TextEncoder().encode(text));
}

function readPair(cursor: Cursor): number {
  const pair = cursor.notation.slice(cursor.at, cursor.at + 2);
  if (!/^[0-9a-fA-F]{2}$/.test(pair)) {
    throw new SyntaxError(
      `Cannot read ${JSON.stringify(pair)} in ${cursor.notation}: two hexadecimal digits make a byte`,
    );
  }
  cursor.at += 2;
  return Number.parseInt(pair, 16);
}

function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.notation.charAt(cursor.at))) cursor.at += 1;
}
