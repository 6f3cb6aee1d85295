import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { addressOrigin } from "../../src/config/address_origin.ts";

describe("addressOrigin()", () => {
  it("is an IPv4 address, also of a socket of both families, or the network of an IPv6 one", () => {
    const origins: [string, string][] = [
      ["192.0.2.1", "192.0.2.1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
      ["2001:db8:1:2::", "2001:db8:1:2"],
      ["2001:DB8:0001:2::9", "2001:db8:1:2"],
      ["2001:db8::1", "2001:db8:0:0"],
      ["::1", "0:0:0:0"],
      ["fe80::1:2:3:4:5", "fe80:0:0:1"],
      ["fe80::1%eth0", "fe80:0:0:0"],
      ["", ""],
    ];
    for (const [address, origin] of origins) assert.equal(addressOrigin(address), origin, address);
  });
});
