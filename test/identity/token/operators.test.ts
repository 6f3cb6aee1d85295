import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { OidcOperators } from "../../../src/identity/token/oidc_operators.ts";
import { FakeIssuer, keyPair, OID, unsigned, type WantedClaims } from "./issuer.ts";

describe("OidcOperators", () => {
  let issuer: FakeIssuer;
  let operators: OidcOperators<"full" | "read-only">;

  beforeAll(async () => {
    issuer = await FakeIssuer.start();
    operators = new OidcOperators({
      issuer: issuer.trusted,
      roleClaim: "roles",
      roles: [["Heliograph.Operator", "full"], ["Heliograph.Reader", "read-only"]],
      fetch,
      toleranceSeconds: 0,
    });
  });
  afterAll(() => issuer[Symbol.asyncDispose]());

  async function whoIs(claims: WantedClaims) {
    return await operators.operatorOf(await issuer.token(claims));
  }

  it("knows an operator by a role in the token, the highest one of several", async () => {
    assert.deepEqual(await whoIs({ roles: ["Other", "Heliograph.Reader"] }), {
      role: "read-only",
      id: OID,
      proof: "oidc",
    });
    const both = await whoIs({ roles: ["Heliograph.Reader", "Heliograph.Operator"] });
    assert.ok(typeof both === "object" && both.role === "full");
    const alone = await whoIs({ roles: "Heliograph.Operator" });
    assert.ok(typeof alone === "object" && alone.role === "full");
  });

  it("knows nobody by a token without a role of ours, or that is not accepted", async () => {
    const roles = ["Heliograph.Operator"];
    for (
      const claims of [{}, { roles: [] }, { roles: ["Operator"] }, { roles: { 0: "Heliograph.Operator" } }]
    ) {
      assert.equal(await whoIs(claims), undefined, JSON.stringify(claims));
    }
    assert.equal(await whoIs({ roles, aud: "api://another" }), undefined);
    assert.equal(await whoIs({ roles, iss: "https://other.example" }), undefined);
    assert.equal(await whoIs({ roles, exp: 1 }), undefined);
    assert.equal(await whoIs({ roles, oid: undefined }), undefined);
    const forged = await issuer.token({ roles }, { key: await keyPair("key1") });
    assert.equal(await operators.operatorOf(forged), undefined);
    const odd = unsigned({ iss: issuer.url }, { alg: "RS256", kid: "key1", typ: { toString: 1 } }, "AAAA");
    assert.equal(await operators.operatorOf(odd), undefined);
  });

  it("says so when the issuer cannot be asked", async () => {
    await using silent = await FakeIssuer.start();
    silent.behaviour = (response) => response.destroy();
    const asking = new OidcOperators({
      issuer: silent.trusted,
      roleClaim: "roles",
      roles: [["Heliograph.Operator", "full"]],
      fetch,
      toleranceSeconds: 0,
    });
    assert.equal(await asking.operatorOf(await silent.token()), "unavailable");
  });
});
