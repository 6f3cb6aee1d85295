/** An OIDC issuer over real HTTP, as it should be and as it should not. */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import type { OidcIssuer } from "../../../src/identity/trust.ts";

/** A key of the issuer, under the name that it has in the set. */
export interface IssuerKeyPair {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** Answers a request for the keys. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

export const AUDIENCE = "https://eventgrid.azure.net/";
export const OID = "11111111-2222-3333-4444-555555555555";

/** Claims that a test sets; `undefined` leaves out what would be there. */
export type WantedClaims = Readonly<Record<string, unknown>>;

/** What is asked of a token beside its claims. */
export interface TokenOptions {
  readonly key?: IssuerKeyPair;
  readonly header?: Partial<JWTHeaderParameters> & Readonly<Record<string, unknown>>;
}

/** An issuer on loopback. */
export class FakeIssuer implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  keys: IssuerKeyPair[] = [];
  requests = 0;
  behaviour: Behaviour = (response) => this.answers(response);

  /** With a certificate and its key, in PEM, it is asked over TLS. */
  private constructor(private readonly secret?: { readonly cert: string; readonly key: string }) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.requests += 1;
      for (const resolve of this.#waiting.splice(0)) resolve();
      this.behaviour(response, request);
    };
    this.#server = secret === undefined ? createServer(handle) : createSecureServer(secret, handle);
  }

  static async start(
    algorithm = "RS256",
    secret?: { readonly cert: string; readonly key: string },
  ): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(secret);
    await new Promise<void>((resolve) => issuer.#server.listen(0, "127.0.0.1", () => resolve()));
    issuer.keys = [await keyPair("key1", algorithm)];
    return issuer;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return this.secret === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  }

  get trusted(): OidcIssuer {
    return { issuer: this.url, jwksUri: `${this.url}/keys`, audience: [AUDIENCE], principalClaim: "oid" };
  }

  get key(): IssuerKeyPair {
    const [first] = this.keys;
    if (first === undefined) throw new Error("The issuer has no key");
    return first;
  }

  /** The key set, as it should be. */
  answers(response: ServerResponse): void {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  }

  /** Resolves when the next request is there. */
  asked(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A token that would be accepted, but for what is asked for. */
  async token(
    claims: WantedClaims = {},
    { key = this.key, header = {} }: TokenOptions = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const whole = { iss: this.url, aud: AUDIENCE, oid: OID, iat: now, nbf: now, exp: now + 3600, ...claims };
    const said = { alg: key.algorithm, typ: "JWT", kid: key.kid, ...header };
    return await signed(whole, said, key.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Signs claims; those that are `undefined` are left out. */
export async function signed(
  claims: WantedClaims,
  header: Readonly<Record<string, unknown>>,
  key: CryptoKey | Uint8Array,
): Promise<string> {
  const present = Object.entries({ ...claims }).filter(([, value]) => value !== undefined);
  return await new SignJWT(Object.fromEntries(present) as JWTPayload)
    .setProtectedHeader(withoutUndefined(header) as JWTHeaderParameters)
    .sign(key);
}

/** A token by hand, for what no library makes. */
export function unsigned(
  claims: WantedClaims,
  header: Readonly<Record<string, unknown>>,
  signature = "",
): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${signature}`;
}

export async function keyPair(kid: string, algorithm = "RS256"): Promise<IssuerKeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { kid, algorithm, privateKey, jwk: { ...jwk, kid, alg: algorithm, use: "sig" } };
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
