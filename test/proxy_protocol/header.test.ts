import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import {
  type ProxyHeader,
  ProxyHeaderInvalid,
  ProxyHeaderReader,
} from "../../src/transport/proxy_protocol/header.ts";
import { ipv4, ipv6, version1, version2 } from "./headers.ts";

/** What a stream begins with, and what is left of it for others. */
interface Read {
  readonly header: ProxyHeader | undefined;
  readonly left: Buffer;
}

/** Reads no more than is missing, and at most `piece` bytes at once, as a socket may give them. */
function read(stream: Uint8Array, piece = Infinity): Read {
  const reader = new ProxyHeaderReader();
  let left = Buffer.from(stream);
  for (;;) {
    const count = Math.min(reader.missing, piece);
    assert.ok(count > 0, "something is missing while there is no header");
    if (left.length === 0) return { header: undefined, left };
    const header = reader.push(left.subarray(0, count));
    left = left.subarray(count);
    if (header !== undefined) return { header, left };
  }
}

function assertInvalid(stream: Uint8Array, message?: RegExp): void {
  assert.throws(() => read(stream), (error) => {
    assert.ok(error instanceof ProxyHeaderInvalid);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

const REST = Buffer.from("the connection's own bytes");
const VALID: Readonly<Record<string, readonly [Buffer, ProxyHeader["source"]]>> = {
  "version 1, IPv4": [version1(), { address: "192.0.2.7", port: 4711 }],
  "version 1, IPv6": [Buffer.from("PROXY TCP6 2001:DB8::7 ::1 4711 1883\r\n"), {
    address: "2001:db8::7",
    port: 4711,
  }],
  "version 1, unknown": [Buffer.from("PROXY UNKNOWN\r\n"), undefined],
  "version 1, unknown with addresses": [
    Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"),
    undefined,
  ],
  "version 2, IPv4": [version2(), { address: "192.0.2.7", port: 4711 }],
  "version 2, IPv4 and more": [version2({ rest: Buffer.concat([ipv4(), Buffer.alloc(200)]) }), {
    address: "192.0.2.7",
    port: 4711,
  }],
  "version 2, IPv6": [version2({ family: 0x21, rest: ipv6() }), { address: "2001:db8::7", port: 4711 }],
  "version 2, a path": [version2({ family: 0x31, rest: Buffer.alloc(216) }), undefined],
  "version 2, unspecified": [version2({ family: 0, rest: Buffer.alloc(0) }), undefined],
  "version 2, local": [version2({ command: 0x20, rest: ipv4("127.0.0.1") }), undefined],
};

describe("ProxyHeaderReader", () => {
  for (const [name, [bytes, source]] of Object.entries(VALID)) {
    it(`reads ${name}, and nothing of what follows`, () => {
      for (const piece of [Infinity, 1, 7]) {
        const { header, left } = read(Buffer.concat([bytes, REST]), piece);
        assert.deepEqual(header?.source, source);
        assert.equal(left.toString(), REST.toString());
      }
    });

    it(`waits for the rest of ${name} that is cut anywhere`, () => {
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(read(bytes.subarray(0, length)).header, undefined, `${length} bytes`);
      }
    });
  }

  it("tells an address in one form, however it is written: mapped ones as IPv4", () => {
    const forms = {
      "192.0.2.7": ["::ffff:192.0.2.7", "::FFFF:C000:0207", "0:0:0:0:0:ffff:192.0.2.7", "::0:ffff:c000:207"],
      "2001:db8::7": ["2001:DB8::7", "2001:db8:0:0:0:0:0:7", "2001:0db8::0007", "2001:db8::0.0.0.7"],
      "::ffff:0:1:2": ["::ffff:0:1:2", "0:0:0:0:FFFF:0:1:2"],
    };
    for (const [address, written] of Object.entries(forms)) {
      for (const form of written) {
        const { header } = read(Buffer.from(`PROXY TCP6 ${form} ::1 4711 1883\r\n`));
        assert.equal(header?.source?.address, address, form);
      }
    }
  });

  it("reads the longest line of version 1, and no longer one", () => {
    const longest = `PROXY UNKNOWN ${"x".repeat(107 - 16)}\r\n`;
    assert.deepEqual(read(Buffer.from(longest)).header, { source: undefined });
    assertInvalid(Buffer.from(`PROXY UNKNOWN ${"x".repeat(108 - 16)}\r\n`), /longer than 107 bytes/);
  });

  it("refuses a header of version 2 that is longer than any is, before it is there", () => {
    assertInvalid(version2({ rest: Buffer.alloc(5000) }).subarray(0, 16), /longer than 4096 bytes/);
  });

  it("refuses what begins with something else", () => {
    assertInvalid(Buffer.from("GET / HTTP/1.1\r\n\r\n"), /does not begin/);
    assertInvalid(Buffer.from("100e00044d5154540402003c", "hex"), /does not begin/);
    assertInvalid(Buffer.of(0x10), /does not begin/);
  });

  for (
    const line of [
      "PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 4711 1883 5\r\n",
      "PROXY TCP4  192.0.2.7 198.51.100.1 4711 1883\r\n",
      "PROXY TCP4 192.0.2.256 198.51.100.1 4711 1883\r\n",
      "PROXY TCP4 ::1 ::1 4711 1883\r\n",
      "PROXY TCP6 192.0.2.7 198.51.100.1 4711 1883\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 65536 1883\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 04711 1883\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 -1 1883\r\n",
      "PROXY TCP4 localhost 198.51.100.1 4711 1883\r\n",
      "PROXY UDP4 192.0.2.7 198.51.100.1 4711 1883\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.1 4711 1883\n",
      "PROXY UNKNOWNS\r\n",
      "proxy tcp4 192.0.2.7 198.51.100.1 4711 1883\r\n",
    ]
  ) {
    it(`refuses ${JSON.stringify(line)}`, () => assertInvalid(Buffer.from(line)));
  }

  for (
    const [name, header] of Object.entries({
      "another version": version2({ command: 0x11 }),
      "an unknown command": version2({ command: 0x22 }),
      "datagrams": version2({ family: 0x12 }),
      "addresses that are cut off": version2({ rest: ipv4().subarray(0, 11) }),
      "IPv6 addresses that are cut off": version2({ family: 0x21, rest: ipv4() }),
    })
  ) {
    it(`refuses version 2 with ${name}`, () => assertInvalid(header));
  }

  it("ends with a header or a refusal, whatever the bytes", () => {
    const begun = fc.constantFrom(Buffer.from("PROXY TCP4 "), version2().subarray(0, 13), Buffer.alloc(0));
    fc.assert(
      fc.property(
        begun,
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (begin, rest, piece) => {
          try {
            read(Buffer.concat([begin, rest]), piece);
          } catch (error) {
            assert.ok(error instanceof ProxyHeaderInvalid);
          }
        },
      ),
    );
  });
});
