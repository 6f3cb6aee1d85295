import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { LogFormat, LogLevel } from "../../src/config/schema.ts";
import { createLogger, type Logger, valueLengthMax } from "../../src/observe/log.ts";

const time = "2026-11-24T08:00:00.000Z";

function logging(format: LogFormat, level: LogLevel = "info"): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { log: createLogger({ format, level, write, now: () => new Date(time) }), lines };
}

describe("createLogger()", () => {
  it("writes text for people, with fields quoted where they need it", () => {
    const { log, lines } = logging("text");
    log.info("client connected", { clientId: "boiler 7", address: "127.0.0.1", port: 4711, user: undefined });
    assert.deepEqual(lines, [
      `${time} info  client connected clientId="boiler 7" address=127.0.0.1 port=4711`,
    ]);
  });

  it("writes one JSON object for each line", () => {
    const { log, lines } = logging("json");
    log.warn("messages dropped", { count: 3, bytes: 2n ** 60n, retained: false, session: undefined });
    assert.deepEqual(lines.map((line) => JSON.parse(line)), [
      {
        time,
        level: "warn",
        message: "messages dropped",
        count: 3,
        bytes: "1152921504606846976",
        retained: false,
      },
    ]);
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = logging("text", "warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    assert.deepEqual(lines.map((line) => line.at(-1)), ["c", "d"]);
  });

  for (const format of ["text", "json"] as const) {
    it(`lets no peer write lines, colours or right-to-left text of its own (${format})`, () => {
      const { log, lines } = logging(format);
      log.info("client connected", {
        clientId: "a\n2026 error fake\r\u001b[31m\u009b31m\u2028\u202e\u{e0001}\u0000\ud800",
      });
      const [line = ""] = lines;
      assert.equal(lines.length, 1);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    });

    it(`bounds the length of a line, whatever a peer sends (${format})`, () => {
      const { log, lines } = logging(format);
      log.info("x".repeat(100_000), { clientId: "\u0001".repeat(100_000) });
      assert.ok((lines[0]?.length ?? Infinity) <= (1 + 6) * (valueLengthMax + 1) + 100);
    });
  }

  it("keeps what it escapes readable as JSON", () => {
    const { log, lines } = logging("json");
    log.info("client connected", { clientId: "\u202e\u0085\u{e0001}\n" });
    assert.equal(JSON.parse(lines[0] ?? "").clientId, "\u202e\u0085\u{e0001}\n");
  });
});
