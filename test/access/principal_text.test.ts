import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Principal } from "../../src/access/principal.ts";
import { principalText, readPrincipal } from "../../src/access/principal_text.ts";

describe("principalText() and readPrincipal()", () => {
  it("are each other's inverse, and nobody is the empty text", () => {
    const principals: Principal[] = [
      { kind: "client", authenticationName: 'de"vice\u{1f680}' },
      { kind: "user", authenticationName: "Ann" },
      { kind: "external", authenticationName: "oid", attributes: { floor: 3, list: ["a"] } },
      {
        kind: "oidc",
        issuer: "https://issuer.example.com/",
        authenticationName: "11111111-2222-3333-4444-555555555555",
      },
      { kind: "anonymous" },
    ];
    for (const principal of principals) {
      assert.deepEqual(readPrincipal(principalText(principal)), principal);
    }
    assert.equal(principalText({ kind: "anonymous" }), "");
  });

  it("make somebody without rights of what cannot be read", () => {
    for (
      const text of [
        "{",
        "1",
        '{"kind":"root"}',
        '{"kind":"client"}',
        '{"kind":"oidc","authenticationName":"a"}',
      ]
    ) {
      assert.deepEqual(readPrincipal(text), { kind: "client", authenticationName: "" });
    }
  });
});
