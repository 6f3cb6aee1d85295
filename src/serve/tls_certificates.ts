import type { TlsListenerConfig } from "../config/key.ts";
import type { Config } from "../config/schema.ts";
import type { Logger } from "../observe/log.ts";
import { type CertificateFiles, Certificates } from "../transport/certificates.ts";
import { onHangup } from "../transport/signal.ts";

/** The certificates of all TLS listeners, read again when their files change or SIGHUP comes. */
export class TlsCertificates {
  readonly #config: Config;
  readonly #log: Logger;
  /** By both files, so that listeners that share them read them once. */
  readonly #byFiles = new Map<string, Certificates>();
  #forgetHangup: () => void = () => {};

  private constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /** @throws {CertificateUnusable} if a file cannot be read, or a key is not that of its certificate */
  static async load(config: Config, log: Logger): Promise<TlsCertificates> {
    const certificates = new TlsCertificates(config, log);
    try {
      const { mqtts, https } = config.listeners;
      for (const listener of [...mqtts, ...https]) await certificates.#load(certificates.#filesOf(listener));
    } catch (error) {
      certificates.stop();
      throw error;
    }
    certificates.#forgetHangup = onHangup(() => certificates.#reload());
    return certificates;
  }

  /** Those of a listener of the configuration. */
  of(listener: TlsListenerConfig): Certificates {
    const found = this.#byFiles.get(keyOf(this.#filesOf(listener)));
    if (found === undefined) throw new Error("Cannot find the certificate of a listener: it was not loaded");
    return found;
  }

  /** Ends the watch over the files. */
  stop(): void {
    this.#forgetHangup();
    for (const certificates of this.#byFiles.values()) certificates.stop();
  }

  async #load(files: CertificateFiles): Promise<void> {
    if (this.#byFiles.has(keyOf(files))) return;
    const certificates = await Certificates.load(files, {
      onWarning: (message) => this.#log.warn(message),
      onReloaded: () => this.#log.info("certificate read again", { certificate: files.certificate }),
    });
    this.#byFiles.set(keyOf(files), certificates);
  }

  #reload(): void {
    for (const certificates of this.#byFiles.values()) void certificates.reload();
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
