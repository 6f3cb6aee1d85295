import assert from "node:assert/strict";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { AcceptWatch } from "../../src/http/accept_watch.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import { readResponse } from "../websocket/raw_web_socket.ts";

/** Enough for the runtime and some connections. */
const DESCRIPTORS = 64;

describe("AcceptWatch", () => {
  it("listens again when the runtime stopped accepting for want of descriptors", async () => {
    const server = new Deno.Command("sh", {
      args: [
        "-c",
        `ulimit -n ${DESCRIPTORS} && exec "$0" run --no-check --allow-net --allow-read "$1"`,
        Deno.execPath(),
        fileURLToPath(new URL("scarce_descriptors.ts", import.meta.url)),
      ],
      stdout: "piped",
    }).spawn();
    const lines = linesOf(server.stdout);
    const port = Number((await lines.next()).value?.split(" ")[1]);
    const peers = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, () => SocketPeer.connect(port)));
    for (const peer of peers) peer.cut();
    assert.equal((await lines.next()).value, "recovered");
    const peer = await SocketPeer.connect(port);
    peer.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert.equal((await readResponse((count) => peer.receive(count))).status, 200);
    peer.cut();
    await lines.return(undefined);
    server.kill();
    await server.status;
  });

  it("leaves a server alone that accepts", async () => {
    const server = createServer((socket) => void socket.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    assert.ok(bound !== null && typeof bound === "object");
    let probes = 0;
    const probed = new Promise<void>((resolve) => server.on("connection", () => ++probes === 5 && resolve()));
    const watch = new AcceptWatch(server, {
      ...bound,
      onRecovered: () => assert.fail("it listened again"),
      periodMilliseconds: 10,
    });
    await probed;
    watch.stop();
    await new Promise((resolve) => server.close(resolve));
  });
});

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
