import { isIP } from "node:net";
import { type DerElement, expectParts, partsOf, TAG } from "./der.ts";
import { type DistinguishedName, readName, sameText } from "./distinguished_name.ts";
import { CertificateFault } from "./fault.ts";
import { type GeneralName, readGeneralName } from "./general_name.ts";

/** What a CA may issue names within (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** The names that a certificate claims. */
export interface ClaimedNames {
  /** DER of a `Name`. */
  readonly subject: Uint8Array;
  readonly alternativeNames: readonly GeneralName[];
}

const EMAIL_ADDRESS = "1.2.840.113549.1.9.1";

/** @throws {CertificateFault} `malformed`, also for a distance, which RFC 5280 does not allow */
export function readNameConstraints(element: DerElement): NameConstraints {
  const lists = expectParts(element, TAG.sequence, "name constraints");
  return { permitted: subtrees(lists, TAG.context(0)), excluded: subtrees(lists, TAG.context(1)) };
}

/**
 * Holds a certificate's names against the constraints of a CA above it.
 *
 * @throws {CertificateFault} `name-constraints`
 */
export function assertWithin(constraints: NameConstraints, claimed: ClaimedNames): void {
  for (const name of namesOf(claimed)) {
    const excluded = constraints.excluded.some((base) => base.type === name.type && contains(base, name));
    const bases = constraints.permitted.filter((base) => base.type === name.type);
    if (!excluded && (bases.length === 0 || bases.some((base) => contains(base, name)))) continue;
    throw new CertificateFault(
      "name-constraints",
      `the certificate has a name (${name.type}) that its CA must not issue`,
    );
  }
}

function subtrees(lists: readonly DerElement[], tag: number): GeneralName[] {
  const list = lists.find((one) => one.tag === tag);
  return list === undefined ? [] : partsOf(list).map(subtree);
}

function subtree(element: DerElement): GeneralName {
  const [base, ...distance] = expectParts(element, TAG.sequence, "subtree");
  if (base === undefined || distance.length > 0) {
    throw new CertificateFault("malformed", "the encoding has a subtree with a distance");
  }
  return readGeneralName(base);
}

/** Every name, those included that the subject holds (RFC 5280 §4.2.1.10: its mail addresses count as such). */
function namesOf({ subject, alternativeNames }: ClaimedNames): GeneralName[] {
  const attributes = readName(subject).flat();
  const mail = attributes.filter(({ type }) => type === EMAIL_ADDRESS);
  const names: GeneralName[] = mail.map(({ value = "" }) => ({ type: "email", text: value }));
  if (attributes.length > 0) names.push({ type: "directory", name: subject });
  return [...names, ...alternativeNames];
}

/** Whether `name` lies in the subtree of `base`, which is of the same type; a type that we cannot compare is in any. */
function contains(base: GeneralName, name: GeneralName): boolean {
  if (base.type === "dns" && name.type === "dns") return inDomain(name.text, base.text);
  if (base.type === "email" && name.type === "email") return mailIn(name.text, base.text);
  if (base.type === "uri" && name.type === "uri") return uriIn(name.text, base.text);
  if (base.type === "ip" && name.type === "ip") return addressIn(name.bytes, base.bytes);
  if (base.type === "directory" && name.type === "directory") {
    return nameIn(readName(name.name), readName(base.name));
  }
  throw new CertificateFault("name-constraints", "the CA has constraints on names that we cannot compare");
}

/** Every name below, and the domain itself. */
function inDomain(host: string, domain: string): boolean {
  if (domain === "") return true;
  const bare = domain.startsWith(".") ? domain.slice(1) : domain;
  return sameText(host, bare) || sameText(host.slice(-bare.length - 1), `.${bare}`);
}

/** One mailbox, every one on a host, or, with a leading dot, every one on the hosts below a domain. */
function mailIn(mailbox: string, base: string): boolean {
  const host = mailbox.slice(mailbox.lastIndexOf("@") + 1);
  if (base.includes("@")) {
    const at = base.lastIndexOf("@");
    return mailbox.slice(0, -host.length - 1) === base.slice(0, at) && sameText(host, base.slice(at + 1));
  }
  return hostIn(host, base);
}

/** Of the host alone; a URI without a host, or with an address for one, cannot be shown to lie within. */
function uriIn(uri: string, base: string): boolean {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1];
  const host = authority?.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "") ?? "";
  if (host === "" || host.startsWith("[") || isIP(host) !== 0) {
    throw new CertificateFault(
      "name-constraints",
      "the certificate has a URI without a host, and its CA constrains hosts",
    );
  }
  return hostIn(host, base);
}

/** The host itself or, with a leading dot, every host below it. */
function hostIn(host: string, base: string): boolean {
  return base.startsWith(".")
    ? sameText(host.slice(-base.length), base) && host.length > base.length
    : sameText(host, base);
}

/** The base holds an address and a mask of the same length. */
function addressIn(address: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== 2 * address.length) return false;
  return address.every((byte, index) => {
    const mask = base[address.length + index] ?? 0;
    return (byte & mask) === ((base[index] ?? 0) & mask);
  });
}

/** Whether `base` is what `name` begins with. */
function nameIn(name: DistinguishedName, base: DistinguishedName): boolean {
  return base.every((set, index) => {
    const other = name[index] ?? [];
    return set.length === other.length && set.every(({ type, value }) => {
      return other.some((one) => one.type === type && sameText(one.value ?? "", value ?? ""));
    });
  });
}
