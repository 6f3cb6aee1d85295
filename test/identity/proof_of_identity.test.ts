/** How often one may fail, and who is not kept out by it. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { Credentials } from "../../src/identity/authenticator.ts";
import { type Identification, type Identity, notAuthorized } from "../../src/identity/identifier.ts";
import { ProofOfIdentity } from "../../src/identity/proof_of_identity.ts";
import { AttemptLimiter } from "../../src/identity/rate_limit.ts";
import { credentials } from "./directory.ts";

const IDENTITY: Identity = {
  kind: "user",
  authenticationName: "alice",
  authenticationType: "Password",
  source: "UserName",
  authorities: [],
  expiresAt: undefined,
};
const IDENTIFIED: Identification = { identified: true, identity: IDENTITY };

describe("ProofOfIdentity", () => {
  let now: number;
  let proof: ProofOfIdentity;
  let byCertificate: Identification | undefined;
  /** Passwords that were looked at. */
  let looked: string[];

  beforeEach(() => {
    now = 0;
    byCertificate = undefined;
    looked = [];
    const clock = () => now;
    proof = new ProofOfIdentity({
      certificates: { identify: () => byCertificate },
      passwords: { identify: checkPassword },
      addresses: new AttemptLimiter({ burst: 20, perSecond: 1, keysMax: 100 }, clock),
      names: new AttemptLimiter({ burst: 5, perSecond: 0.1, keysMax: 100 }, clock),
    });
  });

  async function checkPassword({ password }: Credentials): Promise<Identification | undefined> {
    if (password === undefined) return undefined;
    const text = new TextDecoder().decode(password);
    looked.push(text);
    await new Promise((resolve) => setImmediate(resolve));
    if (text === "busy") return { identified: false, reason: 0x88, cause: "busy" };
    return text === "secret" ? IDENTIFIED : notAuthorized("wrong");
  }

  async function attempt(password: string, username = "alice", address = "192.0.2.1"): Promise<string> {
    const found = await proof.identify(credentials({ username, password, address }));
    return found === undefined ? "anonymous" : found.identified ? "in" : found.cause;
  }

  it("brute force ends after a few guesses, and the right one comes too late", async () => {
    for (let guess = 0; guess < 5; guess++) assert.equal(await attempt(`guess ${guess}`), "wrong");
    assert.match(await attempt("secret"), /too many/);
    assert.equal(looked.length, 5);
    now += 10_000;
    assert.equal(await attempt("secret"), "in");
  });

  it("guesses that come all at once are as many", async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, guess) => attempt(`guess ${guess}`)));
    assert.equal(all.filter((answer) => answer === "wrong").length, 5);
    assert.equal(looked.length, 5);
  });

  it("guessing at many names ends too", async () => {
    for (let name = 0; name < 100; name++) await attempt("123456", `user ${name}`);
    assert.equal(looked.length, 20);
  });

  it("another address is not concerned, nor another name from the same", async () => {
    for (let guess = 0; guess < 10; guess++) await attempt("guess");
    assert.equal(await attempt("secret", "alice", "192.0.2.2"), "in");
    assert.equal(await attempt("secret", "bob"), "in");
  });

  it("success costs nothing, however often", async () => {
    for (let time = 0; time < 100; time++) assert.equal(await attempt("secret"), "in");
  });

  it("what is not the client's fault is no failure of its own", async () => {
    for (let time = 0; time < 100; time++) assert.equal(await attempt("busy"), "busy");
  });

  it("a good certificate is never kept out, and a bad one never tried as a password", async () => {
    for (let guess = 0; guess < 50; guess++) await attempt("guess", `user ${guess}`);
    byCertificate = IDENTIFIED;
    assert.equal(await attempt("guess"), "in");
    byCertificate = notAuthorized("expired");
    looked = [];
    assert.equal(await attempt("secret", "alice", "192.0.2.9"), "expired");
    assert.deepEqual(looked, []);
  });

  it("who brings nothing is nobody's to judge", async () => {
    assert.equal(await proof.identify(credentials({})), undefined);
  });
});

describe("AttemptLimiter", () => {
  it("keeps so many counts, and drops the one unused for longest", () => {
    const limiter = new AttemptLimiter({ burst: 1, perSecond: 0, keysMax: 2 }, () => 0);
    assert.ok(limiter.take("a"));
    assert.ok(limiter.take("b"));
    assert.ok(!limiter.take("a"));
    assert.ok(limiter.take("c"));
    assert.ok(!limiter.take("a"));
    assert.ok(limiter.take("b"));
  });
});
