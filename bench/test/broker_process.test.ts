import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { startAnnounced } from "../peers/announced.ts";
import { PeerFailed } from "../peers/peer.ts";

function program(source: string): { name: string; command: readonly string[] } {
  return { name: "test", command: [Deno.execPath(), "eval", source] };
}

describe("startAnnounced()", () => {
  it("reads where the program listens, and ends it", async () => {
    const announce = [
      "listening mqtt 127.0.0.1:1",
      "listening mqtts 127.0.0.1:3",
      "listening http 127.0.0.1:2",
      "ready",
    ];
    const source = `${
      announce.map((line) => `console.log("${line}");`).join("")
    } setInterval(() => {}, 1000)`;
    const peer = await startAnnounced(program(source));
    assert.equal(peer.mqtt, "127.0.0.1:1");
    assert.equal(peer.mqtts, "127.0.0.1:3");
    assert.equal(peer.websocket, "127.0.0.1:2");
    assert.ok((peer.pid ?? 0) > 0);
    await peer.stop();
  });

  it("tells the last words of a program that ends instead", async () => {
    await assert.rejects(
      startAnnounced(program(`console.error("port in use"); Deno.exit(69)`)),
      (error) => error instanceof PeerFailed && error.message.includes("port in use"),
    );
  });
});
