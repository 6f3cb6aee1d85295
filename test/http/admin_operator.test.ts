/** Operator tokens over the restarts of a broker. */

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { OperatorTokens, OperatorTokenUnusable } from "../../src/http/operator.ts";
import { ManagementDatabase } from "../../src/store/sqlite/resources/management_database.ts";
import { MemoryTokenStore } from "./admin_world.ts";

describe("OperatorTokens", () => {
  it("makes a token for a store that never had one, and at no later start", async () => {
    const store = new MemoryTokenStore();
    const first = await OperatorTokens.open({ store });
    assert.match(first.made ?? "", /^hgo_[A-Za-z0-9_-]{43}$/);
    const second = await OperatorTokens.open({ store });
    assert.equal(second.made, undefined);
    assert.equal(second.operatorOf(`Bearer ${first.made}`)?.role, "full");
  });

  it("makes no new one when all were revoked, also after a restart", async () => {
    const store = new MemoryTokenStore();
    const first = await OperatorTokens.open({ store });
    const [only] = first.list();
    assert.equal(await first.revoke(only?.id ?? ""), true);
    assert.equal(first.operatorOf(`Bearer ${first.made}`), undefined);
    const second = await OperatorTokens.open({ store });
    assert.deepEqual([second.made, second.operatorOf(`Bearer ${first.made}`)], [undefined, undefined]);
    const given = await OperatorTokens.open({ store, given: "a-way-back-in-again" });
    assert.equal(given.operatorOf("Bearer a-way-back-in-again")?.role, "full");
  });

  it("takes a token that is given as long as it is, beside those of the store", async () => {
    const store = new MemoryTokenStore();
    const given = await OperatorTokens.open({ store, given: "chosen-by-somebody" });
    const { token } = await given.create({ role: "read-only", description: "" });
    assert.equal(given.operatorOf("Bearer chosen-by-somebody")?.role, "full");
    const without = await OperatorTokens.open({ store });
    assert.equal(without.operatorOf("Bearer chosen-by-somebody"), undefined);
    assert.equal(without.operatorOf(`Bearer ${token}`)?.role, "read-only");
  });

  for (
    const given of [
      "",
      " ",
      "two words and more",
      "a tab\tand more",
      "éééééééééééééééé",
      "================",
      'quo"te, and more',
      "fifteen-letters",
    ]
  ) {
    it(`refuses to be given ${JSON.stringify(given)}`, async () => {
      await assert.rejects(
        OperatorTokens.open({ store: new MemoryTokenStore(), given }),
        OperatorTokenUnusable,
      );
    });
  }

  it("lets nobody in by a role of another version", async () => {
    const store = new MemoryTokenStore();
    const { made } = await OperatorTokens.open({ store });
    for (const token of store.tokens.values()) store.tokens.set(token.id, { ...token, role: "auditor" });
    assert.equal((await OperatorTokens.open({ store })).operatorOf(`Bearer ${made}`), undefined);
  });

  it("lets a token hold that the store could not revoke, and says so", async () => {
    const store = new MemoryTokenStore();
    const tokens = await OperatorTokens.open({ store });
    store.put = () => Promise.reject(new Error("the disk is full"));
    await assert.rejects(tokens.revoke(tokens.list()[0]?.id ?? ""), /disk/);
    assert.equal(tokens.operatorOf(`Bearer ${tokens.made}`)?.role, "full");
  });

  it("keeps hashes alone in the data directory", async () => {
    const management = ManagementDatabase.inMemory();
    const { made = "" } = await OperatorTokens.open({ store: management.operatorTokens });
    const rows = JSON.stringify(await management.operatorTokens.load());
    assert.equal(rows.includes(made) || rows.includes(made.slice(4)), false);
    assert.match(rows, /"hash":"[0-9a-f]{64}"/);
    management.close();
  });
});
