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
const UNDER_WAY = "0x88 too many attempts from this address are under way";
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

  /** With the reason code of a refusal before its cause. */
  async function attemptedWith(password: string, username?: string): Promise<string> {
    const found = await proof.identify(credentials({ username: username ?? "alice", password }));
    return found?.identified === false ? `0x${found.reason.toString(16)} ${found.cause}` : "in";
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
    assert.match(await attempt("secret"), /too many failed/);
  });

  it("where none has failed nobody is told so: whoever comes while as many are under way comes back", async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => attemptedWith("secret")));
    assert.equal(all.filter((answer) => answer === "in").length, 5);
    assert.equal(all.filter((answer) => answer === UNDER_WAY).length, 95);
    assert.equal(await attempt("secret"), "in");
    const names = Array.from({ length: 100 }, (_, name) => attemptedWith("secret", `user ${name}`));
    assert.equal((await Promise.all(names)).filter((answer) => answer === UNDER_WAY).length, 80);
    assert.equal(await attempt("secret", "user 99"), "in");
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
    const fails = (key: string) => {
      const attempt = limiter.take(key);
      if (attempt === "taken") limiter.useUp(key);
      return attempt;
    };
    assert.equal(fails("a"), "taken");
    assert.equal(fails("b"), "taken");
    assert.equal(fails("a"), "exhausted");
    assert.equal(fails("c"), "taken");
    assert.equal(fails("a"), "exhausted");
    assert.equal(fails("b"), "taken");
  });

  it("tells attempts that are under way from those that have failed", () => {
    const limiter = new AttemptLimiter({ burst: 2, perSecond: 0, keysMax: 2 }, () => 0);
    assert.deepEqual([limiter.take("a"), limiter.take("a"), limiter.take("a")], ["taken", "taken", "busy"]);
    limiter.useUp("a");
    assert.deepEqual([limiter.take("a"), limiter.isExhausted("a")], ["busy", false]);
    limiter.useUp("a");
    assert.deepEqual([limiter.take("a"), limiter.isExhausted("a")], ["exhausted", true]);
    assert.equal(limiter.isExhausted("b"), false);
  });

  it("gets no attempts back with time for those that are under way", () => {
    const clock = { now: 0 };
    const limiter = new AttemptLimiter({ burst: 2, perSecond: 1, keysMax: 2 }, () => clock.now);
    assert.deepEqual([limiter.take("a"), limiter.take("a")], ["taken", "taken"]);
    clock.now = 60_000;
    assert.equal(limiter.take("a"), "busy");
    limiter.giveBack("a");
    assert.deepEqual([limiter.take("a"), limiter.take("a")], ["taken", "busy"]);
    limiter.useUp("a");
    clock.now = 61_000;
    assert.equal(limiter.take("a"), "taken");
  });
});
