/** Clients that go while the webhook is asked about them, at a real broker. */
import assert from "node:assert/strict";
import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import { tcpLink, webSocketLink } from "../../dialogue/link.ts";
import { auth, connect, encode, eventually, fresh, pingreq, withinSeconds } from "../../dialogue/mod.ts";
import { tcpFrom } from "../../hostile/access/dialers.ts";
import { answer, FakeService } from "../../identity/webhook/service.ts";
import { type GovernedBroker, tlsDialer, useGovernedBroker } from "./governed.ts";

const RE_AUTHENTICATE = 0x19;
const BEARING = { authenticationMethod: "OWN", authenticationData: "1" };
/** Less than the webhook has. */
const SECONDS_MAX = 4;
/** More than are asked about and wait together. */
const CUT = 1_200;
/** From one address; what is cut off goes on counting as under way there for a while. */
const BATCH = 50;

const carriers: readonly (readonly [
  string,
  Parameters<GovernedBroker["dials"]>[0],
  Parameters<GovernedBroker["address"]>[0],
])[] = [
  ["TCP", tcpLink, "mqtt"],
  ["TLS", tlsDialer(), "mqtts"],
  ["WebSocket", webSocketLink, "http"],
];

describe("a client that goes while the webhook is asked about it", () => {
  const broker = useGovernedBroker();
  let service: FakeService;

  beforeAll(async () => {
    service = await FakeService.start();
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        clientAuthentication: { webhookAuthentication: { endpointUrl: service.url } },
      },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());
  afterEach(() => {
    service.behaviour = allow;
  });

  const allow: FakeService["behaviour"] = (response, { body }) =>
    answer(response, { decision: "allow", clientAuthenticationName: body.userName });

  /** Resolves once so many are asked about, and so many wait. */
  async function loadIs(running: number, waiting: number): Promise<void> {
    const wanted = [`running ${running}`, `waiting ${waiting}`];
    await eventually(async () => {
      const text = await (await fetch(`http://${broker.address("http")}/metrics`)).text();
      const load = [...text.matchAll(/^heliograph_webhook_requests\{state="(\w+)"\} (\d+)$/gm)];
      return load.map(([, state, count]) => `${state} ${count}`).join() === wanted.join();
    });
  }

  /** Resolves once the webhook, which hangs, is asked because of `ask`. */
  async function isAskedBy(ask: () => void): Promise<void> {
    const before = service.asked.length;
    service.behaviour = () => {};
    ask();
    await service.isAsked(before + 1);
  }

  for (const [name, dialer, protocol] of carriers) {
    it(`is not asked about any longer, over ${name}`, async () => {
      const client = await broker.dials(dialer, broker.address(protocol));
      await isAskedBy(() => client.sends(connect({ userName: fresh("device") })));
      await loadIs(1, 0);
      client.cuts();
      await withinSeconds(SECONDS_MAX, loadIs(0, 0));
    });

    it(`and that sends something first is served once the webhook answers, over ${name}`, async () => {
      const client = await broker.dials(dialer, broker.address(protocol));
      const held = Promise.withResolvers<() => void>();
      service.behaviour = (response, asked) => held.resolve(() => allow(response, asked));
      client.sends(connect({ userName: fresh("device") }));
      const answers = await held.promise;
      client.sends(pingreq());
      answers();
      assert.equal((await client.hears("connack")).reason, 0);
      await client.hears("pingresp");
    });
  }

  it("is not asked about any longer if it renews its identity", async () => {
    const client = await (await broker.dials(tcpLink, broker.address("mqtt"))).connects({
      userName: fresh("device"),
      properties: BEARING,
      answers: { authenticationMethod: "OWN" },
    });
    await isAskedBy(() => client.sends(auth(RE_AUTHENTICATE, BEARING)));
    await loadIs(1, 0);
    client.cuts();
    await withinSeconds(SECONDS_MAX, loadIs(0, 0));
  });

  it("leaves its place to others, however many have gone", async () => {
    service.behaviour = () => {};
    const packet = encode(connect({ userName: "stranger" }), 5);
    for (let batch = 0; batch < CUT / BATCH; batch += 1) {
      const from = `127.0.1.${batch + 1}`;
      const at = broker.address("mqtt");
      const sockets = await Promise.all(Array.from({ length: BATCH }, () => tcpFrom(from, at)));
      for (const socket of sockets) socket.end(packet, () => socket.destroy());
    }
    service.behaviour = allow;
    const client = await broker.dials(tcpLink, broker.address("mqtt"));
    await client.connects({ userName: fresh("device") });
    await client.pings();
  });
});
