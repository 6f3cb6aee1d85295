/** Encodings that a lenient reader takes: what two readers read differently is a way in. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CERTIFICATE_BYTES_MAX, parseCertificate } from "../../src/identity/x509/certificate.ts";
import { readDer } from "../../src/identity/x509/der.ts";
import { CertificateFault } from "../../src/identity/x509/fault.ts";
import { readTime } from "../../src/identity/x509/time.ts";
import { extension, makeCertificate } from "./certificates.ts";
import { bitString, context, integer, octetString, sequence, tlv } from "./der_writer.ts";

describe("strict DER", () => {
  function refused(bytes: Uint8Array, why: RegExp): void {
    assert.throws(() => readDer(bytes), why);
  }

  it("has nothing behind its end, and all of it", () => {
    refused(Buffer.of(5, 0, 0), /behind its end/);
    refused(Buffer.of(), /too early/);
    refused(Buffer.of(4), /too early/);
    refused(Buffer.of(4, 3, 1), /too early/);
    refused(sequence(Buffer.of(4, 3, 1)), /too early/);
  });

  it("has lengths that are definite and short", () => {
    refused(Buffer.of(0x30, 0x80, 0, 0), /not DER/);
    refused(Buffer.of(4, 0x81, 1, 0), /not DER/);
    refused(Buffer.concat([Buffer.of(4, 0x82, 0, 0x80), Buffer.alloc(128)]), /not DER/);
    refused(Buffer.of(4, 0x84, 1, 0, 0, 0), /not DER/);
    refused(sequence(Buffer.of(0x30, 0x80, 0, 0)), /not DER/);
  });

  it("has tags of one byte, and no more nesting than anybody needs", () => {
    refused(Buffer.of(0x1f, 0x81, 0), /several bytes/);
    const deep = (levels: number): Buffer => levels === 0 ? sequence() : sequence(deep(levels - 1));
    readDer(deep(20));
    refused(deep(30), /too deep/);
  });

  it("no bytes whatever do anything but read or blame the sender", () => {
    const good = makeCertificate().der;
    for (let at = 0; at < good.length; at++) {
      const changed = [0, 0x80, 0xff, (good[at] ?? 0) ^ 1, (good[at] ?? 0) + 1].map((byte) => {
        const der = Buffer.from(good);
        der[at] = byte;
        return der;
      });
      for (const der of [good.subarray(0, at), ...changed]) readsOrBlames(der);
    }
  });

  function readsOrBlames(der: Buffer): void {
    try {
      parseCertificate(der);
    } catch (error) {
      assert.ok(error instanceof CertificateFault, `${der.toString("hex")}: ${error}`);
    }
  }
});

describe("parseCertificate()", () => {
  const good = makeCertificate();
  /** The parts of the outer sequence. */
  const [signed, algorithm] = outerParts(good.der);

  function outerParts(der: Buffer): Buffer[] {
    const parts: Buffer[] = [];
    for (let rest = der.subarray(4); rest.length > 0;) {
      const long = (rest[1] ?? 0) & 0x80 ? (rest[1] ?? 0) & 0x7f : 0;
      const length = long === 0 ? rest[1] ?? 0 : rest.readUIntBE(2, long);
      parts.push(rest.subarray(0, 2 + long + length));
      rest = rest.subarray(2 + long + length);
    }
    return parts;
  }

  function refused(der: Uint8Array, why: RegExp): void {
    assert.throws(() => parseCertificate(der), why);
  }

  it("refuses what is appended to a certificate, outside and inside", () => {
    refused(Buffer.concat([good.der, Buffer.of(0)]), /behind its end/);
    assert.ok(signed !== undefined && algorithm !== undefined);
    const signature = bitString(Buffer.alloc(64));
    refused(sequence(signed, algorithm, signature, tlv(5)), /more than three/);
    refused(sequence(signed, algorithm, bitString(Buffer.alloc(64), 1)), /unused bits/);
  });

  it("refuses two signature algorithms", () => {
    assert.ok(signed !== undefined);
    refused(
      sequence(signed, sequence(tlv(6, Buffer.of(0x2b, 0x65, 0x70))), bitString(Buffer.alloc(64))),
      /two signature/,
    );
  });

  it("refuses one that is larger than the TLS stack reads", () => {
    const filler = extension("1.2.3", octetString(Buffer.alloc(CERTIFICATE_BYTES_MAX)));
    refused(makeCertificate({ extensions: [filler] }).der, /larger than/);
  });

  it("refuses a known extension that is not what it should be", () => {
    for (const id of ["2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.37", "2.5.29.15"]) {
      refused(
        makeCertificate({ extensions: [extension(id, integer(1))] }).der,
        /not what it should be|cannot be read/,
      );
      refused(makeCertificate({ extensions: [extension(id, Buffer.of(0x30, 0x80, 0, 0))] }).der, /not DER/);
    }
  });

  it("refuses versions written in another way", () => {
    assert.ok(signed !== undefined && algorithm !== undefined);
    const at = signed.indexOf(context(0, integer(2)));
    const four = Buffer.from(signed);
    four[at + 4] = 3;
    refused(sequence(four, algorithm, bitString(Buffer.alloc(64))), /version 3/);
  });
});

describe("readTime()", () => {
  function read(text: string, tag = text.length === 13 ? 0x17 : 0x18): number {
    return readTime(readDer(tlv(tag, Buffer.from(text))));
  }

  it("reads both forms", () => {
    assert.equal(read("261124235958Z"), Date.UTC(2026, 10, 24, 23, 59, 58));
    assert.equal(read("991231235959Z"), Date.UTC(1999, 11, 31, 23, 59, 59));
    assert.equal(read("99991231235959Z"), Date.UTC(9999, 11, 31, 23, 59, 59));
  });

  it("refuses what RFC 5280 does not allow", () => {
    for (
      const text of [
        "260631000000Z",
        "2611242359Z",
        "261124235958+0000",
        "20261124235958.5Z",
        "20261124235960Z",
      ]
    ) {
      assert.throws(() => read(text, text.startsWith("20") ? 0x18 : 0x17), /no time/, text);
    }
    assert.throws(() => read("261124235958Z", 0x18), /no time/);
  });
});
