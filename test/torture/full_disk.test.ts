/** A disk that is full: a real file system of a few MiB, which the broker fills itself. */
import assert from "node:assert/strict";
import { Client } from "./client/client.ts";
import { Ledger } from "./ledger/ledger.ts";
import { keyOf } from "./load/payload.ts";
import { Publisher, type PublisherOptions } from "./load/publisher.ts";
import { Subscriber } from "./load/subscriber.ts";
import { Random } from "./random.ts";
import { SmallFileSystem } from "./small_file_system.ts";
import {
  type Addresses,
  type Heliograph,
  heliograph,
  type LaunchedHeliograph,
} from "./subject/heliograph.ts";
import { until, within } from "./until.ts";

const mebibyte = 1024 * 1024;

/** Enough to get full within a second, and enough room then to bring everything to its subscriber. */
const size = { free: 8 * mebibyte, ballast: 40 * mebibyte };
const patienceMilliseconds = 30_000;

/** Codes with which a version 5 publish may be refused: implementation specific error, quota exceeded. */
const refusal = /^0x(83|97) \S/;

const impossible = await SmallFileSystem.impossible();
if (impossible !== undefined) console.log(`A full disk is not tried: ${impossible}`);

/**
 * Tells what happens to a broker whose disk has got full; `files` can make room again.
 *
 * Not `it`, whose stand-in knows no skipped tests: this one must not look as if it had passed.
 */
function onFullDisk(name: string, play: (world: World, files: SmallFileSystem) => Promise<void>): void {
  Deno.test({
    name: `a full disk${name}`,
    ignore: impossible !== undefined,
    async fn() {
      await using files = await SmallFileSystem.mount(size);
      await using world = new World(
        await heliograph({ data: `${files.directory}/data`, prefix: files.prefix }),
      );
      await world.fill();
      await play(world, files);
      await world.acknowledgesAgain();
      await world.killAndRestart();
      await world.keptEverything();
    },
  });
}

onFullDisk(
  " is told, loses nothing that was acknowledged, and is forgotten when there is room",
  async (world, files) => {
    await world.acknowledgesNothing();
    await world.refusesWhatIsNew();
    await world.carriesQoS0();
    await files.makeRoom();
    await world.saysReady();
  },
);

onFullDisk(", and a kill: what was acknowledged is there when there is room", async (world, files) => {
  await world.kill();
  await files.makeRoom();
  await world.restart();
});

onFullDisk(
  ", and a stop: the broker ends in good time, and what was acknowledged is there",
  async (world, files) => {
    await world.stops();
    await files.makeRoom();
    await world.restart();
  },
);

/** Clients around one broker whose disk gets full: someone who is away, publishers, and a pair with QoS 0. */
class World implements AsyncDisposable {
  readonly #ledger = new Ledger();
  readonly #publisherWorld = { ledger: this.#ledger, random: new Random(1), onSent: () => {} };
  readonly #publishers: readonly Publisher[];
  readonly #away: Subscriber;
  readonly #broker: Heliograph;
  #launched: LaunchedHeliograph;
  #addresses: Addresses | undefined;

  constructor(broker: Heliograph) {
    this.#broker = broker;
    this.#launched = broker.launch();
    const { messages } = this.#ledger;
    this.#publishers =
      ([{ version: 5, qos: [1] }, { version: 5, qos: [2] }, { version: 4, qos: [1] }] as const)
        .map((options, number) => this.#publisher({ ...options, name: `publisher-${number}` }));
    const options = { name: "away", version: 5, qos: 2, filters: ["load/#"] } as const;
    this.#away = new Subscriber(options, messages.session("away"), this.#ledger);
  }

  /** Publishes to someone who is away until the broker says that it cannot go on. */
  async fill(): Promise<void> {
    const { mqtt } = await this.#started();
    await this.#away.arrive(mqtt);
    this.#away.client.leave();
    await Promise.all(this.#publishers.map((publisher) => publisher.arrive(mqtt)));
    const { status, body } = await this.#readinessOnce((status) => status === 503);
    assert.equal(status, 503, `${this.#acknowledged} messages were acknowledged\n${this.#launched.log()}`);
    const { reasons } = JSON.parse(body) as { reasons: string[] };
    assert.ok(reasons.some((reason) => /disk.*full/i.test(reason)), body);
  }

  /** Acknowledgements have stopped. */
  async acknowledgesNothing(): Promise<void> {
    const before = this.#acknowledged;
    await until(() => this.#acknowledged > before, 1000);
    assert.equal(this.#acknowledged - before, 0, "messages were acknowledged on a full disk");
  }

  /** Version 5 can be told why; version 3.1.1 is not told anything, and certainly no success. */
  async refusesWhatIsNew(): Promise<void> {
    const { mqtt } = await this.#started();
    const { messages } = this.#ledger;
    const [refused, acknowledged] = [messages.tally().refused, this.#acknowledged];
    const publishers =
      ([{ version: 5, qos: [1] }, { version: 5, qos: [2] }, { version: 4, qos: [1] }] as const)
        .map((options, number) =>
          this.#publisher({ ...options, name: `late-${number}`, sessionExpirySeconds: 0 })
        );
    await Promise.all(publishers.map((publisher) => publisher.arrive(mqtt)));
    await until(() => messages.tally().refused > refused + 1, patienceMilliseconds);
    for (const { client } of publishers) client.leave();
    assert.ok(messages.tally().refused > refused + 1, "version 5 was not refused");
    assert.equal(this.#acknowledged, acknowledged);
    for (const words of messages.refusals.keys()) assert.match(words, refusal);
  }

  /** What promises nothing needs no disk. */
  async carriesQoS0(): Promise<void> {
    const { mqtt } = await this.#started();
    const came: string[] = [];
    const [one, other] = [stranger("one", () => {}), stranger("other", (topic) => came.push(topic))];
    await Promise.all([one.connect(mqtt), other.connect(mqtt)]);
    await other.subscribe("live/#", 0);
    const topics = Array.from({ length: 20 }, (_, number) => `live/${number}`);
    for (const topic of topics) one.sendOnce(topic, new Uint8Array(10));
    await until(() => came.length === topics.length, patienceMilliseconds);
    assert.deepEqual(came, topics);
    for (const client of [one, other]) client.leave();
  }

  async saysReady(): Promise<void> {
    const { status, body } = await this.#readinessOnce((status) => status === 200);
    assert.equal(status, 200, `${body}\n${this.#launched.log()}`);
  }

  /** The publishers go on where they were, those too whose connections were closed. */
  async acknowledgesAgain(): Promise<void> {
    const { mqtt } = await this.#started();
    const gone = this.#publishers.filter(({ client }) => !client.isConnected);
    await Promise.all(gone.map((publisher) => publisher.arrive(mqtt)));
    const before = this.#acknowledged;
    await until(() => this.#acknowledged > before + 100, patienceMilliseconds);
    for (const publisher of this.#publishers) publisher.stop();
    const areIdle = await until(() => this.#publishers.every(({ client }) => client.outflow.isIdle), 10_000);
    assert.ok(areIdle, "not every message was completed");
    assert.ok(this.#acknowledged > before + 100, `${this.#acknowledged - before} were acknowledged`);
  }

  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.restart();
  }

  async kill(): Promise<void> {
    await this.#launched.kill();
    await Promise.all(this.#publishers.map(({ client }) => client.ended));
  }

  async stops(): Promise<void> {
    assert.equal(await within(patienceMilliseconds, this.#launched.stop(), "the stop"), 0);
    await Promise.all(this.#publishers.map(({ client }) => client.ended));
  }

  async restart(): Promise<void> {
    this.#launched = this.#broker.launch();
    this.#addresses = undefined;
    await this.#started();
  }

  async keptEverything(): Promise<void> {
    const { mqtt } = await this.#started();
    await this.#away.arrive(mqtt);
    const { messages, faults } = this.#ledger;
    await until(() => messages.missing() === 0, patienceMilliseconds);
    messages.audit();
    assert.deepEqual(faults.lines(), [], `${JSON.stringify(messages.tally())}\n${this.#launched.log()}`);
    assert.ok(messages.tally().due > 1000, "too few messages were acknowledged for this to say much");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launched.kill();
  }

  get #acknowledged(): number {
    return this.#ledger.messages.tally().acknowledged;
  }

  async #started(): Promise<Addresses> {
    return this.#addresses ??= await within(patienceMilliseconds, this.#launched.addresses, "the start");
  }

  /** What /readyz says once it says what is wanted, or after all patience. */
  async #readinessOnce(isWanted: (status: number) => boolean): Promise<{ status: number; body: string }> {
    const { http } = await this.#started();
    const end = performance.now() + patienceMilliseconds;
    for (;;) {
      const response = await fetch(`http://${http}/readyz`);
      const [status, body] = [response.status, await response.text()];
      if (isWanted(status) || performance.now() > end) return { status, body };
    }
  }

  #publisher(options: Omit<PublisherOptions, "windowMax">): Publisher {
    return new Publisher({ ...options, windowMax: 100 }, this.#publisherWorld);
  }
}

/** A client with a session that ends with its connection. */
function stranger(id: string, received: (topic: string) => void): Client {
  return new Client({
    id,
    version: 5,
    sessionExpirySeconds: 0,
    keyOf,
    received: ({ topic }) => received(topic),
    identifierReused: () => {},
  });
}
