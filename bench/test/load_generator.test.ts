import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { GeneratorFailed, loadArguments, target } from "../load_generator.ts";
import { scenarios } from "../scenarios.ts";

describe("loadArguments()", () => {
  it("passes on all that a scenario says", () => {
    const line = loadArguments({
      publishers: 100,
      subscribers: 1,
      topics: 100,
      wildcard: true,
      persistent: true,
      qos: 1,
      payloadBytes: 64,
      window: 500,
      protocol: "5",
      userProperties: [["a", "b"]],
      carrier: "websocket",
      rate: 10,
    }).join(" ");
    for (
      const part of [
        "--publishers 100",
        "--subscribers 1",
        "--topics 100",
        "--qos 1",
        "--payload-bytes 64",
        "--window 500",
        "--protocol 5",
        "--carrier websocket",
        "--wildcard",
        "--persistent",
        "--rate 10",
        "--user-property a=b",
      ]
    ) assert.ok(line.includes(part), part);
  });
});

describe("target()", () => {
  const peer = {
    name: "a",
    mqtt: "127.0.0.1:1",
    mqtts: "127.0.0.1:2",
    pid: 3,
    user: { name: "u", password: "p" },
    stop: () => Promise.resolve(),
  };

  it("finds the carrier's address, and says who the clients are", () => {
    const who = ["--pid", "3", "--username", "u", "--password", "p"];
    assert.deepEqual(target(peer, "tcp"), ["--address", "127.0.0.1:1", ...who]);
    assert.deepEqual(target(peer, "tls"), ["--address", "127.0.0.1:2", ...who]);
  });

  it("has clients show a certificate", () => {
    const clientCertificate = { certificate: "c.pem", key: "c.key" };
    const line = target({ ...peer, user: undefined, clientCertificate }, "tls").join(" ");
    assert.match(line, /--client-certificate c.pem --client-key c.key$/);
  });

  it("refuses a carrier that the broker does not listen for", () => {
    assert.throws(() => target(peer, "websocket"), GeneratorFailed);
  });
});

describe("scenarios", () => {
  it("have names of their own", () => {
    const names = scenarios.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("compare with scenarios that exist", () => {
    for (const scenario of scenarios) {
      if (scenario.question === "mode" || scenario.against === undefined) continue;
      const { scenario: other } = scenario.against;
      assert.ok(scenarios.some(({ name }) => name === other), other);
    }
  });
});
