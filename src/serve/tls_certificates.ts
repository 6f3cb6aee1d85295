import type { DomainConfig, TlsListenerConfig } from "../config/listener_key.ts";
import type { Config } from "../config/schema.ts";
import type { Logger } from "../observe/log.ts";
import { type CertificateFiles, Certificates } from "../transport/certificates.ts";
import { onHangup } from "../transport/signal.ts";

/** What came of reading a certificate again. */
export interface CertificateReload {
  /** The file of the certificate. */
  readonly certificate: string;
  /** Why what was read before is still in use; absent if it is not. */
  readonly fault?: string;
}

/**
 * The certificates of all TLS listeners and host names, read again when their files change, SIGHUP comes, or an operator
 * asks for it.
 */
export class TlsCertificates {
  readonly #config: Config;
  readonly #log: Logger;
  /** By both files, so that listeners that share them read them once. */
  readonly #byFiles = new Map<string, Certificates>();
  readonly #byHost = new Map<string, Certificates>();
  /** The files of each, in the order in which they were read first. */
  readonly #files = new Map<Certificates, CertificateFiles>();
  #forgetHangup: () => void = () => {};

  private constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /**
   * @throws {CertificateUnusable} if a file cannot be read, a key is not that of its certificate, or a certificate is
   * not for its host
   */
  static async load(config: Config, log: Logger): Promise<TlsCertificates> {
    const certificates = new TlsCertificates(config, log);
    try {
      const { mqtts, https } = config.listeners;
      for (const listener of [...mqtts, ...https]) {
        await certificates.#loadShared(certificates.#filesOf(listener));
      }
      if (mqtts.length + https.length > 0) {
        for (const domain of config.tls.domains) await certificates.#loadDomain(domain);
      }
    } catch (error) {
      certificates.stop();
      throw error;
    }
    certificates.#forgetHangup = onHangup(() => void certificates.reload());
    return certificates;
  }

  /** Those of a listener of the configuration. */
  of(listener: TlsListenerConfig): Certificates {
    const found = this.#byFiles.get(keyOf(this.#filesOf(listener)));
    if (found === undefined) throw new Error("Cannot find the certificate of a listener: it was not loaded");
    return found;
  }

  /** Those of host names, by host. */
  get domains(): ReadonlyMap<string, Certificates> {
    return this.#byHost;
  }

  /** Reads all files again. What cannot be used is warned of and left as it was. */
  reload(): Promise<CertificateReload[]> {
    return Promise.all([...this.#files].map(async ([certificates, { certificate }]) => {
      const fault = await certificates.reload();
      return { certificate, ...fault === undefined ? {} : { fault: fault.message } };
    }));
  }

  /** Ends the watch over the files. */
  stop(): void {
    this.#forgetHangup();
    for (const certificates of this.#files.keys()) certificates.stop();
  }

  async #loadShared(files: CertificateFiles): Promise<void> {
    if (this.#byFiles.has(keyOf(files))) return;
    this.#byFiles.set(keyOf(files), await this.#load(files));
  }

  async #loadDomain({ host, certificate, key }: DomainConfig): Promise<void> {
    this.#byHost.set(host, await this.#load({ certificate, key }, { host }));
  }

  async #load(files: CertificateFiles, wanted: { readonly host?: string } = {}): Promise<Certificates> {
    const certificates = await Certificates.load(files, {
      ...wanted,
      onWarning: (message) => this.#log.warn(message),
      onReloaded: () => this.#log.info("certificate read again", { certificate: files.certificate }),
    });
    this.#files.set(certificates, files);
    return certificates;
  }

  /** The configuration is checked: a listener without a certificate of its own takes the common one. */
  #filesOf({ certificate, key }: TlsListenerConfig): CertificateFiles {
    const { tls } = this.#config;
    return { certificate: certificate ?? tls.certificate ?? "", key: key ?? tls.key ?? "" };
  }
}

function keyOf({ certificate, key }: CertificateFiles): string {
  return JSON.stringify([certificate, key]);
}
