import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { acceptsConnection } from "../../src/transport/websocket/admission.ts";

const LONG_PROPERTIES = new Uint8Array(200);

describe("acceptsConnection()", () => {
  for (
    const [name, bytes, accepts] of [
      ["a CONNACK of MQTT 3.1.1", [0x20, 2, 0, 0], true],
      ["one with session present, and more behind it", [0x20, 2, 1, 0, 0x30, 3, 0, 1, 97], true],
      ["one of MQTT 5", [0x20, 3, 0, 0, 0], true],
      ["one whose length takes two bytes", [0x20, 0xcb, 0x01, 0, 0, 0xc8, 0x01, ...LONG_PROPERTIES], true],
      ["a refusal of MQTT 3.1.1", [0x20, 2, 0, 5], false],
      ["a refusal of MQTT 5", [0x20, 3, 0, 0x87, 0], false],
      ["an AUTH", [0xf0, 2, 0x18, 0], false],
      ["a DISCONNECT", [0xe0, 1, 0x8b], false],
      ["a length without end", [0x20, 0x80, 0x80, 0x80, 0x80, 0, 0], false],
      ["a torn one", [0x20, 2, 0], false],
      ["nothing", [], false],
    ] as const
  ) {
    it(`${accepts ? "takes" : "does not take"} ${name} for acceptance`, () => {
      assert.equal(acceptsConnection(Uint8Array.from(bytes)), accepts);
    });
  }
});
