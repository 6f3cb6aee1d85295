import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import type { Server } from "node:tls";
import { describe, it } from "@std/testing/bdd";
import { HANDSHAKE_LIMITS, HandshakeGuard } from "../../src/transport/tls/handshake_guard.ts";

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

  it("counts the addresses of one IPv6 network as one, and others apart", () => {
    const server = createServer();
    const limits = { ...HANDSHAKE_LIMITS, perAddressMax: 2, restMilliseconds: 60_000 };
    const guard = new HandshakeGuard(limits);
    const leave = guard.attend(server as unknown as Server, () => {});
    const comesIn = (remoteAddress: string): boolean => {
      const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
      server.emit("connection", socket);
      return !socket.destroyed;
    };
    assert.deepEqual(["2001:db8::1", "2001:db8::2:2", "2001:db8::3:3:3"].map(comesIn), [true, true, false]);
    assert.deepEqual(["2001:db8:0:1::1", "192.0.2.1", "192.0.2.2"].map(comesIn), [true, true, true]);
    assert.equal(guard.underWay, 5);
    leave();
  });
});
