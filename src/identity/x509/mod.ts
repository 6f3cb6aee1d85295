import type { Credentials } from "../authenticator.ts";
import type { ClientDirectory, RegisteredClient } from "../directory.ts";
import { type Identification, type Identifier, type Identity, notAuthorized } from "../identifier.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { carriesName, namesFrom } from "./certificate_name.ts";
import { validateChain } from "./chain.ts";
import { CertificateFault } from "./fault.ts";
import { assertClientCertificate } from "./requirements.ts";
import { SignatureChecker } from "./signature.ts";
import { hasThumbprint } from "./thumbprint.ts";
import { TrustAnchors } from "./trust_anchor.ts";

/** Certificates that a peer may present; whoever sends more wants us busy. */
const PRESENTED_MAX = 10;

/** A client of the registry, and what named it. */
interface Named {
  readonly client: RegisteredClient;
  readonly source: string;
}

/**
 * Proves identities with X.509 certificates (event-grid §3.2): by a registered CA or by thumbprint.
 *
 * The chain is validated from its DER at every CONNECT. What the runtime says of it counts for nothing: a resumed TLS
 * session is "authorized" whatever has become of its certificate since, or whoever issued it.
 */
export class CertificateIdentifier implements Identifier {
  readonly #directory: ClientDirectory;
  readonly #now: () => number;
  readonly #signatures = new SignatureChecker();
  readonly #anchors = new TrustAnchors(this.#signatures);

  /** @param now the wall clock, in milliseconds since 1970 */
  constructor(directory: ClientDirectory, now: () => number = Date.now) {
    this.#directory = directory;
    this.#now = now;
  }

  /** `undefined` without a certificate, or when neither user name nor certificate names a registered client. */
  identify({ peer, username }: Credentials): Identification | undefined {
    const [first, ...others] = peer.tls?.certificates ?? [];
    // Whoever is not in the registry may have a password, and a certificate for something else.
    const byUsername = username ? this.#find([username], "UserName") : undefined;
    if (first === undefined || (username && byUsername === undefined)) return undefined;
    try {
      const leaf = parseCertificate(first);
      const named = byUsername ?? this.#resolve(leaf);
      return named && this.#judge(named, leaf, others);
    } catch (error) {
      if (error instanceof CertificateFault) return notAuthorized(error.message);
      throw error;
    }
  }

  /** The first source that yields a value decides, with whatever it yields. */
  #resolve(leaf: Certificate): Named | undefined {
    for (const source of this.#directory.alternativeNameSources()) {
      const names = namesFrom(leaf, source);
      if (names.length > 0) return this.#find(names, source);
    }
    return undefined;
  }

  #find(names: readonly string[], source: string): Named | undefined {
    for (const name of names) {
      const client = this.#directory.findByAuthenticationName(name);
      if (client !== undefined) return { client, source };
    }
    return undefined;
  }

  #judge({ client, source }: Named, leaf: Certificate, others: readonly Uint8Array[]): Identification {
    if (!client.enabled) return notAuthorized("the client is disabled");
    const proof = client.validationScheme === "ThumbprintMatch"
      ? this.#byThumbprint(client, leaf)
      : this.#byAuthority(client, client.validationScheme, { leaf, others });
    if (typeof proof === "string") return notAuthorized(proof);
    const { authenticationName } = client;
    return { identified: true, identity: { kind: "client", authenticationName, source, ...proof } };
  }

  #byThumbprint({ allowedThumbprints }: RegisteredClient, leaf: Certificate): Proof | string {
    assertClientCertificate(leaf, this.#now());
    if (!hasThumbprint(leaf.der, allowedThumbprints)) {
      return "the client certificate has none of the client's thumbprints";
    }
    return { authenticationType: "CertificateThumbprintMatch", authorities: [], expiresAt: leaf.notAfter };
  }

  #byAuthority(
    { authenticationName }: RegisteredClient,
    scheme: Exclude<RegisteredClient["validationScheme"], "ThumbprintMatch">,
    { leaf, others }: { leaf: Certificate; others: readonly Uint8Array[] },
  ): Proof | string {
    if (others.length >= PRESENTED_MAX) {
      throw new CertificateFault("too-many", `the client presents more than ${PRESENTED_MAX} certificates`);
    }
    const question = {
      leaf,
      presented: others.map(parsedOrNot).filter((certificate) => certificate !== undefined),
      anchors: this.#anchors.of(this.#directory.authorities()),
      now: this.#now(),
    };
    const { authorities, expiresAt } = validateChain(question, this.#signatures);
    if (!carriesName(leaf, scheme, authenticationName)) {
      return `the client certificate does not carry the authentication name where ${scheme} wants it`;
    }
    return { authenticationType: "CACertificate", authorities, expiresAt };
  }
}

type Proof = Pick<Identity, "authenticationType" | "authorities" | "expiresAt">;

/** What a client presents beside its own certificate may be of no use, and is then left out. */
function parsedOrNot(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateFault) return undefined;
    throw error;
  }
}
