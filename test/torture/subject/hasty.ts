import { acknowledgement } from "../client/encode.ts";
import { packetType } from "../client/packet_type.ts";
import { ByteWriter } from "../client/byte_writer.ts";
import { type Frame, Splitter } from "../client/splitter.ts";
import type { Launched, Subject } from "./subject.ts";

/** How far it runs ahead of the broker on one connection: less than the broker's Receive Maximum. */
const aheadMax = 500;

/**
 * A broker that acknowledges before it has committed: `subject` behind a relay that answers each QoS 1 PUBLISH as soon
 * as the broker's socket has taken it, and drops the broker's own PUBACK. Whatever else `subject` keeps, it keeps; so
 * only what a kill catches between the early PUBACK and the commit can get lost. A torture has to find that.
 */
export function hasty(subject: Subject): Subject {
  return {
    name: `${subject.name}, acknowledging too early`,
    launch() {
      const launched = subject.launch();
      return relayed(launched);
    },
  };
}

function relayed(launched: Launched): Launched {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ready = launched.ready.then((address) => {
    void accept(listener, Number(address.slice(address.lastIndexOf(":") + 1)));
    return `127.0.0.1:${listener.addr.port}`;
  });
  ready.catch(() => {});
  return {
    ready,
    get hasEnded() {
      return launched.hasEnded;
    },
    freeze: () => launched.freeze(),
    thaw: () => launched.thaw(),
    async kill() {
      listener.close();
      await launched.kill();
    },
    log: () => launched.log(),
  };
}

async function accept(listener: Deno.TcpListener, port: number): Promise<void> {
  try {
    for await (const client of listener) void new Relay(client).run(port);
  } catch (error) {
    // The listener was closed.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** One client's connection and its twin to the broker. */
class Relay {
  readonly #client: Deno.TcpConn;
  /** QoS 1 messages that were answered and that the broker has not acknowledged. */
  #ahead = 0;
  #room = Promise.withResolvers<void>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(client: Deno.TcpConn) {
    this.#client = client;
  }

  async run(port: number): Promise<void> {
    try {
      const broker = await Deno.connect({ hostname: "127.0.0.1", port });
      broker.setNoDelay(true);
      await Promise.race([this.#forward(broker), this.#backward(broker)]).finally(() => broker.close());
    } catch {
      // Either side is gone, and with it the other.
    } finally {
      this.#client.close();
    }
  }

  async #forward(broker: Deno.TcpConn): Promise<void> {
    for await (const frame of frames(this.#client)) {
      while (this.#ahead >= aheadMax) await this.#room.promise;
      await writeAll(broker, bytesOf(frame));
      if (frame.first >> 4 === packetType.publish && (frame.first >> 1 & 3) === 1) this.#acknowledge(frame);
    }
  }

  async #backward(broker: Deno.TcpConn): Promise<void> {
    for await (const frame of frames(broker)) {
      if (frame.first >> 4 === packetType.puback) this.#fallBehind();
      else await this.#answer(bytesOf(frame));
    }
  }

  #acknowledge({ body }: Frame): void {
    const at = 2 + (body[0] ?? 0) * 0x100 + (body[1] ?? 0);
    this.#ahead += 1;
    void this.#answer(acknowledgement("puback", (body[at] ?? 0) * 0x100 + (body[at + 1] ?? 0)));
  }

  #fallBehind(): void {
    this.#ahead -= 1;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  /** One whole packet after the other, whichever side it comes from. */
  #answer(bytes: Uint8Array): Promise<unknown> {
    this.#writing = this.#writing.then(() => writeAll(this.#client, bytes)).catch(() => {});
    return this.#writing;
  }
}

async function* frames(conn: Deno.TcpConn): AsyncGenerator<Frame> {
  const splitter = new Splitter();
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await conn.read(chunk);
    if (count === null) return;
    yield* splitter.split(chunk.slice(0, count));
  }
}

function bytesOf({ first, body }: Frame): Uint8Array {
  return new ByteWriter().byte(first).variable(body.length).raw(body).take();
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
