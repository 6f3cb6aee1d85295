/**
 * Custom sections of a WebAssembly module: named bytes that an engine carries and does not run.
 *
 * Source: WebAssembly Core Specification 2.0, §5.5.3 "Custom Section" and §5.2.2 "Integers".
 */

/** The text of the module's custom section `name`, or `undefined` if it has none. */
export function readCustomSection(module: Uint8Array<ArrayBuffer>, name: string): string | undefined {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(module), name);
  return section === undefined ? undefined : new TextDecoder().decode(section);
}

/** The module with one more custom section, behind all others. */
export function appendCustomSection(
  module: Uint8Array<ArrayBuffer>,
  name: string,
  text: string,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const nameBytes = encoder.encode(name);
  const content = join([unsignedLeb128(nameBytes.length), nameBytes, encoder.encode(text)]);
  const customSectionId = Uint8Array.of(0);
  return join([module, customSectionId, unsignedLeb128(content.length), content]);
}

function unsignedLeb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
