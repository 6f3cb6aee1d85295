/**
 * Makes the memory of a WebAssembly module a shared one.
 *
 * Old views of a shared memory stay valid when it grows, so that a socket, or a copy that we make, may hold one over
 * many calls; and it can be handed to a worker later. Linking it as shared would make wasm-bindgen look for a thread
 * runtime that this module has no need of: the flag is set behind everybody's back instead.
 *
 * Source: WebAssembly Core Specification 2.0, §5.5.8 "Memory Section"; threads proposal, limits flag 0x03.
 */

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const WITH_MAXIMUM = 0x01;
const SHARED = 0x03;

/**
 * A copy of `module` whose one memory is shared.
 *
 * @throws {Error} if it does not have exactly one memory with a maximum
 */
export function shareMemory(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const shared = module.slice();
  let at = HEADER_BYTES;
  while (at < shared.length) {
    const id = shared[at];
    const { value: length, next: content } = readUnsigned(shared, at + 1);
    if (id === MEMORY_SECTION) {
      const { value: count, next: flags } = readUnsigned(shared, content);
      if (count !== 1 || shared[flags] !== WITH_MAXIMUM) break;
      shared[flags] = SHARED;
      return shared;
    }
    at = content + length;
  }
  throw new Error("Cannot share the module's memory: it must have one, with a maximum");
}

/** An unsigned LEB128 number (§5.2.2) and where the next byte is. */
function readUnsigned(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0;; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw new Error("Cannot read the module: it is cut short");
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
}
