import assert from "node:assert/strict";
import { afterAll, beforeAll } from "@std/testing/bdd";
import { GovernedBroker, type JoinOptions, NOT_AUTHORIZED } from "../../access/broker/governed.ts";
import type { ConnectOptions } from "../../dialogue/build.ts";
import type { Dialer } from "../../dialogue/client.ts";
import { type Address, type Client, connack, connect, fresh, withinSeconds } from "../../dialogue/mod.ts";
import { type Neighbour, useNeighbour } from "../neighbour.ts";
import { residentBytes } from "../resident_bytes.ts";
import { type LogLine, ProcessLog } from "./process_log.ts";

export { type JoinOptions, NOT_AUTHORIZED };

/** What a test file may set. */
export interface AccessBrokerOptions {
  /** Keys of `limits` in the configuration. */
  readonly limits?: Readonly<Record<string, number>>;
}

const NEIGHBOUR = "neighbour";
const SESSIONS_MAX = 100;

/** The namespace as these tests leave it: one client may have many sessions. */
export const NAMESPACE = { maximumClientSessionsPerAuthenticationName: SESSIONS_MAX };

/**
 * One broker process under access control for the tests around this call, and a neighbour with rights of its own who
 * must be served after each of them.
 */
export function useAccessBroker(
  options: AccessBrokerOptions = {},
): { readonly broker: AccessBroker; readonly neighbour: Neighbour } {
  const broker = new AccessBroker(options);
  beforeAll(() => broker.start());
  const neighbour = useNeighbour({ joins: (joining) => broker.joins(NEIGHBOUR, joining) });
  afterAll(() => broker.end());
  return { broker, neighbour };
}

/** A broker process that is attacked: it says why it refused somebody, and whether it was hurt. */
export class AccessBroker extends GovernedBroker {
  #log: ProcessLog | undefined;

  constructor(options: AccessBrokerOptions = {}) {
    super({ ...options, namespace: NAMESPACE });
  }

  get mqtts(): Address {
    return this.address("mqtts");
  }

  /** What the process has logged since it serves. */
  get log(): ProcessLog {
    if (this.#log === undefined) throw new Error("The broker has not started: use it inside a test");
    return this.#log;
  }

  override async start(): Promise<void> {
    await super.start();
    this.#log = new ProcessLog(this.started.process.child);
    await this.register(NEIGHBOUR);
    await this.grants(NEIGHBOUR, { query: `authenticationName = '${NEIGHBOUR}'`, templates: ["+"] });
  }

  /** Ends it, and finds nothing in its log that no client may cause. */
  override async end(): Promise<void> {
    await super.end();
    assert.deepEqual(this.log.faults, []);
  }

  /** Somebody comes in. */
  async admits(dialer: Dialer, options: JoinOptions = {}, at = this.mqtts): Promise<Client> {
    return await (await this.dials(dialer, at)).connects(options);
  }

  /**
   * Somebody is refused, and is told nothing but that.
   *
   * @returns the reason that the log has
   */
  async refusal(dialer: Dialer, options: ConnectOptions = {}, at = this.mqtts): Promise<string> {
    const client = await this.dials(dialer, at);
    const { clientId = fresh("stranger"), version = 5 } = options;
    client.sends(connect({ ...options, clientId }));
    await client.receives(connack({ reason: version === 5 ? NOT_AUTHORIZED : 5 }));
    await client.isClosed();
    return await this.refusalOf(clientId);
  }

  /** Why a session was refused, from the log. */
  async refusalOf(clientId: string): Promise<string> {
    const isIt = (line: LogLine) => line.event === "connect_refused" && line.clientId === clientId;
    const { reason = "", address = "" } = await withinSeconds(10, this.log.line(isIt));
    assert.match(address, /^127\.0\.0\.\d+$/);
    return reason;
  }

  /** Lets whomever a query finds publish and subscribe to templates, by two bindings that {@linkcode bindingOf} names. */
  async grants(
    name: string,
    { query, templates }: { readonly query: string; readonly templates: readonly string[] },
  ): Promise<void> {
    await this.put(`clientGroups/${name}`, { query });
    await this.put(`topicSpaces/${name}`, { topicTemplates: templates });
    for (const permission of ["Publisher", "Subscriber"] as const) await this.gives(name, permission);
  }

  /** Gives one of the rights of {@linkcode grants}, again after it was taken. */
  async gives(name: string, permission: Permission): Promise<void> {
    await this.put(`permissionBindings/${bindingOf(name, permission)}`, {
      clientGroupName: name,
      topicSpaceName: name,
      permission,
    });
  }

  /** Takes one of the rights of {@linkcode grants}. */
  async takes(name: string, permission: Permission): Promise<void> {
    await this.deletes(`permissionBindings/${bindingOf(name, permission)}`);
  }

  /** What the kernel says the process holds in memory. */
  residentBytes(): Promise<number> {
    return residentBytes(this.started.process.child.pid ?? 0);
  }
}

type Permission = "Publisher" | "Subscriber";

function bindingOf(name: string, permission: Permission): string {
  return `${name}-${permission === "Publisher" ? "p" : "s"}`;
}
