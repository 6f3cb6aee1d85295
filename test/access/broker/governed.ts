/** A broker process with TLS, a registry and its management API, as an operator has it. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { afterAll, beforeAll } from "@std/testing/bdd";
import type { ConnectOptions } from "../../dialogue/build.ts";
import type { Dialer } from "../../dialogue/client.ts";
import { secureWebSocketLink, tcpLink, tlsLink } from "../../dialogue/link.ts";
import {
  type Address,
  type BrokerOptions,
  Client,
  connack,
  connect,
  eventually,
  startBroker,
  type StartedBroker,
} from "../../dialogue/mod.ts";
import { type Made, makeAuthority, makeClient, pem } from "../../identity/certificates.ts";
import { ServerFiles } from "../../tls/adapter.ts";

export const NOT_AUTHORIZED = 0x87;
export const QUOTA_EXCEEDED = 0x97;

export type JoinOptions = NonNullable<Parameters<Client["connects"]>[0]>;

/** What the management API answered. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** What a test may set. */
export interface GovernedOptions extends Pick<BrokerOptions, "limits" | "flags" | "environment"> {
  /** Properties of `topicSpacesConfiguration`. */
  readonly namespace?: Readonly<Record<string, unknown>>;
  /** Where the listeners with TLS are said: by flags of the test's own, or in a configuration that `flags` name. */
  readonly tls?: "flags" | "configured";
}

/** One such broker for the tests around this call. */
export function useGovernedBroker(options: GovernedOptions = {}): GovernedBroker {
  const broker = new GovernedBroker(options);
  beforeAll(() => broker.start());
  afterAll(() => broker.end());
  return broker;
}

/** A broker whose registered CA is `root`, and that can be stopped and started again. */
export class GovernedBroker implements AsyncDisposable {
  readonly root: Made = makeAuthority({ subject: "governed root" });
  readonly #options: GovernedOptions;
  readonly #clients: Client[] = [];
  #files: ServerFiles | undefined;
  #data = "";
  #started: StartedBroker | undefined;
  #token = "";

  constructor(options: GovernedOptions = {}) {
    this.#options = options;
  }

  static async started(options: GovernedOptions = {}): Promise<GovernedBroker> {
    const broker = new GovernedBroker(options);
    await broker.start();
    return broker;
  }

  get token(): string {
    return this.#token;
  }

  get started(): StartedBroker {
    if (this.#started === undefined) throw new Error("The broker has not started: use it inside a test");
    return this.#started;
  }

  get files(): ServerFiles {
    if (this.#files === undefined) throw new Error("The broker has not started: use it inside a test");
    return this.#files;
  }

  get data(): string {
    return this.#data;
  }

  address(protocol: "mqtt" | "mqtts" | "http" | "https"): Address {
    const address = this.started.listeners.get(protocol);
    if (address === undefined) throw new Error(`The broker listens on nothing for ${protocol}`);
    return address;
  }

  /** Starts it with an empty registry but for the CA, and the namespace if it is given. */
  async start(): Promise<void> {
    this.#files = await ServerFiles.make();
    this.#data = await mkdtemp(join(tmpdir(), "heliograph-governed-"));
    await this.#startProcess(this.#options.flags);
    this.#token = this.started.operatorToken ?? "";
    assert.notEqual(this.#token, "", "no operator token was told");
    await this.trust("root", this.root);
    const { namespace } = this.#options;
    if (namespace !== undefined) await this.put("namespace", { topicSpacesConfiguration: namespace });
  }

  /** Stops it well, and starts it over the same data. */
  async restarts(flags = this.#options.flags): Promise<void> {
    await this.stops();
    await this.#startProcess(flags);
  }

  async stops(): Promise<void> {
    const { process } = this.started;
    assert.equal(await process.stops("SIGTERM"), 0, process.log());
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.cuts();
    await this.stops();
    await Promise.all([this.files[Symbol.asyncDispose](), rm(this.#data, { recursive: true, force: true })]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #startProcess(flags: readonly string[] = []): Promise<void> {
    const { certificate, key } = this.files;
    const tls = [
      "--mqtts",
      "127.0.0.1:0",
      "--https",
      "127.0.0.1:0",
      "--tls-cert",
      certificate,
      "--tls-key",
      key,
    ];
    const { limits, environment, tls: said = "flags" } = this.#options;
    this.#started = await startBroker({
      data: this.#data,
      flags: said === "flags" ? [...tls, ...flags] : flags,
      ...limits === undefined ? {} : { limits },
      ...environment === undefined ? {} : { environment },
    });
  }

  /** What a registered client dials with, over MQTT with TLS. */
  dialer(name: string, issuer = this.root): Dialer {
    return tlsDialer(makeClient(issuer, { subject: name }));
  }

  /** Somebody opens a connection; with TLS unless it is dialled otherwise. */
  async dials(dialer: Dialer, at = this.address("mqtts")): Promise<Client> {
    const client = await Client.over(at, dialer);
    this.#clients.push(client);
    return client;
  }

  /** A registered client comes in with its certificate. */
  async joins(name: string, options: JoinOptions = {}): Promise<Client> {
    const client = await this.dials(this.dialer(name));
    return await client.connects({ userName: name, ...options });
  }

  /** Somebody comes in over the listener without TLS. */
  async joinsPlainly(options: JoinOptions = {}): Promise<Client> {
    return await (await this.dials(tcpLink, this.address("mqtt"))).connects(options);
  }

  /** A CONNECT is refused with this reason code, and nothing else. */
  async refuses(client: Client, options: ConnectOptions, reason = NOT_AUTHORIZED): Promise<void> {
    client.sends(connect(options));
    await client.receives(connack({ reason }));
    await client.isClosed();
  }

  /** The log says, in one line, that this client was refused for this reason. */
  async logsRefusal(clientId: string, reason: string | RegExp): Promise<void> {
    const isIt = (line: string) =>
      line.includes("event=connect_refused") && line.includes(`clientId=${clientId} `) &&
      line.includes("address=127.0.0.1 ") &&
      (typeof reason === "string" ? line.includes(reason) : reason.test(line));
    await eventually(() => Promise.resolve(this.started.process.log().split("\n").some(isIt)));
  }

  /** Asks the management API as an operator who may do everything. */
  async request(method: string, path: string, body?: unknown, token = this.#token): Promise<Answer> {
    const response = await fetch(`http://${this.address("http")}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...token === "" ? {} : { authorization: `Bearer ${token}` },
      },
      ...body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) },
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Makes or replaces a resource. */
  async put(path: string, properties: object): Promise<void> {
    const { status, body } = await this.request("PUT", `/v1/${path}`, { properties });
    assert.ok(status === 200 || status === 201, `PUT ${path}: ${status} ${JSON.stringify(body)}`);
  }

  async deletes(path: string): Promise<void> {
    const { status, body } = await this.request("DELETE", `/v1/${path}`);
    assert.equal(status, 204, `DELETE ${path}: ${JSON.stringify(body)}`);
  }

  async trust(name: string, authority: Made, revocationList?: Uint8Array): Promise<void> {
    await this.put(`caCertificates/${name}`, {
      encodedCertificate: pem(authority.der),
      ...revocationList === undefined
        ? {}
        : { encodedCertificateRevocationList: pem(revocationList, "X509 CRL") },
    });
  }

  /** Registers a client by its certificate's common name, unless told otherwise. */
  async register(name: string, properties: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.put(`clients/${name}`, {
      clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
      ...properties,
    });
  }

  /** Lets a group publish or subscribe to what templates say; the space has the binding's name. */
  async binds(
    name: string,
    { group = "$all", verb, templates }: {
      readonly group?: string;
      readonly verb: "Publisher" | "Subscriber";
      readonly templates: readonly string[];
    },
  ): Promise<void> {
    await this.put(`topicSpaces/${name}`, { topicTemplates: templates });
    await this.put(`permissionBindings/${name}`, {
      clientGroupName: group,
      topicSpaceName: name,
      permission: verb,
    });
  }
}

export function tlsDialer(certificate?: Made): Dialer {
  return (address, events) => tlsLink(address, events, credentialsOf(certificate));
}

export function secureWebSocketDialer(certificate?: Made): Dialer {
  return (address, events) => secureWebSocketLink(address, events, credentialsOf(certificate));
}

/** What a TLS connection shows of this certificate. */
export function credentialsOf(certificate: Made | undefined): ConnectionOptions {
  if (certificate === undefined) return {};
  const key = certificate.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { cert: pem(certificate.der), key };
}
