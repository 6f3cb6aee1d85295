import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import type { Server } from "node:tls";
import { describe, it } from "@std/testing/bdd";
import { HandshakeGuard } from "../../src/transport/tls/handshake_guard.ts";

describe("HandshakeGuard", () => {
  it("tells a connection from one before that had the same address and port", () => {
    const server = createServer();
    const guard = new HandshakeGuard();
    const secured: Socket[] = [];
    // The guard only listens to both servers; sockets that are not connected all have the same ends.
    const leave = guard.attend(server as unknown as Server, (_, bare) => secured.push(bare));
    const [first, second] = [new Socket(), new Socket()];
    server.emit("connection", first);
    server.emit("secureConnection", first);
    server.emit("connection", second);
    first.emit("close");
    server.emit("secureConnection", second);
    assert.deepEqual(secured, [first, second]);
    assert.equal(second.destroyed, false);
    second.emit("close");
    assert.equal(guard.underWay, 0);
    leave();
  });
});
