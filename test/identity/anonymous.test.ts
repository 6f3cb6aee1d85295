import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { type AnonymousAccess, mayBeAnonymous } from "../../src/identity/anonymous.ts";
import { credentials } from "./directory.ts";

describe("mayBeAnonymous()", () => {
  function accepts(access: AnonymousAccess, from: { loopback: boolean; tls: boolean }): boolean {
    const { peer } = credentials({});
    const { tls, ...bare } = peer;
    const known = { ...bare, loopback: from.loopback, ...from.tls && tls !== undefined ? { tls } : {} };
    return mayBeAnonymous(known, access);
  }

  it("takes whom it is told to take", () => {
    for (const loopback of [true, false]) {
      for (const tls of [true, false]) {
        assert.equal(accepts("on", { loopback, tls }), true);
        assert.equal(accepts("off", { loopback, tls }), false);
        assert.equal(accepts("loopback", { loopback, tls }), loopback && !tls);
      }
    }
  });
});
