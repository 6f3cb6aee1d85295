import type { Address } from "./client/connection.ts";
import { isUnacknowledged } from "./client/outflow.ts";
import { Ledger } from "./ledger/ledger.ts";
import { Load } from "./load/load.ts";
import { readRetained } from "./load/retained_reader.ts";
import { Random } from "./random.ts";
import { heldEnough, hurts, type Kill, type Report } from "./report.ts";
import { unreadBytes } from "./socket_queues.ts";
import type { Launched, Subject } from "./subject/subject.ts";
import { milliseconds, until, within } from "./until.ts";

/** How long the run waits at its end. */
export interface Patience {
  /** How long nothing may come before what is missing counts as lost. */
  readonly quietMilliseconds: number;
  /** How long the last life lasts at least, for wills to be published. */
  readonly willsMilliseconds: number;
}

export interface TortureOptions {
  readonly subject: Subject;
  readonly kills: number;
  readonly seed: number;
  /** No further kill after so many seconds. */
  readonly secondsMax?: number;
  /** For a broker that is known to lose what is waited for. */
  readonly patience?: Patience;
  readonly onKill?: (kill: Kill, number: number) => void;
}

/** How likely a kill comes before the broker serves, while it recovers. */
const stillbirth = 0.08;

/** How likely senders come back just before a kill. */
const disturbance = 0.3;
const startMillisecondsMax = 60_000;
const answerMillisecondsMax = 30_000;

/**
 * How many messages are sent in one life before its kill, how long after the last of them it comes, and how long a start
 * is left alone before one. Messages, not time: so the queues of those who are away stay bounded, and the publishers
 * are at work when the kill comes, however fast the broker is.
 */
const messagesPerLife = { least: 100, most: 6000 } as const;
const lateMilliseconds = { least: 0, most: 15 } as const;
const startMilliseconds = { least: 50, most: 700 } as const;

/** A broker that has not taken a life's messages by then is killed nevertheless. */
const lifeMillisecondsMax = 10_000;

/**
 * While fewer kills than this share have hurt, one waits for a moment at which enough acknowledgements are held, so that
 * it is not left to luck whether a run counts. A broker that holds none for so long is killed nevertheless.
 */
const shareThatHurts = 2 / 3;
const aimMillisecondsMax = 1000;

/** In which the clients read what a stopped broker has sent. */
const settleMilliseconds = 5;
const betweenLooksMilliseconds = { least: 0, most: 5 } as const;
const betweenActsMilliseconds = { least: 1, most: 12 } as const;

/** After so many kills everyone comes together and all that was promised has to be there. */
const killsPerAudit = 10;

/** After a restart no will is published for 10 s; none of ours waits for more than 2 s besides. */
const fullPatience: Patience = { quietMilliseconds: 10_000, willsMilliseconds: 12_500 };

/** Kills a broker again and again under load, starts it again on its data, and says what became of its promises. */
export async function torture(options: TortureOptions): Promise<Report> {
  return await new Torture(options).run();
}

class Torture {
  readonly #options: TortureOptions;
  readonly #patience: Patience;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #load: Load;
  readonly #kills: Kill[] = [];
  readonly #startedAt = performance.now();

  constructor(options: TortureOptions) {
    this.#options = options;
    this.#patience = options.patience ?? fullPatience;
    this.#random = new Random(options.seed);
    this.#load = new Load(this.#ledger, this.#random);
  }

  async run(): Promise<Report> {
    const { kills, secondsMax = Infinity } = this.#options;
    while (this.#kills.length < kills && this.#seconds() < secondsMax && this.#canGoOn()) await this.#live();
    if (this.#canGoOn()) await this.#end();
    return this.#report();
  }

  /** One life of the broker. */
  async #live(): Promise<void> {
    const launched = this.#options.subject.launch();
    const launchedAt = performance.now();
    if (this.#random.chance(stillbirth)) {
      await milliseconds(this.#between(startMilliseconds));
      await this.#kill(launched, launchedAt);
      return;
    }
    const address = await this.#served(launched);
    if (address === undefined) return;
    await this.#readRetained(address);
    if (this.#kills.length % killsPerAudit === killsPerAudit - 1) await this.#audit(address);
    const isSent = this.#load.sends(Math.round(this.#between(messagesPerLife)));
    this.#load.resume();
    await this.#patiently(this.#load.begin(address), "connecting the publishers");
    await this.#act(isSent);
    if (this.#random.chance(disturbance)) this.#load.disturb();
    await milliseconds(this.#between(lateMilliseconds));
    await this.#kill(launched, launchedAt, address);
  }

  /** Clients come and go until `end`. */
  async #act(end: Promise<void>): Promise<void> {
    let isOver = false;
    const life = within(lifeMillisecondsMax, end, "sending").catch(() => {}).finally(() => isOver = true);
    while (!isOver) {
      await Promise.race([life, milliseconds(this.#between(betweenActsMilliseconds))]);
      this.#load.act();
    }
  }

  /** The process is stopped while its held acknowledgements are counted, and never goes on. */
  async #kill(launched: Launched, launchedAt: number, address?: Address): Promise<void> {
    this.#checkAlive(launched);
    const held = address === undefined ? () => 0 : await this.#aim(launched, address);
    const afterMilliseconds = performance.now() - launchedAt;
    this.#load.doom();
    await launched.kill();
    // What it had sent before still comes: only what then is unacknowledged was held.
    await this.#load.ended();
    this.#record({
      afterMilliseconds,
      during: address === undefined ? "start" : "load",
      unacknowledged: this.#load.unacknowledged(),
      held: held(),
    });
  }

  /** Stops it, at once or when enough is held; gives how many acknowledgements are held as far as is known by then. */
  async #aim(launched: Launched, address: Address): Promise<() => number> {
    const isDue = this.#kills.filter(hurts).length < shareThatHurts * this.#kills.length;
    const deadline = performance.now() + (isDue ? aimMillisecondsMax : 0);
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    for (;;) {
      launched.freeze();
      const unread = unreadBytes(port);
      const read = this.#load.held((localPort) => unread.get(localPort) ?? 0);
      const held = () => read.filter(isUnacknowledged).length;
      if (performance.now() >= deadline) return held;
      await milliseconds(settleMilliseconds);
      if (held() >= heldEnough) return held;
      launched.thaw();
      await milliseconds(this.#between(betweenLooksMilliseconds));
    }
  }

  #record(kill: Kill): void {
    this.#kills.push(kill);
    this.#options.onKill?.(kill, this.#kills.length);
  }

  /** The last life, in which everyone is there and every promise can be kept. */
  async #end(): Promise<void> {
    const launched = this.#options.subject.launch();
    const address = await this.#served(launched);
    if (address === undefined) return;
    const servedAt = performance.now();
    await this.#readRetained(address);
    await this.#audit(address);
    const { quietMilliseconds, willsMilliseconds } = this.#patience;
    await until(() => performance.now() - servedAt > willsMilliseconds, Infinity);
    await until(() => this.#ledger.wills.missing() === 0, quietMilliseconds);
    await this.#readRetained(address);
    this.#checkAlive(launched);
    this.#load.leave();
    await launched.kill();
  }

  /** Everyone is there, nothing new is sent, and what was promised has to come as long as anything comes. */
  async #audit(address: Address): Promise<void> {
    await this.#patiently(this.#load.gather(address), "connecting everyone");
    const { messages } = this.#ledger;
    let [arrived, since] = [-1, performance.now()];
    await until(() => {
      if (messages.arrived !== arrived) {
        [arrived, since] = [messages.arrived, performance.now()];
        return false;
      }
      if (performance.now() - since > this.#patience.quietMilliseconds) return true;
      return this.#load.isSettled && messages.missing() === 0;
    }, Infinity);
    messages.audit();
    if (!this.#load.isSettled) this.#ledger.faults.add("no-answer", "messages were not completed");
  }

  /** While nobody changes what is retained. */
  async #readRetained(address: Address): Promise<void> {
    const reading = readRetained(address, this.#ledger.retained, this.#patience.quietMilliseconds);
    await this.#patiently(reading, "reading what is retained");
  }

  async #served(launched: Launched): Promise<Address | undefined> {
    try {
      return await within(startMillisecondsMax, launched.ready, "the start");
    } catch (error) {
      this.#ledger.faults.add("start-failed", `${error}\n${launched.log()}`);
      await launched.kill();
      return undefined;
    }
  }

  async #patiently(act: Promise<void>, what: string): Promise<void> {
    try {
      await within(answerMillisecondsMax, act, what);
    } catch (error) {
      this.#ledger.faults.add("no-answer", String(error));
    }
  }

  #checkAlive(launched: Launched): void {
    if (launched.hasEnded) this.#ledger.faults.add("died", launched.log());
  }

  #canGoOn(): boolean {
    return this.#ledger.faults.count("start-failed") === 0;
  }

  #between({ least, most }: { readonly least: number; readonly most: number }): number {
    return least + this.#random.fraction() * (most - least);
  }

  #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  #report(): Report {
    const { messages, retained, wills, faults } = this.#ledger;
    wills.settle();
    return {
      subject: this.#options.subject.name,
      seed: this.#options.seed,
      messages: messages.tally(),
      refusals: messages.refusals,
      retainedChanges: retained.completedChanges,
      willsDue: wills.dueCount,
      kills: this.#kills,
      seconds: this.#seconds(),
      faults,
    };
  }
}
