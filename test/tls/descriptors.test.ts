import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { SocketPeer } from "../contract/byte_peer.ts";
import { ServerFiles } from "./adapter.ts";
import { TlsPeer } from "./tls_peer.ts";

/** Enough for the runtime and some connections. */
const DESCRIPTORS = 64;

describe("a TLS listener that is out of descriptors", () => {
  it("accepts again once there are some", async () => {
    await using files = await ServerFiles.make();
    const server = new Deno.Command("sh", {
      args: [
        "-c",
        `ulimit -n ${DESCRIPTORS} && exec "$0" run --no-check --allow-net --allow-read "$@"`,
        Deno.execPath(),
        fileURLToPath(new URL("scarce_descriptors.ts", import.meta.url)),
        files.certificate,
        files.key,
      ],
      stdout: "piped",
    }).spawn();
    const lines = linesOf(server.stdout);
    const port = Number((await lines.next()).value?.split(" ")[1]);
    const peers = await Promise.all(Array.from({ length: 2 * DESCRIPTORS }, () => SocketPeer.connect(port)));
    for (const peer of peers) peer.cut();
    assert.match((await lines.next()).value ?? "", /listens again/);
    const peer = await TlsPeer.connect(port);
    peer.cut();
    await lines.return(undefined);
    server.kill();
    await server.status;
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
