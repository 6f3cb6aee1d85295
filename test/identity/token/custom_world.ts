/** An operator's own issuer of tokens, and a broker that trusts it. */
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { importPKCS8 } from "jose";
import type { Identity } from "../../../src/identity/identifier.ts";
import {
  CustomTokenIdentifier,
  type CustomTokenOptions,
} from "../../../src/identity/token/custom_identifier.ts";
import type { CustomIssuer } from "../../../src/identity/trust.ts";
import { signed, type WantedClaims } from "./issuer.ts";
import { bearing, identityOf, refusalOf } from "./world.ts";

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

export function spkiPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** Trusts `issuer-name`, whose `key1` is {@linkcode rsa}. */
export class CustomWorld {
  issuer: CustomIssuer | undefined = {
    issuer: "issuer-name",
    keys: [{ kid: "key1", encoded: spkiPem(rsa.publicKey) }],
  };
  hostnames: string[] = ["localhost"];
  /** Added to the clock, in milliseconds. */
  later = 0;
  readonly options: CustomTokenOptions;
  readonly identifier: CustomTokenIdentifier;

  constructor(toleranceSeconds = 0) {
    this.options = {
      trust: { customIssuer: () => this.issuer, hostnames: () => this.hostnames },
      algorithms: ["RS256", "ES256"],
      toleranceSeconds,
      now: () => Date.now() + this.later,
    };
    this.identifier = new CustomTokenIdentifier(this.options);
  }

  /** A token that would be accepted, but for what is asked for. */
  async token(
    claims: WantedClaims = {},
    header: Readonly<Record<string, unknown>> = {},
    key: KeyObject = rsa.privateKey,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const whole = {
      iss: "issuer-name",
      sub: "device1",
      aud: this.hostnames[0],
      nbf: now,
      exp: now + 600,
      ...claims,
    };
    const said = { alg: "RS256", typ: "JWT", kid: "key1", ...header };
    const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
    return await signed(whole, said, await importPKCS8(pkcs8, said.alg));
  }

  async identity(
    claims: WantedClaims = {},
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<Identity> {
    return await identityOf(this.identifier, bearing(await this.token(claims, header), "CUSTOM-JWT"));
  }

  /** Why a token is refused, which is never for want of something to check it with. */
  async refusal(claims: WantedClaims, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return await this.refuses(await this.token(claims, header));
  }

  async refuses(token: string): Promise<string> {
    const [reason, cause] = await refusalOf(this.identifier, bearing(token, "CUSTOM-JWT"));
    assert.equal(reason, 0x87, cause);
    return cause;
  }
}
