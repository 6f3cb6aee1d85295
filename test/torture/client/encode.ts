/**
 * Packets as a client writes them, each as bytes.
 *
 * This is not the codec of `test/dialogue`, which checks every byte that a broker sends: here a few thousand packets
 * a millisecond-long turn are what counts.
 */
import { ByteWriter } from "./byte_writer.ts";
import { packetType, type QoS, type Version } from "./packet_type.ts";

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** v5 §3.1.3.2.2 */
  readonly delaySeconds: number;
}

export interface Connect {
  readonly clientId: string;
  readonly version: Version;
  /** v5 §3.1.2.11.2; version 3.1.1 knows only sessions that end with the connection (0) or stay. */
  readonly sessionExpirySeconds: number;
  /** v5 §3.1.2.11.3 */
  readonly receiveMaximum: number;
  readonly will?: Will | undefined;
}

export interface Publish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
}

const willFlag = 0x04;
const cleanFlag = 0x02;
const sessionExpiryInterval = 0x11;
const willDelayInterval = 0x18;
const receiveMaximum = 0x21;

/** Begins a clean session if it is to end with its connection, and resumes one otherwise. */
export function connect(options: Connect): Uint8Array<ArrayBuffer> {
  const { clientId, version, sessionExpirySeconds, will } = options;
  const body = new ByteWriter().text("MQTT").byte(version);
  body.byte(
    (sessionExpirySeconds === 0 ? cleanFlag : 0) | (will === undefined ? 0 : willFlag | will.qos << 3),
  );
  // No keep alive: when a connection ends is for the load to say.
  body.two(0);
  if (version === 5) {
    properties(
      body,
      new ByteWriter().byte(sessionExpiryInterval).four(sessionExpirySeconds)
        .byte(receiveMaximum).two(options.receiveMaximum),
    );
  }
  body.text(clientId);
  if (will !== undefined) {
    if (version === 5) properties(body, new ByteWriter().byte(willDelayInterval).four(will.delaySeconds));
    body.text(will.topic).binary(will.payload);
  }
  return packet(packetType.connect << 4, body);
}

/** @param id ignored for QoS 0, which has none */
export function publish(
  message: Publish,
  id: number,
  how: { version: Version; dup: boolean },
): Uint8Array<ArrayBuffer> {
  const { topic, payload, qos, retain } = message;
  const body = new ByteWriter().text(topic);
  if (qos > 0) body.two(id);
  if (how.version === 5) body.byte(0);
  body.raw(payload);
  return packet(packetType.publish << 4 | (how.dup ? 0x08 : 0) | qos << 1 | (retain ? 1 : 0), body);
}

type Acknowledgement = "puback" | "pubrec" | "pubrel" | "pubcomp";

/** Success, which both versions write alike. */
export function acknowledgement(kind: Acknowledgement, id: number): Uint8Array<ArrayBuffer> {
  const flags = kind === "pubrel" ? 0x02 : 0;
  return Uint8Array.of(packetType[kind] << 4 | flags, 2, id >> 8, id & 0xff);
}

/** For one topic filter. v5: retained messages are not wanted (Retain Handling 2). */
export function subscribe(
  id: number,
  filter: string,
  how: { version: Version; qos: QoS },
): Uint8Array<ArrayBuffer> {
  const body = request(id, how.version).text(filter).byte(how.qos | (how.version === 5 ? 0x20 : 0));
  return packet(packetType.subscribe << 4 | 0x02, body);
}

/** For one topic filter, with the retained messages that match it. */
export function subscribeRetained(id: number, filter: string, qos: QoS): Uint8Array<ArrayBuffer> {
  return packet(packetType.subscribe << 4 | 0x02, request(id, 5).text(filter).byte(qos));
}

export function unsubscribe(id: number, filter: string, version: Version): Uint8Array<ArrayBuffer> {
  return packet(packetType.unsubscribe << 4 | 0x02, request(id, version).text(filter));
}

export function disconnect(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(packetType.disconnect << 4, 0);
}

function request(id: number, version: Version): ByteWriter {
  const body = new ByteWriter().two(id);
  return version === 5 ? body.byte(0) : body;
}

function properties(body: ByteWriter, written: ByteWriter): void {
  body.variable(written.length).raw(written.take());
}

function packet(first: number, body: ByteWriter): Uint8Array<ArrayBuffer> {
  return new ByteWriter().byte(first).variable(body.length).raw(body.take()).take();
}
