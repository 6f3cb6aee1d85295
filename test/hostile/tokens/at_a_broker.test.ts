/** Tokens that must not let anybody in, at a real broker, with a client beside them that is served all the time. */
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import {
  bearing,
  believes,
  CUSTOM,
  customJwtAuthentication,
  dials,
  joinsBearing,
  OIDC,
} from "../../access/broker/bearer.ts";
import { tcpLink } from "../../dialogue/link.ts";
import { auth, type Client, fresh, withinSeconds } from "../../dialogue/mod.ts";
import { CustomWorld, rsa, spkiPem } from "../../identity/token/custom_world.ts";
import { FakeIssuer, unsigned, type WantedClaims } from "../../identity/token/issuer.ts";
import { NOT_AUTHORIZED, useAccessBroker } from "../access/access_broker.ts";
import type { LogLine } from "../access/process_log.ts";

const RE_AUTHENTICATE = 0x19;
const MALFORMED_PACKET = 0x81;
const MEBIBYTE = 1024 * 1024;
/** The most that a field of MQTT can hold (v5 §1.5.6). */
const FIELD_BYTES_MAX = 65_535;
const TOO_LARGE = "the token is larger than 8192 bytes";
const UNSIGNED = "the token is no signed JSON Web Token";
const AUTH = 0xf0;
const CONNECT = 0x10;

describe("hostile tokens at a broker", () => {
  const { broker, neighbour } = useAccessBroker();
  const tokens = new CustomWorld();
  let issuer: FakeIssuer;

  beforeAll(async () => {
    issuer = await FakeIssuer.start();
    const entra = { issuer: issuer.url, jwksUri: `${issuer.url}/keys` };
    await believes(broker, { entra, customJwtAuthentication });
    await broker.put("users/local", { password: "a password" });
  });
  afterAll(() => issuer[Symbol.asyncDispose]());

  /** Tokens of both issuers that would be accepted, but for their signature, with the reason that the log has for it. */
  function forged(): readonly (readonly [method: string, token: string, reason: string])[] {
    const now = Math.floor(Date.now() / 1000);
    const claims = { nbf: now, exp: now + 600 };
    const ofCustom = { ...claims, iss: "issuer-name", sub: "device1", aud: "localhost" };
    const ofOidc = { ...claims, iss: issuer.url, oid: "1", aud: "https://eventgrid.azure.net/" };
    const none = { alg: "none", typ: "JWT", kid: "key1" };
    return [
      [CUSTOM, unsigned(ofCustom, none), UNSIGNED],
      [CUSTOM, unsigned(ofCustom, none, "AAAA"), "the token is not signed with RS256 or ES256"],
      [OIDC, unsigned(ofOidc, none), UNSIGNED],
      [OIDC, unsigned(ofOidc, none, "AAAA"), "the token is signed with an algorithm that proves nothing"],
      [OIDC, unsigned(ofOidc, { ...none, alg: "NONE" }, "AAAA"), "proves nothing"],
      [CUSTOM, hmac(ofCustom), "the token is not signed with RS256 or ES256"],
    ];
  }

  /** Signed with what everybody knows: the issuer's public key. */
  function hmac(claims: WantedClaims): string {
    const token = unsigned(claims, { alg: "HS256", typ: "JWT", kid: "key1" }).slice(0, -1);
    const mac = createHmac("sha256", spkiPem(rsa.publicKey)).update(token).digest("base64url");
    return `${token}.${mac}`;
  }

  /** A client that a good token has let in. */
  async function joins(): Promise<{ client: Client; clientId: string }> {
    const clientId = fresh("bearer");
    return { clientId, client: await joinsBearing(broker, [CUSTOM, await tokens.token()], { clientId }) };
  }

  /** Why the log says that a client could not renew its identity. */
  async function renewalRefusal(clientId: string): Promise<string> {
    const isIt = (line: LogLine) =>
      line.event === "reauthentication_refused" && line.clientId === clientId && line.code === "0x87";
    return (await withinSeconds(10, broker.log.line(isIt))).reason ?? "";
  }

  it("that are not signed, or with the public key, let nobody in, and the log says why", async () => {
    for (const [method, token, reason] of forged()) {
      const refusal = await broker.refusal(
        tcpLink,
        { properties: bearing(method, token) },
        broker.address("mqtt"),
      );
      assert.ok(refusal.includes(reason), refusal);
    }
  });

  it("that are not signed renew nobody's identity", async () => {
    for (const [method, token, reason] of forged().filter(([method]) => method === CUSTOM)) {
      const { client, clientId } = await joins();
      client.sends(auth(RE_AUTHENTICATE, bearing(method, token)));
      await client.isDisconnected(NOT_AUTHORIZED);
      assert.equal(await renewalRefusal(clientId), reason);
    }
  });

  it("as large as MQTT can carry are refused before they are read, in CONNECT, AUTH and as a password", async () => {
    const token = "e".repeat(FIELD_BYTES_MAX);
    for (const method of [CUSTOM, OIDC]) {
      const large = { properties: bearing(method, token) };
      assert.equal(await broker.refusal(tcpLink, large, broker.address("mqtt")), TOO_LARGE);
    }
    for (const userName of ["local", "stranger"]) {
      await broker.refusal(tcpLink, { userName, password: token }, broker.address("mqtt"));
    }
    const { client, clientId } = await joins();
    client.sends(auth(RE_AUTHENTICATE, bearing(CUSTOM, token)));
    await client.isDisconnected(NOT_AUTHORIZED);
    assert.equal(await renewalRefusal(clientId), TOO_LARGE);
  });

  it("of 1 MiB in a CONNECT are not read: the connection ends", async () => {
    const flood = await Promise.all(Array.from({ length: 20 }, () => dials(broker)));
    for (const client of flood) client.sendsBytes(ofMebibyte(CONNECT));
    await neighbour.isServed();
    for (const client of flood) await client.isClosed();
  });

  it("of 1 MiB in an AUTH end the connection as what MQTT does not know", async () => {
    const { client } = await joins();
    client.sendsBytes(ofMebibyte(AUTH));
    await client.isDisconnected(MALFORMED_PACKET);
  });

  it("of 1 MiB for the management API are refused, and it goes on", async () => {
    const authorization = `Bearer ${"e".repeat(MEBIBYTE)}`;
    const url = `http://${broker.address("http")}/v1/clients`;
    const status = await fetch(url, { headers: { authorization } })
      .then(
        (response) => response.body?.cancel().then(() => response.status) ?? response.status,
        () => "closed",
      );
    assert.ok([401, 431, "closed"].includes(status), String(status));
    assert.equal((await broker.request("GET", "/v1/clients")).status, 200);
  });
});

/** A packet whose token is 1 MiB large as far as its Remaining Length says; no length of a field can. */
function ofMebibyte(type: number): Uint8Array {
  const token = Buffer.alloc(MEBIBYTE, "e");
  if (type === AUTH) return packet(type, [Buffer.of(RE_AUTHENTICATE), properties(token)]);
  const variable = Buffer.from("00044d51545405c2003c", "hex");
  return packet(type, [variable, properties(token), text("client"), text("user"), text("")]);
}

/** Method and data of an authentication; the data's own length is the largest that there is. */
function properties(token: Buffer): Buffer {
  const all = [Buffer.of(0x15), text(CUSTOM), Buffer.of(0x16, 0xff, 0xff), token];
  const bytes = Buffer.concat(all);
  return Buffer.concat([variableByteInteger(bytes.length), bytes]);
}

function packet(type: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(type), variableByteInteger(body.length), body]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length >> 8, value.length & 0xff), Buffer.from(value)]);
}

/** v5 §1.5.5 */
function variableByteInteger(value: number): Buffer {
  const digits: number[] = [];
  for (let left = value; digits.length === 0 || left > 0; left >>= 7) {
    digits.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
  }
  return Buffer.from(digits);
}
