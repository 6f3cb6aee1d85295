import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  ExtendedKeyUsage,
  type Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
} from "@peculiar/asn1-x509";
import { readDer, TAG } from "./der.ts";
import { blamed, CertificateFault } from "./fault.ts";
import { type GeneralName, readGeneralNames } from "./general_name.ts";
import { type NameConstraints, readNameConstraints } from "./name_constraints.ts";

/** The extensions that a decision depends on (RFC 5280 §4.2.1). */
export interface KnownExtensions {
  /** Bits of `KeyUsageFlags`. */
  readonly keyUsage: number | undefined;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly alternativeNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | undefined;
  /** Critical ones that are none of these. */
  readonly unknownCritical: readonly string[];
}

/**
 * Processed, or of no weight to us: key identifiers and distribution points only help to find things, and policies
 * bind nobody who asks for none (a constraint that would ask is not in this list).
 */
const KNOWN: ReadonlySet<string> = new Set([
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
]);

/** Those whose value is a sequence, also where we do not look into it: the TLS stack does. */
const SEQUENCES: ReadonlySet<string> = new Set([
  id_ce_basicConstraints,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
]);

/**
 * Reads every extension that we know.
 *
 * @throws {CertificateFault} `malformed`, also for one that is there twice
 */
export function readExtensions(list: Iterable<Extensions[number]>): KnownExtensions {
  const values = new Map<string, Uint8Array>();
  const unknownCritical: string[] = [];
  for (const { extnID, critical, extnValue } of list) {
    if (values.has(extnID)) throw new CertificateFault("malformed", `extension ${extnID} is there twice`);
    values.set(extnID, new Uint8Array(extnValue.buffer));
    if (critical && !KNOWN.has(extnID)) unknownCritical.push(extnID);
  }
  for (const id of SEQUENCES) assertSequence(id, values.get(id));
  return { ...read(values), unknownCritical };
}

function read(values: ReadonlyMap<string, Uint8Array>): Omit<KnownExtensions, "unknownCritical"> {
  const names = values.get(id_ce_subjectAltName);
  const constraints = values.get(id_ce_nameConstraints);
  return {
    keyUsage: parse(values.get(id_ce_keyUsage), KeyUsage)?.toNumber(),
    basicConstraints: basicConstraints(parse(values.get(id_ce_basicConstraints), BasicConstraints)),
    extendedKeyUsage: parse(values.get(id_ce_extKeyUsage), ExtendedKeyUsage),
    alternativeNames: names === undefined ? [] : readGeneralNames(readDer(names)),
    nameConstraints: constraints && readNameConstraints(readDer(constraints)),
  };
}

function basicConstraints(value: BasicConstraints | undefined): KnownExtensions["basicConstraints"] {
  return value && { ca: value.cA, pathLength: value.pathLenConstraint };
}

function parse<T>(value: Uint8Array | undefined, type: new () => T): T | undefined {
  if (value === undefined) return undefined;
  readDer(value);
  return blamed(`the extension ${type.name}`, () => AsnConvert.parse(value, type));
}

function assertSequence(id: string, value: Uint8Array | undefined): void {
  if (value === undefined || readDer(value).tag === TAG.sequence) return;
  throw new CertificateFault("malformed", `extension ${id} is not what it should be`);
}
