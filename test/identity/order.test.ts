/** The order of the ways to prove an identity (specification §3). */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { AnonymousAccess } from "../../src/identity/anonymous.ts";
import { Authentication } from "../../src/identity/authentication.ts";
import type { Credentials, Verdict } from "../../src/identity/authenticator.ts";
import type { RegisteredUser } from "../../src/identity/directory.ts";
import {
  type Identification,
  type Identity,
  notAuthorized,
  type TokenIdentifier,
  unavailable,
} from "../../src/identity/identifier.ts";
import { credentials, TestDirectory } from "./directory.ts";

const DENIED = notAuthorized("denied by all means");

/** A way that says what the test wants, and remembers that it was asked. */
class ScriptedWay implements TokenIdentifier {
  isIssuer = false;
  says: Identification | undefined;
  withdrawnFor: string | undefined;

  constructor(readonly way: string, readonly asked: string[]) {}

  identify(): Promise<Identification> | undefined {
    this.asked.push(this.way);
    return this.says && Promise.resolve(this.says);
  }

  isOfIssuer(): boolean {
    return this.isIssuer;
  }

  withdrawn(): string | undefined {
    return this.withdrawnFor;
  }

  isAsked(): boolean {
    return this.says !== undefined;
  }
}

describe("Authentication's order", () => {
  let asked: string[];
  let token: ScriptedWay;
  let webhook: ScriptedWay;
  let proof: Identification | undefined;
  let anonymous: AnonymousAccess;
  let directory: TestDirectory;
  let user: RegisteredUser | undefined;
  let now: number;
  let authentication: Authentication;

  beforeEach(() => {
    asked = [];
    [token, webhook] = [new ScriptedWay("OAUTH2-JWT", asked), new ScriptedWay("webhook", asked)];
    [proof, user, anonymous, now] = [undefined, undefined, "off", 1000];
    directory = new TestDirectory();
    authentication = new Authentication({
      proofs: { identify: () => proof },
      certificates: directory.identifier,
      vouched: { tokens: [token], webhook },
      clients: directory,
      users: { findUser: (name) => user?.name === name.toLowerCase() ? user : undefined },
      anonymous: () => anonymous,
      enabled: () => true,
      now: () => now,
    });
  });

  function identity(way: string, more: Partial<Identity> = {}): Identity {
    return {
      kind: "external",
      authenticationName: "Device1",
      authenticationType: "Webhook",
      source: "Webhook",
      authorities: [],
      expiresAt: undefined,
      voucher: { way, grounds: "" },
      ...more,
    };
  }

  function allows(way: ScriptedWay, more: Partial<Identity> = {}): Identity {
    const allowed = identity(way.way, more);
    way.says = { identified: true, identity: allowed };
    return allowed;
  }

  const withMethod: Credentials = { ...credentials({}), authenticationMethod: "X" };

  async function outcome(given: Credentials): Promise<unknown> {
    return told(await authentication.authenticate(given));
  }

  function told(verdict: Verdict): unknown {
    return verdict.accepted ? verdict.identity?.voucher?.way ?? "let in" : [verdict.reason, verdict.cause];
  }

  it("a method goes to the tokens and then to the webhook, and never to certificate or password", async () => {
    proof = { identified: true, identity: identity("certificate") };
    assert.deepEqual(await outcome(withMethod), [0x8c, "no such authentication method is configured"]);
    allows(webhook);
    assert.equal(await outcome(withMethod), "webhook");
    token.says = DENIED;
    assert.deepEqual(await outcome(withMethod), [0x87, "denied by all means"]);
    assert.deepEqual(asked, ["OAUTH2-JWT", "webhook", "OAUTH2-JWT", "webhook", "OAUTH2-JWT"]);
  });

  it("without a method the webhook is asked where nothing is proven, or a proof fails", async () => {
    allows(webhook);
    user = { name: "u", enabled: true, passwordHash: "" };
    assert.equal(await outcome(credentials({ username: "u" })), "webhook");
    proof = notAuthorized("the certificate is of another CA");
    assert.equal(await outcome(credentials({ username: "u" })), "webhook");
    proof = { identified: true, identity: identity("certificate") };
    assert.equal(await outcome(credentials({ username: "u" })), "certificate");
    assert.deepEqual(asked, ["webhook", "webhook"]);
  });

  it("tells the log of both where a proof fails and the webhook denies", async () => {
    webhook.says = DENIED;
    proof = notAuthorized("the certificate is of another CA");
    user = { name: "u", enabled: true, passwordHash: "" };
    assert.deepEqual(await outcome(credentials({ username: "u" })), [
      0x87,
      "the certificate is of another CA; denied by all means",
    ]);
  });

  it("what could not be looked at is not asked of the webhook", async () => {
    allows(webhook);
    user = { name: "u", enabled: true, passwordHash: "" };
    proof = unavailable("too many passwords wait to be checked");
    assert.deepEqual(await outcome(credentials({ username: "u" })), [
      0x88,
      "too many passwords wait to be checked",
    ]);
    assert.deepEqual(asked, []);
  });

  it("the password of a name that no user has is left to the webhook, where there is one", async () => {
    proof = unavailable("too many passwords wait to be checked");
    assert.deepEqual(await outcome(credentials({ username: "u" })), [
      0x88,
      "too many passwords wait to be checked",
    ]);
    allows(webhook);
    assert.equal(await outcome(credentials({ username: "u" })), "webhook");
  });

  it("without a webhook a refusal stays what it was", async () => {
    proof = notAuthorized("the password is wrong");
    assert.deepEqual(await outcome(credentials({ username: "u" })), [0x87, "the password is wrong"]);
  });

  it("whoever says nothing is anonymous where that is enough, and everybody else is asked about", async () => {
    webhook.says = DENIED;
    anonymous = "on";
    assert.equal(await outcome(credentials({})), "let in");
    assert.deepEqual(asked, []);
    assert.deepEqual(await outcome(credentials({ username: "u" })), [0x87, "denied by all means"]);
    anonymous = "off";
    assert.deepEqual(await outcome(credentials({})), [0x87, "denied by all means"]);
  });

  it("reconsider() ends what has expired, was withdrawn, or has the name of a disabled client", () => {
    const again = (more: Partial<Identity> = {}) =>
      told(authentication.reconsider(identity("webhook", more), credentials({})));
    assert.equal(again({ expiresAt: 1001 }), "webhook");
    now = 1001;
    assert.deepEqual(again({ expiresAt: 1001 }), [0x87, "what the client was let in for has expired"]);
    directory.register("device1", { enabled: false });
    assert.deepEqual(again(), [0x87, "the client is disabled"]);
    assert.equal(again({ kind: "oidc" }), "webhook");
    webhook.withdrawnFor = "gone";
    assert.deepEqual(again(), [0x87, "gone"]);
    const stranger = identity("another way");
    assert.deepEqual(told(authentication.reconsider(stranger, credentials({}))), [
      0x87,
      "nobody vouches so any more",
    ]);
  });

  it("nobody comes in by the name of a disabled client", async () => {
    directory.register("device1", { enabled: false });
    allows(webhook);
    assert.deepEqual(await outcome(withMethod), [0x87, "the client is disabled"]);
  });

  it("nor by that of a disabled user, but for a principal of an issuer whose names are its own", async () => {
    user = { name: "device1", enabled: true, passwordHash: "" };
    const allowed = allows(webhook);
    assert.equal(await outcome(withMethod), "webhook");
    user = { ...user, enabled: false };
    assert.deepEqual(await outcome(withMethod), [0x87, "the user is disabled"]);
    assert.deepEqual(told(authentication.reconsider(allowed, withMethod)), [0x87, "the user is disabled"]);
    allows(webhook, { kind: "oidc" });
    assert.equal(await outcome(withMethod), "webhook");
  });

  it("methodOf() names the way whose issuer a token claims to be of, and asks nobody", () => {
    const bare = Uint8Array.of(1);
    assert.equal(authentication.methodOf(bare), undefined);
    token.isIssuer = true;
    assert.equal(authentication.methodOf(bare), "OAUTH2-JWT");
    assert.deepEqual(asked, []);
  });
});
