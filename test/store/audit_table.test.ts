/** What the audit log keeps, and how much of it. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import { DatabaseSync } from "node:sqlite";
import type { AuditRow } from "../../src/store/sqlite/resources/audit_row.ts";
import { type AuditLimits, AuditTable } from "../../src/store/sqlite/resources/audit_table.ts";
import { ResourceTable } from "../../src/store/sqlite/resources/resource_table.ts";
import { TokenTable } from "../../src/store/sqlite/resources/token_table.ts";
import { migrate } from "../../src/store/sqlite/schema/schema.ts";

const ROOMY: AuditLimits = { rowsMax: 1000, bytesMax: 1_000_000, ageMillisecondsMax: 1_000_000 };

function row(target: string, rest: Partial<AuditRow> = {}): AuditRow {
  return { time: 1000, operator: "token t", action: "create", target, ...rest };
}

describe("AuditTable", () => {
  let database: DatabaseSync;

  beforeEach(() => {
    database = new DatabaseSync(":memory:");
    migrate(database, ":memory:");
  });

  async function targets(table: AuditTable): Promise<string[]> {
    return (await table.list({ top: 1000 })).items.map(({ target }) => target);
  }

  it("gives what was entered, the newest first", async () => {
    const table = new AuditTable(database, ROOMY);
    await table.record(row("clients/a", { after: "{}", address: "192.0.2.1" }));
    await table.record(row("clients/a", { action: "delete", before: "{}" }));
    const { items, next } = await table.list({ top: 5 });
    assert.deepEqual(items, [
      {
        number: 2,
        time: 1000,
        operator: "token t",
        address: undefined,
        action: "delete",
        target: "clients/a",
        before: "{}",
        after: undefined,
      },
      {
        number: 1,
        time: 1000,
        operator: "token t",
        address: "192.0.2.1",
        action: "create",
        target: "clients/a",
        before: undefined,
        after: "{}",
      },
    ]);
    assert.equal(next, undefined);
  });

  it("gives it by pages that nothing new gets into, and by target", async () => {
    const table = new AuditTable(database, ROOMY);
    for (let index = 1; index <= 5; index++) await table.record(row(`r${index}`));
    const first = await table.list({ top: 2 });
    await table.record(row("r6"));
    const second = await table.list({ top: 2, after: first.next });
    const third = await table.list({ top: 2, after: second.next });
    const all = [first, second, third].map(({ items }) => items.map(({ target }) => target));
    assert.deepEqual(all, [["r5", "r4"], ["r3", "r2"], ["r1"]]);
    assert.equal(third.next, undefined);
    const odd = await table.list({ top: 2, accepts: (target) => ["r1", "r3", "r5"].includes(target) });
    assert.deepEqual([odd.items.map(({ target }) => target), odd.next], [["r5", "r3"], 3]);
  });

  it("looks at so many rows for a page, and says where it was when none was accepted", async () => {
    const table = new AuditTable(database, ROOMY, { rowsMax: 2, bytesMax: 1_000_000 });
    for (let index = 1; index <= 5; index++) await table.record(row(`r${index}`));
    const asked: string[] = [];
    const accepts = (target: string) => asked.push(target) > 0 && target === "r1";
    assert.deepEqual(await table.list({ top: 5, accepts }), { items: [], next: 4 });
    assert.deepEqual(await table.list({ top: 5, accepts, after: 4 }), { items: [], next: 2 });
    const { items, next } = await table.list({ top: 5, accepts, after: 2 });
    assert.deepEqual([items.map(({ target }) => target), next], [["r1"], undefined]);
    assert.deepEqual(asked, ["r5", "r4", "r3", "r2", "r1"]);
  });

  it("ends a page before it holds too many bytes, but not before it holds a row", async () => {
    const table = new AuditTable(database, ROOMY, { rowsMax: 100, bytesMax: 1000 });
    await table.record(row("small"));
    await table.record(row("huge", { after: "x".repeat(2000) }));
    for (let index = 1; index <= 3; index++) await table.record(row(`l${index}`, { after: "x".repeat(300) }));
    const pages: string[][] = [];
    for (let after: number | undefined, more = true; more;) {
      const { items, next } = await table.list({ top: 100, after });
      pages.push(items.map(({ target }) => target));
      [after, more] = [next, next !== undefined];
    }
    assert.deepEqual(pages, [["l3", "l2"], ["l1"], ["huge"], ["small"]]);
  });

  it("forgets the oldest rows beyond their number, their bytes and their age", async () => {
    const many = new AuditTable(database, { ...ROOMY, rowsMax: 3 });
    for (let index = 1; index <= 5; index++) await many.record(row(`r${index}`));
    assert.deepEqual(await targets(many), ["r5", "r4", "r3"]);
    const old = new AuditTable(database, { ...ROOMY, ageMillisecondsMax: 500 });
    await old.record(row("late", { time: 1600 }));
    assert.deepEqual(await targets(old), ["late"]);
    const large = new AuditTable(database, { ...ROOMY, bytesMax: 1000 });
    for (let index = 1; index <= 5; index++) await large.record(row(`l${index}`, { after: "x".repeat(300) }));
    assert.deepEqual(await targets(large), ["l5", "l4"]);
  });

  it("keeps to its bounds over a restart, and when much is entered at once", () => {
    const limits = { ...ROOMY, rowsMax: 3 };
    new AuditTable(database, limits).enter(Array.from({ length: 10 }, (_, index) => row(`a${index}`)));
    const again = new AuditTable(database, limits);
    again.enter([row("b")]);
    const rows = database.prepare("SELECT target FROM audit ORDER BY number").all();
    assert.deepEqual(rows.map(({ target }) => target), ["a8", "a9", "b"]);
  });

  it("never gives a number twice, though everything before has gone", async () => {
    const table = new AuditTable(database, { ...ROOMY, ageMillisecondsMax: 1 });
    await table.record(row("a"));
    await table.record(row("b", { time: 5000 }));
    assert.deepEqual((await table.list({ top: 5 })).items.map(({ number }) => number), [2]);
  });

  it("has a token's entry if and only if the token is kept", async () => {
    const audit = new AuditTable(database, ROOMY);
    const tokens = new TokenTable(database, audit);
    const token = { id: "t", role: "full", description: "", hash: "00", createdAt: 5, revokedAt: undefined };
    await tokens.put(token, [row("operatorTokens/t")]);
    await assert.rejects(
      tokens.put({ ...token, revokedAt: 6 }, [row("r", { action: null as unknown as string })]),
    );
    const broken = { ...token, role: null as unknown as string };
    await assert.rejects(tokens.put(broken, [row("operatorTokens/t", { action: "revoke" })]));
    assert.deepEqual(await targets(audit), ["operatorTokens/t"]);
    assert.deepEqual(await tokens.load(), [token]);
  });

  it("has a change if and only if the change is kept", async () => {
    const audit = new AuditTable(database, { ...ROOMY, rowsMax: 2 });
    const resources = new ResourceTable(database, audit);
    const client = { type: "clients", name: "a", etag: "1", json: "{}" };
    await resources.write([client], [row("clients/a")]);
    const broken = { ...client, name: "b", etag: null as unknown as string };
    await assert.rejects(resources.write([broken], [row("clients/b")]));
    const unwritable = row("clients/c", { action: null as unknown as string });
    await assert.rejects(resources.write([{ ...client, name: "c" }], [unwritable]));
    assert.deepEqual(await targets(audit), ["clients/a"]);
    assert.deepEqual((await resources.load()).map(({ name }) => name), ["a"]);
    // What was rolled back does not count.
    await resources.write([client], [row("clients/d")]);
    assert.deepEqual(await targets(audit), ["clients/d", "clients/a"]);
  });
});
