import { type ConnectFields, Core, type CoreEvent, type Host } from "../../wasm/mod.ts";
import type { ResourceChange } from "../access/directory.ts";
import type { ClientRefusal, Health, HostPublish, Publisher } from "../http/ports.ts";
import type { Credentials, Verdict } from "../identity/authenticator.ts";
import type { Fields, Logger } from "../observe/log.ts";
import type { Link, LinkEvents } from "../transport/listener.ts";
import type { Store } from "../store/store.ts";
import { AccessControl, type AccessControlOwner, type AccessRules, type Admitted } from "./access_control.ts";
import { BrokerLink, type LinkOwner } from "./broker_link.ts";
import { ClientDesk } from "./client_desk.ts";
import { Keeper, type KeeperOwner } from "./keeper.ts";
import { Pace, type PollSockets } from "./pace.ts";
import { publishPacket } from "./publish_packet.ts";
import { SessionDesk } from "./session_desk.ts";
import { Turn } from "./turn.ts";

/** What a broker is made of. */
export interface BrokerOptions {
  readonly version: string;
  readonly limits: Iterable<readonly [key: string, value: number]>;
  readonly store: Store;
  readonly pollSockets: PollSockets;
  readonly log: Logger;
  /** The core has stopped, or we have: nothing can go on. */
  readonly onFailure: (error: unknown) => void;
}

const MALFORMED_PACKET = 0x81;
const SERVER_UNAVAILABLE = 0x88;
const SERVER_BUSY = 0x89;
/** How long connections may take to say good-bye when the broker stops, in milliseconds. */
const DRAIN_MAX = 3000;
/** Sessions that are regranted in one call. */
const SESSIONS_PER_CALL = 1000;

/** A decision that the core is being told. */
interface Deciding {
  readonly credentials: Credentials;
  /** Why it is a refusal. */
  readonly cause?: string;
  /** What it is where it is none. */
  readonly admitted?: Admitted;
}

/** Whom the core asks about: a connection that comes in, or one that renews its identity. */
interface Question {
  readonly request: number;
  readonly slot: number;
  readonly generation: number;
  readonly renews: boolean;
}

/** Drives the core: hands links and publishes in, and does what comes out. */
export class Broker implements Publisher, Health {
  readonly #core: Core;
  readonly #turn: Turn;
  readonly #pace: Pace;
  readonly #log: Logger;
  readonly #onFailure: (error: unknown) => void;
  /** By slot. */
  readonly #links: (BrokerLink | undefined)[] = [];
  readonly #results = new Map<number, (reason: number) => void>();
  /** Outputs of the present call that answer with an input, which has to wait for the call's end. */
  readonly #later: (() => void)[] = [];
  /** How many of them have begun. */
  #answered = 0;
  #requests = 0;
  #open = 0;
  #drained: (() => void) | undefined;
  readonly #owner: LinkOwner;
  readonly #keeper: Keeper;
  readonly #sessions: SessionDesk;
  readonly #clients: ClientDesk;
  /** `undefined` until it is known who may come in. */
  #access: AccessControl | undefined;
  #deciding: Deciding | undefined;
  /** What the core has told of the client that it is being told a decision about. */
  #told = new Set<CoreEvent["kind"]>();

  constructor({ version, limits, store, pollSockets, log, onFailure }: BrokerOptions) {
    this.#log = log;
    this.#onFailure = onFailure;
    this.#pace = new Pace(pollSockets);
    this.#turn = new Turn(this.#pace, {
      flush: (now) => this.#flush(now),
      resume: (now) => this.#do(() => this.#core.resume(now)),
      tick: (now) => this.#do(() => this.#core.tick(now)),
    });
    const seed = crypto.getRandomValues(new Uint8Array(32));
    this.#core = new Core({ version, limits, seed }, this.#host());
    this.#owner = this.#ownerOfLinks();
    this.#keeper = new Keeper(store, this.#ownerOfKeeper());
    this.#sessions = new SessionDesk({
      core: this.#core,
      now: () => this.#turn.now(),
      do: (call) => this.#do(call),
      peerAt: (slot) => this.#links[slot]?.peer,
    });
    this.#clients = new ClientDesk({ log, access: () => this.#access });
    this.#core.wall(Date.now() - this.#turn.now());
    this.#core.listen(["connected", "disconnected", "refused", "session-ended", "dropped"]);
    this.#core.tick(this.#turn.now());
  }

  /**
   * Takes a new link, or refuses it because there are as many as there may be, or nobody may come from there. For every
   * listener's `Accept`.
   */
  accept(link: Link): LinkEvents | undefined {
    if (this.#access?.allows(link.peer) === false) {
      const reason = "the IP rules of the namespace do not allow the address";
      this.#log.warn("connection refused", { event: "connect_refused", address: link.peer.address, reason });
      return undefined;
    }
    let made: BrokerLink | undefined;
    this.#do(() => {
      this.#core.open(link.peer.address, this.#turn.now(), (slot, generation) => {
        made = this.#links[slot] = new BrokerLink(link, { slot, generation }, this.#owner);
        this.#open += 1;
      });
    });
    return made;
  }

  /** Routes a message of the host as if a connected client had published it. */
  publish(message: HostPublish): Promise<number | ClientRefusal> {
    let packet: Uint8Array;
    try {
      packet = publishPacket(message);
    } catch {
      return Promise.resolve(MALFORMED_PACKET);
    }
    const request = this.#requests = (this.#requests + 1) >>> 0;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#results.set(request, resolve);
    let refusal: ClientRefusal | undefined;
    this.#do(() => {
      refusal = this.#clients.withRightsOf(
        message.principal,
        (grant) => this.#core.publish(request, packet, grant, this.#turn.now()),
      );
    });
    if (refusal === undefined) return promise;
    this.#results.delete(request);
    return Promise.resolve(refusal);
  }

  /** Every counter and gauge, by the engine's names, with the memory beside them. */
  snapshot(): ReadonlyMap<string, number> {
    return this.#core.metrics().set("memory_reserved_bytes", this.#core.memoryBytes);
  }

  /**
   * Says good-bye to every client, and resolves once all are gone or their time is over.
   *
   * @param others resolves when nobody else uses the store's files any more
   */
  async stop(others: Promise<unknown> = Promise.resolve()): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    this.#do(() => this.#core.shutdown(this.#turn.now()));
    if (this.#open === 0) resolve();
    const timer = setTimeout(resolve, DRAIN_MAX);
    await promise;
    clearTimeout(timer);
    do this.#flush(this.#turn.now()); while (await this.#keeper.settled());
    this.#turn.stop();
    this.#access?.stop();
    await others;
    await this.#keeper.close();
  }

  /** Sessions, for an operator. */
  get sessions(): SessionDesk {
    return this.#sessions;
  }

  /** Clients that have a token and no connection. */
  get clients(): ClientDesk {
    return this.#clients;
  }

  /** Takes up what the store has kept. Before any link is accepted. */
  recover(): Promise<void> {
    return this.#keeper.recover();
  }

  /**
   * Lets clients in by these rules, and gives every session that was taken up the rights that it has now. After
   * `recover`, and before any link is accepted.
   */
  govern(rules: AccessRules): void {
    const access = this.#access = new AccessControl(rules, this.#ownerOfAccess());
    for (let from: number | undefined = 0; from !== undefined;) {
      const { sessions, next } = this.#core.sessions(from, SESSIONS_PER_CALL);
      this.#do(() => sessions.forEach((session) => access.restore(session)));
      from = next;
    }
  }

  /**
   * Puts changes of the resources into force.
   *
   * @returns when they are in force for every session; until then, each does what it might before or may now
   */
  apply(changes: readonly ResourceChange[]): Promise<void> {
    let inForce = Promise.resolve();
    this.#do(() => inForce = this.#access?.apply(changes) ?? inForce);
    return inForce;
  }

  /** Why the broker cannot serve all it should, in words; empty when it can. */
  readiness(): readonly string[] {
    const { degraded } = this.#keeper;
    return degraded === undefined ? [] : [`store: ${degraded}`];
  }

  #host(): Host {
    return {
      lend: (slot, generation, inbox) => this.#linkAt(slot, generation).read(inbox),
      send: (slot, generation, outbox) => this.#linkAt(slot, generation).write(outbox),
      close: (slot, generation) => this.#linkAt(slot, generation).close(),
      decide: (request, slot, generation, renews) =>
        this.#later.push(() => this.#decide({ request, slot, generation, renews })),
      result: (request, reason) => this.#onResult(request, reason),
      journal: (sequence, batch) => this.#keeper.commit(sequence, batch),
      load: (body) => this.#keeper.load(body),
      event: (event) => this.#onEvent(event),
      wake: (at) => this.#turn.wake(at),
      more: () => this.#turn.more(),
    };
  }

  #linkAt(slot: number, generation: number): BrokerLink {
    const link = this.#links[slot];
    if (link?.generation === generation) return link;
    throw new Error(`Cannot find connection ${slot}, generation ${generation}`);
  }

  #forget(slot: number): void {
    this.#links[slot] = undefined;
    this.#open -= 1;
    if (this.#open === 0) this.#drained?.();
  }

  #decide(question: Question): void {
    const { slot, generation } = question;
    const fields = this.#core.connectFields(slot, generation);
    const link = this.#links[slot];
    if (fields === undefined || link?.generation !== generation) return;
    const credentials = this.#credentialsOf(fields, question, link);
    const verdict = this.#access?.authenticate(credentials, link) ?? NOT_GOVERNED;
    if (!(verdict instanceof Promise)) return this.#decided(question, verdict, credentials);
    link.watch();
    verdict.catch(() => UNAVAILABLE).then((late) =>
      this.#do(() => {
        const confirmed = this.#access?.confirm(late, credentials) ?? NOT_GOVERNED;
        this.#decided(question, confirmed, credentials);
      })
    );
  }

  /** An AUTH has no user name; that of the CONNECT goes on. */
  #credentialsOf(fields: ConnectFields, { renews }: Question, { peer }: BrokerLink): Credentials {
    const username = renews ? this.#access?.usernameOf(fields.clientId) : fields.username;
    return { ...fields, username, peer };
  }

  #decided(question: Question, verdict: Verdict, credentials: Credentials): void {
    if (question.renews) return this.#renewalDecided(question, verdict, credentials);
    if (verdict.accepted && this.#access !== undefined) {
      return this.#admit(question, this.#access.admit(verdict.identity), credentials);
    }
    const { reason, cause } = verdict.accepted ? NOT_GOVERNED : verdict;
    this.#telling(
      { credentials, cause },
      () => this.#core.refuse(question.request, reason, this.#turn.now()),
    );
  }

  /** What the core says during the call is told to access control in its order, which ends with this. */
  #admit({ request }: Question, admitted: Admitted, credentials: Credentials): void {
    const { admission } = admitted;
    const told = this.#telling(
      { credentials, admitted },
      () => this.#core.accept(request, admission, this.#turn.now()),
    );
    if (!told.has("connected")) this.#later.push(() => this.#access?.notConnected(admitted));
  }

  /** v5 §4.12.1: the client is who it was, on other terms, or it has to go. */
  #renewalDecided(question: Question, verdict: Verdict, credentials: Credentials): void {
    const { request, slot, generation } = question;
    const access = this.#access;
    // Whoever is gone meanwhile renews nothing.
    if (access === undefined || this.#core.connectFields(slot, generation) === undefined) return;
    const { clientId } = credentials;
    const renewed = access.renew(clientId, verdict);
    if ("cause" in renewed) return this.#refuseRenewal(question, renewed, credentials);
    const told = this.#telling(
      { credentials, admitted: renewed },
      () => this.#core.accept(request, renewed.admission, this.#turn.now()),
    );
    if (told.has("session-ended")) return void this.#later.push(() => access.notConnected(renewed));
    // It may have lost what it had subscribed to.
    if (told.has("disconnected")) return void this.#later.push(() => access.regranted(clientId, renewed));
    this.#later.push(() => access.connected(clientId, renewed, credentials));
  }

  #refuseRenewal(
    { request }: Question,
    { reason, cause }: { readonly reason: number; readonly cause: string },
    credentials: Credentials,
  ): void {
    const { clientId, peer: { address } } = credentials;
    // DISCONNECT has no code for a server that cannot be reached (v5 §3.14.2.1).
    const code = reason === SERVER_UNAVAILABLE ? SERVER_BUSY : reason;
    this.#log.warn("re-authentication refused", {
      event: "reauthentication_refused",
      clientId,
      address,
      reason: cause,
      code: hexadecimal(code),
    });
    this.#telling({ credentials, cause }, () => this.#core.refuse(request, code, this.#turn.now()));
  }

  /** Tells the core a decision; gives what it has told of the client meanwhile. */
  #telling(deciding: Deciding, call: () => void): ReadonlySet<CoreEvent["kind"]> {
    this.#deciding = deciding;
    this.#told = new Set();
    try {
      call();
    } finally {
      this.#deciding = undefined;
    }
    return this.#told;
  }

  #onResult(request: number, reason: number): void {
    this.#results.get(request)?.(reason);
    this.#results.delete(request);
  }

  #onEvent(event: CoreEvent): void {
    const { kind, clientId, address, reason, detail, number } = event;
    const fields: Fields = { clientId, address, reason: hexadecimal(reason), detail };
    if (clientId === this.#deciding?.credentials.clientId) this.#told.add(kind);
    switch (kind) {
      case "connected":
        return this.#onConnected(event);
      case "disconnected":
        this.#later.push(() => this.#access?.disconnected(clientId));
        return this.#log.info("client disconnected", fields);
      case "refused":
        return this.#onRefused(event);
      case "session-ended":
        this.#later.push(() => this.#access?.ended(clientId));
        return this.#log.debug("session ended", fields);
      case "dropped":
        return this.#log.warn("messages dropped", { clientId, cause: detail, count: number });
    }
  }

  #onConnected({ clientId, address, number }: CoreEvent): void {
    const { admitted, credentials } = this.#deciding ?? {};
    if (admitted === undefined || credentials === undefined) {
      throw new Error(`Cannot tell who has connected as ${clientId}: nobody was let in`);
    }
    // Its identifier may be one that it was assigned.
    this.#told.add("connected");
    this.#later.push(() => this.#access?.connected(clientId, admitted, credentials));
    const authenticationName = admitted.identity?.authenticationName;
    this.#log.info("client connected", { clientId, address, authenticationName, resumed: number !== 0 });
  }

  /** The client is told a reason code; why it is that, the log alone is. event-grid: specification §19.2. */
  #onRefused({ clientId, address, reason, detail }: CoreEvent): void {
    this.#log.warn("connection refused", {
      event: "connect_refused",
      clientId: this.#deciding?.credentials.clientId ?? clientId,
      address,
      reason: this.#deciding?.cause ?? detail,
      code: hexadecimal(reason),
    });
  }

  #ownerOfLinks(): LinkOwner {
    return {
      core: this.#core,
      pace: this.#pace,
      begin: () => this.#turn.begin(),
      turned: () => this.#turned(),
      failed: (error) => this.#onFailure(error),
      forget: (slot) => this.#forget(slot),
    };
  }

  #ownerOfAccess(): AccessControlOwner {
    return {
      core: this.#core,
      log: this.#log,
      now: () => this.#turn.now(),
      inTurn: (call) => {
        this.#pace.rest();
        this.#pace.hold(() => this.#do(call));
      },
    };
  }

  #ownerOfKeeper(): KeeperOwner {
    return {
      core: this.#core,
      log: this.#log,
      now: () => this.#turn.now(),
      do: (call) => this.#do(call),
      failed: (error) => this.#onFailure(error),
    };
  }

  #flush(now: number): void {
    try {
      this.#core.flush(now);
      this.#settle();
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Calls the core, and gives up where that fails. */
  #do(call: () => void): void {
    try {
      this.#turn.begin();
      call();
      this.#turned();
    } catch (error) {
      this.#onFailure(error);
    }
  }

  #turned(): void {
    this.#settle();
    this.#turn.end();
  }

  /** Answers what the core asked for in the calls before. */
  #settle(): void {
    while (this.#answered < this.#later.length) this.#later[this.#answered++]?.();
    this.#later.length = this.#answered = 0;
  }
}

/** Nobody has said yet who may come in. */
const NOT_GOVERNED = {
  accepted: false,
  reason: SERVER_UNAVAILABLE,
  cause: "the broker is starting",
} as const;
const UNAVAILABLE: Verdict = { accepted: false, reason: SERVER_UNAVAILABLE, cause: "identity failed" };

function hexadecimal(reason: number): string {
  return `0x${reason.toString(16).padStart(2, "0")}`;
}
