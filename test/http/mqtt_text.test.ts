import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { textFault, topicNameFault } from "../../src/http/mqtt_text.ts";

describe("textFault()", () => {
  it("lets every length of UTF-8 be that has 16 bits", () => {
    assert.equal(textFault("é".repeat(32_767) + "a"), undefined);
    assert.match(textFault("é".repeat(32_768)) ?? "", /longer than 65535/);
  });

  for (
    const text of [
      "\u0000",
      "\u001f",
      "\u007f",
      "\u009f",
      "\ud800",
      "\udc00a",
      "\ufdd0",
      "\uffff",
      "\u{1fffe}",
    ]
  ) {
    it(`refuses ${escape(text)}, v5 [MQTT-1.5.4-1] [MQTT-1.5.4-2]`, () => {
      assert.notEqual(textFault(`a${text}b`), undefined);
    });
  }

  for (const text of ["", " ", "\ufeff", "\u00a0", "\ufffd", "\u{1f600}", "e\u0301"]) {
    it(`takes ${escape(text)}`, () => {
      assert.equal(textFault(text), undefined);
    });
  }
});

describe("topicNameFault()", () => {
  it("v5 [MQTT-4.7.3-1] a topic name is not empty", () => assert.notEqual(topicNameFault(""), undefined));
  it("v5 [MQTT-3.3.2-2] a topic name holds no wildcard", () => {
    for (const topic of ["#", "a/#", "+", "a+b"]) assert.notEqual(topicNameFault(topic), undefined);
  });
  it("takes empty levels and dollars", () => {
    for (const topic of ["/", "//a", "$SYS/x", "a b"]) assert.equal(topicNameFault(topic), undefined);
  });
});

function escape(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
