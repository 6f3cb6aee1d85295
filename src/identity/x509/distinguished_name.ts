import { AsnConvert } from "@peculiar/asn1-schema";
import { type AttributeValue, Name } from "@peculiar/asn1-x509";
import { blamed } from "./fault.ts";

/** One attribute of a distinguished name; the value is `undefined` when it is no text. */
export interface NameAttribute {
  /** An object identifier. */
  readonly type: string;
  readonly value: string | undefined;
}

/** The attributes of a distinguished name in the order of its encoding; those that stand together form one set. */
export type DistinguishedName = readonly (readonly NameAttribute[])[];

const COMMON_NAME = "2.5.4.3";

/** Keywords that may be written for an attribute type (RFC 4514 §3, and what tools write), in upper case. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["CN", COMMON_NAME],
  ["SN", "2.5.4.4"],
  ["SERIALNUMBER", "2.5.4.5"],
  ["C", "2.5.4.6"],
  ["L", "2.5.4.7"],
  ["ST", "2.5.4.8"],
  ["S", "2.5.4.8"],
  ["STREET", "2.5.4.9"],
  ["O", "2.5.4.10"],
  ["OU", "2.5.4.11"],
  ["T", "2.5.4.12"],
  ["TITLE", "2.5.4.12"],
  ["GN", "2.5.4.42"],
  ["DNQ", "2.5.4.46"],
  ["DNQUALIFIER", "2.5.4.46"],
  ["UID", "0.9.2342.19200300.100.1.1"],
  ["DC", "0.9.2342.19200300.100.1.25"],
  ["E", "1.2.840.113549.1.9.1"],
  ["EMAILADDRESS", "1.2.840.113549.1.9.1"],
]);

/** RFC 4514 §2: an attribute type, `=`, and a value in which what has a meaning is escaped. */
const ATTRIBUTE = /^ *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *= *((?:[^\\,+;"<>]|\\[\da-fA-F]{2}|\\.)*?) *$/s;

/** @throws {CertificateFault} `malformed` */
export function readName(der: Uint8Array): DistinguishedName {
  const name = blamed("the name", () => AsnConvert.parse(der, Name));
  return name.map((set) => set.map(({ type, value }) => ({ type, value: textOf(value) })));
}

/** The common name, if there is exactly one: of two, either could be meant. */
export function commonNameOf(name: DistinguishedName): string | undefined {
  const [only, ...more] = name.flat().filter(({ type }) => type === COMMON_NAME);
  return more.length === 0 ? only?.value : undefined;
}

/** Writes a name as RFC 4514 wants it: the last set first, as in `CN=device1,O=Contoso`. */
export function formatName(name: DistinguishedName): string {
  return name.map((set) => set.map(formatAttribute).join("+")).reverse().join(",");
}

/**
 * Reads what `formatName` writes, and what people write like it.
 *
 * @returns `undefined` if the text is no distinguished name, which is so too if it begins with an unknown keyword
 */
export function parseName(text: string): DistinguishedName | undefined {
  const sets = split(text, ",").map((set) => split(set, "+").map(parseAttribute));
  const known = sets.map((set) => set.filter((attribute) => attribute !== undefined));
  return known.some((set, index) => set.length !== sets[index]?.length) ? undefined : known.reverse();
}

/** Whether two names have the same attributes, in the same order or the other way round, as both are written. */
export function sameName(left: DistinguishedName, right: DistinguishedName): boolean {
  if (left.length !== right.length) return false;
  return sameSets(left, right) || sameSets(left, right.toReversed());
}

/** Without regard to the case of ASCII letters, and of no others: folding more would join names of other scripts. */
export function sameText(left: string, right: string): boolean {
  return left === right || asciiLower(left) === asciiLower(right);
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function sameSets(left: DistinguishedName, right: DistinguishedName): boolean {
  return left.every((set, index) => {
    const other = right[index] ?? [];
    return set.length === other.length &&
      set.every((attribute) => other.some((one) => sameAttribute(attribute, one)));
  });
}

function sameAttribute(left: NameAttribute, right: NameAttribute): boolean {
  if (left.type !== right.type || left.value === undefined || right.value === undefined) return false;
  return sameText(left.value, right.value);
}

function textOf(value: AttributeValue): string | undefined {
  const { utf8String, printableString, ia5String, teletexString, bmpString, universalString } = value;
  return utf8String ?? printableString ?? ia5String ?? teletexString ?? bmpString ?? universalString;
}

function formatAttribute({ type, value }: NameAttribute): string {
  const keyword = [...KEYWORDS].find(([, identifier]) => identifier === type)?.[0] ?? type;
  return `${keyword}=${escape(value ?? "")}`;
}

function escape(value: string): string {
  return value.replaceAll(/[\\,+;"<>=]|^[ #]| $/g, (character) => `\\${character}`)
    .replaceAll("\0", "\\00");
}

/** Splits where `separator` stands unescaped. */
function split(text: string, separator: string): string[] {
  const parts = [""];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === separator) parts.push("");
    else parts[parts.length - 1] += character === "\\" ? character + text.charAt(++index) : character;
  }
  return parts;
}

function parseAttribute(text: string): NameAttribute | undefined {
  const [, keyword, value] = ATTRIBUTE.exec(text) ?? [];
  // `#` begins the hexadecimal form of a value that is no text.
  if (keyword === undefined || value === undefined || value.startsWith("#")) return undefined;
  const type = /^\d/.test(keyword) ? keyword : KEYWORDS.get(keyword.toUpperCase());
  return type === undefined ? undefined : { type, value: unescape(value) };
}

/** Hexadecimal pairs are bytes of UTF-8, so neighbours belong together. */
function unescape(value: string): string {
  return value.replaceAll(
    /((?:\\[\da-fA-F]{2})+)|\\(.)/gs,
    (_, pairs: string | undefined, character: string) => {
      return pairs === undefined ? character : decodePairs(pairs);
    },
  );
}

function decodePairs(pairs: string): string {
  const bytes = pairs.split("\\").slice(1).map((pair) => Number.parseInt(pair, 16));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
