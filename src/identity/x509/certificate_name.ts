import { isIPv4, isIPv6 } from "node:net";
import type { NameSource, ValidationScheme } from "../../config/certificate_names.ts";
import type { Certificate } from "./certificate.ts";
import { commonNameOf, formatName, parseName, readName, sameName, sameText } from "./distinguished_name.ts";

/** Schemes that look at a name, and which. */
const FIELDS: Readonly<Record<Exclude<ValidationScheme, "ThumbprintMatch">, Field>> = {
  SubjectMatchesAuthenticationName: "subject",
  DnsMatchesAuthenticationName: "dns",
  UriMatchesAuthenticationName: "uri",
  IpMatchesAuthenticationName: "ip",
  EmailMatchesAuthenticationName: "email",
};

const SOURCES: Readonly<Record<NameSource, Field>> = {
  ClientCertificateSubject: "subject",
  ClientCertificateDns: "dns",
  ClientCertificateUri: "uri",
  ClientCertificateIp: "ip",
  ClientCertificateEmail: "email",
};

type Field = "subject" | "dns" | "uri" | "ip" | "email";

/** Control characters, and what stands for bytes that were no text: nobody is called that. */
// deno-lint-ignore no-control-regex
const UNNAMEABLE = /[\u0000-\u001f\u007f\ufffd]/;

/**
 * Whether the field that `scheme` names carries `authenticationName`; of several values, any may.
 *
 * As names are, whatever the case of ASCII letters.
 */
export function carriesName(
  certificate: Certificate,
  scheme: Exclude<ValidationScheme, "ThumbprintMatch">,
  authenticationName: string,
): boolean {
  const field = FIELDS[scheme];
  if (field === "subject") return subjectIs(certificate, authenticationName);
  return valuesOf(certificate, field).some((value) => sameValue(field, value, authenticationName));
}

/** The names that a source offers, the likeliest first; empty if the certificate has no such field. */
export function namesFrom(certificate: Certificate, source: NameSource): string[] {
  const field = SOURCES[source];
  if (field !== "subject") return valuesOf(certificate, field);
  const subject = readName(certificate.subject);
  const names = [commonNameOf(subject) ?? "", formatName(subject), formatName(subject.toReversed())];
  return names.filter(isName);
}

/**
 * A name that is written as a distinguished name is compared as one and never with a common name, into which
 * somebody may have put it: `CN="CN=device1,O=Contoso"` is not device1 of Contoso.
 */
function subjectIs({ subject }: Certificate, authenticationName: string): boolean {
  const name = readName(subject);
  const wanted = parseName(authenticationName);
  if (wanted !== undefined) return sameName(name, wanted);
  const commonName = commonNameOf(name);
  return commonName !== undefined && isName(commonName) && sameText(commonName, authenticationName);
}

function valuesOf({ extensions }: Certificate, field: Exclude<Field, "subject">): string[] {
  return extensions.alternativeNames.flatMap((name) => {
    if (name.type !== field) return [];
    return name.type === "ip" ? formatAddress(name.bytes) : name.text;
  }).filter(isName);
}

function sameValue(field: Field, value: string, authenticationName: string): boolean {
  if (field !== "ip") return sameText(value, authenticationName);
  return value === canonicalAddress(authenticationName);
}

function isName(value: string): boolean {
  return value !== "" && !UNNAMEABLE.test(value);
}

function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "";
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((bytes[2 * index] ?? 0) << 8 | (bytes[2 * index + 1] ?? 0)).toString(16);
  });
  return canonicalAddress(groups.join(":")) ?? "";
}

/** The one way to write an IP address, `undefined` for what is none. */
function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  // The URL parser writes IPv6 as RFC 5952 wants it; a zone has no place in a certificate.
  if (!isIPv6(text) || text.includes("%")) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
