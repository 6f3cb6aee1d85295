/**
 * The ledger on its own: it finds each fault that it is there for, and none where everything is right. Without these
 * a torture that finds nothing would say nothing.
 */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { QoS } from "./client/packet_type.ts";
import type { FaultKind } from "./ledger/fault.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { Target } from "./ledger/target.ts";
import { matches, plainFilter } from "./ledger/topic_match.ts";

const topic = "load/north/1";

/** A ledger with one publisher and one session, which is subscribed to everything with QoS 2. */
class Book {
  readonly ledger = new Ledger();
  readonly publisher = this.ledger.messages.publisher();
  readonly session = this.ledger.messages.session("all");

  constructor() {
    this.subscribe(this.session, "all", "load/#");
  }

  subscribe(target: Target, session: string, filter: string): void {
    target.subscribing(session, filter, 2);
    target.subscribed(session, filter);
  }

  unsubscribe(target: Target, session: string, filter: string): void {
    target.unsubscribing(session, filter);
    target.unsubscribed(session, filter);
  }

  sends(qos: 1 | 2 = 1): number {
    return this.ledger.messages.sent(this.publisher, topic, qos);
  }

  /** Sent, acknowledged and completed. */
  publishes(qos: 1 | 2 = 1): number {
    const sequence = this.sends(qos);
    this.ledger.messages.acknowledged(this.publisher, sequence);
    this.ledger.messages.completed(this.publisher, sequence);
    return sequence;
  }

  arrives(
    sequence: number,
    qos: QoS = 1,
    how: { target?: Target; session?: string; topic?: string } = {},
  ): void {
    const { target = this.session, session = "all" } = how;
    target.received({ session, publisher: this.publisher, sequence, qos, topic: how.topic ?? topic });
  }

  /** Closes the book; each kind with its number. */
  finds(faults: Partial<Record<FaultKind, number>>): void {
    this.ledger.messages.audit();
    this.ledger.wills.settle();
    const { faults: log } = this.ledger;
    for (const [kind, count] of Object.entries(faults)) {
      assert.equal(log.count(kind as FaultKind), count, kind);
    }
    const expected = Object.values(faults).reduce((sum, count) => sum + count, 0);
    assert.equal(log.total, expected, log.lines().join("\n"));
  }
}

describe("a ledger of messages", () => {
  it("finds nothing where each came once and in order", () => {
    const book = new Book();
    for (const qos of [1, 2, 1, 2] as const) book.arrives(book.publishes(qos), qos);
    book.finds({});
    assert.deepEqual(book.ledger.messages.tally(), {
      sent: 4,
      acknowledged: 4,
      refused: 0,
      due: 4,
      lost: 0,
      arrived: 4,
      repeated: 0,
    });
  });

  it("finds an acknowledged message that never came, once, however often it is asked", () => {
    const book = new Book();
    book.publishes();
    book.finds({ lost: 1 });
    book.finds({ lost: 1 });
  });

  it("misses a QoS 2 message from its PUBREC on", () => {
    const book = new Book();
    book.ledger.messages.acknowledged(book.publisher, book.sends(2));
    book.finds({ lost: 1 });
  });

  it("does not miss a message that was never acknowledged", () => {
    const book = new Book();
    book.sends();
    book.finds({});
  });

  it("lets a QoS 1 message come again, and counts it", () => {
    const book = new Book();
    const sequence = book.publishes();
    for (let time = 0; time < 3; time += 1) book.arrives(sequence);
    book.finds({});
    assert.equal(book.ledger.messages.tally().repeated, 2);
  });

  it("finds a QoS 2 message that came again, also of one that was not acknowledged", () => {
    const book = new Book();
    for (const sequence of [book.publishes(2), book.sends(2)]) {
      book.arrives(sequence, 2);
      book.arrives(sequence, 2);
    }
    book.finds({ duplicated: 2 });
  });

  it("finds a message that first came after a later one", () => {
    const book = new Book();
    const [first, second] = [book.publishes(), book.publishes()];
    book.arrives(second);
    book.arrives(first);
    book.finds({ reordered: 1 });
  });

  it("lets a message come again after later ones", () => {
    const book = new Book();
    const [first, second] = [book.publishes(), book.publishes()];
    for (const sequence of [first, second, first, second]) book.arrives(sequence);
    book.finds({});
  });

  it("lets messages of different QoS overtake each other", () => {
    const book = new Book();
    const [first, second] = [book.publishes(2), book.publishes(1)];
    book.arrives(second, 1);
    book.arrives(first, 2);
    book.finds({});
  });

  it("lets a message overtake one that was sent before the SUBACK, and arrives when it is sent again", () => {
    const book = new Book();
    const target = book.ledger.messages.session("late");
    const first = book.publishes();
    book.subscribe(target, "late", "load/#");
    const second = book.publishes();
    for (const sequence of [second, first]) book.arrives(sequence, 1, { target, session: "late" });
    for (const sequence of [first, second]) book.arrives(sequence);
    book.finds({});
  });

  it("finds a message with another topic or QoS than it was sent with, and one that nobody sent", () => {
    const book = new Book();
    const sequence = book.publishes();
    book.arrives(sequence, 1);
    book.arrives(sequence, 1, { topic: "load/north/2" });
    book.arrives(sequence, 2);
    book.arrives(sequence + 1);
    // The second arrival with QoS 2 is a second one of the same message, too.
    book.finds({ altered: 3, duplicated: 1 });
  });
});

describe("a ledger of subscriptions", () => {
  it("misses a subscription that is gone: what came while its session was away is lost", () => {
    const book = new Book();
    book.arrives(book.publishes());
    const while_away = [book.publishes(), book.publishes(2)];
    book.finds({ lost: while_away.length });
  });

  it("does not demand what was sent before the SUBACK", () => {
    const book = new Book();
    const target = book.ledger.messages.session("late");
    const early = book.sends();
    book.subscribe(target, "late", "load/#");
    book.ledger.messages.acknowledged(book.publisher, early);
    book.ledger.messages.completed(book.publisher, early);
    book.arrives(early);
    book.finds({});
  });

  it("demands what was completed before the UNSUBSCRIBE, and not what was completed after it", () => {
    const book = new Book();
    const before = book.publishes();
    const across = book.sends(2);
    book.ledger.messages.acknowledged(book.publisher, across);
    book.unsubscribe(book.session, "all", "load/#");
    book.ledger.messages.completed(book.publisher, across);
    book.publishes();
    book.finds({ lost: 1 });
    assert.match(book.ledger.faults.lines().join(), new RegExp(`message ${before} `));
  });

  it("finds what was sent after the UNSUBACK and came, and lets come what was sent before", () => {
    const book = new Book();
    const before = book.sends();
    book.unsubscribe(book.session, "all", "load/#");
    book.arrives(before);
    book.arrives(book.publishes());
    book.finds({ unasked: 1 });
  });

  it("finds what came and matches no filter", () => {
    const book = new Book();
    const target = book.ledger.messages.session("south");
    book.subscribe(target, "south", "load/south/#");
    const sequence = book.publishes();
    book.arrives(sequence);
    book.arrives(sequence, 1, { target, session: "south" });
    book.finds({ unasked: 1 });
  });

  it("demands again from the next SUBACK on", () => {
    const book = new Book();
    book.unsubscribe(book.session, "all", "load/#");
    book.publishes();
    book.subscribe(book.session, "all", "load/#");
    book.publishes();
    book.finds({ lost: 1 });
  });

  it("stays in doubt while no SUBACK comes: nothing is demanded, and everything may come", () => {
    const book = new Book();
    const target = book.ledger.messages.session("doubtful");
    target.subscribing("doubtful", "load/#", 2);
    const [first, second] = [book.publishes(), book.publishes()];
    for (const sequence of [first, second]) book.arrives(sequence);
    book.arrives(first, 1, { target, session: "doubtful" });
    book.finds({});
  });
});

describe("a ledger of share groups", () => {
  function groupOfTwo(): { book: Book; target: Target; filter: string } {
    const book = new Book();
    const filter = "$share/twice/load/#";
    const target = book.ledger.messages.group(filter);
    for (const session of ["one", "two"]) book.subscribe(target, session, filter);
    return { book, target, filter };
  }

  it("demands one copy of each message from all members together, in any order", () => {
    const { book, target } = groupOfTwo();
    const [first, second, third] = [book.publishes(), book.publishes(), book.publishes()];
    for (const sequence of [first, second, third]) book.arrives(sequence);
    book.arrives(second, 1, { target, session: "one" });
    book.arrives(first, 1, { target, session: "two" });
    book.finds({ lost: 1 });
  });

  it("finds a QoS 2 message that came to two members", () => {
    const { book, target } = groupOfTwo();
    const sequence = book.publishes(2);
    book.arrives(sequence, 2);
    for (const session of ["one", "two"]) book.arrives(sequence, 2, { target, session });
    book.finds({ duplicated: 1 });
  });

  it("demands nothing of a member that has left as long as another stays", () => {
    const { book, target, filter } = groupOfTwo();
    book.unsubscribe(target, "one", filter);
    const sequence = book.publishes();
    book.arrives(sequence);
    book.arrives(sequence, 1, { target, session: "two" });
    book.finds({});
    book.arrives(sequence, 1, { target, session: "one" });
    book.finds({ unasked: 1 });
  });
});

describe("a ledger of retained messages", () => {
  it("allows the last completed change and every later one, and nothing else", () => {
    for (const [found, wrong] of [["none", 1], [1, 1], [2, 0], [3, 0], [4, 1]] as const) {
      const { retained, faults } = new Ledger();
      const changes = ([1, 2, 3] as const).map((value) => retained.sent("kept/0", value));
      for (const change of changes.slice(0, 2)) retained.completed("kept/0", change);
      retained.observed(found === "none" ? new Map() : new Map([["kept/0", found]]));
      assert.equal(faults.count("retained-wrong"), wrong, `retains ${found}`);
    }
  });

  it("finds a message that was cleared, and one on a topic that nobody used", () => {
    const { retained, faults } = new Ledger();
    retained.sent("kept/0", 1);
    retained.completed("kept/0", retained.sent("kept/0", "none"));
    retained.observed(new Map([["kept/0", 1], ["kept/1", 2]]));
    assert.equal(faults.count("retained-wrong"), 2);
  });

  it("says which topics certainly retain something", () => {
    const { retained } = new Ledger();
    retained.completed("kept/0", retained.sent("kept/0", 1));
    retained.sent("kept/0", 2);
    retained.completed("kept/1", retained.sent("kept/1", 3));
    retained.sent("kept/1", "none");
    retained.sent("kept/2", 4);
    assert.deepEqual(retained.certain(), ["kept/0"]);
  });
});

describe("a ledger of wills", () => {
  function watched(): Ledger {
    const ledger = new Ledger();
    for (const name of ["one", "two"]) ledger.wills.watcher(name);
    ledger.wills.announced(1);
    return ledger;
  }

  it("finds a will that is due and did not come to every watcher", () => {
    const { wills, faults } = watched();
    wills.due(1);
    wills.received("one", 1, 1);
    assert.equal(wills.missing(), 1);
    wills.settle();
    assert.equal(faults.count("will-lost"), 1);
  });

  it("finds a will that came though its client was back, and one that nobody set", () => {
    const { wills, faults } = watched();
    wills.forbidden(1);
    wills.received("one", 1, 1);
    wills.received("one", 2, 1);
    wills.settle();
    assert.equal(faults.count("will-unasked"), 2);
  });

  it("finds a QoS 2 will that came twice, and lets one of QoS 1", () => {
    const { wills, faults } = watched();
    wills.due(1);
    for (const [watcher, qos] of [["one", 2], ["two", 1]] as const) {
      wills.received(watcher, 1, qos);
      wills.received(watcher, 1, qos);
    }
    wills.settle();
    assert.equal(faults.count("will-duplicated"), 1);
    assert.equal(faults.total, 1);
  });

  it("demands nothing while nobody knows whether the will was set", () => {
    const { wills, faults } = watched();
    wills.settle();
    assert.equal(faults.total, 0);
  });
});

describe("matching in the ledger", () => {
  it("knows wildcards and share groups", () => {
    for (
      const [filter, name, expected] of [
        ["load/#", "load/north/1", true],
        ["load/#", "load", true],
        ["load/+/1", "load/north/1", true],
        ["load/+/1", "load/north/2", false],
        ["load/north", "load/north/1", false],
        ["load/north/+", "load/north", false],
        ["$share/group/load/+/1", "load/north/1", true],
      ] as const
    ) assert.equal(matches(plainFilter(filter), name), expected, `${filter} ${name}`);
  });
});
