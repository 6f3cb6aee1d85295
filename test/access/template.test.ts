import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isTemplateError, parseTemplate } from "../../src/access/template.ts";

const limits = { templateBytesMax: 65_535, templateLevelsMax: 128 };

function variables(text: string): readonly string[] {
  const read = parseTemplate(text, limits);
  assert.ok(!isTemplateError(read), `${text}: ${JSON.stringify(read)}`);
  return read.variables;
}

describe("parseTemplate() (specification §4.2)", () => {
  it("takes topic filters", () => {
    for (
      const text of ["a", "vehicles/#", "devices/+/reported", "#", "+", "+/+/#", "/", "//", "a b/ü", "a/$b"]
    ) {
      assert.deepEqual(variables(text), []);
    }
  });

  it("takes variables as a whole level or as a part of one, with affixes and other literals", () => {
    assert.deepEqual(variables("devices/${client.authenticationName}/desired"), [
      "client.authenticationName",
    ]);
    assert.deepEqual(variables("machines/${client.authenticationName|.factory1}/temp"), [
      "client.authenticationName",
    ]);
    assert.deepEqual(variables("m-${client.attributes.floor}-x/#"), ["client.attributes.floor"]);
    assert.deepEqual(variables("${client.attributes.b}${client.attributes.a}/${client.attributes.b}"), [
      "client.attributes.b",
      "client.attributes.a",
    ]);
    assert.deepEqual(variables("a/${client.attributes.1_x|-}"), ["client.attributes.1_x"]);
    assert.deepEqual(variables("a}b/{c"), []);
  });

  const faults: readonly [text: string, position: number, expected: RegExp][] = [
    ["", 0, /at least one character/],
    ["$SYS/x", 0, /reserved/],
    ["$share/g/x", 0, /reserved/],
    ["a\0b", 1, /U\+0000/],
    ["a\ud800", 0, /surrogates/],
    ["a/#/b", 2, /# only/],
    ["a/b#", 3, /# only/],
    ["a/+b", 2, /\+ only/],
    ["#/a", 0, /# only/],
    ["a/${client.authenticationName", 2, /closed by }/],
    ["a/${client.authentication/Name}", 2, /closed by }/],
    ["a/${client.authenticationname}", 4, /the variable/],
    ["a/${authenticationName}", 4, /the variable/],
    ["a/${client.attributes.}", 4, /the variable/],
    ["a/${client.attributes.a-b}", 4, /the variable/],
    ["a/${client.attributes.a.b}", 4, /the variable/],
    ["a/${ client.authenticationName }", 4, /the variable/],
    ["a/${client.authenticationName|}", 30, /behind the \|/],
    ["a/${client.authenticationName|a|b}", 31, /without \{ and \|/],
    ["a/${client.authenticationName|a{b}", 31, /without \{ and \|/],
    ["a/${client.authenticationName|+}", 30, /\+ only/],
    ["a/+${client.authenticationName}", 2, /\+ only/],
    ["a/${client.authenticationName}#", 30, /# only/],
  ];
  for (const [text, position, expected] of faults) {
    it(`refuses ${JSON.stringify(text)} at character ${position + 1}`, () => {
      const read = parseTemplate(text, limits);
      assert.ok(isTemplateError(read));
      assert.equal(read.position, position);
      assert.match(read.expected, expected);
    });
  }

  it("bounds bytes and levels", () => {
    assert.ok(!isTemplateError(parseTemplate("é/é", { templateBytesMax: 5, templateLevelsMax: 2 })));
    assert.ok(isTemplateError(parseTemplate("é/éa", { templateBytesMax: 5, templateLevelsMax: 2 })));
    assert.ok(isTemplateError(parseTemplate("a//", { templateBytesMax: 5, templateLevelsMax: 2 })));
  });
});
