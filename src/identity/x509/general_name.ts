import { type DerElement, expectParts, partsOf, readDer, TAG } from "./der.ts";

/**
 * A name of a certificate beside its subject (RFC 5280 §4.2.1.6), taken from its encoding and never from a text that
 * lists several: in such a text one name can hold what looks like another.
 */
export type GeneralName =
  | { readonly type: "email" | "dns" | "uri"; readonly text: string }
  /** 4 bytes or 16; 8 or 32 in a constraint, where a mask follows. */
  | { readonly type: "ip"; readonly bytes: Uint8Array }
  /** DER of a `Name`. */
  | { readonly type: "directory"; readonly name: Uint8Array }
  | { readonly type: "other" };

/** The implicit tags of the choice. */
const TEXTS: ReadonlyMap<number, "email" | "dns" | "uri"> = new Map([[0x81, "email"], [0x82, "dns"], [
  0x86,
  "uri",
]]);
const IP_ADDRESS = 0x87;
const DIRECTORY_NAME = TAG.context(4);

/** Every name of a `GeneralNames`. */
export function readGeneralNames(element: DerElement): GeneralName[] {
  return expectParts(element, TAG.sequence, "list of names").map(readGeneralName);
}

export function readGeneralName(element: DerElement): GeneralName {
  const text = TEXTS.get(element.tag);
  if (text !== undefined) return { type: text, text: latin1(element.content) };
  if (element.tag === IP_ADDRESS) return { type: "ip", bytes: element.content };
  if (element.tag !== DIRECTORY_NAME) return { type: "other" };
  const [name] = partsOf(element);
  return name === undefined ? { type: "other" } : { type: "directory", name: readDer(name.whole).whole };
}

/**
 * An IA5String, byte for byte. What is not ASCII stays visible as such, so that nothing that is not ASCII can come
 * to equal something that is.
 */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
