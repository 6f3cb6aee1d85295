/** The part of the store's contract that holds of every adapter which keeps what it is given. */
import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { JournalFault, StoreDegraded } from "../../src/store/store_error.ts";
import type { DrivenStore } from "../store/driven_store.ts";
import { frames, only, type Operation } from "../store/journal_frames.ts";
import {
  acknowledged,
  assigned,
  away,
  cleared,
  detached,
  ended,
  enqueued,
  group,
  received,
  retain,
  returned,
  sent,
  session,
  stored,
  subscribed,
} from "../store/operations.ts";

/** What holds of an adapter that keeps what it is given. */
export function keeping(current: () => DrivenStore): void {
  const commit = (...operations: readonly Operation[]): Promise<number> => current().commit(...operations);
  const kept = (): Promise<Operation[]> => current().kept();

  it("commit() and load() reject after close()", async () => {
    const { store } = current();
    await store.close();
    await assert.rejects(store.commit(frames(session(1)), 1), StoreDegraded);
    await assert.rejects(store.load([1]), StoreDegraded);
  });

  it("recover() gives the sequence, the highest number named, and the last liveness mark", async () => {
    await commit(session(7), stored(90), enqueued(7, 80, 90), acknowledged(7, 80));
    current().store.alive(1_790_000_000_123);
    await commit(ended(7));
    const { recovered } = await current().start();
    assert.deepEqual(recovered, { sequence: 2, lastNumber: 90, aliveAt: 1_790_000_000_123 });
  });

  it("recover() gives what sessions have", async () => {
    const will: Operation = {
      op: "willSet",
      session: 1,
      flags: 5,
      delay: 30,
      messageExpiry: 60,
      topic: "will/1",
      forwarded: Uint8Array.of(3, 0, 1, 65),
      payload: Uint8Array.of(0, 255),
    };
    const replay: Operation = {
      op: "replayBegun",
      session: 1,
      qos: 2,
      identifier: 9,
      filter: "a/#",
      cursor: "a/b",
    };
    const has: Operation[] = [
      session(1, {
        expiry: 4_294_967_295,
        clientId: "\ufeffclient ü",
        owner: "\ufeff\u{10ffff}",
        principal: '{"kind":"ü"}',
      }),
      detached(1, 1_790_000_000_000),
      { op: "subscribed", session: 1, flags: 14, identifier: 268_435_455, filter: "a/+/\ufeff" },
      subscribed(1, "a/+/"),
      will,
      { op: "inboundTaken", session: 1, id: 65_535 },
      replay,
    ];
    await commit(...has);
    const operations = await kept();
    assert.deepEqual(
      operations.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
      has.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
    );
    assert.deepEqual(operations.slice(0, 2), has.slice(0, 2));
  });

  it("recover() gives the last of what was said of the same thing", async () => {
    await commit(session(1), subscribed(1, "a", 0), subscribed(1, "b"), detached(1, 5));
    await commit(subscribed(1, "a", 2), { op: "unsubscribed", session: 1, filter: "b" });
    const again = session(1, { expiry: 10, principal: "another" });
    await commit(again, detached(1, 6));
    assert.deepEqual(await kept(), [again, detached(1, 6), subscribed(1, "a", 2)]);
  });

  it("recover() gives nothing of what is over", async () => {
    const inbound: Operation = { op: "inboundTaken", session: 1, id: 5 };
    const replay: Operation = {
      op: "replayBegun",
      session: 1,
      qos: 0,
      identifier: 0,
      filter: "a",
      cursor: "",
    };
    const will: Operation = {
      op: "willSet",
      session: 1,
      flags: 0,
      delay: 0,
      messageExpiry: 0,
      topic: "w",
      forwarded: new Uint8Array(),
      payload: new Uint8Array(),
    };
    await commit(session(1), detached(1, 5), inbound, replay, will);
    await commit(
      { op: "inboundReleased", session: 1, id: 5 },
      { op: "replayEnded", session: 1, filter: "a" },
      { op: "willCleared", session: 1 },
    );
    assert.deepEqual(await kept(), [session(1), detached(1, 5)]);
  });

  it("a session that ends takes along what it had, in the same batch and later", async () => {
    const has = (number: number): Operation[] => [
      session(number),
      subscribed(number, "a"),
      stored(100 + number),
      enqueued(number, 200 + number, 100 + number),
    ];
    await commit(...has(1), ...has(2), ended(1));
    assert.deepEqual((await current().store.load([101, 102])).map((contents) => contents?.length), [
      undefined,
      11,
    ]);
    await commit(ended(2), session(3));
    const { operations, recovered } = await current().start();
    const rest = operations.filter(({ op }) => op !== "storedAway");
    assert.deepEqual(rest, [session(3), detached(3, recovered.aliveAt)]);
  });

  it("a session that was connected comes back detached since the last liveness mark, and keeps that", async () => {
    await commit(session(1));
    current().store.alive(1_900_000_000_000);
    await commit(session(2));
    assert.deepEqual(
      only(await kept(), "sessionDetached"),
      [1, 2].map((n) => detached(n, 1_900_000_000_000)),
    );
    current().store.alive(1_900_000_010_000);
    await commit(session(3));
    assert.deepEqual(only(await kept(), "sessionDetached"), [
      detached(1, 1_900_000_000_000),
      detached(2, 1_900_000_000_000),
      detached(3, 1_900_000_010_000),
    ]);
  });

  it("recover() gives messages with their lengths, and load() their contents", async () => {
    const forwarded = Uint8Array.of(1, 1);
    const messages = [
      stored(11, { topic: "a/\ufeffb", payload: "", flags: 6 }),
      stored(12, { payload: "text", forwarded, expires: 1_790_000_000_001 }),
    ];
    await commit(session(1), ...messages, enqueued(1, 21, 11), enqueued(1, 22, 12));
    assert.deepEqual(only(await kept(), "storedAway"), messages.map(away));
    const contents = await current().store.load([12, 99, 11]);
    assert.deepEqual(contents, [
      Uint8Array.of(1, 1, ...new TextEncoder().encode("text")),
      undefined,
      new Uint8Array(),
    ]);
  });

  it("a queue keeps its order and its terms", async () => {
    const queue = [
      enqueued(1, 20, 10, { flags: 6, identifiers: [1, 268_435_455] }),
      enqueued(2, 21, 10),
      enqueued(1, 22, 10, { flags: 2 }),
    ];
    await commit(session(1), session(2), stored(10), ...queue.slice(0, 2));
    await commit(queue[2] as Operation);
    assert.deepEqual(only(await kept(), "enqueued"), queue);
  });

  it("what was sent comes first, in the order in which it was", async () => {
    await commit(session(1), stored(10), ...[20, 21, 22, 23].map((entry) => enqueued(1, entry, 10)));
    await commit(sent(1, 22, 7), received(1, 22));
    await commit(sent(1, 20, 8));
    assert.deepEqual(only(await kept(), "enqueued", "sent", "received"), [
      enqueued(1, 22, 10),
      sent(1, 22, 7),
      received(1, 22),
      enqueued(1, 20, 10),
      sent(1, 20, 8),
      enqueued(1, 21, 10),
      enqueued(1, 23, 10),
    ]);
    await commit(sent(1, 23, 9), acknowledged(1, 22));
    assert.deepEqual(only(await kept(), "sent"), [sent(1, 20, 8), sent(1, 23, 9)]);
  });

  it("what is acknowledged is gone, whether in the same batch or later", async () => {
    await commit(
      session(1),
      stored(10),
      enqueued(1, 20, 10),
      sent(1, 20, 1),
      acknowledged(1, 20),
      stored(11),
      enqueued(1, 21, 11),
    );
    assert.deepEqual(await current().store.load([10]), [undefined]);
    await commit(acknowledged(1, 21), stored(12), enqueued(1, 22, 12));
    assert.deepEqual(only(await kept(), "storedAway", "enqueued"), [away(stored(12)), enqueued(1, 22, 12)]);
    assert.deepEqual(await current().store.load([11]), [undefined]);
  });

  it("a message stays as long as anything refers to it", async () => {
    const text = new TextEncoder().encode("payload 10");
    await commit(session(1), session(2), stored(10), retain(10), enqueued(1, 20, 10), enqueued(2, 21, 10));
    await commit(acknowledged(1, 20));
    await commit(acknowledged(2, 21));
    assert.deepEqual(await current().store.load([10]), [text]);
    await commit(enqueued(1, 22, 10));
    await commit(cleared("topic/10"));
    assert.deepEqual(await current().store.load([10]), [text]);
    assert.deepEqual(only(await kept(), "storedAway", "enqueued"), [away(stored(10)), enqueued(1, 22, 10)]);
    await commit(acknowledged(1, 22));
    assert.deepEqual(await current().store.load([10]), [undefined]);
    assert.deepEqual(only(await kept(), "storedAway"), []);
  });

  it("counts references over a restart", async () => {
    await commit(session(1), stored(10), ...[20, 21, 22].map((entry) => enqueued(1, entry, 10)));
    await kept();
    await commit(acknowledged(1, 20), acknowledged(1, 22));
    assert.notEqual((await current().store.load([10]))[0], undefined);
    await kept();
    await commit(acknowledged(1, 21));
    assert.deepEqual(await current().store.load([10]), [undefined]);
  });

  it("a message may be stored again, while it is there and after it was not", async () => {
    await commit(session(1), stored(10), enqueued(1, 20, 10));
    await commit(stored(10), enqueued(1, 21, 10), acknowledged(1, 20));
    await commit(acknowledged(1, 21));
    assert.deepEqual(await current().store.load([10]), [undefined]);
    await commit(stored(10), enqueued(1, 22, 10));
    await commit(stored(10), enqueued(1, 23, 10));
    await commit(acknowledged(1, 22));
    assert.deepEqual(only(await kept(), "storedAway", "enqueued"), [away(stored(10)), enqueued(1, 23, 10)]);
  });

  it("commit() refuses to refer to a message that is not there, and nothing of the batch counts", async () => {
    await commit(session(1), stored(10), enqueued(1, 20, 10));
    for (const operations of [[session(2), enqueued(1, 21, 11)], [session(2), retain(11)]]) {
      await assert.rejects(current().store.commit(frames(...operations), 2), JournalFault);
    }
    const { operations, recovered } = await current().start();
    assert.deepEqual(only(operations, "sessionOpened", "enqueued"), [session(1), enqueued(1, 20, 10)]);
    assert.equal(recovered.sequence, 1);
  });

  it("retained messages are replaced and cleared, in the same batch and later", async () => {
    const on = (topic: string, body: number): Operation => stored(body, { topic });
    await commit(on("a", 1), retain(1), on("a", 2), retain(2), on("b", 3), retain(3), on("c", 4), retain(4));
    await commit(on("b", 5), retain(5), cleared("c"), cleared("d"), on("e", 6), retain(6), cleared("e"));
    assert.deepEqual(only(await kept(), "retainedSet"), [retain(2), retain(5)]);
    assert.deepEqual(
      (await current().store.load([1, 2, 3, 4, 5, 6])).map((contents) => contents !== undefined),
      [false, true, false, false, true, false],
    );
  });

  it("a share group's entries come with the member that has them", async () => {
    await commit(
      group(5),
      session(1),
      subscribed(1, "$share/g5/a/#"),
      stored(10),
      ...[20, 21, 22].map((entry) => enqueued(5, entry, 10)),
    );
    await commit(assigned(5, 21, 1), sent(1, 21, 3), assigned(5, 20, 1), sent(1, 20, 4), returned(5, 20));
    assert.deepEqual(only(await kept(), "groupOpened", "enqueued", "assigned", "sent"), [
      group(5),
      enqueued(5, 21, 10),
      assigned(5, 21, 1),
      sent(1, 21, 3),
      enqueued(5, 20, 10),
      enqueued(5, 22, 10),
    ]);
    await commit(acknowledged(5, 21));
    assert.deepEqual(only(await kept(), "assigned"), []);
  });

  it("what was out at QoS 2 with a member that is gone is discarded, at QoS 1 it is the group's", async () => {
    await commit(group(5), session(1), session(2), subscribed(2, "$share/g5/a/#"));
    await commit(stored(10), enqueued(5, 20, 10), enqueued(5, 21, 10, { flags: 2 }));
    await commit(assigned(5, 20, 1), sent(1, 20, 1), assigned(5, 21, 1), sent(1, 21, 2), ended(1));
    assert.deepEqual(only(await kept(), "enqueued", "assigned", "sent"), [enqueued(5, 20, 10)]);
    await commit(session(2), assigned(5, 20, 2), sent(2, 20, 1), acknowledged(5, 20));
    assert.deepEqual(await current().store.load([10]), [undefined]);
  });

  it("what is out with a member stays with it when the group is gone", async () => {
    await commit(group(5), session(1), stored(10), enqueued(5, 20, 10), enqueued(5, 21, 10));
    await commit(assigned(5, 21, 1), sent(1, 21, 3));
    await commit({ op: "groupClosed", group: 5 });
    const expected = [enqueued(1, 21, 10), sent(1, 21, 3)];
    assert.deepEqual(only(await kept(), "groupOpened", "enqueued", "assigned", "sent"), expected);
    await commit(group(6), enqueued(6, 30, 10), assigned(6, 30, 1), sent(1, 30, 4), {
      op: "groupClosed",
      group: 6,
    });
    assert.deepEqual(only(await kept(), "enqueued", "assigned", "sent"), [
      ...expected,
      enqueued(1, 30, 10),
      sent(1, 30, 4),
    ]);
  });

  it("a share group whose members were not kept is gone, but for what is out with one that is", async () => {
    await commit(
      group(5),
      session(1),
      subscribed(1, "$share/g5/a/#"),
      stored(10),
      enqueued(5, 20, 10),
      enqueued(5, 21, 10),
    );
    await commit(assigned(5, 20, 1), sent(1, 20, 3));
    await commit({ op: "unsubscribed", session: 1, filter: "$share/g5/a/#" });
    assert.deepEqual(only(await kept(), "groupOpened", "enqueued", "assigned", "sent"), [
      enqueued(1, 20, 10),
      sent(1, 20, 3),
    ]);
    await commit(acknowledged(5, 20), session(1));
    assert.deepEqual(only(await kept(), "enqueued"), []);
  });

  it("recover() hands over 1 MiB at a time, and says how far it is", async () => {
    const long = "x".repeat(60_000);
    const count = 40;
    const operations = [session(1)];
    for (let n = 0; n < count; n++) {
      operations.push(stored(100 + n, { topic: `${n}/${long}` }), enqueued(1, 1000 + n, 100 + n));
    }
    await commit(...operations);
    const { chunks } = await current().start();
    assert.ok(chunks.length >= 3, `${chunks.length} chunks`);
    assert.ok(chunks.every(({ length }) => length <= 1024 * 1024));
    await current().stop();
    const store = await current().start();
    assert.equal(only(store.operations, "storedAway").length, count);
    const done: number[] = [];
    await current().stop();
    await current().start((progress) => done.push(progress.done / progress.total));
    assert.ok(
      done.length >= 3 && done.every((part, index) => part <= 1 && part > (done[index - 1] ?? 0)),
      `${done}`,
    );
  });

  it("keeps bodies of many megabytes", async () => {
    const payload = new Uint8Array(9_000_000).map((_, index) => index * 31 + (index >> 8));
    await commit(session(1), stored(10, { payload }), enqueued(1, 20, 10));
    assert.equal(only(await kept(), "storedAway").length, 1);
    const [contents] = await current().store.load([10]);
    assert.ok(contents !== undefined && contents.length === payload.length);
    assert.ok(contents.every((byte, index) => byte === payload[index]), "the bytes differ");
  });

  it("lists sessions, queues and retained messages, page by page", async () => {
    const operations = [1, 2, 3].flatMap((n) => [session(n), detached(n, n), subscribed(n, "a")]);
    const bodies = [11, 12, 13].flatMap((n) => [stored(n, { topic: `t/${n}`, expires: n }), retain(n)]);
    await commit(
      ...operations,
      ...bodies,
      enqueued(2, 21, 11),
      enqueued(3, 22, 11),
      enqueued(2, 23, 12),
      sent(2, 21, 9),
    );
    const { store } = current();
    const first = await store.sessions({ limit: 2 });
    assert.deepEqual(first.items.map(({ clientId }) => clientId), ["client-1", "client-2"]);
    const second = await store.sessions({ limit: 2, after: first.next });
    assert.deepEqual(second, {
      items: [{
        session: 3,
        clientId: "client-3",
        owner: "owner-3",
        principal: "{}",
        expirySeconds: 3600,
        detachedAt: 3,
        subscriptions: 1,
        queued: 1,
      }],
    });
    assert.deepEqual(await store.queue(2), {
      items: [
        { entry: 21, body: 11, topic: "t/11", qos: 1, bytes: 10, packetIdentifier: 9 },
        { entry: 23, body: 12, topic: "t/12", qos: 1, bytes: 10 },
      ],
    });
    const topics = await store.retained({ limit: 2 });
    assert.deepEqual(topics.items.map(({ topic }) => topic), ["t/11", "t/12"]);
    assert.deepEqual(await store.retained({ limit: 2, after: topics.next }), {
      items: [{ topic: "t/13", body: 13, qos: 1, bytes: 10, expiresAt: 13 }],
    });
  });
}
