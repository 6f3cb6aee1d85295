import { connect, describe, dial, encode, endsOn, forEach, it, refuses, useBroker } from "../dialogue/mod.ts";
import { useNeighbour } from "./neighbour.ts";
import { residentBytes } from "./resident_bytes.ts";

/** Bytes that a seed determines: a failure can be seen again. */
function noise(seed: number, length: number): Uint8Array {
  let state = seed * 2654435761 >>> 0 || 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

describe("hostile: the TCP stream", () => {
  const broker = useBroker({ limits: { connectTimeoutSeconds: 1 } });
  const neighbour = useNeighbour(broker);

  it("noise instead of CONNECT is closed", async () => {
    await forEach(Array.from({ length: 200 }, (_, seed) => seed), async (seed) => {
      const client = await dial(broker);
      client.sendsBytes(noise(seed, 1 + seed * 7));
      await client.isClosedAfterAnything();
    });
  });

  it("noise after CONNECT ends that connection at most", async () => {
    await forEach(Array.from({ length: 200 }, (_, seed) => seed), async (seed) => {
      const client = await broker.joins({ keepAliveSeconds: 2 });
      client.sendsBytes(noise(seed, 1000));
      client.sendsBytes("00 00 00 00");
      await client.isClosedAfterAnything();
    });
  });

  it("other protocols are closed", async () => {
    const others = [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "SSH-2.0-OpenSSH_9.6\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n",
      "*1\r\n$4\r\nPING\r\n",
    ];
    await forEach(others, async (text) => {
      const client = await dial(broker);
      client.sendsBytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
      await client.isClosed();
    });
  });

  it("a giant Remaining Length is refused as soon as it is announced", async () => {
    await refuses(broker, "10 ffffff7f", undefined);
    await endsOn(broker, "30 ffffff7f 0001", 0x95);
    const old = await broker.joins({ version: 4 });
    old.sendsBytes("30 ffffff7f 0001");
    await old.isClosed();
  });

  it("a hundred announcements of 2 MB that never come take no memory from others", async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => broker.joins()));
    for (const client of clients) client.sendsBytes("30 80897a 0001");
    await neighbour.isServed();
    const rss = broker.process === undefined ? 0 : await residentBytes(broker.process.child.pid ?? 0);
    if (rss > 500_000_000) throw new Error(`the broker holds ${rss} bytes`);
    for (const client of clients) client.cuts();
  });

  it("a slow loris is closed in time, and others get in meanwhile", async () => {
    const whole = encode(connect(), 5);
    const slow = await Promise.all(Array.from({ length: 50 }, () => dial(broker)));
    const trickle = setInterval(() => {
      for (const client of slow) client.sendsBytes(whole.subarray(0, 1));
    }, 100);
    try {
      for (const client of slow) client.sendsBytes(whole.subarray(0, 5));
      await (await broker.joins()).pings();
      await Promise.all(slow.map((client) => client.isClosedAfterAnything()));
    } finally {
      clearInterval(trickle);
    }
  });

  it("connections that come and go at once, with and without a word", async () => {
    for (let round = 0; round < 10; round += 1) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => dial(broker)));
      clients.forEach((client, at) => {
        if (at % 3 === 1) client.sendsBytes("10");
        if (at % 3 === 2) client.sends(connect());
        client.cuts();
      });
    }
  });

  it("a connection that is cut in the middle of a packet", async () => {
    for (let length = 1; length < 30; length += 1) {
      const client = await broker.joins();
      client.sendsBytes(encode(connect({ clientId: "x".repeat(30) }), 5).subarray(0, length));
      client.cuts();
    }
  });
});
