/**
 * Distinguished encoding (X.690 §10), as strictly as it is written.
 *
 * What the library below reads leniently (BER lengths, bytes behind the end), the TLS stack reads strictly, and a
 * certificate that the two read differently is one whose key nobody has seen proven. So nothing gets to the library
 * that is not strict.
 */
import { CertificateFault } from "./fault.ts";

/** One tag-length-value. */
export interface DerElement {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** `[n]`, constructed. */
  context: (number: number): number => 0xa0 + number,
} as const;

/** More nesting than any certificate has; each level is a call. */
const DEPTH_MAX = 24;
const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;

/**
 * Reads exactly one element, whose every part is in strict DER.
 *
 * @throws {CertificateFault} `malformed`
 */
export function readDer(bytes: Uint8Array): DerElement {
  const element = firstElement(bytes);
  if (element.whole.length !== bytes.length) throw malformed("has bytes behind its end");
  assertStrict(element, 0);
  return element;
}

/** The parts of a constructed element that `readDer` has accepted. */
export function partsOf({ content }: DerElement): DerElement[] {
  const parts: DerElement[] = [];
  for (let rest = content; rest.length > 0;) {
    const part = firstElement(rest);
    parts.push(part);
    rest = rest.subarray(part.whole.length);
  }
  return parts;
}

/**
 * The parts of `element`, which must have this tag.
 *
 * @throws {CertificateFault} `malformed`
 */
export function expectParts(element: DerElement | undefined, tag: number, what: string): DerElement[] {
  return partsOf(expect(element, tag, what));
}

/**
 * `element`, which must have this tag.
 *
 * @throws {CertificateFault} `malformed`
 */
export function expect(element: DerElement | undefined, tag: number, what: string): DerElement {
  if (element?.tag !== tag) throw malformed(`has no ${what} where one belongs`);
  return element;
}

/** The bytes of a BIT STRING that is made of whole ones. */
export function wholeBits(element: DerElement | undefined, what: string): Uint8Array {
  const { content } = expect(element, TAG.bitString, what);
  if (content[0] !== 0) throw malformed(`has a ${what} with unused bits`);
  return content.subarray(1);
}

/** Bytes as they are compared with what is written in the code. */
export function hexOf(bytes: Uint8Array | undefined): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function assertStrict(element: DerElement, depth: number): void {
  if (depth > DEPTH_MAX) throw malformed("is nested too deep");
  if ((element.tag & CONSTRUCTED) === 0) return;
  for (const part of partsOf(element)) assertStrict(part, depth + 1);
}

function firstElement(bytes: Uint8Array): DerElement {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw malformed("ends too early");
  if ((tag & LONG_TAG) === LONG_TAG) throw malformed("has a tag of several bytes");
  const isLong = first >= 0x80;
  const start = isLong ? 2 + (first & 0x7f) : 2;
  const length = isLong ? longLength(bytes.subarray(2, start), first & 0x7f) : first;
  if (start + length > bytes.length) throw malformed("ends too early");
  return { tag, whole: bytes.subarray(0, start + length), content: bytes.subarray(start, start + length) };
}

/** A length in the long form, which must need that form and have no leading zero; 0 bytes are BER's open end. */
function longLength(bytes: Uint8Array, count: number): number {
  if (count < 1 || count > 3 || bytes.length < count) throw malformed("has a length that is not DER");
  const length = bytes.reduce((value, byte) => value * 256 + byte, 0);
  if (bytes[0] === 0 || length < 0x80) throw malformed("has a length that is not DER");
  return length;
}

function malformed(fault: string): CertificateFault {
  return new CertificateFault("malformed", `the encoding ${fault}`);
}
