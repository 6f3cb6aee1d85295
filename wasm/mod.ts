/**
 * The core, and its memory: the only file that knows addresses. See `README.md` beside this for the contract.
 */
import { readFileSync } from "node:fs";
import type { Exports } from "./exports.ts";
import {
  ABSENT,
  type ConnectFields,
  type CoreEvent,
  type CoreSession,
  type CoreSubscription,
  type EventKind,
  eventKinds,
  readConnect,
  readEvent,
  readPermissionNames,
  readSession,
  TextReader,
  texts,
} from "./text.ts";

export type { ConnectFields, CoreEvent, CoreSession, CoreSubscription, EventKind };

/** The version of exports and records that this file was written for. */
const ABI_VERSION = 2;
/** Words of an output record: its kind and five values. */
const RECORD_WORDS = 6;
const REFUSED = 0xffff_ffff;

/** Kinds of output records, as `core-rs/abi/src/record.rs` numbers them. */
const LEND = 1;
const SEND = 2;
const CLOSE = 3;
const DECIDE = 4;
const RESULT = 5;
const JOURNAL = 6;
const LOAD = 7;
const EVENT = 8;
const WAKE = 9;
const MORE = 10;

/** What the host does for the core. None of these may call an input; what has to waits for the end of the call. */
export interface Host {
  /** Read the socket of this connection into `inbox` and answer with `filled`. */
  lend(slot: number, generation: number, inbox: Uint8Array): void;
  /** Write `outbox` to the socket of this connection and answer with `written`. */
  send(slot: number, generation: number, outbox: Uint8Array): void;
  /** Close the socket of this connection; `closed` and `released` follow. */
  close(slot: number, generation: number, reason: number): void;
  /** Decide who this is, and answer with `accept` or `refuse`. */
  decide(request: number, slot: number, generation: number, again: boolean): void;
  /** A publish is done, with this reason code. */
  result(request: number, reason: number): void;
  /** Make this batch durable and answer with `committed`. The bytes are copied before they are handed over. */
  journal(sequence: number, batch: Uint8Array): void;
  /** Bring the contents of this body back and answer with `loaded` or `lost`. */
  load(body: number): void;
  event(event: CoreEvent): void;
  /** Call `tick` at this moment, in milliseconds of the clock that the inputs are given. */
  wake(at: number): void;
  /** Call `resume` in the next turn. */
  more(): void;
}

/** A panic of the core. It is of no use any more; the process has to end. */
export class CorePanic extends Error {
  override readonly name = "CorePanic";
  readonly code = "core-panic";
}

/** What the store gave back is not what the engine once recorded. */
export class CorruptJournal extends Error {
  override readonly name = "CorruptJournal";
  readonly code = "corrupt-journal";

  constructor() {
    super("Cannot recover: the store gives back frames that the engine did not write");
  }
}

/** A permission set that the core does not take: whoever wrote its templates is at fault. */
export class UnusableTemplate extends Error {
  override readonly name = "UnusableTemplate";
  readonly code = "unusable-template";

  constructor(set: number, fault: string) {
    super(`Cannot use the templates of permission set ${set}: ${fault}`);
  }
}

/** Who comes in, and on what terms. */
export interface Admission {
  /** The permission set; 0 allows everything. */
  readonly set: number;
  /** The values of its variables, in the order in which `setPermissions` has named them. */
  readonly values: readonly string[];
  /**
   * Whose its sessions are: nobody else may take them over or use their client identifiers. Compared byte for byte;
   * empty for all anonymous clients.
   */
  readonly owner: string;
  /** The host's own words for who the client is. They are kept with a persistent session and come back after a restart. */
  readonly principal: string;
  /** Sessions that the owner may have, those without a connection included; 0 for no limit. */
  readonly sessionsMax: number;
  /** Seconds that a session may outlive its connection; 4,294,967,295 has no end. */
  readonly expirySecondsMax: number;
}

/** What the engine is started with. */
export interface CoreOptions {
  /** What `$SYS/broker/version` says. */
  readonly version: string;
  /** The limits that differ from the engine's defaults, by their configuration key. */
  readonly limits: Iterable<readonly [key: string, value: number]>;
  /** 32 bytes that nobody can guess. */
  readonly seed: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The engine in its module. There is one per process, since the module has one memory. */
export class Core {
  readonly #exports: Exports;
  readonly #host: Host;
  /** As much of the memory as has been needed: old views stay valid when it grows, and end where it ended. */
  #words: Uint32Array = new Uint32Array(0);
  /** What was last lent to each connection to read into, by slot: mostly it is lent again. */
  readonly #inboxes: Uint8Array[] = [];

  /**
   * Loads the committed artefact and starts the engine.
   *
   * @throws {Error} if the artefact was made for another loader, or a limit has no name or number that it knows
   */
  constructor(options: CoreOptions, host: Host) {
    this.#exports = instantiate();
    this.#host = host;
    const found = this.#exports.abi_version();
    if (found !== ABI_VERSION) {
      throw new Error(`Cannot use a core of ABI version ${found}: this loader is written for ${ABI_VERSION}`);
    }
    this.#create(options);
    proveLoansSurviveGrowth(this.#exports.memory);
  }

  #create({ version, limits, seed }: CoreOptions): void {
    const lines = [version, ...[...limits].map(([key, value]) => `${key}=${value}`)];
    const line = this.#guard(() => this.#exports.create(this.#put(seed, encoder.encode(lines.join("\n")))));
    if (line !== 0) throw new Error(`Cannot start the core: it does not take ${lines[line - 1]}`);
  }

  /** Bytes of linear memory; they never get fewer. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * A new connection. `opened` is told its name before anything is lent to it, and not called where there are as
   * many connections as there may be.
   */
  open(address: string, now: number, opened: (slot: number, generation: number) => void): void {
    const length = this.#put(encoder.encode(address));
    const count = this.#guard(() => this.#exports.open(length, now));
    const slot = this.#exports.opened_slot() >>> 0;
    if (slot !== REFUSED) opened(slot, this.#exports.opened_generation());
    this.#carryOut(count);
  }

  filled(slot: number, generation: number, count: number, now: number): void {
    try {
      this.#carryOut(this.#exports.filled(slot, generation, count, now));
    } catch (error) {
      throw this.#panic(error);
    }
  }

  written(slot: number, generation: number, count: number, now: number): void {
    try {
      this.#carryOut(this.#exports.written(slot, generation, count, now));
    } catch (error) {
      throw this.#panic(error);
    }
  }

  closed(slot: number, generation: number, now: number): void {
    this.#input(() => this.#exports.closed(slot, generation, now));
  }

  released(slot: number, generation: number, now: number): void {
    this.#input(() => this.#exports.released(slot, generation, now));
  }

  flush(now: number): void {
    try {
      this.#carryOut(this.#exports.flush(now));
    } catch (error) {
      throw this.#panic(error);
    }
  }

  resume(now: number): void {
    this.#input(() => this.#exports.resume(now));
  }

  tick(now: number): void {
    this.#input(() => this.#exports.tick(now));
  }

  /** What must be added to `now` to give Unix milliseconds. */
  wall(offset: number): void {
    this.#input(() => this.#exports.wall(offset));
  }

  shutdown(now: number): void {
    this.#input(() => this.#exports.shutdown(now));
  }

  /** Asks for events of these kinds, and no others. */
  listen(kinds: readonly EventKind[]): void {
    const bits = kinds.reduce((sum, kind) => sum | 1 << eventKinds.indexOf(kind), 0);
    this.#input(() => this.#exports.listen(bits));
  }

  /**
   * Applies frames that the store gives back. Before any connection is opened.
   *
   * @throws {CorruptJournal} if one is not as it should be
   */
  recover(frames: Uint8Array): void {
    const length = this.#put(frames);
    if (this.#guard(() => this.#exports.recover(length)) !== 0) throw new CorruptJournal();
  }

  /**
   * Ends recovery.
   *
   * @param state the last batch that the store has, the highest number that was given, and when the broker was last
   * known to live, in Unix milliseconds
   * @throws {CorruptJournal} if a frame named what there is not
   */
  recovered(
    { sequence, lastNumber, aliveAt }: { sequence: number; lastNumber: number; aliveAt: number },
    now: number,
  ): void {
    const wrong = this.#guard(() => this.#exports.recovered(sequence, lastNumber, aliveAt, now));
    if (wrong !== 0) throw new CorruptJournal();
  }

  /** Says that the store cannot keep promises, or can again. */
  degrade(degraded: boolean, now: number): void {
    this.#input(() => this.#exports.degrade(Number(degraded), now));
  }

  committed(sequence: number, now: number): void {
    this.#input(() => this.#exports.committed(sequence, now));
  }

  loaded(body: number, contents: Uint8Array, now: number): void {
    this.#input(() => this.#exports.loaded(body, this.#put(contents), now));
  }

  lost(body: number, now: number): void {
    this.#input(() => this.#exports.lost(body, now));
  }

  /**
   * Lets a client in, or goes on with one that renews its identity. The engine refuses it even so where its client
   * identifier is that of another owner's session, or its owner has as many sessions as he may have.
   */
  accept(request: number, admission: Admission, now: number): void {
    const { set, values, owner, principal, sessionsMax, expirySecondsMax } = admission;
    this.#input(() => {
      const length = this.#put(texts([owner, principal, ...values]));
      return this.#exports.accept(request, set, sessionsMax, expirySecondsMax, length, now);
    });
  }

  /**
   * Sets or replaces a permission set, in force at once for all who have it. Whoever loses a subscription is
   * disconnected with 0x87; offline sessions lose theirs silently. In either case what it had queued goes too.
   *
   * @param set not 0, which allows everything
   * @param publish templates of the topics that may be published to
   * @param subscribe templates of what may be subscribed to
   * @returns the names of the variables, in the order in which a session gives their values
   * @throws {UnusableTemplate} if one is no template; the set is what it was
   */
  setPermissions(
    set: number,
    publish: readonly string[],
    subscribe: readonly string[],
    now: number,
  ): readonly string[] {
    const length = this.#put(texts([...publish, ...subscribe]));
    this.#input(() => this.#exports.set_permissions(set, publish.length, length, now));
    const named = readPermissionNames(this.#text(this.#guard(() => this.#exports.permission_names())));
    if (typeof named === "string") throw new UnusableTemplate(set, named);
    return named;
  }

  /** Gives the session of a client identifier other rights, which hold at once, as those of `setPermissions` do. */
  regrant(clientId: string, set: number, values: readonly string[], now: number): void {
    this.#input(() => this.#exports.regrant(set, this.#put(texts([clientId, ...values])), now));
  }

  /** Keeps a client out, with an MQTT 5 reason code. */
  refuse(request: number, reason: number, now: number): void {
    this.#input(() => this.#exports.refuse(request, reason, now));
  }

  /**
   * Publishes `packet`, a PUBLISH of MQTT 5, with the rights of a permission set and values of its variables.
   * `Host.result` answers.
   */
  publish(
    request: number,
    packet: Uint8Array,
    { set, values }: { readonly set: number; readonly values: readonly string[] },
    now: number,
  ): void {
    this.#input(() => {
      const length = this.#put(packet, texts(values));
      return this.#exports.publish(request, set, packet.length, length, now);
    });
  }

  disconnect(clientId: string, reason: number, now: number): void {
    this.#input(() => this.#exports.disconnect(this.#put(encoder.encode(clientId)), reason, now));
  }

  endSession(clientId: string, reason: number, now: number): void {
    this.#input(() => this.#exports.end_session(this.#put(encoder.encode(clientId)), reason, now));
  }

  /** Drops what waits in a client's queue now. */
  clearQueue(clientId: string, now: number): void {
    this.#input(() => this.#exports.clear_queue(this.#put(encoder.encode(clientId)), now));
  }

  /**
   * Sessions from slot `from` on.
   *
   * @param limit slots that are looked at, so that a call is bounded; there may be fewer sessions
   * @returns with the slot to go on from, `undefined` at the end
   */
  sessions(from: number, limit: number): { sessions: CoreSession[]; next: number | undefined } {
    const length = this.#guard(() => this.#exports.sessions(from, limit));
    const reader = new TextReader(this.#text(length));
    const next = reader.number();
    const count = reader.number();
    const sessions = Array.from({ length: count }, () => readSession(reader));
    return { sessions, next: next === ABSENT ? undefined : next };
  }

  /** The session of a client identifier, with its subscriptions. */
  session(clientId: string): CoreSession & { readonly filters: readonly CoreSubscription[] } | undefined {
    const length = this.#guard(() => this.#exports.session(this.#put(encoder.encode(clientId))));
    if (length === 0) return undefined;
    const reader = new TextReader(this.#text(length));
    const session = readSession(reader);
    const count = reader.number();
    const filters = Array.from(
      { length: count },
      () => ({ filter: reader.text() ?? "", qos: reader.byte() }),
    );
    return { ...session, filters };
  }

  /** What the connection that `Host.decide` named says of itself; `undefined` if it is gone. */
  connectFields(slot: number, generation: number): ConnectFields | undefined {
    const length = this.#guard(() => this.#exports.connect_fields(slot, generation));
    return length === 0 ? undefined : readConnect(this.#text(length));
  }

  /** Every counter and gauge of the engine, by name. */
  metrics(): Map<string, number> {
    const lines = decoder.decode(this.#text(this.#guard(() => this.#exports.metrics()))).trimEnd().split(
      "\n",
    );
    return new Map(lines.map((line) => {
      const [name = "", value = "0"] = line.split(" ");
      return [name, Number(value)];
    }));
  }

  /** Copies bytes to the scratch, one part behind the other, and gives their length. */
  #put(...parts: readonly Uint8Array[]): number {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const address = this.#exports.scratch(length);
    const scratch = new Uint8Array(this.#exports.memory.buffer, address, length);
    let offset = 0;
    for (const part of parts) {
      scratch.set(part, offset);
      offset += part.length;
    }
    return length;
  }

  /** A copy of what the last call wrote to the text. */
  #text(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer, this.#exports.text(), length).slice();
  }

  #input(call: () => number): void {
    this.#carryOut(this.#guard(call));
  }

  #guard(call: () => number): number {
    try {
      return call();
    } catch (error) {
      throw this.#panic(error);
    }
  }

  /** What the core said before it trapped. */
  #panic(error: unknown): unknown {
    if (!(error instanceof WebAssembly.RuntimeError)) return error;
    const { memory } = this.#exports;
    const length = this.#exports.panic_length();
    const said = new Uint8Array(memory.buffer, this.#exports.panic_text(), length).slice();
    const message = length === 0 ? error.message : decoder.decode(said);
    return new CorePanic(`The core stopped: ${message}`, { cause: error });
  }

  /** Does what the records of the last input say. */
  #carryOut(count: number): void {
    if (count === 0) return;
    let at = this.#exports.records() >>> 2;
    if (at + count * RECORD_WORDS > this.#words.length) this.#lookAgain();
    const words = this.#words;
    for (let left = count; left > 0; left--, at += RECORD_WORDS) {
      const slot = words[at + 1] as number;
      const generation = words[at + 2] as number;
      const address = words[at + 3] as number;
      const length = words[at + 4] as number;
      switch (words[at]) {
        case LEND:
          this.#host.lend(slot, generation, this.#inbox(slot, address, length));
          break;
        case SEND:
          this.#host.send(slot, generation, this.#view(address, length));
          break;
        default:
          this.#carryOutRare(words.subarray(at, at + RECORD_WORDS));
      }
    }
  }

  #inbox(slot: number, address: number, length: number): Uint8Array {
    const last = this.#inboxes[slot];
    if (last?.byteOffset === address && last.length === length) return last;
    return this.#inboxes[slot] = this.#view(address, length);
  }

  #view(address: number, length: number): Uint8Array {
    if (address + length > this.#words.byteLength) this.#lookAgain();
    return new Uint8Array(this.#words.buffer, address, length);
  }

  #lookAgain(): void {
    this.#words = new Uint32Array(this.#exports.memory.buffer);
  }

  #carryOutRare([kind = 0, first = 0, second = 0, third = 0, fourth = 0]: Uint32Array): void {
    const long = first + second * 2 ** 32;
    switch (kind) {
      case CLOSE:
        return this.#host.close(first, second, third);
      case DECIDE:
        return this.#host.decide(third, first, second, fourth !== 0);
      case RESULT:
        return this.#host.result(first, second);
      case JOURNAL:
        return this.#host.journal(long, new Uint8Array(this.#exports.memory.buffer, third, fourth).slice());
      case LOAD:
        return this.#host.load(long);
      case EVENT:
        return this.#host.event(readEvent(this.#text(first + second).subarray(first)));
      case WAKE:
        return this.#host.wake(long);
      case MORE:
        return this.#host.more();
    }
    throw new Error(`Cannot carry out output ${kind}: this loader does not know it`);
  }
}

/**
 * The glue that wasm-pack would write is not used: numbers are all that crosses. wasm-bindgen asks for one import
 * even so, to fill a table of JavaScript values that stays empty here.
 */
function instantiate(): Exports {
  const module = new WebAssembly.Module(readFileSync(new URL("./heliograph_core_bg.wasm", import.meta.url)));
  const imports = { "./heliograph_core_bg.js": { __wbindgen_init_externref_table(): void {} } };
  return new WebAssembly.Instance(module, imports).exports as unknown as Exports;
}

/**
 * Sockets read and write lent memory while the core's memory may grow. It is shared memory, whose old views stay
 * valid then; an artefact built without that would lose bytes, so it is tried at each start.
 */
function proveLoansSurviveGrowth(memory: WebAssembly.Memory): void {
  const loan = new Uint8Array(memory.buffer, memory.buffer.byteLength - 1, 1);
  memory.grow(1);
  const view = new Uint8Array(memory.buffer, loan.byteOffset, 1);
  const before = view[0] ?? 0;
  view[0] = before ^ 0xff;
  if (loan[0] !== (before ^ 0xff)) throw new Error("Cannot lend memory: a loan does not survive its growth");
  view[0] = before;
}
