import type { Client } from "../client/client.ts";
import type { Address } from "../client/connection.ts";
import type { InFlight } from "../client/outflow.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Random } from "../random.ts";
import { type Cast, createCast } from "./cast.ts";
import { type Subscriber, unlessLost } from "./subscriber.ts";
import { WillClient } from "./will_client.ts";

/** How likely a subscriber stays away for a whole life of the broker. */
const absence = 0.3;

/** Longer than any run is between two lives of the broker. */
const longDelaySeconds = 3600;

/** Whoever can be told to connect. */
interface Actor {
  readonly client: Client;
  arrive(address: Address): Promise<void>;
}

/** All clients and what they do to a broker, one life of it after the other. */
export class Load {
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #cast: Cast;
  readonly #returning: readonly WillClient[];
  readonly #busy = new Set<unknown>();
  #doomed: WillClient[] = [];
  #absent = new Set<Subscriber>();
  #address = "";
  #untilSent = 0;
  #onSent = () => {};
  #wills = 0;

  constructor(ledger: Ledger, random: Random) {
    this.#ledger = ledger;
    this.#random = random;
    this.#cast = createCast({ ledger, random, onSent: () => this.#sent() });
    // One is back before its delay is over; the other, without a delay, within the grace that a restart gives.
    this.#returning = [
      this.#willClient({ version: 5, qos: 1, delaySeconds: longDelaySeconds }),
      this.#willClient({ version: 4, qos: 1, delaySeconds: 0 }),
    ];
    for (const client of this.#returning) client.promiseToReturn();
  }

  /** The broker is up: clients come back, some subscribers later or not at all. Once the publishers are there. */
  async begin(address: Address): Promise<void> {
    this.#address = address;
    const { publishers, writers, subscribers, watchers } = this.#cast;
    this.#absent = new Set(subscribers.filter(() => this.#random.chance(absence)));
    await Promise.all(watchers.map((watcher) => this.#arrive(watcher)));
    for (const subscriber of subscribers) if (!this.#absent.has(subscriber)) void this.#arrive(subscriber);
    void this.#return();
    if (watchers.every(({ isSubscribed }) => isSubscribed)) {
      for (const version of [4, 5] as const) this.#doom(version);
    }
    await Promise.all([...publishers, ...writers].map((actor) => this.#arrive(actor)));
  }

  /** Resolves once the publishers have sent so many new messages. */
  sends(count: number): Promise<void> {
    this.#untilSent = count;
    return new Promise((resolve) => this.#onSent = resolve);
  }

  /** One random act of somebody. */
  act(): void {
    const { publishers, writers, subscribers } = this.#cast;
    const dice = this.#random.fraction();
    if (dice < 0.1) this.#shake(this.#random.pick([...publishers, ...writers]));
    else if (dice < 0.15) this.#doomed.pop()?.die();
    else this.#comeOrGo(this.#random.pick(subscribers));
  }

  /**
   * Some senders lose their connections and are back at once, so that what they resume meets what is not committed yet;
   * and somebody dies, whose will is then on its way.
   */
  disturb(): void {
    this.#doomed.pop()?.die();
    for (const sender of this.#senders()) if (this.#random.chance(0.5)) this.#shake(sender);
  }

  /** The broker is about to be killed: whoever was connected with a will and does not come back has a claim. */
  doom(): void {
    for (const client of this.#doomed) client.die();
    this.#doomed = [];
  }

  /** Unacknowledged messages whose bytes the broker has read, `unread` of each local port's excepted. */
  held(unread: (localPort: number) => number): InFlight[] {
    return this.#senders().flatMap(({ client }) => client.outflow.unacknowledged(client.bytesRead(unread)));
  }

  /** Unacknowledged messages that were sent, whether they came to the broker or not. */
  unacknowledged(): number {
    return this.#senders().reduce(
      (sum, { client }) => sum + client.outflow.unacknowledged(Infinity).length,
      0,
    );
  }

  /** Once every connection has ended and all that came through it was handled. */
  async ended(): Promise<void> {
    await Promise.all([
      ...this.#everyone().map(({ client }) => client.ended),
      ...this.#returning.map(({ ended }) => ended),
    ]);
  }

  /** Nobody publishes anything new, and everyone is there: every promise can be kept. */
  async gather(address: Address): Promise<void> {
    this.#address = address;
    for (const sender of this.#senders()) sender.stop();
    const gone = this.#everyone().filter(({ client }) => !client.isConnected);
    await Promise.all([this.#return(), ...gone.map((actor) => this.#arrive(actor))]);
  }

  /** Whether every message of every client is completed. */
  get isSettled(): boolean {
    return this.#senders().every(({ client }) => client.outflow.isIdle);
  }

  /** The publishers go on. */
  resume(): void {
    for (const sender of this.#senders()) sender.resume();
  }

  /** Everyone goes, with a farewell. */
  leave(): void {
    for (const client of [...this.#returning, ...this.#everyone().map(({ client }) => client)]) {
      client.leave();
    }
  }

  /** A sender loses its connection, or takes it over from itself. */
  #shake(actor: Actor): void {
    if (this.#random.chance(0.5)) actor.client.cut();
    void this.#arrive(actor);
  }

  #comeOrGo(subscriber: Subscriber): void {
    if (this.#absent.has(subscriber)) return;
    const { client } = subscriber;
    if (!client.isConnected) return void this.#arrive(subscriber);
    const dice = this.#random.fraction();
    if (subscriber.isFickle && dice < 0.6) {
      void this.#attempt(subscriber, () => subscriber.toggle(this.#random.pick(subscriber.filters)));
    } else if (dice < 0.4) void this.#arrive(subscriber);
    else if (dice < 0.7) client.leave();
    else client.cut();
  }

  #doom(version: 4 | 5): void {
    const delaySeconds = version === 5 ? this.#random.whole(0, 2) : 0;
    const client = this.#willClient({ version, qos: this.#random.pick([1, 2] as const), delaySeconds });
    this.#doomed.push(client);
    void this.#attempt(client, () => client.arrive(this.#address));
  }

  #willClient(options: Omit<ConstructorParameters<typeof WillClient>[0], "number">): WillClient {
    this.#wills += 1;
    return new WillClient({ ...options, number: this.#wills }, this.#ledger);
  }

  #sent(): void {
    this.#untilSent -= 1;
    if (this.#untilSent === 0) this.#onSent();
  }

  /** Not as a takeover, which is the end of the earlier connection and publishes a will without a delay. */
  async #return(): Promise<void> {
    const gone = this.#returning.filter(({ isConnected }) => !isConnected);
    await Promise.all(gone.map((client) => this.#attempt(client, () => client.arrive(this.#address))));
  }

  #arrive(actor: Actor): Promise<void> {
    return this.#attempt(actor, () => actor.arrive(this.#address));
  }

  /** Each client does one thing at a time. A lost connection ends it quietly, a refusal is the broker's fault. */
  async #attempt(actor: unknown, act: () => Promise<void>): Promise<void> {
    if (this.#busy.has(actor)) return;
    this.#busy.add(actor);
    try {
      await unlessLost(act());
    } catch (error) {
      this.#ledger.faults.add("no-answer", String(error));
    } finally {
      this.#busy.delete(actor);
    }
  }

  #senders() {
    return [...this.#cast.publishers, ...this.#cast.writers];
  }

  #everyone(): Actor[] {
    return [...this.#senders(), ...this.#cast.subscribers, ...this.#cast.watchers];
  }
}
