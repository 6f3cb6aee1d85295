import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { appendCustomSection, readCustomSection } from "../../../tools/core/custom_section.ts";

const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

describe("appendCustomSection()", () => {
  it("adds a section that an engine reads back", () => {
    const module = appendCustomSection(emptyModule, "name.of.it", "deadbeef");
    assert.equal(readCustomSection(module, "name.of.it"), "deadbeef");
  });

  it("writes lengths of more than one byte", () => {
    const text = "x".repeat(20_000);
    assert.equal(readCustomSection(appendCustomSection(emptyModule, "long", text), "long"), text);
  });

  it("leaves the sections before it alone", () => {
    const module = appendCustomSection(appendCustomSection(emptyModule, "first", "1"), "second", "2");
    assert.equal(readCustomSection(module, "first"), "1");
    assert.equal(readCustomSection(module, "second"), "2");
  });
});

describe("readCustomSection()", () => {
  it("tells that a module has none", () => {
    assert.equal(readCustomSection(emptyModule, "absent"), undefined);
  });
});
