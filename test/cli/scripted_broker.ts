/** A broker that answers by a script: what a real one would not do on demand, the tests of `pub` and `sub` need. */

/** One packet as it stood on the wire. */
export interface Packet {
  /** The packet's type, the upper half of its first byte: 1 is CONNECT, 3 PUBLISH, 8 SUBSCRIBE. */
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** What to answer to a packet; `undefined` ends the connection. */
export type Script = (packet: Packet) => readonly number[] | undefined;

/** The packets of a first connection, once it is over. */
export interface ScriptedBroker extends Disposable {
  readonly port: number;
  readonly received: Promise<readonly Packet[]>;
}

export const connect = 1;
export const publish = 3;
export const subscribe = 8;
export const disconnect = 14;

/** Listens on a port of its own, for one connection. */
export function scriptedBroker(script: Script): ScriptedBroker {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    port: listener.addr.port,
    received: serve(listener, script),
    [Symbol.dispose]: () => listener.close(),
  };
}

async function serve(listener: Deno.TcpListener, script: Script): Promise<Packet[]> {
  using connection = await listener.accept();
  const received: Packet[] = [];
  for await (const packet of packets(connection)) {
    received.push(packet);
    const answer = script(packet);
    if (answer === undefined) break;
    await connection.write(Uint8Array.from(answer));
  }
  return received;
}

async function* packets(connection: Deno.Conn): AsyncGenerator<Packet> {
  const chunk = new Uint8Array(4096);
  let pending: number[] = [];
  for (let count = await connection.read(chunk); count !== null; count = await connection.read(chunk)) {
    pending.push(...chunk.subarray(0, count));
    for (let packet = first(pending); packet !== undefined; packet = first(pending)) {
      yield packet;
      pending = pending.slice(2 + packet.body.length);
    }
  }
}

/** Packets of these tests are shorter than 128 bytes, so their length is one byte. */
function first(bytes: readonly number[]): Packet | undefined {
  const [head = 0, length = Infinity] = bytes;
  if (length >= 128 || bytes.length < 2 + length) return undefined;
  return { type: head >> 4, flags: head & 0x0f, body: Uint8Array.from(bytes.slice(2, 2 + length)) };
}
