/** IP rules of the namespace, and who is believed about addresses, in a real process behind a proxy. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { type Address, connect, disconnect, eventually } from "../../dialogue/mod.ts";
import { Proxy } from "../../proxy_protocol/proxy.ts";
import { ServerFiles } from "../../tls/adapter.ts";
import { GovernedBroker, NOT_AUTHORIZED, secureWebSocketDialer } from "./governed.ts";
import { statusOverHttps } from "./https.ts";

const OPEN = "192.0.2.7";
const SHUT = "203.0.113.9";

describe("IP rules", () => {
  let files: ServerFiles;
  let broker: GovernedBroker;
  /** In front of the listeners of MQTT and HTTPS that believe it. */
  let proxies: { open: Proxy; shut: Proxy; openHttps: Proxy; shutHttps: Proxy };

  beforeAll(async () => {
    files = await ServerFiles.make();
    const config = join(files.folder, "broker.yaml");
    // The flags of the test name listeners that believe nobody, so these come in the places of others.
    await writeFile(
      config,
      JSON.stringify({
        listeners: {
          mqtts: [behindProxy(files)],
          https: [behindProxy(files)],
        },
      }),
    );
    broker = new GovernedBroker({ flags: ["--config", config], tls: "configured" });
    await broker.start();
    await broker.register("device");
    await broker.binds("all", { verb: "Publisher", templates: ["a"] });
    await broker.put("users/local", { password: "a password" });
    const [mqtts, https] = [broker.address("mqtts"), broker.address("https")];
    proxies = {
      open: await Proxy.start(mqtts, OPEN, 1),
      shut: await Proxy.start(mqtts, SHUT),
      openHttps: await Proxy.start(https, OPEN),
      shutHttps: await Proxy.start(https, SHUT, 1),
    };
  });

  afterAll(async () => {
    for (const proxy of Object.values(proxies)) await proxy[Symbol.asyncDispose]();
    await broker.end();
    await files[Symbol.asyncDispose]();
  });

  beforeEach(() => rules("192.0.2.0/24"));
  afterEach(() => rules());

  async function rules(...masks: string[]): Promise<void> {
    await broker.put("namespace", { inboundIpRules: masks.map((ipMask) => ({ ipMask, action: "Allow" })) });
  }

  async function logs(...words: string[]): Promise<void> {
    const isIt = (line: string) => words.every((word) => line.includes(word));
    await eventually(() => Promise.resolve(broker.started.process.log().split("\n").some(isIt)));
  }

  it("let in whoever comes from an allowed address, and refuse others before they say who they are", async () => {
    const device = await broker.dials(broker.dialer("device"), proxies.open.address);
    await device.connects({ userName: "device", clientId: "inside" });
    await logs("client connected", "clientId=inside", `address=${OPEN}`);
    const outside = await broker.dials(broker.dialer("device"), proxies.shut.address);
    await outside.isClosed();
    await logs("event=connect_refused", `address=${SHUT}`, "IP rules");
    device.cuts();
  });

  it("end connections from where nobody may come any more, and nobody else's", async () => {
    await rules("192.0.2.0/24", "203.0.113.0/24");
    const going = await broker.dials(broker.dialer("device"), proxies.shut.address);
    await going.connects({ userName: "device", clientId: "going" });
    const staying = await broker.dials(broker.dialer("device"), proxies.open.address);
    await rules("192.0.2.0/24", "203.0.113.0/24", "198.51.100.0/24");
    await rules("192.0.2.0/24");
    await going.receives(disconnect(NOT_AUTHORIZED));
    await going.isClosed();
    await logs("event=authentication_ended", "clientId=going", "IP rules");
    // The namespace takes one session of a name at a time.
    await broker.request("DELETE", "/v1/sessions/going");
    await staying.connects({ userName: "device", clientId: "staying" });
    const here = await broker.joinsPlainly({
      userName: "local",
      password: "a password",
    });
    await rules("192.0.2.7");
    await staying.pings();
    await here.pings();
    staying.cuts();
  });

  it("hold for management and WebSocket alike, this machine aside", async () => {
    assert.equal(await statusOf(proxies.openHttps.address, broker.token), 200);
    assert.equal(await statusOf(proxies.shutHttps.address, broker.token), 403);
    assert.equal((await broker.request("GET", "/v1/clients")).status, 200);
    const dialer = secureWebSocketDialer();
    await assert.rejects(broker.dials(dialer, proxies.shutHttps.address), /403/);
    const inside = await broker.dials(secureWebSocketDialer(), proxies.openHttps.address);
    inside.cuts();
  });

  it("are not got around by whoever claims to be on this machine", async () => {
    await using claiming = await Proxy.start(broker.address("https"), "127.0.0.1");
    assert.equal(await statusOf(claiming.address, broker.token), 403);
    await using claimingMqtt = await Proxy.start(broker.address("mqtts"), "127.0.0.1");
    const client = await broker.dials(broker.dialer("device"), claimingMqtt.address);
    client.sends(connect({ userName: "device" }));
    await client.isClosed();
  });
});

function behindProxy({ certificate, key }: ServerFiles) {
  return { address: "127.0.0.1:0", certificate, key, proxyProtocol: { from: ["127.0.0.0/8"] } };
}

/** What the management API answers an operator. */
function statusOf(address: Address, token: string): Promise<number> {
  return statusOverHttps(address, { path: "/v1/clients", headers: { authorization: `Bearer ${token}` } });
}
