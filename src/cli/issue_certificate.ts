import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { isIP, isIPv6 } from "node:net";
import { plainAddress } from "../config/loopback.ts";

/** A certificate with its key, as they stand in files. */
export interface IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** What a certificate is for. */
export type CertificatePurpose =
  | { readonly kind: "ca" }
  | { readonly kind: "server"; readonly hosts: readonly string[] }
  | { readonly kind: "client" };

/** What is asked for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly purpose: CertificatePurpose;
  readonly days: number;
  /** Self-signed without one. */
  readonly issuer?: IssuedCertificate;
}

/** 1.2.840.10045.4.3.2, `ecdsa-with-SHA256`. */
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const DAY_MILLISECONDS = 86_400_000;
/** Clocks that are a little behind should take a new certificate too. */
const BACKDATED_MILLISECONDS = 3_600_000;

/** Issues a certificate of version 3 for a new key on P-256 (RFC 5280 §4). */
export function issueCertificate(request: CertificateRequest): IssuedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = request.issuer && readIssuer(request.issuer);
  const subject = nameOf(request.commonName);
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const spki = publicKey.export({ format: "der", type: "spki" });
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: issuer?.subject ?? subject,
    validity: validity(request.days, issuer?.notAfter),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(request.purpose, spki, issuer?.publicKey ?? spki)),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbs)), issuer?.privateKey ?? privateKey);
  const der = AsnConvert.serialize(
    new Certificate({ tbsCertificate: tbs, signatureAlgorithm: algorithm, signatureValue: exact(signature) }),
  );
  return {
    certificate: toPem(Buffer.from(der)),
    key: String(privateKey.export({ format: "pem", type: "pkcs8" })),
  };
}

interface Issuer {
  readonly subject: Name;
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
  readonly notAfter: Date;
}

function readIssuer({ certificate, key }: IssuedCertificate): Issuer {
  const x509 = new X509Certificate(certificate);
  const privateKey = createPrivateKey(key);
  return {
    subject: AsnConvert.parse(x509.raw, Certificate).tbsCertificate.subject,
    publicKey: createPublicKey(privateKey).export({ format: "der", type: "spki" }),
    privateKey,
    notAfter: new Date(x509.validTo),
  };
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

/** Positive and of a fixed length, so that its encoding is too (RFC 5280 §4.1.2.2). */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | (bytes[0] ?? 0) & 0x3f;
  return exact(bytes);
}

/** No longer than the CA's own. */
function validity(days: number, latest: Date | undefined): Validity {
  const now = Date.now();
  const wanted = new Date(now + days * DAY_MILLISECONDS);
  const notAfter = latest !== undefined && latest < wanted ? latest : wanted;
  return new Validity({ notBefore: new Date(now - BACKDATED_MILLISECONDS), notAfter });
}

function extensionsOf(purpose: CertificatePurpose, spki: Buffer, issuerSpki: Buffer): Extension[] {
  const identifiers = [
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(spki))),
    extension(
      id_ce_authorityKeyIdentifier,
      new AuthorityKeyIdentifier({ keyIdentifier: new SubjectKeyIdentifier(keyIdentifier(issuerSpki)) }),
    ),
  ];
  return [...usageOf(purpose), ...identifiers];
}

function usageOf(purpose: CertificatePurpose): Extension[] {
  const ca = purpose.kind === "ca";
  const usage = ca ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature;
  const both = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: ca }), true),
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
  ];
  if (purpose.kind === "ca") return both;
  const extended = purpose.kind === "server" ? id_kp_serverAuth : id_kp_clientAuth;
  const names = purpose.kind === "server" ? purpose.hosts.map(hostName) : [];
  return [
    ...both,
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([extended])),
    ...names.length === 0 ? [] : [extension(id_ce_subjectAltName, new SubjectAlternativeName(names))],
  ];
}

function hostName(host: string): GeneralName {
  if (isIP(host) === 0) return new GeneralName({ dNSName: host });
  const plain = plainAddress(host);
  // The library does not understand IPv6 with an IPv4 end; the URL parser writes it without.
  return new GeneralName({
    iPAddress: isIPv6(plain) ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain,
  });
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** RFC 7093 §2, method 1, cut to the usual length. */
function keyIdentifier(spki: Buffer): ArrayBuffer {
  return exact(createHash("sha256").update(spki).digest().subarray(0, 20));
}

function exact(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
