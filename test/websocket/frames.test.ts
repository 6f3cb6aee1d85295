/** How WebSocket frames become MQTT's bytes, and which of them end the connection. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { Link } from "../../src/transport/listener.ts";
import type { HttpListening } from "../../src/http/server.ts";
import { type DrivenLink, LinkTaker } from "../contract/driven_link.ts";
import { listenWebSocket, type WebSocketWorld } from "./adapter.ts";
import { frame, OPCODE } from "./frames.ts";
import { RawWebSocket } from "./raw_web_socket.ts";

/** CONNACK of MQTT 3.1.1: accepted, no session present. */
const CONNACK_ACCEPTED = Uint8Array.of(0x20, 2, 0, 0);
/** CONNACK of MQTT 5: not authorized, no properties. */
const CONNACK_REFUSED = Uint8Array.of(0x20, 3, 0, 0x87, 0);

/** Small enough to be reached by a test, in the proportions of the real ones. */
const SMALL: WebSocketWorld = {
  limits: {
    messageBytesMax: 400_000,
    strangerBytesMax: 100_000,
    strangersBytesMax: 250_000,
    linksBytesMax: 500_000,
  },
};

const PING_PAYLOAD = new Uint8Array(120);

const text = new TextEncoder();

describe("frames", () => {
  let taker: LinkTaker;
  let listening: HttpListening | undefined;
  let clients: RawWebSocket[];

  beforeEach(() => {
    taker = new LinkTaker();
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.socket.cut();
    await listening?.close();
    listening = undefined;
  });

  async function connect(world: WebSocketWorld = {}): Promise<[DrivenLink, RawWebSocket]> {
    listening ??= await listenWebSocket(taker.accept, world);
    const [link, client] = await Promise.all([taker.next(), RawWebSocket.open(listening.port)]);
    clients.push(client);
    return [link, client];
  }

  /** A link whose broker has said that the client is in. */
  async function admitted(world?: WebSocketWorld): Promise<[DrivenLink, RawWebSocket]> {
    const [link, client] = await connect(world);
    await link.writeAll(CONNACK_ACCEPTED);
    assert.deepEqual((await client.receive()).payload, CONNACK_ACCEPTED);
    return [link, client];
  }

  /** Lets the listener's loop turn over, so that it has heard what its clients did before. */
  async function turns(): Promise<void> {
    for (let trip = 0; trip < 5; trip++) await RawWebSocket.open(listening?.port ?? 0, {}, "/elsewhere");
  }

  it("v5 [MQTT-6.0.0-2] a packet may be split over frames at any byte", async () => {
    const [link, client] = await connect();
    const packet = text.encode("a packet that a client cut up");
    for (const byte of packet) client.send(Uint8Array.of(byte));
    assert.deepEqual(await link.readAll(packet.length), packet);
  });

  it("v5 [MQTT-6.0.0-2] a frame may carry many packets", async () => {
    const [link, client] = await connect();
    client.send(text.encode("many packets in one frame"));
    assert.deepEqual(await link.readAll(25, 4), text.encode("many packets in one frame"));
  });

  it("many small frames that come together are answered by one read", async () => {
    const [link, client] = await connect();
    client.socket.send(Buffer.concat(Array.from({ length: 100 }, () => frame(Uint8Array.of(1, 2, 3)))));
    const into = new Uint8Array(1000);
    assert.equal(await link.read(into), 300);
  });

  it("a message may come in fragments, with pings between them", async () => {
    const [link, client] = await connect();
    client.send(text.encode("one "), { final: false });
    client.send(text.encode("?"), { opcode: OPCODE.ping });
    client.send(text.encode("message"), { opcode: OPCODE.continuation });
    assert.deepEqual(await link.readAll(11), text.encode("one message"));
    assert.deepEqual(await client.receive(), { opcode: OPCODE.pong, payload: text.encode("?") });
  });

  it("an empty frame is nothing", async () => {
    const [link, client] = await connect();
    client.send(new Uint8Array(0));
    client.send(Uint8Array.of(9));
    assert.deepEqual(await link.readAll(1), Uint8Array.of(9));
  });

  it("one write is one binary frame, at each width of its length", async () => {
    const [link, client] = await connect();
    for (const length of [1, 125, 126, 65_535, 65_536]) {
      const bytes = new Uint8Array(length).fill(7);
      await link.writeAll(bytes);
      assert.deepEqual(await client.receive(), { opcode: OPCODE.binary, payload: bytes });
    }
  });

  it("v5 [MQTT-6.0.0-1] a text frame ends the connection, after what came before it", async () => {
    const [link, client] = await connect();
    client.send(Uint8Array.of(1));
    client.send(text.encode("text"), { opcode: OPCODE.text });
    client.send(Uint8Array.of(2));
    assert.equal(await client.closeCode(), 1003);
    assert.deepEqual(await link.readAll(1), Uint8Array.of(1));
    client.send(Uint8Array.of(3, 0xeb), { opcode: OPCODE.close });
    assert.equal(await link.read(new Uint8Array(1)), undefined);
    await link.whenReleased;
  });

  it("a close frame is answered and ends the link", async () => {
    const [link, client] = await connect();
    client.send(Uint8Array.of(0x03, 0xe8), { opcode: OPCODE.close });
    assert.equal(await client.closeCode(), 1000);
    assert.equal(await link.read(new Uint8Array(1)), undefined);
    await link.whenReleased;
  });

  it("a close frame in the same chunk as data does not overtake it", async () => {
    const [link, client] = await connect();
    const bytes = text.encode("the last words");
    client.socket.send(
      Buffer.concat([frame(bytes), frame(Uint8Array.of(0x03, 0xe8), { opcode: OPCODE.close })]),
    );
    assert.equal(await client.closeCode(), 1000);
    client.socket.end();
    await client.socket.ended;
    await turns();
    assert.deepEqual(await link.readAll(bytes.length, 4), bytes);
    assert.equal(await link.read(new Uint8Array(1)), undefined);
  });

  it("a broker that reads on within its answer hears once that the link is over", async () => {
    const told: string[] = [];
    let released!: () => void;
    const over = new Promise<void>((resolve) => released = resolve);
    let link: Link | undefined;
    listening = await listenWebSocket((accepted) => {
      link = accepted;
      return {
        filled: (count) => {
          told.push(`filled ${count}`);
          accepted.read(new Uint8Array(4));
        },
        written: () => told.push("written"),
        ended: () => told.push("ended"),
        released: () => {
          told.push("released");
          released();
        },
      };
    });
    const client = await RawWebSocket.open(listening.port);
    clients.push(client);
    client.socket.send(
      Buffer.concat([frame(text.encode("12345")), frame(new Uint8Array(0), { opcode: OPCODE.close })]),
    );
    await client.receive();
    client.socket.end();
    await client.socket.ended;
    await turns();
    link?.read(new Uint8Array(4));
    await over;
    await turns();
    assert.deepEqual(told, ["filled 4", "filled 1", "ended", "released"]);
  });

  it("close() says 1000", async () => {
    const [link, client] = await connect();
    link.close();
    assert.equal(await client.closeCode(), 1000);
  });

  it("close() shakes hands though the link was not reading", async () => {
    const [link, client] = await connect();
    client.send(text.encode("never read"));
    client.send(text.encode("?"), { opcode: OPCODE.ping });
    await client.receive();
    client.send(text.encode("nor this"));
    link.close();
    const { payload } = await client.receive();
    client.send(payload, { opcode: OPCODE.close });
    const answered = performance.now();
    await Promise.all([client.socket.ended, link.whenReleased]);
    const waited = performance.now() - answered;
    assert.ok(waited < 1500, `the close timer cut the connection, after ${waited} ms`);
  });

  it("a refused link says 1013", async () => {
    listening = await listenWebSocket(taker.accept);
    taker.refusing = true;
    const client = await RawWebSocket.open(listening.port);
    clients.push(client);
    assert.equal(await client.closeCode(), 1013);
  });

  for (
    const [name, shape, code] of [
      ["not masked", { masked: false }, 1002],
      ["compressed though that was not agreed on", { reserved: 0x40 }, 1002],
      ["of a reserved kind", { opcode: 3 }, 1002],
      ["continuing nothing", { opcode: OPCODE.continuation }, 1002],
    ] as const
  ) {
    it(`a frame ${name} ends the connection with ${code}`, async () => {
      const [link, client] = await connect();
      client.send(Uint8Array.of(1, 2, 3), shape);
      assert.equal(await client.closeCode(), code);
      client.socket.end();
      assert.equal(await link.read(new Uint8Array(1)), undefined);
    });
  }

  it("a frame that claims 60 MB ends with 1009 before it has come", async () => {
    const [, client] = await admitted();
    client.send(new Uint8Array(1000), { claimedBytes: 60_000_000 });
    assert.equal(await client.closeCode(), 1009);
  });

  it("fragments that add up to more than a packet end with 1009", async () => {
    const [, client] = await admitted(SMALL);
    client.send(new Uint8Array(300_000), { final: false });
    client.send(new Uint8Array(300_000), { opcode: OPCODE.continuation, final: false });
    assert.equal(await client.closeCode(), 1009);
  });

  it("an admitted client may send a frame as large as a packet", async () => {
    const [link, client] = await admitted(SMALL);
    client.send(new Uint8Array(400_000).fill(5));
    assert.deepEqual(await link.readAll(400_000), new Uint8Array(400_000).fill(5));
  });

  it("before CONNECT is accepted, an unfinished frame may not hold more than a stranger may", async () => {
    const [link, client] = await connect(SMALL);
    client.send(new Uint8Array(200_000));
    assert.equal(await client.closeCode(), 1009);
    assert.equal(await link.read(new Uint8Array(1)), undefined);
  });

  it("a refused CONNECT leaves a stranger a stranger", async () => {
    const [link, client] = await connect(SMALL);
    await link.writeAll(CONNACK_REFUSED);
    await client.receive();
    client.send(new Uint8Array(200_000));
    assert.equal(await client.closeCode(), 1009);
  });

  it("pings between fragments do not hide what the fragments hold", async () => {
    const [, client] = await connect(SMALL);
    for (let fragment = 0; fragment < 12; fragment++) {
      const opcode = fragment === 0 ? OPCODE.binary : OPCODE.continuation;
      client.send(new Uint8Array(10_000), { opcode, final: false });
      client.send(new Uint8Array(100), { opcode: OPCODE.ping });
    }
    let next = await client.receive();
    while (next.opcode === OPCODE.pong) next = await client.receive();
    assert.deepEqual([...next.payload.subarray(0, 2)], [0x03, 0xf1]);
  });

  it("pings do not add up to bytes that are held", async () => {
    const [link, client] = await connect(SMALL);
    for (let ping = 0; ping < 1000; ping++) {
      client.send(PING_PAYLOAD, { opcode: OPCODE.ping });
      assert.equal((await client.receive()).opcode, OPCODE.pong);
    }
    client.send(Uint8Array.of(1));
    assert.deepEqual(await link.readAll(1), Uint8Array.of(1));
  });

  it("a peer that pings and does not take the pongs is cut off", async () => {
    const [link, client] = await connect();
    client.socket.send(
      Buffer.concat(Array.from({ length: 100 }, () => frame(PING_PAYLOAD, { opcode: OPCODE.ping }))),
    );
    assert.equal(await link.read(new Uint8Array(1)), undefined);
    await client.socket.ended;
  });

  it("strangers together may not hold more than their sum", async () => {
    const strangers = [await connect(SMALL), await connect(SMALL), await connect(SMALL)];
    for (const [, client] of strangers) client.send(new Uint8Array(90_000), { claimedBytes: 95_000 });
    assert.equal(await Promise.race(strangers.map(([, client]) => client.closeCode())), 1013);
  });

  it("a link that is over gives back what it held", async () => {
    for (let round = 0; round < 5; round++) {
      const [link, client] = await connect(SMALL);
      client.send(new Uint8Array(90_000), { claimedBytes: 95_000 });
      const reading = link.read(new Uint8Array(1));
      client.socket.end();
      assert.equal(await reading, undefined);
      await link.whenReleased;
    }
    const [link, client] = await connect(SMALL);
    client.send(new Uint8Array(90_000));
    assert.equal((await link.readAll(90_000)).length, 90_000);
  });

  it("many fragments of one message end with 1008", async () => {
    const [, client] = await connect();
    client.send(new Uint8Array(0), { final: false });
    for (let fragment = 0; fragment < 1100; fragment++) {
      client.send(new Uint8Array(0), { opcode: OPCODE.continuation, final: false });
    }
    assert.equal(await client.closeCode(), 1008);
  });
});
