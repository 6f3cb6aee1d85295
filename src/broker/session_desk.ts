import type { Core, CoreSession } from "../../wasm/mod.ts";
import { readPrincipal } from "../access/principal_text.ts";
import type {
  SessionDetail,
  SessionDirectory,
  SessionPage,
  SessionPageRequest,
  SessionSummary,
} from "../http/ports.ts";
import type { Peer } from "../transport/listener.ts";

/** What the desk needs of the broker. */
export interface SessionDeskOwner {
  readonly core: Core;
  /** The clock that the core is given, in milliseconds. */
  now(): number;
  /** Calls the core and carries out what comes of it. */
  do(call: () => void): void;
  /** Who is at the other end of the connection in a slot. */
  peerAt(slot: number): Peer | undefined;
}

const ADMINISTRATIVE_ACTION = 0x98;
/** Slots that one call of the core looks at. */
const SLOTS_PER_CALL = 1000;
const PROTOCOLS: Readonly<Record<number, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };

/** Sessions for an operator: listed, disconnected, ended, their queues cleared. */
export class SessionDesk implements SessionDirectory {
  readonly #owner: SessionDeskOwner;

  constructor(owner: SessionDeskOwner) {
    this.#owner = owner;
  }

  /** In the order of the core's slots; `next` is the slot to go on from. */
  async list({ top, after, accepts, connectedOnly }: SessionPageRequest): Promise<SessionPage> {
    const items: SessionSummary[] = [];
    let from: number | undefined = after === undefined ? 0 : Number(after);
    while (from !== undefined && items.length < top) {
      // No more slots than sessions are wanted, so that the page ends where the next one begins.
      const { sessions, next } = this.#owner.core.sessions(
        from,
        Math.min(SLOTS_PER_CALL, top - items.length),
      );
      for (const session of sessions) {
        const wanted = (!connectedOnly || session.slot !== undefined) &&
          (accepts?.(session.clientId) ?? true);
        if (wanted) items.push(this.#summary(session));
      }
      from = next;
      // Others have their turn between two calls.
      await Promise.resolve();
    }
    return { items, next: from === undefined ? undefined : String(from) };
  }

  get(clientId: string): Promise<SessionDetail | undefined> {
    const session = this.#owner.core.session(clientId);
    if (session === undefined) return Promise.resolve(undefined);
    const subscriptionList = session.filters.map(({ filter, qos }) => ({
      topicFilter: filter,
      qos: qos === 2 ? 2 as const : qos === 1 ? 1 as const : 0 as const,
    }));
    return Promise.resolve({ ...this.#summary(session), subscriptionList });
  }

  disconnect(clientId: string): Promise<boolean> {
    const { core } = this.#owner;
    const connected = core.session(clientId)?.slot !== undefined;
    if (connected) this.#owner.do(() => core.disconnect(clientId, ADMINISTRATIVE_ACTION, this.#owner.now()));
    return Promise.resolve(connected);
  }

  end(clientId: string): Promise<boolean> {
    const { core } = this.#owner;
    const known = core.session(clientId) !== undefined;
    if (known) this.#owner.do(() => core.endSession(clientId, ADMINISTRATIVE_ACTION, this.#owner.now()));
    return Promise.resolve(known);
  }

  /** Drops what waits for a session now; false if there is no such session. */
  clearQueue(clientId: string): Promise<boolean> {
    const { core } = this.#owner;
    const known = core.session(clientId) !== undefined;
    if (known) this.#owner.do(() => core.clearQueue(clientId, this.#owner.now()));
    return Promise.resolve(known);
  }

  #summary(session: CoreSession): SessionSummary {
    const peer = session.slot === undefined ? undefined : this.#owner.peerAt(session.slot);
    return {
      clientId: session.clientId,
      authenticationName: nameOf(session),
      connected: session.slot !== undefined,
      address: peer && addressOf(peer),
      protocol: PROTOCOLS[session.version],
      transport: peer?.carrier,
      subscriptions: session.subscriptions,
      queue: { messages: session.queuedMessages, bytes: session.queuedBytes },
      inFlight: session.inFlight,
      drops: session.drops,
    };
  }
}

/** Whose session it is, as he is written; nobody's name for an anonymous client. */
function nameOf({ principal }: CoreSession): string | undefined {
  const whose = readPrincipal(principal);
  return whose.kind === "anonymous" ? undefined : whose.authenticationName;
}

function addressOf({ address, port }: Peer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
