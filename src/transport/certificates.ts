import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** The PEM files of a listener's own certificate. */
export interface CertificateFiles {
  /** The certificate, and behind it the intermediates that lead to a root. */
  readonly certificate: string;
  readonly key: string;
}

/** What `node:tls` makes a listener's context of. */
export interface TlsContext {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: "TLSv1.2";
  readonly ciphers: string;
}

/** A server that takes a new context for the connections to come. */
export interface ContextTaker {
  setSecureContext(context: TlsContext): void;
}

/** A certificate and key that no listener can be given. The message names the files. */
export class CertificateUnusable extends Error {
  override readonly name = "CertificateUnusable";
  readonly code = "tls-certificate-unusable";
}

/** Forward secrecy and authenticated encryption, nothing else: TLS 1.3's own suites and their like of TLS 1.2. */
const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Curves that the TLS stack signs with, by either of their names. */
const CURVES: ReadonlySet<string> = new Set([
  "prime256v1",
  "P-256",
  "secp384r1",
  "P-384",
  "secp521r1",
  "P-521",
]);
/** What the TLS stack takes, and what we would. */
const RSA_BITS_MIN = 2048;
const PERIOD_MILLISECONDS = 5000;

/** Told of what an operator should hear of, in words. */
export interface CertificatesOptions {
  readonly onWarning: (message: string) => void;
  readonly onReloaded?: () => void;
  /** A host that the certificate has to be for; any will do if it is absent. */
  readonly host?: string;
  /** How often the files are looked at. */
  readonly periodMilliseconds?: number;
}

/**
 * A certificate with its key, from files that may change: whoever follows gets each new pair that can be used, and
 * keeps the last one otherwise. Connections that are open stay as they are.
 *
 * The files are looked at and not watched: renewed ones come by rename, by link, or over a network, which no single
 * way of watching sees.
 */
export class Certificates {
  readonly #files: CertificateFiles;
  readonly #options: CertificatesOptions;
  readonly #followers = new Set<ContextTaker>();
  readonly #timer: ReturnType<typeof setInterval>;
  #context: TlsContext;
  /** What the files looked like when they were last read. */
  #read: string;
  /** What they looked like a period ago. */
  #seen: string;
  #working: Promise<unknown> = Promise.resolve();

  private constructor(files: CertificateFiles, loaded: Loaded, options: CertificatesOptions) {
    this.#files = files;
    this.#options = options;
    this.#context = loaded.context;
    this.#read = this.#seen = loaded.state;
    this.#timer = setInterval(
      () => void this.#inTurn(() => this.#look()),
      options.periodMilliseconds ?? PERIOD_MILLISECONDS,
    );
  }

  /**
   * Reads the files.
   *
   * @throws {CertificateUnusable} if a file cannot be read, the key does not fit, or TLS cannot use either
   */
  static async load(files: CertificateFiles, options: CertificatesOptions): Promise<Certificates> {
    return new Certificates(files, await load(files, options), options);
  }

  get context(): TlsContext {
    return this.#context;
  }

  /** Gives a server each new context, until what is returned is called. */
  follow(server: ContextTaker): () => void {
    this.#followers.add(server);
    return () => void this.#followers.delete(server);
  }

  /**
   * Reads the files again, whether they have changed or not; a pair that cannot be used is warned of and left.
   *
   * @returns why it cannot be used, if it cannot
   */
  reload(): Promise<CertificateUnusable | undefined> {
    return this.#inTurn(() => this.#reload());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#followers.clear();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#working.then(work);
    this.#working = done;
    return done;
  }

  /** Reads what has changed and has then rested for a period: one file of two is written first. */
  async #look(): Promise<void> {
    const state = await stateOf(this.#files);
    const rests = state === this.#seen;
    this.#seen = state;
    if (rests && state !== this.#read) await this.#reload();
  }

  async #reload(): Promise<CertificateUnusable | undefined> {
    this.#read = await stateOf(this.#files);
    try {
      const { context } = await load(this.#files, this.#options);
      this.#context = context;
    } catch (error) {
      if (!(error instanceof CertificateUnusable)) throw error;
      this.#options.onWarning(`${error.message}; the listeners keep what they have`);
      return error;
    }
    for (const follower of this.#followers) follower.setSecureContext(this.#context);
    this.#options.onReloaded?.();
    return undefined;
  }
}

interface Loaded {
  readonly context: TlsContext;
  readonly state: string;
}

async function load(
  files: CertificateFiles,
  { host, onWarning }: Pick<CertificatesOptions, "host" | "onWarning">,
): Promise<Loaded> {
  const state = await stateOf(files);
  const [cert, key] = await Promise.all([readText(files.certificate), readText(files.key)]);
  const certificate = parse(files.certificate, "certificate", () => new X509Certificate(cert));
  const privateKey = parse(files.key, "private key", () => createPrivateKey(key));
  assertUsable(privateKey, files.key);
  if (!parse(files.certificate, "certificate", () => certificate.checkPrivateKey(privateKey))) {
    throw new CertificateUnusable(
      `Cannot use TLS: the key in ${files.key} is not that of the certificate in ${files.certificate}`,
    );
  }
  if (host !== undefined && !isFor(host, certificate)) {
    throw new CertificateUnusable(
      `Cannot use TLS: the certificate in ${files.certificate} is not for ${host}: have it name that host`,
    );
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    onWarning(`The certificate in ${files.certificate} has expired`);
  }
  return { context: { cert, key, minVersion: "TLSv1.2", ciphers: CIPHERS }, state };
}

/** By its alternative names: no client looks at the subject any more, and `checkHost` of the runtime always does. */
function isFor(host: string, { subjectAltName = "" }: X509Certificate): boolean {
  return checkServerIdentity(host, { subject: {}, subjectaltname: subjectAltName } as PeerCertificate) ===
    undefined;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CertificateUnusable(`Cannot use TLS: cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CertificateUnusable(
      `Cannot use TLS: ${file} holds no ${what} in PEM that can be read: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The TLS stack says nothing of a key that it cannot use, and then fails every handshake. */
function assertUsable({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, file: string): void {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  const usable = asymmetricKeyType === "ed25519" ||
    (asymmetricKeyType === "rsa" && modulusLength >= RSA_BITS_MIN) ||
    (asymmetricKeyType === "ec" && CURVES.has(namedCurve));
  if (usable) return;
  throw new CertificateUnusable(
    `Cannot use TLS: the key in ${file} is none that works: RSA of ${RSA_BITS_MIN} bits or more, ECDSA on P-256, P-384 ` +
      "or P-521, or Ed25519",
  );
}

/** Changes when a file does; one that is missing has a state too. */
async function stateOf({ certificate, key }: CertificateFiles): Promise<string> {
  const states = await Promise.all([certificate, key].map(async (file) => {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return "missing";
    }
  }));
  return states.join();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
