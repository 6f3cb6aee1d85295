/** A client that renews its identity with other attributes has the rights of the new ones, and at once. */
import { beforeAll, describe, it } from "@std/testing/bdd";
import { auth, type Client, filter, fresh, puback, publish, suback, subscribe } from "../../dialogue/mod.ts";
import { CustomWorld } from "../../identity/token/custom_world.ts";
import { answer, FakeService } from "../../identity/webhook/service.ts";
import { bearing, believes, CUSTOM, customJwtAuthentication, dials, joinsBearing } from "./bearer.ts";
import { type JoinOptions, NOT_AUTHORIZED, useGovernedBroker } from "./governed.ts";

const RE_AUTHENTICATE = 0x19;
const KEPT = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

describe("AUTH with other attributes", () => {
  const broker = useGovernedBroker();
  const tokens = new CustomWorld();

  beforeAll(async () => {
    await believes(broker, { customJwtAuthentication });
    await broker.put("clientGroups/drivers", { query: "attributes.role = 'driver'" });
    await broker.put("clientGroups/watchers", { query: "attributes.role = 'watcher'" });
    const templates = ["cars/${client.attributes.car}/#"];
    await broker.binds("driving", { group: "drivers", verb: "Publisher", templates });
    await broker.binds("watching", { group: "watchers", verb: "Subscriber", templates });
    await broker.binds("anything", { verb: "Subscriber", templates: ["news"] });
  });

  type Attributes = Readonly<Record<string, unknown>>;

  async function joins(sub: string, attributes: Attributes, options: JoinOptions = {}): Promise<Client> {
    return await joinsBearing(broker, [CUSTOM, await tokens.token({ sub, ...attributes })], options);
  }

  async function renews(client: Client, sub: string, attributes: Attributes): Promise<void> {
    client.sends(auth(RE_AUTHENTICATE, bearing(CUSTOM, await tokens.token({ sub, ...attributes }))));
    await client.receives(auth(0, { authenticationMethod: CUSTOM }));
  }

  async function mayPublish(client: Client, topic: string): Promise<void> {
    await client.publishes(topic, { qos: 1 });
  }

  async function mayNotPublish(client: Client, topic: string): Promise<void> {
    client.sends(publish(topic, { qos: 1, id: 1000 }));
    await client.receives(puback(1000, NOT_AUTHORIZED));
  }

  it("lets a client publish what it might not, and no more what it might, by its groups", async () => {
    const sub = fresh("client");
    const client = await joins(sub, { role: "driver", car: "1" });
    await mayPublish(client, "cars/1/speed");
    await renews(client, sub, { role: "guest", car: "1" });
    await mayNotPublish(client, "cars/1/speed");
    await renews(client, sub, { role: "driver", car: "1" });
    await mayPublish(client, "cars/1/speed");
    await renews(client, sub, {});
    client.sends(publish("cars/1/speed"));
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("lets a client publish elsewhere, by the values of its variables", async () => {
    const sub = fresh("client");
    const client = await joins(sub, { role: "driver", car: "1" });
    await mayNotPublish(client, "cars/2/speed");
    await renews(client, sub, { role: "driver", car: "2" });
    await mayPublish(client, "cars/2/speed");
    await mayNotPublish(client, "cars/1/speed");
    await renews(client, sub, { role: "driver" });
    await mayNotPublish(client, "cars/2/speed");
    await mayNotPublish(client, "cars//speed");
  });

  it("ends a client that loses what it has subscribed to, by its group or its variables", async () => {
    for (const attributes of [{ role: "guest", car: "1" }, { role: "watcher", car: "2" }, {}]) {
      const sub = fresh("client");
      const client = await joins(sub, { role: "watcher", car: "1" });
      const other = await joins(fresh("client"), { role: "watcher", car: "1" });
      await client.subscribes("cars/1/#");
      await other.subscribes("cars/1/#");
      await renews(client, sub, attributes);
      await client.isDisconnected(NOT_AUTHORIZED);
      await other.pings();
    }
  });

  it("leaves a client that may still have what it has subscribed to, with its new rights", async () => {
    const sub = fresh("client");
    const client = await joins(sub, { role: "guest" });
    await client.subscribes("news");
    client.sends(subscribe(5, [filter("cars/1/#")]));
    await client.receives(suback(5, [NOT_AUTHORIZED]));
    await renews(client, sub, { role: "watcher", car: "1" });
    await client.subscribes("cars/1/#");
    const driver = await joins(fresh("client"), { role: "driver", car: "1" });
    await driver.publishes("cars/1/speed", { qos: 1, payload: "80" });
    await client.takes(publish("cars/1/speed", { payload: "80" }));
  });

  it("takes a lost subscription from a session that is kept, with what comes for it afterwards", async () => {
    const [sub, clientId] = [fresh("client"), fresh("session")];
    const client = await joins(sub, { role: "watcher", car: "1" }, { ...KEPT, clientId });
    await client.subscribes("cars/1/#", { qos: 1 });
    await renews(client, sub, { role: "watcher", car: "2" });
    await client.isDisconnected(NOT_AUTHORIZED);
    const driver = await joins(fresh("client"), { role: "driver", car: "1" });
    await mayPublish(driver, "cars/1/speed");
    const back = { ...KEPT, clientId, sessionPresent: true };
    const again = await joins(sub, { role: "watcher", car: "1" }, back);
    await again.receivesNothing(driver);
  });

  it("follows what a webhook says now of whom it has let in before", async () => {
    await using service = await FakeService.start();
    await believes(broker, { webhookAuthentication: { endpointUrl: service.url } });
    const says = (attributes: Attributes) => {
      service.behaviour = (response, { body: { userName } }) =>
        answer(response, { decision: "allow", clientAuthenticationName: userName, attributes });
    };
    says({ role: "driver", car: "1" });
    const client = await (await dials(broker)).connects({
      userName: fresh("hook"),
      properties: bearing("OWN", "1"),
      answers: { authenticationMethod: "OWN" },
    });
    await mayPublish(client, "cars/1/speed");
    says({ role: "driver", car: "2" });
    client.sends(auth(RE_AUTHENTICATE, bearing("OWN", "2")));
    await client.receives(auth(0, { authenticationMethod: "OWN" }));
    await mayNotPublish(client, "cars/1/speed");
    await mayPublish(client, "cars/2/speed");
    await believes(broker, { customJwtAuthentication });
    await client.isDisconnected(NOT_AUTHORIZED);
  });
});
