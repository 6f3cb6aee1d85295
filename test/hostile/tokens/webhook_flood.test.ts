/** Connections by the thousand that all wait for a webhook which never answers, at a real broker. */
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { connectionsWithin } from "../../../src/transport/descriptors.ts";
import { GovernedBroker } from "../../access/broker/governed.ts";
import { connect, encode, eventually, fresh, withinSeconds } from "../../dialogue/mod.ts";
import { answer, FakeService } from "../../identity/webhook/service.ts";
import { tcpFrom } from "../access/dialers.ts";
import { ProcessLog } from "../access/process_log.ts";
import { residentBytes } from "../resident_bytes.ts";

/** As many as the task says, or as there are descriptors for. */
const CONNECTIONS = connectionsWithin(10_000);
/** Each waits for fewer than an address may fail, so that what keeps the flood out is the queue alone. */
const CONNECTIONS_PER_ADDRESS = 40;
/** More at once would not fit into the queue of connections that wait to be accepted. */
const BATCH = 500;
const RUNNING_MAX = 64;
const WAITING_MAX = 1_024;
const RESIDENT_BYTES_MAX = 600_000_000;
/** The webhook has 5 s; the rest is for two cores that are also the attackers'. */
const ANSWERED_SECONDS_MAX = 15;
const UNAVAILABLE = 0x88;
/** v3.1.1 §3.2.2.3 */
const SERVER_UNAVAILABLE = 3;

/** Not by password, which would wait to be hashed: by a method that only the webhook knows, and by a name alone. */
const CONNECTS = [
  encode(connect({ clientId: "", properties: { authenticationMethod: "SCRAM" } }), 5),
  encode(connect({ version: 4, clientId: "", userName: "stranger" }), 4),
];
const REFUSALS = [UNAVAILABLE, SERVER_UNAVAILABLE];

describe(`hostile: ${CONNECTIONS} connections that all wait for a webhook`, () => {
  let broker: GovernedBroker;
  let service: FakeService;
  let log: ProcessLog;

  beforeAll(async () => {
    service = await FakeService.start();
    broker = await GovernedBroker.started({ limits: { connectTimeoutSeconds: 60 } });
    log = new ProcessLog(broker.started.process.child);
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 10,
        clientAuthentication: { webhookAuthentication: { endpointUrl: service.url } },
      },
    });
    await broker.put("users/neighbour", { password: "good fences" });
    service.behaviour = () => {};
  });
  afterAll(async () => {
    await broker.end();
    await service[Symbol.asyncDispose]();
  });

  function neighbour() {
    const clientId = fresh("neighbour");
    return broker.joinsPlainly({ clientId, userName: "neighbour", password: Buffer.from("good fences") });
  }

  /** The neighbour's newest connection is let in, and served. */
  async function newcomerIsServed(): Promise<void> {
    const client = await withinSeconds(10, neighbour());
    await withinSeconds(10, client.pings());
    client.cuts();
  }

  /** How many the webhook is asked about now, and how many wait. */
  async function load(): Promise<string[]> {
    const text = await (await fetch(`http://${broker.address("http")}/metrics`)).text();
    return [...text.matchAll(/^heliograph_webhook_requests\{state="(\w+)"\} (\d+)$/gm)]
      .map(([, state, count]) => `${state} ${count}`);
  }

  const full = [`running ${RUNNING_MAX}`, `waiting ${WAITING_MAX}`];

  it("are told to come back later, and keep nobody else out", async () => {
    const old = await neighbour();
    const flood = await Flood.open(broker.address("mqtt"));
    flood.connects();
    await eventually(async () => (await load()).join() === full.join());
    await old.pings();
    await newcomerIsServed();
    const bytes = await residentBytes(broker.started.process.child.pid ?? 0);
    assert.ok(bytes < RESIDENT_BYTES_MAX, `the broker holds ${bytes} bytes`);
    const reasons = await withinSeconds(ANSWERED_SECONDS_MAX, flood.reasons);
    assert.deepEqual(countsOf(reasons), expectedCounts());
    assert.ok(service.asked.length <= RUNNING_MAX + WAITING_MAX, `${service.asked.length} were asked`);
    await old.pings();
    assert.deepEqual(await load(), ["running 0", "waiting 0"]);
  });

  it("and once it answers, clients come in by its word again", async () => {
    service.behaviour = (response) =>
      answer(response, { decision: "allow", clientAuthenticationName: "device1" });
    const client = await withinSeconds(10, broker.joinsPlainly({ userName: "stranger" }));
    await client.pings();
    service.behaviour = () => {};
  });

  it("do not hold up a broker that is told to stop", async () => {
    const flood = await Flood.open(broker.address("mqtt"));
    flood.connects();
    await eventually(async () => (await load()).join() === full.join());
    await withinSeconds(10, broker.stops());
    await withinSeconds(10, flood.reasons);
    assert.deepEqual(log.faults, []);
  });
});

/** How often each reason is told, by the side that a connection came from. */
function countsOf(reasons: readonly (number | undefined)[]): Map<number | undefined, number> {
  return new Map(REFUSALS.map((reason) => [reason, reasons.filter((one) => one === reason).length]));
}

function expectedCounts(): Map<number | undefined, number> {
  const half = Math.floor(CONNECTIONS / 2);
  return new Map([[UNAVAILABLE, CONNECTIONS - half], [SERVER_UNAVAILABLE, half]]);
}

/** Connections that stand, and say nothing until they all say CONNECT. */
class Flood {
  readonly #sockets: readonly Socket[];
  /** What each CONNACK says, or `undefined` for a connection that ended without; once all have ended. */
  readonly reasons: Promise<(number | undefined)[]>;

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.reasons = Promise.all(sockets.map(reasonAtEnd));
  }

  static async open(at: string): Promise<Flood> {
    const sockets: Socket[] = [];
    for (let from = 0; from < CONNECTIONS; from += BATCH) {
      const count = Math.min(BATCH, CONNECTIONS - from);
      sockets.push(
        ...await Promise.all(Array.from({ length: count }, (_, index) => {
          const place = Math.floor((from + index) / CONNECTIONS_PER_ADDRESS);
          return tcpFrom(`127.1.${Math.floor(place / 250)}.${1 + place % 250}`, at);
        })),
      );
    }
    return new Flood(sockets);
  }

  connects(): void {
    for (const [index, socket] of this.#sockets.entries()) socket.write(CONNECTS[index % 2] ?? "");
  }
}

/** The reason of the CONNACK that a connection ends with. */
function reasonAtEnd(socket: Socket): Promise<number | undefined> {
  let said: Uint8Array = Buffer.of();
  socket.on("data", (bytes: Uint8Array) => said = Buffer.concat([said, bytes]));
  return new Promise((resolve) => socket.once("close", () => resolve(said[3])));
}
