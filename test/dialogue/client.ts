import assert from "node:assert/strict";
import { bytes as fromNotation, hex } from "./bytes.ts";
import {
  connack,
  connect,
  type ConnectOptions,
  disconnect,
  filter,
  pingreq,
  pingresp,
  publish,
  type PublishOptions,
  pubrel,
  suback,
  subscribe,
  type SubscriptionOptions,
} from "./build.ts";
import { encode } from "./encode.ts";
import { assertPacket } from "./expectation.ts";
import { type Arrival, Inbox } from "./inbox.ts";
import { type Address, type Link, type LinkEvents, tcpLink } from "./link.ts";
import type {
  Connack,
  Packet,
  Properties,
  ProtocolVersion,
  Publish,
  PublishAcknowledgement,
} from "./packet.ts";

/** Opens a link; `tcpLink` unless a test is about WebSocket. */
export type Dialer = (address: Address, events: LinkEvents) => Promise<Link>;

/** Opens a connection to the broker and sends nothing on it yet. */
export async function dial(broker: { readonly mqtt: Address }, dialer: Dialer = tcpLink): Promise<Client> {
  return await Client.over(broker.mqtt, dialer);
}

/** One side of a dialogue: what a client says, and what it expects to hear. */
export class Client {
  readonly #inbox = new Inbox();
  #link: Link | undefined;
  #lastId = 0;
  /** The CONNACK that `connects` got. */
  connack: Connack = connack();

  static async over(address: Address, dialer: Dialer): Promise<Client> {
    const client = new Client();
    client.#link = await dialer(address, client.#inbox);
    return client;
  }

  /** Sends a packet, which need not be legal. */
  sends(...packets: readonly Packet[]): void {
    for (const packet of packets) this.sendsBytes(encode(packet, this.#inbox.version));
  }

  /** Sends bytes; text is in the notation of `bytes`. */
  sendsBytes(raw: string | Uint8Array): void {
    const said = typeof raw === "string" ? fromNotation(raw) : raw;
    this.#inbox.version = announcedVersion(said) ?? this.#inbox.version;
    this.#link?.send(said);
  }

  /** Packets that arrive are of this version; needed only where no CONNECT of a known version goes out. */
  speaks(version: 3 | 4 | 5): void {
    this.#inbox.version = version;
  }

  /** The next packet is exactly this one. */
  async receives<Expected extends Packet>(expected: Expected): Promise<Expected> {
    const { packet } = await this.#arrival(`a ${expected.type}`);
    assertPacket(packet, expected);
    return packet as Expected;
  }

  /** The next packets are exactly these, in any order. */
  async receivesInAnyOrder(...expected: readonly Packet[]): Promise<void> {
    const left = [...expected];
    while (left.length > 0) {
      const { packet } = await this.#arrival(`one of ${left.map((one) => one.type)}`);
      const place = left.findIndex((one) => isEqual(packet, one));
      if (place < 0) assertPacket(packet, left[0] as Packet);
      left.splice(place, 1);
    }
  }

  /** The next packet has exactly these bytes. */
  async receivesBytes(notation: string): Promise<void> {
    const arrival = await this.#arrival(notation);
    assert.equal(hex(arrival.bytes), hex(fromNotation(notation)));
  }

  /** The next packets have exactly these bytes, in any order. */
  async receivesBytesInAnyOrder(...notations: readonly string[]): Promise<void> {
    const got: string[] = [];
    for (const notation of notations) got.push(hex((await this.#arrival(notation)).bytes));
    assert.deepEqual(got.toSorted(), notations.map((notation) => hex(fromNotation(notation))).toSorted());
  }

  /** The next packet, whatever it is. */
  async hearsAnything(): Promise<Packet> {
    return (await this.#arrival("a packet")).packet;
  }

  /** The next packet, of this type, unchecked. */
  async hears<Type extends Packet["type"]>(type: Type): Promise<Extract<Packet, { type: Type }>> {
    const { packet } = await this.#arrival(`a ${type}`);
    assert.equal(packet.type, type, `expected ${type}, got ${JSON.stringify(packet)}`);
    return packet as Extract<Packet, { type: Type }>;
  }

  /**
   * Nothing has arrived and nothing is under way, shown by fences instead of waiting: first every
   * client of `after` gets a PINGRESP, so all that it sent has been worked off, then this one.
   */
  async receivesNothing(...after: readonly Client[]): Promise<void> {
    for (const client of after) await client.pings();
    this.sends(pingreq());
    await this.receives(pingresp());
  }

  /** Shorthand for `receivesNothing` where the point is the liveness of this very connection. */
  async pings(): Promise<void> {
    await this.receivesNothing();
  }

  /** Nothing more arrives, and the broker closes the connection. */
  async isClosed(): Promise<void> {
    const sight = await this.#inbox.next();
    if (sight instanceof Error) throw sight;
    if (sight !== "closed") {
      assert.fail(`expected the end of the connection, got ${JSON.stringify(sight.packet)}`);
    }
  }

  /** The broker closes the connection, and no packet that it sends before has more bytes. */
  async isClosedWithinBytes(bytesMax: number): Promise<void> {
    for (;;) {
      const sight = await this.#inbox.next();
      if (sight instanceof Error) throw sight;
      if (sight === "closed") return;
      const { bytes, packet } = sight;
      assert.ok(
        bytes.length <= bytesMax,
        `a ${packet.type} of ${bytes.length} bytes: the maximum is ${bytesMax}`,
      );
    }
  }

  /** The broker closes the connection, whatever it says before. */
  async isClosedAfterAnything(): Promise<void> {
    for (;;) {
      const sight = await this.#inbox.next();
      if (sight instanceof Error) throw sight;
      if (sight === "closed") return;
    }
  }

  /** Version 5: DISCONNECT with this reason, then the end. */
  async isDisconnected(reason: number): Promise<void> {
    await this.receives(disconnect(reason));
    await this.isClosed();
  }

  /** Sends CONNECT and gets a CONNACK that accepts. */
  async connects(
    options: ConnectOptions & { sessionPresent?: boolean; answers?: Properties } = {},
  ): Promise<Client> {
    const { sessionPresent = false, answers = {}, ...request } = options;
    this.sends(connect(request));
    this.connack = await this.receives(connack({ sessionPresent, properties: answers }));
    return this;
  }

  /** Subscribes to one filter and gets what it asked for. */
  async subscribes(to: string, options: SubscriptionOptions & { identifier?: number } = {}): Promise<void> {
    const { identifier, ...subscription } = options;
    const id = this.#nextId();
    const properties = identifier === undefined ? {} : { subscriptionIdentifiers: [identifier] };
    this.sends(subscribe(id, [filter(to, subscription)], properties));
    await this.receives(suback(id, [subscription.qos ?? 0]));
  }

  /** Publishes and goes through the whole handshake; reason 0x10 (no subscribers) is a success too. */
  async publishes(topic: string, options: PublishOptions = {}): Promise<void> {
    const qos = options.qos ?? 0;
    if (qos === 0) return this.sends(publish(topic, options));
    const id = options.id ?? this.#nextId();
    this.sends(publish(topic, { ...options, id }));
    await this.#acknowledged(qos === 1 ? "puback" : "pubrec", id);
    if (qos === 2) {
      this.sends(pubrel(id));
      await this.#acknowledged("pubcomp", id);
    }
  }

  /** Receives a PUBLISH and goes through the whole handshake of its QoS. */
  async takes(expected: Publish): Promise<Publish> {
    const got = await this.receives(expected);
    const id = got.id ?? 0;
    if (got.qos === 1) this.sends({ type: "puback", id, reason: 0, properties: {} });
    if (got.qos === 2) {
      this.sends({ type: "pubrec", id, reason: 0, properties: {} });
      assertPacket(await this.#hearsAmongPublishes("pubrel"), pubrel(id));
      this.sends({ type: "pubcomp", id, reason: 0, properties: {} });
    }
    return got;
  }

  /** Says DISCONNECT and waits for the broker to close. */
  async leaves(reason = 0, properties: Properties = {}): Promise<void> {
    this.sends(disconnect(reason, properties));
    await this.isClosed();
  }

  /** Reads nothing more from its socket. */
  stopsReading(): void {
    this.#link?.pause();
  }

  /** Reads what has piled up since `stopsReading`. */
  readsAgain(): void {
    this.#link?.resume();
  }

  /** Ends the connection without a word. */
  cuts(): void {
    this.#link?.cut();
  }

  async #acknowledged(type: PublishAcknowledgement["type"], id: number): Promise<void> {
    const acknowledgement = await this.#hearsAmongPublishes(type) as PublishAcknowledgement;
    assert.deepEqual([acknowledgement.type, acknowledgement.id], [type, id]);
    assert.ok(acknowledgement.reason < 0x80, `refused with ${acknowledgement.reason}`);
  }

  /** Messages may overtake a handshake; they are set aside and come next. */
  async #hearsAmongPublishes(type: Packet["type"]): Promise<Packet> {
    const overtaking: Arrival[] = [];
    let arrival = await this.#arrival(`a ${type}`);
    while (arrival.packet.type === "publish") {
      overtaking.push(arrival);
      arrival = await this.#arrival(`a ${type}`);
    }
    this.#inbox.takesBack(overtaking);
    return arrival.packet;
  }

  async #arrival(wanted: string): Promise<Arrival> {
    const sight = await this.#inbox.next();
    if (sight instanceof Error) throw sight;
    if (sight === "closed") assert.fail(`expected ${wanted}, and the broker closed the connection`);
    return sight;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

/** The protocol level, if these bytes are a CONNECT of a version that exists. */
function announcedVersion(said: Uint8Array): ProtocolVersion | undefined {
  if (said.length < 2 || (said[0] ?? 0) >> 4 !== 1) return undefined;
  const name = said.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
  const level = said[name + 2 + (said[name + 1] ?? 0)];
  return level === 3 || level === 4 || level === 5 ? level : undefined;
}

function isEqual(actual: Packet, expected: Packet): boolean {
  try {
    assertPacket(actual, expected);
    return true;
  } catch {
    return false;
  }
}
