import assert from "node:assert/strict";
import { crc32 as reference } from "node:zlib";
import { describe, it } from "@std/testing/bdd";
import { continueCrc32, crc32 } from "../../src/store/sqlite/frame/crc32.ts";

describe("crc32()", () => {
  const bytes = new Uint8Array(400).map((_, index) => index * 167 + (index >> 3));

  it("is zlib's, at every length and place", () => {
    for (let start = 0; start < 9; start++) {
      for (let end = start; end < bytes.length; end++) {
        assert.equal(crc32(bytes, start, end), reference(bytes.subarray(start, end)));
      }
    }
  });

  it("goes on where it ended", () => {
    assert.equal(continueCrc32(crc32(bytes, 0, 100), bytes.subarray(100)), reference(bytes));
  });
});
