import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { AnonymousAccess } from "../../src/identity/anonymous.ts";
import { Authentication } from "../../src/identity/authentication.ts";
import type { Credentials, Verdict } from "../../src/identity/authenticator.ts";
import type { RegisteredUser } from "../../src/identity/directory.ts";
import { PasswordIdentifier } from "../../src/identity/password/mod.ts";
import { PasswordHasher } from "../../src/identity/password/password_hasher.ts";
import { ProofOfIdentity } from "../../src/identity/proof_of_identity.ts";
import { type Made, makeAuthority, makeClient } from "./certificates.ts";
import { credentials, TestDirectory } from "./directory.ts";

/** Nobody is trusted. */
const nobody = (way: string) => ({ way, identify: () => undefined, withdrawn: () => "gone" });
const noVouchers = { tokens: [], webhook: { ...nobody("webhook"), isAsked: () => false } };

const CHEAP = { logN: 4, r: 1, p: 1 };

describe("Authentication", () => {
  let directory: TestDirectory;
  let users: Map<string, RegisteredUser>;
  let root: Made;
  let anonymous: AnonymousAccess;
  let enabled: boolean;
  let authentication: Authentication;
  const hasher = new PasswordHasher(CHEAP);

  beforeEach(async () => {
    directory = new TestDirectory();
    root = makeAuthority({ subject: "root" });
    directory.trust(root);
    directory.register("device1");
    const passwordHash = await hasher.hash("secret");
    users = new Map([["ann", { name: "ann", enabled: true, passwordHash }]]);
    [anonymous, enabled] = ["off", true];
    const userDirectory = { hasUsers: () => users.size > 0, findUser: (name: string) => users.get(name) };
    const certificates = directory.identifier;
    authentication = new Authentication({
      proofs: new ProofOfIdentity({
        certificates,
        passwords: new PasswordIdentifier(userDirectory, hasher),
      }),
      certificates,
      vouched: noVouchers,
      clients: directory,
      users: userDirectory,
      anonymous: () => anonymous,
      enabled: () => enabled,
    });
  });

  function device(): Credentials {
    return credentials({ certificates: [makeClient(root).der], username: "device1" });
  }

  async function nameOf(given: Credentials): Promise<string | undefined> {
    const verdict = await authentication.authenticate(given);
    assert.ok(verdict.accepted, JSON.stringify(verdict));
    return verdict.identity?.authenticationName;
  }

  async function refusal(given: Credentials): Promise<[number, string]> {
    return refusalOf(await authentication.authenticate(given));
  }

  function refusalOf(verdict: Verdict): [number, string] {
    assert.ok(!verdict.accepted, JSON.stringify(verdict));
    return [verdict.reason, verdict.cause];
  }

  it("takes whoever proves an identity, and answers at once where a certificate does", async () => {
    assert.ok(!(authentication.authenticate(device()) instanceof Promise));
    assert.equal(await nameOf(device()), "device1");
    assert.equal(await nameOf(credentials({ username: "ann", password: "secret" })), "ann");
  });

  it("takes nobody for anonymous whose proof fails", async () => {
    anonymous = "on";
    assert.deepEqual(await refusal(credentials({ username: "ann", password: "guess" })), [
      0x87,
      "the password is wrong",
    ]);
    const stranger = makeClient(makeAuthority({ subject: "root" }));
    const [reason] = await refusal(credentials({ certificates: [stranger.der], username: "device1" }));
    assert.equal(reason, 0x87);
    assert.equal(await nameOf(credentials({})), undefined);
  });

  it("tells the log alone why somebody has no identity (specification §19.2)", async () => {
    for (const username of ["device2", undefined]) {
      const certificates = [makeClient(root).der];
      assert.deepEqual(await refusal(credentials({ certificates, username })), [
        0x87,
        "Client could not be found",
      ]);
    }
    assert.deepEqual(await refusal(credentials({ username: "bob", password: "x" })), [
      0x87,
      "Client could not be found",
    ]);
    assert.deepEqual(await refusal(credentials({ username: "device1" })), [
      0x87,
      "the client presents no certificate",
    ]);
    assert.match((await refusal(credentials({})))[1], /anonymous/);
  });

  it("answers 0x8C to a method that nobody has configured, and 0x88 while MQTT is disabled", async () => {
    assert.equal((await refusal({ ...device(), authenticationMethod: "OAUTH2-JWT" }))[0], 0x8c);
    enabled = false;
    assert.equal((await refusal(device()))[0], 0x88);
  });

  it("confirm() lets nobody in while MQTT is disabled, and reconsider() does not end whoever is in", async () => {
    const given = device();
    const verdict = await authentication.authenticate(given);
    assert.ok(verdict.accepted && authentication.confirm(verdict.identity, given).accepted);
    enabled = false;
    assert.deepEqual(refusalOf(authentication.confirm(verdict.identity, given)), [
      0x88,
      "MQTT is disabled in the namespace",
    ]);
    assert.ok(authentication.reconsider(verdict.identity, given).accepted);
    enabled = true;
    directory.register("device1", { enabled: false });
    assert.match(refusalOf(authentication.confirm(verdict.identity, given))[1], /client is disabled/);
  });

  describe("reconsider()", () => {
    async function identityOf(given: Credentials) {
      const verdict = await authentication.authenticate(given);
      assert.ok(verdict.accepted && verdict.identity !== undefined);
      return verdict.identity;
    }

    it("asks a certificate again", async () => {
      const given = device();
      const identity = await identityOf(given);
      assert.ok(authentication.reconsider(identity, given).accepted);
      directory.register("device1", { enabled: false });
      assert.deepEqual(refusalOf(authentication.reconsider(identity, given)), [
        0x87,
        "the client is disabled",
      ]);
      directory.register("device1");
      directory.trust();
      assert.match(refusalOf(authentication.reconsider(identity, given))[1], /no registered CA/);
    });

    it("refuses a certificate that names somebody else now", async () => {
      directory.register("other");
      directory.sources = ["ClientCertificateSubject"];
      const given = credentials({ certificates: [makeClient(root).der] });
      const identity = await identityOf(given);
      assert.ok(authentication.reconsider(identity, given).accepted);
      directory.sources = [];
      assert.ok(!authentication.reconsider(identity, given).accepted);
    });

    it("asks whether a user's password is still the one that was said", async () => {
      const identity = await identityOf(credentials({ username: "ann", password: "secret" }));
      const later = credentials({ username: "ann" });
      assert.ok(authentication.reconsider(identity, later).accepted);
      const ann = users.get("ann");
      assert.ok(ann !== undefined);
      const changes: [RegisteredUser | undefined, string][] = [
        [{ ...ann, enabled: false }, "the user is disabled"],
        [{ ...ann, passwordHash: await hasher.hash("secret") }, "the password was changed"],
        [undefined, "Client could not be found"],
      ];
      for (const [user, cause] of changes) {
        users = new Map(user === undefined ? [] : [["ann", user]]);
        assert.deepEqual(refusalOf(authentication.reconsider(identity, later)), [0x87, cause]);
      }
    });

    it("asks whether anonymous clients are still taken from there", () => {
      anonymous = "on";
      assert.ok(authentication.reconsider(undefined, credentials({})).accepted);
      anonymous = "loopback";
      assert.ok(!authentication.reconsider(undefined, credentials({})).accepted);
    });
  });
});
