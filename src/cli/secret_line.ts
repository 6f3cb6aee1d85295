const [CTRL_C, BACKSPACE, LINE_FEED, CARRIAGE_RETURN, DELETE] = [0x03, 0x08, 0x0a, 0x0d, 0x7f];

/**
 * The first line of a stream, as a password is typed or piped in.
 *
 * @returns `undefined` if whoever types gives up, or there is nothing
 */
export async function secretLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const bytes: number[] = [];
  for await (const chunk of stream) {
    for (const byte of chunk) {
      if (byte === CTRL_C) return undefined;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return decoded(bytes);
      if (byte === BACKSPACE || byte === DELETE) removeCharacter(bytes);
      else bytes.push(byte);
    }
  }
  return bytes.length === 0 ? undefined : decoded(bytes);
}

/** The same of a terminal, which shows nothing of it. */
export async function typedSecretLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  Deno.stdin.setRaw(true);
  try {
    return await secretLine(stream);
  } finally {
    Deno.stdin.setRaw(false);
  }
}

/** All bytes of the last character. */
function removeCharacter(bytes: number[]): void {
  while (((bytes.pop() ?? 0) & 0xc0) === 0x80);
}

function decoded(bytes: readonly number[]): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
}
