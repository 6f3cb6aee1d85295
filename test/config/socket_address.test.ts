import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { formatSocketAddress, parseSocketAddress } from "../../src/config/socket_address.ts";

describe("parseSocketAddress()", () => {
  it("reads IPv4 and IPv6 addresses and names, and is undone by formatSocketAddress()", () => {
    for (const text of ["127.0.0.1:1883", "[::1]:0", "0.0.0.0:65535", "localhost:80", "[::ffff:1.2.3.4]:1"]) {
      const address = parseSocketAddress(text);
      assert.ok(address !== undefined, text);
      assert.equal(formatSocketAddress(address), text);
    }
    assert.deepEqual(parseSocketAddress("[::1]:1883"), { host: "::1", port: 1883 });
  });

  it("refuses what is not HOST:PORT", () => {
    for (
      const text of [
        "",
        "1883",
        ":1883",
        "a:",
        "a:65536",
        "::1:1883",
        "a b:1",
        "http://a:1",
        "a:1/",
        "a:-1",
        "-a:1",
      ]
    ) {
      assert.equal(parseSocketAddress(text), undefined, text);
    }
  });
});
