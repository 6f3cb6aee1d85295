import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { IpRules } from "../../src/access/ip_rules.ts";
import { faultsOfBody, put, world } from "./world.ts";

function from(address: string, loopback = false) {
  return { address, loopback };
}

describe("IpRules", () => {
  it("let everybody in while there is none", async () => {
    const rules = new IpRules((await world()).registry.resources);
    assert.ok(rules.allow(from("203.0.113.9")));
  });

  it("let in whom one of them names, as they are now", async () => {
    const its = await world();
    const rules = new IpRules(its.registry.resources);
    await put(its, "namespace", "ns1", {
      inboundIpRules: [{ ipMask: "192.0.2.0/24", action: "Allow" }, { ipMask: "2001:db8::7" }],
    });
    assert.deepEqual(
      ["192.0.2.255", "::ffff:192.0.2.1", "2001:db8::7", "192.0.3.1", "2001:db8::8"].map((address) =>
        rules.allow(from(address))
      ),
      [true, true, true, false, false],
    );
    await put(its, "namespace", "ns1", { inboundIpRules: [] });
    assert.ok(rules.allow(from("192.0.3.1")));
  });

  it("let in by mapped networks whom their IPv4 networks name", async () => {
    const its = await world();
    const rules = new IpRules(its.registry.resources);
    await put(its, "namespace", "ns1", { inboundIpRules: [{ ipMask: "::ffff:192.0.2.0/120" }] });
    assert.deepEqual(
      ["192.0.2.7", "::ffff:192.0.2.7", "192.0.3.7"].map((address) => rules.allow(from(address))),
      [true, true, false],
    );
  });

  it("leave this machine out, but not whoever only claims its address", async () => {
    const its = await world();
    const rules = new IpRules(its.registry.resources);
    await put(its, "namespace", "ns1", { inboundIpRules: [{ ipMask: "192.0.2.0/24" }] });
    assert.ok(rules.allow(from("127.0.0.1", true)));
    assert.ok(!rules.allow(from("127.0.0.1")));
  });

  it("are read strictly: whoever sets one relies on it", async () => {
    const its = await world();
    const rule = (rule: unknown) => faultsOfBody(its, "namespace", { inboundIpRules: [rule] }, "ns1");
    assert.deepEqual(await rule({ ipMask: "192.0.2.0/33" }), [
      "wrong-value properties.inboundIpRules.0.ipMask",
    ]);
    assert.deepEqual(await rule({ ipMask: "everywhere" }), [
      "wrong-value properties.inboundIpRules.0.ipMask",
    ]);
    assert.deepEqual(await rule({ ipMask: "::ffff:192.0.2.0/64" }), [
      "wrong-value properties.inboundIpRules.0.ipMask",
    ]);
    assert.deepEqual(await rule({ ipMask: "192.0.2.1", action: "Deny" }), [
      "wrong-value properties.inboundIpRules.0.action",
    ]);
    const many = Array.from({ length: 257 }, () => ({ ipMask: "192.0.2.1" }));
    assert.deepEqual(await faultsOfBody(its, "namespace", { inboundIpRules: many }, "ns1"), [
      "wrong-value properties.inboundIpRules",
    ]);
  });
});
