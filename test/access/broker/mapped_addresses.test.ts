/** IPv4 clients whose address a proxy of both families writes as an IPv6 one: they are the same clients. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { disconnect, eventually, fresh } from "../../dialogue/mod.ts";
import { Proxy } from "../../proxy_protocol/proxy.ts";
import { ServerFiles } from "../../tls/adapter.ts";
import { GovernedBroker, NOT_AUTHORIZED } from "./governed.ts";
import { statusOverHttps } from "./https.ts";

const VERSION_1 = 1;
const ADDRESS = "203.0.113.9";
/** The same, as proxies may write it. */
const FORMS = [ADDRESS, `::ffff:${ADDRESS}`, `0:0:0:0:0:FFFF:${ADDRESS}`, "::ffff:cb00:7109"];
const RANGES = ["203.0.113.0/24", ADDRESS, "::ffff:203.0.113.0/120"];

describe("IP rules for an IPv4 network", () => {
  let files: ServerFiles;
  let broker: GovernedBroker;

  beforeAll(async () => {
    files = await ServerFiles.make();
    const config = join(files.folder, "broker.yaml");
    const listener = { address: "127.0.0.1:0", ...files.files, proxyProtocol: { from: ["127.0.0.0/8"] } };
    await writeFile(config, JSON.stringify({ listeners: { mqtts: [listener], https: [listener] } }));
    broker = await GovernedBroker.started({ flags: ["--config", config], tls: "configured" });
    await broker.register("device");
  });
  afterAll(async () => {
    await broker.end();
    await files[Symbol.asyncDispose]();
  });

  /** Whoever comes from there may come, and nobody else. */
  async function allow(...masks: readonly string[]): Promise<void> {
    const inboundIpRules = masks.map((ipMask) => ({ ipMask, action: "Allow" }));
    await broker.put("namespace", {
      inboundIpRules,
      topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 10 },
    });
  }

  async function logs(...words: readonly string[]): Promise<void> {
    const isIt = (line: string) => words.every((word) => line.includes(word));
    await eventually(() => Promise.resolve(broker.started.process.log().split("\n").some(isIt)));
  }

  /** How many lines of the log say that the rules have kept out the address. */
  function refusals(): number {
    const lines = broker.started.process.log().split("\n");
    return lines.filter((line) => line.includes("connect_refused") && line.includes(`address=${ADDRESS} `))
      .length;
  }

  for (const form of FORMS) {
    it(`let in ${form}, log it as ${ADDRESS}, and end its connections when they change`, async () => {
      await using proxy = await Proxy.start(broker.address("mqtts"), form, VERSION_1);
      for (const range of RANGES) {
        await allow(range);
        const clientId = fresh("inside");
        const client = await broker.dials(broker.dialer("device"), proxy.address);
        await client.connects({ userName: "device", clientId });
        await logs("client connected", `clientId=${clientId}`, `address=${ADDRESS} `);
        await allow("198.51.100.0/24");
        await client.receives(disconnect(NOT_AUTHORIZED));
        await client.isClosed();
      }
    });

    it(`keep out ${form} where another network alone is allowed`, async () => {
      await allow("198.51.100.0/24", "2001:db8::/32", "203.0.113.10");
      await using proxy = await Proxy.start(broker.address("mqtts"), form, VERSION_1);
      const before = refusals();
      const client = await broker.dials(broker.dialer("device"), proxy.address);
      await client.isClosed();
      await eventually(() => Promise.resolve(refusals() > before));
    });

    it(`hold for management from ${form}`, async () => {
      await using proxy = await Proxy.start(broker.address("https"), form, VERSION_1);
      const asked = { path: "/v1/clients", headers: { authorization: `Bearer ${broker.token}` } };
      await allow("203.0.113.0/24");
      assert.equal(await statusOverHttps(proxy.address, asked), 200);
      await allow("198.51.100.0/24");
      assert.equal(await statusOverHttps(proxy.address, asked), 403);
    });
  }

  it("do not take a mapped loopback address for this machine", async () => {
    await allow("198.51.100.0/24");
    for (const form of ["::ffff:127.0.0.1", "::ffff:7f00:1", "::1"]) {
      await using proxy = await Proxy.start(broker.address("mqtts"), form, VERSION_1);
      await (await broker.dials(broker.dialer("device"), proxy.address)).isClosed();
    }
  });
});
