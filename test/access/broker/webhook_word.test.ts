/** For how long the word of a webhook counts, at a real broker: until the time that it says, or until it is asked no more. */
import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { type Client, connack, connect, eventually, fresh } from "../../dialogue/mod.ts";
import { answer, type Asked, FakeService } from "../../identity/webhook/service.ts";
import { believes, customJwtAuthentication, dials } from "./bearer.ts";
import { GovernedBroker, NOT_AUTHORIZED } from "./governed.ts";

describe("the word of a webhook", () => {
  let broker: GovernedBroker;
  let service: FakeService;
  let another: FakeService;

  beforeAll(async () => {
    [service, another] = [await FakeService.start(), await FakeService.start()];
    broker = await GovernedBroker.started();
    another.behaviour = (response, asked) => allows(response, asked);
  });
  afterAll(async () => {
    await broker.end();
    for (const one of [service, another]) await one[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    service.behaviour = (response, asked) => allows(response, asked);
    await asks(service);
  });

  async function asks({ url: endpointUrl }: FakeService): Promise<void> {
    await believes(broker, { webhookAuthentication: { endpointUrl } });
  }

  type Response = Parameters<FakeService["behaviour"]>[0];

  /** Lets a client in by its user name. */
  function allows(response: Response, { body }: Asked, expiration?: unknown): void {
    const said = { decision: "allow", clientAuthenticationName: body.userName };
    answer(response, expiration === undefined ? said : { ...said, expiration });
  }

  async function joins(version: 4 | 5 = 5): Promise<Client> {
    return await (await dials(broker)).connects({ version, userName: fresh("hook") });
  }

  /** A CONNECT about which the service is asked, and what makes it answer. */
  async function parked(
    expiration?: unknown,
  ): Promise<{ client: Client; clientId: string; answers: () => void }> {
    const clientId = fresh("parked");
    const client = await dials(broker);
    const held = new Promise<() => void>((resolve) => {
      service.behaviour = (response, asked) => resolve(() => allows(response, asked, expiration));
    });
    client.sends(connect({ clientId, userName: fresh("hook") }));
    return { client, clientId, answers: await held };
  }

  async function isRefused({ client, clientId }: { client: Client; clientId: string }, reason: string) {
    await client.receives(connack({ reason: NOT_AUTHORIZED }));
    await client.isClosed();
    await broker.logsRefusal(clientId, reason);
  }

  for (const [what, said] of [["a number", Number], ["a text", String]] as const) {
    it(`ends a connection at its expiration, which is ${what}, and not before`, async () => {
      const expiration = Math.floor(Date.now() / 1000) + 3;
      service.behaviour = (response, asked) => allows(response, asked, said(expiration));
      const [client, old] = [await joins(), await joins(4)];
      service.behaviour = (response, asked) => allows(response, asked);
      const bystander = await joins();
      await client.pings();
      await client.isDisconnected(NOT_AUTHORIZED);
      assert.ok(Date.now() >= expiration * 1000, "it ended before its time");
      await old.isClosed();
      await bystander.pings();
    });
  }

  it("lets nobody in who is waiting for it when its expiration has passed", async () => {
    const expiration = Math.floor(Date.now() / 1000) + 1;
    const waiting = await parked(String(expiration));
    await eventually(() => Promise.resolve(Date.now() >= expiration * 1000));
    waiting.answers();
    await isRefused(waiting, "what the webhook has allowed has expired");
  });

  it("counts no more when another service is asked: for whoever is connected, and whoever waits", async () => {
    const client = await joins();
    const waiting = await parked();
    await asks(another);
    await client.isDisconnected(NOT_AUTHORIZED);
    waiting.answers();
    await isRefused(waiting, "the webhook is not asked any more");
    const again = await joins();
    await again.pings();
  });

  it("counts no more when no service is asked, and nobody is let in by its word", async () => {
    const [client, waiting] = [await joins(), await parked()];
    await believes(broker, {});
    await client.isDisconnected(NOT_AUTHORIZED);
    waiting.answers();
    await isRefused(waiting, "the webhook is not asked any more");
    const before = service.asked.length;
    await broker.refuses(await dials(broker), { userName: fresh("hook") });
    assert.equal(service.asked.length, before);
  });

  it("goes on counting when all else about clients changes, also for whoever waits", async () => {
    const [client, waiting] = [await joins(), await parked()];
    await believes(broker, { customJwtAuthentication, webhookAuthentication: { endpointUrl: service.url } });
    await client.pings();
    waiting.answers();
    await waiting.client.receives(connack());
    await waiting.client.pings();
  });
});
