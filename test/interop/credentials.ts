/** What clients prove with who they are, in the words of each kind of client. */
import { Buffer } from "node:buffer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IClientOptions } from "mqtt";
import { credentialsOf } from "../access/broker/governed.ts";
import { fresh } from "../dialogue/mod.ts";
import type { Made } from "../identity/certificates.ts";

/** What a client has of all that a CONNECT and a TLS handshake can hold. */
export interface Credentials {
  readonly userName?: string;
  readonly password?: string;
  readonly certificate?: Made;
  /** Authentication Method, of MQTT 5 alone. */
  readonly method?: string;
  /** Authentication Data. */
  readonly data?: string;
}

/** The options of MQTT.js. */
export function mqttJsOptions(
  { userName, password, certificate, method, data }: Credentials,
): IClientOptions {
  const properties = method === undefined
    ? {}
    : { properties: { authenticationMethod: method, authenticationData: Buffer.from(data ?? "") } };
  return {
    ...userName === undefined ? {} : { username: userName },
    ...password === undefined ? {} : { password },
    ...credentialsOf(certificate) as Pick<IClientOptions, "cert" | "key">,
    ...properties,
  };
}

/** The flags of mosquitto's clients, which read certificates from files. */
export class MosquittoFlags implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<MosquittoFlags> {
    return new MosquittoFlags(await mkdtemp(join(tmpdir(), "heliograph-credentials-")));
  }

  async of({ userName, password, certificate, method, data }: Credentials): Promise<string[]> {
    return [
      ...userName === undefined ? [] : ["-u", userName],
      ...password === undefined ? [] : ["-P", password],
      ...certificate === undefined ? [] : await this.#files(certificate),
      ...method === undefined ? [] : ["-D", "CONNECT", "authentication-method", method],
      ...data === undefined ? [] : ["-D", "CONNECT", "authentication-data", data],
    ];
  }

  async #files(certificate: Made): Promise<string[]> {
    const { cert, key } = credentialsOf(certificate);
    const path = join(this.#folder, fresh("client"));
    await writeFile(`${path}.pem`, String(cert));
    await writeFile(`${path}.key`, String(key), { mode: 0o600 });
    return ["--cert", `${path}.pem`, "--key", `${path}.key`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
