/** From where clients without credentials are taken, and what they may do. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Dialer } from "../../dialogue/client.ts";
import { type Address, tcpLink, webSocketLink } from "../../dialogue/link.ts";
import { Client, filter, fresh, publish, startBroker, suback, subscribe } from "../../dialogue/mod.ts";
import { GovernedBroker, NOT_AUTHORIZED, tlsDialer } from "./governed.ts";

/** What HTTP Publish without credentials is answered with. */
async function statusOfPublish(dialer: Dialer, address: Address): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const link = await dialer(address, {
    arrived: (bytes) => resolve(new TextDecoder().decode(bytes)),
    ended: () => resolve("nothing"),
  });
  const head = "POST /mqtt/messages?topic=a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\n";
  link.send(new TextEncoder().encode(`${head}x`));
  const answer = await promise;
  link.cut();
  return answer.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
}

describe("anonymous access", () => {
  it("is on from this machine until there is access control, and off from then on, also after a restart", async () => {
    const started = await startBroker();
    const client = await (await Client.over(started.mqtt, tcpLink)).connects({ clientId: "first" });
    await client.subscribes("a/#");
    const groups = await fetch(`http://${started.http}/v1/clientGroups/some`, {
      method: "PUT",
      headers: { authorization: `Bearer ${started.operatorToken}` },
      body: JSON.stringify({ properties: { query: "authenticationName = 'x'" } }),
    });
    assert.equal(groups.status, 201, await groups.text());
    await client.pings();
    const users = await fetch(`http://${started.http}/v1/users/ann`, {
      method: "PUT",
      headers: { authorization: `Bearer ${started.operatorToken}` },
      body: JSON.stringify({ properties: { password: "secret" } }),
    });
    assert.equal(users.status, 201, await users.text());
    await client.isDisconnected(NOT_AUTHORIZED);
    await started.process.stops("SIGTERM");
  });

  it("stays off over a restart without a resource file", async () => {
    await using broker = await GovernedBroker.started();
    await broker.register("device");
    await broker.restarts();
    assert.equal(broker.started.operatorToken, undefined, "the token is told once");
    await broker.refuses(await broker.dials(tcpLink, broker.address("mqtt")), { clientId: "anybody" });
    await broker.joins("device");
  });

  it("`loopback` takes nobody over TLS, and whoever comes without may do everything", async () => {
    await using broker = await GovernedBroker.started({ flags: ["--anonymous", "loopback"] });
    await broker.register("device");
    await broker.refuses(await broker.dials(tlsDialer()), { clientId: "secure" });
    assert.equal(await statusOfPublish(tlsDialer(), broker.address("https")), "401");
    assert.equal(await statusOfPublish(tcpLink, broker.address("http")), "204");
    const client = await broker.joinsPlainly({ clientId: "plain" });
    await client.subscribes("#");
    const web = await broker.dials(
      (address, events) => webSocketLink(address, events),
      broker.address("http"),
    );
    await web.connects({ clientId: "web" });
    await web.publishes("any/topic", { qos: 1, payload: "x" });
    await client.takes(publish("any/topic", { payload: "x" }));
  });

  it("`on` takes everybody, for what bindings of $anonymous grant", async () => {
    await using broker = await GovernedBroker.started({ flags: ["--anonymous", "on"] });
    await broker.binds("open-in", { group: "$anonymous", verb: "Publisher", templates: ["open/#"] });
    await broker.binds("open-out", { group: "$anonymous", verb: "Subscriber", templates: ["open/#"] });
    const secure = await (await broker.dials(tlsDialer())).connects({ clientId: "secure" });
    secure.sends(subscribe(1, [filter("open/a"), filter("closed/a"), filter("#")]));
    await secure.receives(suback(1, [0, NOT_AUTHORIZED, NOT_AUTHORIZED]));
    const plain = await broker.joinsPlainly({ clientId: "plain" });
    await plain.publishes("open/a", { payload: "x" });
    await secure.receives(publish("open/a", { payload: "x" }));
    const post = (topic: string) => broker.request("POST", `/mqtt/messages?topic=${topic}`, "x", "");
    assert.equal((await post("open/a")).status, 204);
    await secure.receives(
      publish("open/a", { payload: "x", properties: { contentType: "application/json" } }),
    );
    assert.equal((await post("closed/a")).status, 403);
    plain.sends(publish("closed/a", { payload: "x" }));
    await plain.isDisconnected(NOT_AUTHORIZED);
  });

  it("`off` takes nobody, with or without resources", async () => {
    const started = await startBroker({ flags: ["--anonymous", "off"] });
    const client = await Client.over(started.mqtt, tcpLink);
    const clientId = fresh("anybody");
    await new GovernedBroker().refuses(client, { clientId });
    const answer = await fetch(`http://${started.http}/mqtt/messages?topic=a`, { method: "POST", body: "x" });
    assert.equal(answer.status, 401);
    await answer.body?.cancel();
    await started.process.stops("SIGTERM");
  });
});
