import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bytes, hex } from "./bytes.ts";
import { decode, packetLength } from "./decode.ts";
import { encode } from "./encode.ts";
import { assertPacket } from "./expectation.ts";
import type { Packet, ProtocolVersion } from "./packet.ts";
import { IllegalPacket } from "./reader.ts";
import { packetOf, vectorsOf, vectorVersion } from "./vectors.ts";

describe("the codec of the tests, by the golden vectors", () => {
  for (const { file, vector } of vectorsOf("server-to-client")) {
    const { expect, hex: notation } = vector;
    if (expect.type !== undefined) {
      it(`decodes ${file}: ${vector.name}`, () => {
        assertPacket(decodeWhole(bytes(notation), vectorVersion(vector)), packetOf(vector));
      });
    } else if (expect.refused !== undefined) {
      it(`refuses ${file}: ${vector.name}`, () => {
        assert.throws(() => decodeWhole(bytes(notation), vectorVersion(vector)), IllegalPacket);
      });
    }
  }

  for (const { file, vector } of vectorsOf("client-to-server")) {
    const { expect, canonical } = vector;
    if (expect.type === undefined || canonical === false || expect.bridge === true) continue;
    it(`encodes ${file}: ${vector.name}`, () => {
      assert.equal(hex(encode(packetOf(vector), vectorVersion(vector))), vector.hex);
    });
  }
});

function decodeWhole(from: Uint8Array, version: ProtocolVersion): Packet {
  assert.equal(packetLength(from), from.length);
  return decode(from, version);
}
