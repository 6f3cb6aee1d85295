/** Who may publish over HTTP without credentials. */

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { type HttpWorld, problemOf, receiveResponse, ServedHttp } from "./served.ts";

describe("anonymous HTTP Publish", () => {
  let http: ServedHttp;

  beforeEach(() => {
    http = new ServedHttp();
  });

  afterEach(async () => {
    await http.stop();
  });

  async function publish(headers: Record<string, string>, world?: HttpWorld) {
    await http.start(world);
    return await http.publish("topic=a", { headers });
  }

  async function assertRefused(
    headers: Record<string, string>,
    expected: [number, string],
    world?: HttpWorld,
  ) {
    const response = await publish(headers, world);
    const { status, code } = problemOf(response);
    assert.deepEqual([status, code], expected);
    assert.deepEqual(http.published, []);
    return response;
  }

  it("is taken from this machine", async () => {
    assert.equal((await publish({})).status, 204);
  });

  it("is refused where it is switched off", async () => {
    const response = await assertRefused({}, [401, "authentication-required"], { anonymous: "off" });
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
  });

  it("is refused from another machine, and taken there where it is switched on", async () => {
    const address = Object.values(networkInterfaces()).flat()
      .find((networkInterface) => networkInterface?.family === "IPv4" && !networkInterface.internal)?.address;
    // Without a network there is no other address to come from.
    if (address === undefined) return;
    for (const [anonymous, status] of [["loopback", 401], ["on", 204]] as const) {
      const served = new ServedHttp();
      await served.start({ anonymous, host: "0.0.0.0" });
      const peer = await served.connect(address);
      peer.send(served.bytesOf({
        method: "POST",
        target: "/mqtt/messages?topic=a",
        headers: { host: "broker.example" },
      }));
      assert.equal((await receiveResponse(peer)).status, status);
      await served.stop();
    }
  });

  it("does not take credentials that it cannot check for anonymity", async () => {
    await assertRefused({ authorization: "Bearer abc" }, [401, "credentials-unsupported"]);
  });

  it("is refused to a foreign page", async () => {
    await assertRefused({ origin: "https://evil.example" }, [403, "origin-refused"]);
  });

  it("is refused to a page without an origin of its own", async () => {
    await assertRefused({ origin: "null" }, [403, "origin-refused"]);
  });

  it("is refused under a foreign host name", async () => {
    await assertRefused({ host: "evil.example:8080" }, [403, "host-refused"]);
  });

  it("is taken from a page of this machine and from one of a configured host", async () => {
    const world = { allowedOrigins: ["console.example.com"] };
    assert.equal((await publish({ origin: "http://localhost:5173" }, world)).status, 204);
    const headers = { origin: "https://console.example.com" };
    assert.equal((await http.publish("topic=a", { headers })).status, 204);
  });

  it("is refused once the body has come where its address is allowed no more", async () => {
    let allowed = true;
    await http.start({
      anonymous: "on",
      isAllowed: () => allowed,
      // This machine is never asked about.
      front: { hold: () => () => {}, originOf: () => ({ address: "192.0.2.1", port: 1 }) },
    });
    const peer = await http.connect();
    const head = "POST /mqtt/messages?topic=a HTTP/1.1\r\nhost: localhost\r\n";
    peer.send(`${head}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`);
    await peer.receive("HTTP/1.1 100 Continue\r\n\r\n".length);
    allowed = false;
    peer.send("x");
    assert.equal(problemOf(await receiveResponse(peer)).code, "address-refused");
    assert.deepEqual(http.published, []);
  });

  it("is refused before a body is read", async () => {
    await http.start();
    const peer = await http.connect();
    peer.send("POST /mqtt/messages?topic=a HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 500\r\n\r\n");
    assert.equal(problemOf(await receiveResponse(peer)).code, "host-refused");
  });
});
