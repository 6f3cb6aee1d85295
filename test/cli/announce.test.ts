import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createAnnouncer, firstSteps } from "../../src/cli/announce.ts";

describe("firstSteps()", () => {
  it("names an address that can be connected to where the broker listens on any", () => {
    const steps = firstSteps([
      { protocol: "mqtt", address: "0.0.0.0", port: 1883 },
      { protocol: "http", address: "::", port: 8080 },
    ]).join("\n");
    assert.match(steps, /-h 127\.0\.0\.1 -p 1883/);
    assert.match(steps, /http:\/\/\[::1\]:8080\//);
  });

  it("leaves out what is not listened on", () => {
    const steps = firstSteps([{ protocol: "http", address: "127.0.0.1", port: 8080 }]).join("\n");
    assert.doesNotMatch(steps, /heliograph pub/);
    assert.match(steps, /curl/);
  });
});

describe("createAnnouncer()", () => {
  it("tells first steps that work: without credentials only where none are needed", () => {
    for (const open of [true, false]) {
      let stderr = "";
      const announce = createAnnouncer("text", { stdout: () => {}, stderr: (line) => stderr += `${line}\n` });
      announce.listening({ protocol: "mqtt", address: "127.0.0.1", port: 1883 });
      announce.ready(open);
      assert.equal(/ pub -h 127\.0\.0\.1 /.test(stderr), open);
      assert.equal(/user add/.test(stderr), !open);
    }
  });

  it("tells an operator token on stdout alone, as a line or as JSON", () => {
    for (
      const [format, line] of [
        ["text", "operator token: hgo_x"],
        ["json", '{"event":"operator token","token":"hgo_x"}'],
      ] as const
    ) {
      const said = { stdout: [] as string[], stderr: [] as string[] };
      createAnnouncer(format, {
        stdout: (text) => said.stdout.push(text),
        stderr: (text) => said.stderr.push(text),
      }).operatorToken("hgo_x");
      assert.deepEqual(said, { stdout: [line], stderr: [] });
    }
  });
});
