/** Makes certificates as a CA would, and as no CA should. */

import { Buffer } from "node:buffer";
import { constants, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  context,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  tlv,
  utf8,
} from "./der_writer.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A certificate with its key. */
export interface Made extends KeyPair {
  readonly der: Buffer;
  /** DER of the subject's `Name`. */
  readonly subject: Buffer;
  readonly serial: Buffer;
}

/** How a certificate is signed. */
export type SignatureKind =
  | "ecdsa"
  | "rsa"
  | "rsa-sha1"
  | "pss"
  | "ed25519"
  | "ed448"
  | "ecdsa-384"
  | "ecdsa-512";

/** What a test may set. */
export interface Wanted {
  /** A common name, or DER of a `Name`. */
  readonly subject?: string | Buffer;
  /** Self-signed without one. */
  readonly issuer?: Made;
  readonly keys?: KeyPair;
  readonly ca?: boolean | undefined;
  readonly pathLength?: number;
  /** The content of the BIT STRING: unused bits, then the bits. */
  readonly keyUsage?: readonly [number, number];
  readonly extendedKeyUsage?: readonly string[];
  /** Each DER of a `GeneralName`. */
  readonly names?: readonly Buffer[];
  /** Added behind the others. */
  readonly extensions?: readonly Buffer[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly version?: 1 | 2 | 3;
  readonly signature?: SignatureKind;
  /** Signs instead of the issuer. */
  readonly signer?: KeyObject;
  readonly serial?: Buffer;
}

export const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

export const KEY_USAGE = {
  digitalSignature: [7, 0x80],
  keyCertSign: [2, 0x04],
  certAndCrlSign: [1, 0x06],
} as const satisfies Record<string, readonly [number, number]>;

const DAY = 86_400_000;
const ALGORITHMS: Readonly<Record<SignatureKind, { readonly id: Buffer; readonly digest: string | null }>> = {
  ecdsa: { id: sequence(oid("1.2.840.10045.4.3.2")), digest: "sha256" },
  "ecdsa-384": { id: sequence(oid("1.2.840.10045.4.3.3")), digest: "sha384" },
  "ecdsa-512": { id: sequence(oid("1.2.840.10045.4.3.4")), digest: "sha512" },
  rsa: { id: sequence(oid("1.2.840.113549.1.1.11"), tlv(0x05)), digest: "sha256" },
  "rsa-sha1": { id: sequence(oid("1.2.840.113549.1.1.5"), tlv(0x05)), digest: "sha1" },
  pss: { id: sequence(oid("1.2.840.113549.1.1.10"), pssParameters()), digest: "sha256" },
  ed25519: { id: sequence(oid("1.3.101.112")), digest: null },
  ed448: { id: sequence(oid("1.3.101.113")), digest: null },
};

/** Keys of P-256, as most tests want them. */
export function ecKeys(namedCurve = "P-256"): KeyPair {
  return generateKeyPairSync("ec", { namedCurve });
}

/** Makes a certificate; without an issuer it is self-signed. */
export function makeCertificate(wanted: Wanted = {}): Made {
  const keys = wanted.keys ?? ecKeys();
  const subject = typeof wanted.subject === "object"
    ? wanted.subject
    : commonName(wanted.subject ?? "device1");
  const serial = wanted.serial ?? Buffer.concat([Buffer.of(0x40), randomBytes(8)]);
  const { id, digest } = ALGORITHMS[wanted.signature ?? "ecdsa"];
  const signed = sequence(
    ...versionOf(wanted.version ?? 3),
    integer(serial),
    id,
    wanted.issuer?.subject ?? subject,
    sequence(
      time(wanted.notBefore ?? new Date(Date.now() - DAY)),
      time(wanted.notAfter ?? new Date(Date.now() + DAY)),
    ),
    subject,
    keys.publicKey.export({ format: "der", type: "spki" }),
    ...extensionsOf(wanted),
  );
  const signer = wanted.signer ?? wanted.issuer?.privateKey ?? keys.privateKey;
  return {
    ...keys,
    subject,
    serial,
    der: sequence(signed, id, bitString(signBytes(signed, signer, digest, wanted.signature))),
  };
}

/** A CA, self-signed or of another. */
export function makeAuthority(wanted: Wanted = {}): Made {
  return makeCertificate({ subject: "Test CA", ca: true, keyUsage: KEY_USAGE.certAndCrlSign, ...wanted });
}

/** A certificate as a client has it. */
export function makeClient(issuer: Made, wanted: Wanted = {}): Made {
  return makeCertificate({ issuer, ca: false, keyUsage: KEY_USAGE.digitalSignature, ...wanted });
}

/** What a test may set of a revocation list. */
export interface WantedList {
  readonly revoked?: readonly Buffer[];
  readonly nextUpdate?: Date;
  readonly extensions?: readonly Buffer[];
  readonly signer?: KeyObject;
  readonly issuer?: Buffer;
}

/** A CRL of `authority`, in DER. */
export function makeRevocationList(authority: Made, wanted: WantedList = {}): Buffer {
  const now = new Date(Date.now() - DAY);
  const { id, digest } = ALGORITHMS.ecdsa;
  const entries = (wanted.revoked ?? []).map((serial) => sequence(integer(serial), time(now)));
  const signed = sequence(
    integer(1),
    id,
    wanted.issuer ?? authority.subject,
    time(now),
    time(wanted.nextUpdate ?? new Date(Date.now() + DAY)),
    ...entries.length === 0 ? [] : [sequence(...entries)],
    ...wanted.extensions === undefined ? [] : [context(0, sequence(...wanted.extensions))],
  );
  return sequence(signed, id, bitString(signBytes(signed, wanted.signer ?? authority.privateKey, digest)));
}

/** A `Name` of one attribute per set, in this order. */
export function name(...attributes: readonly (readonly [type: string, value: string])[]): Buffer {
  return sequence(...attributes.map(([type, value]) => set(sequence(oid(type), utf8(value)))));
}

export function commonName(value: string): Buffer {
  return name([OID.commonName, value]);
}

export function dnsName(text: string): Buffer {
  return tlv(0x82, Buffer.from(text, "latin1"));
}

export function uriName(text: string): Buffer {
  return tlv(0x86, Buffer.from(text, "latin1"));
}

export function emailName(text: string): Buffer {
  return tlv(0x81, Buffer.from(text, "latin1"));
}

export function ipName(...bytes: readonly number[]): Buffer {
  return tlv(0x87, Buffer.from(bytes));
}

export function directoryName(nameDer: Buffer): Buffer {
  return context(4, nameDer);
}

export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...critical ? [boolean(true)] : [], octetString(value));
}

export function nameConstraints(permitted: readonly Buffer[], excluded: readonly Buffer[] = []): Buffer {
  const lists = [permitted, excluded].map((bases, index) => {
    return bases.length === 0 ? Buffer.of() : context(index, ...bases.map((base) => sequence(base)));
  });
  return extension("2.5.29.30", sequence(...lists), true);
}

export function pem(der: Uint8Array, label = "CERTIFICATE"): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function versionOf(version: 1 | 2 | 3): Buffer[] {
  return version === 1 ? [] : [context(0, integer(version - 1))];
}

function extensionsOf(wanted: Wanted): Buffer[] {
  if ((wanted.version ?? 3) < 3) return [];
  const { ca, pathLength, keyUsage, extendedKeyUsage, names, extensions = [] } = wanted;
  const all = [
    ...ca === undefined ? [] : [extension("2.5.29.19", basicConstraints(ca, pathLength), true)],
    ...keyUsage === undefined ? [] : [extension("2.5.29.15", tlv(0x03, Buffer.from(keyUsage)), true)],
    ...extendedKeyUsage === undefined ? [] : [extension("2.5.29.37", sequence(...extendedKeyUsage.map(oid)))],
    ...names === undefined ? [] : [extension("2.5.29.17", sequence(...names))],
    ...extensions,
  ];
  return all.length === 0 ? [] : [context(3, sequence(...all))];
}

function basicConstraints(ca: boolean, pathLength: number | undefined): Buffer {
  return sequence(...ca ? [boolean(true)] : [], ...pathLength === undefined ? [] : [integer(pathLength)]);
}

function signBytes(bytes: Buffer, key: KeyObject, digest: string | null, kind?: SignatureKind): Buffer {
  if (kind !== "pss") return sign(digest, bytes, key);
  return sign(digest, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
}

function pssParameters(): Buffer {
  const sha256 = sequence(oid("2.16.840.1.101.3.4.2.1"));
  return sequence(
    context(0, sha256),
    context(1, sequence(oid("1.2.840.113549.1.1.8"), sha256)),
    context(2, integer(32)),
  );
}
