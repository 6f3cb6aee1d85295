/** What the registry takes for a template, the core takes as well: it has the last word, and no way to say no later. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { beforeAll, describe, it } from "@std/testing/bdd";
import { isTemplateError, parseTemplate } from "../../src/access/template.ts";
import { Core, type Host } from "../../wasm/mod.ts";

const limits = { templateBytesMax: 65_535, templateLevelsMax: 128 };

/** Pieces that templates are made of, whole and broken. */
const piece = fc.constantFrom(
  ..."a/+#$|{}.",
  "${client.authenticationName}",
  "${client.authenticationName|.x}",
  "${client.attributes.floor}",
  "${client.attributes.a_1|-}",
  "${client.",
  "${}",
  "\u{1f680}",
  "é",
  "\0",
  "\u007f",
  "\ufeff",
  "\ufffe",
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 20 }),
);

describe("templates in the core", () => {
  let core: Core;

  beforeAll(() => {
    const host = new Proxy({}, { get: () => () => {} }) as Host;
    core = new Core({ version: "test", limits: [], seed: new Uint8Array(32) }, host);
  });

  it("are those that the registry takes, with the same variables", () => {
    fc.assert(
      fc.property(text, (template) => {
        const read = parseTemplate(template, limits);
        if (isTemplateError(read)) {
          // A text with half a character cannot be handed over as it is.
          if (template.isWellFormed()) {
            assert.throws(() => core.setPermissions(1, [template], [], 0), template);
          }
          return;
        }
        assert.deepEqual(core.setPermissions(1, [template], [], 0), read.variables);
      }),
      { numRuns: 20_000 },
    );
  });

  it("give a set its variables in the order in which they first stand there", () => {
    const valid = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join("")).filter((
      one,
    ) => !isTemplateError(parseTemplate(one, limits)));
    const list = fc.array(valid, { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (publish, subscribe) => {
        const expected = new Set([...publish, ...subscribe].flatMap((one) => {
          const read = parseTemplate(one, limits);
          return isTemplateError(read) ? [] : read.variables;
        }));
        assert.deepEqual(core.setPermissions(2, publish, subscribe, 0), [...expected]);
      }),
      { numRuns: 2000 },
    );
  });

  it("may be as large as the registry lets them be", () => {
    const large = `${"${client.attributes.x}".repeat(2900)}`;
    const deep = Array.from({ length: 128 }, () => "+").join("/");
    for (const template of [large, deep, "a".repeat(65_535)]) {
      assert.ok(!isTemplateError(parseTemplate(template, limits)), template.slice(0, 20));
      core.setPermissions(3, [template], [template], 0);
    }
  });
});
