import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { problemOf, ServedHttp } from "./served.ts";

describe("routes", () => {
  let http: ServedHttp;

  beforeEach(async () => {
    http = new ServedHttp();
    await http.start();
  });

  afterEach(async () => {
    await http.stop();
  });

  it("/healthz says ok", async () => {
    const { status, headers, body } = await http.request({ target: "/healthz" });
    assert.deepEqual([status, body], [200, '{"status":"ok"}']);
    assert.equal(headers.get("content-type"), "application/json");
    assert.equal(headers.get("cache-control"), "no-store");
  });

  it("/readyz says ready", async () => {
    const { status, body } = await http.request({ target: "/readyz" });
    assert.deepEqual([status, JSON.parse(body)], [200, { status: "ready" }]);
  });

  it("/readyz says why the broker is not ready", async () => {
    http.reasons = ["recovering"];
    const { status, body } = await http.request({ target: "/readyz" });
    assert.deepEqual([status, JSON.parse(body)], [503, { status: "unready", reasons: ["recovering"] }]);
  });

  it("/metrics gives the exposition", async () => {
    const { status, headers, body } = await http.request({ target: "/metrics" });
    assert.deepEqual([status, body], [200, "heliograph_up 1\n"]);
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4");
  });

  it("an unknown path is a problem", async () => {
    assert.equal(problemOf(await http.request({ target: "/nothing/here" })).code, "not-found");
  });

  for (
    const [method, target, allowed] of [
      ["GET", "/mqtt/messages?topic=a", "POST"],
      ["OPTIONS", "/mqtt/messages", "POST"],
      ["PUT", "/mqtt/messages?topic=a", "POST"],
      ["POST", "/healthz", "GET, HEAD"],
      ["DELETE", "/metrics", "GET, HEAD"],
    ] as const
  ) {
    it(`${method} ${target} is a problem that says what is allowed`, async () => {
      const response = await http.request({ method, target });
      assert.equal(problemOf(response).code, "method-not-allowed");
      assert.equal(response.headers.get("allow"), allowed);
    });
  }

  it("an upgrade to something else is ignored", async () => {
    const headers = {
      upgrade: "h2c",
      connection: "Upgrade, HTTP2-Settings",
      "http2-settings": "AAMAAABkAAQAAP__",
    };
    assert.equal((await http.publish("topic=a", { headers })).status, 204);
  });
});
