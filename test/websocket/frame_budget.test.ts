import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { FrameAccount, FrameBudget } from "../../src/transport/websocket/frame_budget.ts";

const LIMITS = {
  messageBytesMax: 10_000,
  strangerBytesMax: 5000,
  strangersBytesMax: 8000,
  linksBytesMax: 40_000,
};

function world() {
  const budget = new FrameBudget(LIMITS);
  return { budget, account: new FrameAccount(budget), other: new FrameAccount(budget) };
}

describe("FrameAccount", () => {
  it("received() lets a stranger hold its share and no more", () => {
    const { account } = world();
    assert.equal(account.received(4000), undefined);
    assert.equal(account.received(1000)?.code, 1009);
  });

  it("received() charges a chunk for more than its bytes: a frame that drips in holds an object for each", () => {
    const { account } = world();
    const chunks = Array.from({ length: 100 }, () => account.received(1));
    const refused = chunks.findIndex((overdraft) => overdraft !== undefined);
    assert.ok(refused > 0 && refused < 50, `${refused} chunks of one byte were taken`);
  });

  it("received() refuses the stranger who exceeds the sum of all", () => {
    const { account, other } = world();
    assert.equal(account.received(4500), undefined);
    assert.equal(other.received(4500)?.code, 1013);
  });

  it("admit() takes a link out of the strangers' sum and gives it a packet's room", () => {
    const { budget, account, other } = world();
    account.received(4500);
    account.admit();
    account.admit();
    assert.equal(budget.strangersBytes, 0);
    assert.equal(other.received(4500), undefined);
    assert.equal(account.received(10_000), undefined);
    assert.equal(account.received(20_000)?.code, 1009);
  });

  it("received() refuses the admitted link who exceeds the sum of all", () => {
    const budget = new FrameBudget({ ...LIMITS, linksBytesMax: 15_000 });
    const accounts = [new FrameAccount(budget), new FrameAccount(budget)];
    for (const account of accounts) account.admit();
    assert.deepEqual(accounts.map((account) => account.received(9000)?.code), [undefined, 1013]);
  });

  it("settled(), taken() and close() give back", () => {
    const { budget, account } = world();
    account.received(4000);
    account.settled(1000);
    assert.equal(budget.linksBytes, 1000);
    account.taken(400);
    assert.equal(budget.linksBytes, 600);
    account.taken(5000);
    assert.equal(budget.linksBytes, 0);
    account.received(100);
    account.close();
    assert.deepEqual([budget.linksBytes, budget.strangersBytes], [0, 0]);
  });

  it("controlled() gives back a ping and its chunk, but not what a fragment holds", () => {
    const { budget, account } = world();
    account.received(10 + 6);
    account.controlled(10);
    assert.equal(budget.linksBytes, 0);
    account.received(3000);
    const held = budget.linksBytes;
    account.received(3 * 6);
    for (let ping = 0; ping < 3; ping++) account.controlled(0);
    assert.equal(budget.linksBytes, held);
  });
});
