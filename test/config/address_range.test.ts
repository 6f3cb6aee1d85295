import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import {
  type AddressRange,
  addressRangeExpected,
  isWithin,
  parseAddressRange,
} from "../../src/config/address_range.ts";

function ranges(...texts: string[]): AddressRange[] {
  return texts.map((text) => {
    const range = parseAddressRange(text);
    assert.ok(range !== undefined, `${text} is a range`);
    return range;
  });
}

describe("isWithin()", () => {
  it("takes the addresses of a network, and no others", () => {
    assert.ok(isWithin("10.255.0.1", ranges("10.0.0.0/8")));
    assert.ok(!isWithin("11.0.0.1", ranges("10.0.0.0/8")));
    assert.ok(isWithin("2001:db8:1::5", ranges("2001:db8::/32")));
    assert.ok(!isWithin("2001:db9::5", ranges("2001:db8::/32")));
  });

  it("takes one address alone, and everything with a prefix of 0", () => {
    assert.ok(isWithin("192.0.2.1", ranges("192.0.2.1")));
    assert.ok(!isWithin("192.0.2.2", ranges("192.0.2.1")));
    assert.ok(isWithin("203.0.113.9", ranges("0.0.0.0/0")));
    assert.ok(!isWithin("::1", ranges("0.0.0.0/0")), "an IPv6 address is in no IPv4 network");
  });

  it("knows an IPv4 address by its mapped form, as a socket of both families writes it", () => {
    assert.ok(isWithin("::ffff:10.1.2.3", ranges("10.0.0.0/8")));
    assert.ok(isWithin("::FFFF:a01:203", ranges("10.0.0.0/8")));
    assert.ok(!isWithin("::ffff:11.1.2.3", ranges("10.0.0.0/8", "::/0")));
  });

  it("takes a mapped range for the IPv4 one that it stands for", () => {
    for (const text of ["::ffff:10.0.0.0/104", "::FFFF:a09:807/104", "0:0:0:0:0:ffff:10.0.0.1/104"]) {
      assert.deepEqual(ranges(text), ranges("10.0.0.0/8"));
      assert.ok(isWithin("10.0.0.1", ranges(text)), text);
      assert.ok(isWithin("::ffff:10.0.0.1", ranges(text)), text);
    }
    assert.deepEqual(ranges("::ffff:10.0.0.1", "::ffff:0:0/96"), ranges("10.0.0.1/32", "0.0.0.0/0"));
  });

  it("takes nothing for an address that is none", () => {
    for (const text of ["", "localhost", "10.0.0", "fe80::1%eth0"]) {
      assert.ok(!isWithin(text, ranges("0.0.0.0/0", "::/0")), text);
    }
  });

  it("agrees with the runtime's own list of blocks", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(fc.property(address, address, fc.nat(128), (network, asked, bits) => {
      const [family, width] = isIPv4(network) ? ["ipv4", 32] as const : ["ipv6", 128] as const;
      const length = bits % (width + 1);
      const model = new BlockList();
      model.addSubnet(network, length, family);
      const other = isIPv4(asked) ? "ipv4" : "ipv6";
      if (asked.toLowerCase().startsWith("::ffff:")) return;
      assert.equal(isWithin(asked, ranges(`${network}/${length}`)), model.check(asked, other));
    }));
  });
});

describe("parseAddressRange()", () => {
  it("refuses what is no range", () => {
    const texts = [
      "",
      "10.0.0.0/33",
      "::/129",
      "10.0.0.0/",
      "10.0.0/8",
      "a/8",
      "10.0.0.0/8/8",
      "fe80::%1/64",
    ];
    for (const text of texts) {
      assert.equal(parseAddressRange(text), undefined, text);
      assert.match(addressRangeExpected(text), /^an address or a network/);
    }
  });

  it("refuses mapped ranges that are wider than IPv4, and says which would do", () => {
    for (const text of ["::ffff:10.0.0.0/95", "::ffff:0:0/0", "::ffff:10.0.0.1/129"]) {
      assert.equal(parseAddressRange(text), undefined, text);
      assert.match(addressRangeExpected(text), /^a prefix from 96 to 128/);
    }
  });
});
