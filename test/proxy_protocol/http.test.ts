/** HTTP through a proxy, over real sockets. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { parseAddressRange } from "../../src/config/address_range.ts";
import { holdConnections, originOf } from "../../src/transport/fronted_server.ts";
import { PROXY_GATE_LIMITS, ProxyGate } from "../../src/transport/proxy_protocol/gate.ts";
import { problemOf, receiveResponse, ServedHttp } from "../http/served.ts";
import { ipv4, version1, version2 } from "./headers.ts";

describe("an HTTP listener behind a proxy", () => {
  let http: ServedHttp;
  let refusals: string[];
  /** The addresses that were asked whether they may come. */
  let asked: string[];

  beforeEach(async () => {
    http = new ServedHttp();
    refusals = [];
    asked = [];
    await start("127.0.0.0/8");
  });

  afterEach(() => http.stop());

  async function start(from: string): Promise<void> {
    const range = parseAddressRange(from);
    assert.ok(range !== undefined);
    const gate = new ProxyGate({
      from: [range],
      limits: { ...PROXY_GATE_LIMITS, timeoutMilliseconds: 100 },
      onRefused: (_, reason) => refusals.push(reason),
    });
    await http.start({
      limits: { headersTimeoutMilliseconds: 200, keepAliveTimeoutMilliseconds: 200 },
      front: { hold: (server) => holdConnections(server, gate), originOf },
      isAllowed: (address) => {
        asked.push(address);
        return !address.startsWith("203.");
      },
    });
  }

  /** Sends a request behind a header, in one segment. */
  async function request(header: Uint8Array, target: string, method = "GET") {
    const peer = await http.connect();
    peer.send(Buffer.concat([header, http.bytesOf({ method, target })]));
    return await receiveResponse(peer);
  }

  it("takes the address from the header", async () => {
    assert.equal((await request(version1(), "/healthz")).status, 200);
    assert.equal((await request(version2({ rest: ipv4("192.0.2.8") }), "/healthz")).status, 200);
    assert.deepEqual(asked, ["192.0.2.7", "192.0.2.8"]);
  });

  it("keeps it for the requests to come on the connection", async () => {
    const peer = await http.connect();
    peer.send(version1());
    for (const _ of [1, 2]) {
      peer.send(http.bytesOf({ target: "/healthz" }));
      assert.equal((await receiveResponse(peer)).status, 200);
    }
    assert.deepEqual(asked, ["192.0.2.7", "192.0.2.7"]);
  });

  it("gives the rights of this machine to nobody, whatever the header claims", async () => {
    for (const header of [version1("127.0.0.1"), version2({ command: 0x20, rest: Buffer.alloc(0) })]) {
      const response = await request(header, "/mqtt/messages?topic=a", "POST");
      assert.equal(problemOf(response).code, "authentication-required");
    }
    assert.deepEqual(http.published, []);
  });

  it("refuses addresses that the namespace does not let in, though the proxy's own may come", async () => {
    const refused = await request(version1("203.0.113.9"), "/v1/clients");
    assert.deepEqual([refused.status, problemOf(refused).code], [403, "address-refused"]);
  });

  it("still ends requests that do not come, and connections that idle", async () => {
    const slow = await http.connect();
    slow.send(Buffer.concat([version1(), Buffer.from("GET / HTTP/1.1\r\nhost:")]));
    assert.equal((await receiveResponse(slow)).status, 408);
    await slow.ended;
    const idle = await http.connect();
    idle.send(Buffer.concat([version1(), http.bytesOf({ target: "/healthz" })]));
    await receiveResponse(idle);
    await idle.ended;
  });

  it("closes connections without a header, or with half of one", async () => {
    const bare = await http.connect();
    bare.send(http.bytesOf({ target: "/healthz" }));
    await bare.ended;
    const half = await http.connect();
    half.send(version2().subarray(0, 20));
    await half.ended;
    assert.deepEqual(refusals, ["it does not begin with a PROXY header", "its PROXY header took too long"]);
  });

  it("closes connections from addresses that are not listed", async () => {
    await http.stop();
    await start("192.0.2.0/24");
    const peer = await http.connect();
    peer.send(Buffer.concat([version1(), http.bytesOf({ target: "/healthz" })]));
    await peer.ended;
    assert.deepEqual(refusals, ["it is not among the proxies that the listener believes"]);
  });

  it("ends with its listener while a header is under way", async () => {
    const peer = await http.connect();
    peer.send(version1().subarray(0, 10));
    await request(version1(), "/healthz");
    await http.listening.close();
    await peer.ended;
  });
});
