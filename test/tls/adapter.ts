import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AcceptWatch } from "../../src/http/accept_watch.ts";
import { type CertificateFiles, Certificates } from "../../src/transport/certificates.ts";
import type { Front } from "../../src/transport/front.ts";
import type { Accept, Listener } from "../../src/transport/listener.ts";
import {
  HANDSHAKE_LIMITS,
  HandshakeGuard,
  type HandshakeLimits,
} from "../../src/transport/tls/handshake_guard.ts";
import { listenTls } from "../../src/transport/tls/listen.ts";
import type { ServerNames } from "../../src/transport/tls/server_names.ts";
import { TlsSecurity } from "../../src/transport/tls/security.ts";
import type { LinkAdapter } from "../contract/link_adapter.ts";
import { dnsName, type Made, makeCertificate, pem } from "../identity/certificates.ts";
import { TlsPeer } from "./tls_peer.ts";

/** A server's certificate in files, as an operator has it. */
export class ServerFiles implements AsyncDisposable {
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.certificate = join(folder, "server.pem");
    this.key = join(folder, "server.key");
  }

  static async make(made: Made = serverCertificate()): Promise<ServerFiles> {
    const files = new ServerFiles(await mkdtemp(join(tmpdir(), "heliograph-tls-")));
    await files.write(made);
    return files;
  }

  /** The certificate that the file holds now. */
  async der(): Promise<Buffer> {
    return Buffer.from(new X509Certificate(await readFile(this.certificate)).raw);
  }

  async write(made: Made, key = made): Promise<void> {
    await writeFile(this.key, key.privateKey.export({ format: "pem", type: "pkcs8" }));
    await writeFile(this.certificate, pem(made.der));
  }

  get files(): CertificateFiles {
    return { certificate: this.certificate, key: this.key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

export function serverCertificate(commonName = "server", host = "localhost"): Made {
  return makeCertificate({ subject: commonName, ca: false, names: [dnsName(host)] });
}

/** What a test may set of a TLS listener. */
export interface TlsWorld {
  readonly limits?: Partial<HandshakeLimits>;
  readonly front?: Front;
  readonly names?: ServerNames;
  readonly onHandshakeFailed?: (address: string, reason: string) => void;
}

/** A TLS listener with all that it needs around it. */
export class TlsListening {
  readonly certificates: Certificates;
  readonly guard: HandshakeGuard;
  readonly security: TlsSecurity;
  readonly listener: Listener;
  readonly files: ServerFiles;

  private constructor(
    files: ServerFiles,
    parts: Pick<TlsListening, "certificates" | "guard" | "security" | "listener">,
  ) {
    this.files = files;
    this.certificates = parts.certificates;
    this.guard = parts.guard;
    this.security = parts.security;
    this.listener = parts.listener;
  }

  static async start(accept: Accept, world: TlsWorld = {}): Promise<TlsListening> {
    const files = await ServerFiles.make();
    const certificates = await Certificates.load(files.files, { onWarning: fail });
    const guard = new HandshakeGuard({ ...HANDSHAKE_LIMITS, ...world.limits });
    const security = new TlsSecurity(certificates, { guard, names: world.names });
    const listener = await listenTls({
      host: "127.0.0.1",
      port: 0,
      accept,
      security,
      keepAccepting: (server, at) => new AcceptWatch(server, at),
      onWarning: fail,
      ...world.front === undefined ? {} : { front: world.front },
      ...world.onHandshakeFailed === undefined ? {} : { onHandshakeFailed: world.onHandshakeFailed },
    });
    return new TlsListening(files, { certificates, guard, security, listener });
  }

  get port(): number {
    return this.listener.port;
  }

  async close(): Promise<void> {
    this.certificates.stop();
    await this.listener.close();
    await this.files[Symbol.asyncDispose]();
  }
}

/** MQTT over TLS, for the contract suite. */
export const tlsAdapter: LinkAdapter = {
  name: "tls",
  carrier: "tcp",
  async listen(accept) {
    const listening = await TlsListening.start(accept);
    return { connect: () => TlsPeer.connect(listening.port), close: () => listening.close() };
  },
};

function fail(message: string): never {
  throw new Error(message);
}
