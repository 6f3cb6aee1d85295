import { Buffer } from "node:buffer";

const lineFeed = 0x0a;

/** The lines of a stream of bytes, without their line feed. A last line need not have one. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk]);
    let start = 0;
    for (let end = pending.indexOf(lineFeed); end >= 0; end = pending.indexOf(lineFeed, start)) {
      yield pending.subarray(start, end);
      start = end + 1;
    }
    pending = pending.subarray(start);
  }
  if (pending.length > 0) yield pending;
}
