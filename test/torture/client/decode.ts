/** What a broker's packets say, as far as the load needs it. */
import type { QoS, Version } from "./packet_type.ts";
import type { Frame } from "./splitter.ts";

export interface Connack {
  readonly sessionPresent: boolean;
  /** Of the version that was spoken; 0 is success in both. */
  readonly code: number;
  /** v5 §3.2.2.3.3; 65,535 without one. */
  readonly receiveMaximum: number;
}

export interface Delivery {
  readonly topic: string;
  readonly qos: QoS;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 with QoS 0. */
  readonly id: number;
  /** Valid as long as the frame is. */
  readonly payload: Uint8Array;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
export interface Acknowledgement {
  readonly id: number;
  /** Of the first topic filter, where there are several; 0 where the packet has none. */
  readonly code: number;
  /** v5 only. */
  readonly reasonString: string | undefined;
}

const text = new TextDecoder();

export function connack({ body }: Frame, version: Version): Connack {
  const stated = version === 5 ? propertiesFrom(body, 2).numbers.get(0x21) : undefined;
  return { sessionPresent: (at(body, 0) & 1) === 1, code: at(body, 1), receiveMaximum: stated ?? 0xffff };
}

export function delivery({ first, body }: Frame, version: Version): Delivery {
  const qos = qosOf(first);
  let from = 2 + two(body, 0);
  const topic = text.decode(body.subarray(2, from));
  const id = qos === 0 ? 0 : two(body, from);
  if (qos > 0) from += 2;
  if (version === 5) {
    const length = variable(body, from);
    from = length.end + length.value;
  }
  return {
    topic,
    qos,
    dup: (first & 0x08) !== 0,
    retain: (first & 1) !== 0,
    id,
    payload: body.subarray(from),
  };
}

/** Of a publish: the reason code stands right behind the identifier and may be missing (v5 §3.4.2.1). */
export function acknowledgement({ body }: Frame): Acknowledgement {
  const reasonString = body.length > 4 ? propertiesFrom(body, 3).texts.get(0x1f) : undefined;
  return { id: two(body, 0), code: body[2] ?? 0, reasonString };
}

/** Of a request: the reason codes come last. Version 3.1.1's UNSUBACK has none. */
export function requestAcknowledgement({ body }: Frame, version: Version): Acknowledgement {
  const code = version === 5 ? body[propertiesFrom(body, 2).end] : body[2];
  return { id: two(body, 0), code: code ?? 0, reasonString: undefined };
}

/** 0 if the DISCONNECT does not say. */
export function disconnectCode({ body }: Frame): number {
  return body[0] ?? 0;
}

/** How the value of a property is written; v5 §2.2.2.2, those that a broker sends to clients but in PUBLISH. */
const propertyKinds: Readonly<Record<number, "byte" | "two" | "four" | "text" | "binary" | "pair">> = {
  0x11: "four",
  0x12: "text",
  0x13: "two",
  0x15: "text",
  0x16: "binary",
  0x1a: "text",
  0x1c: "text",
  0x1f: "text",
  0x21: "two",
  0x22: "two",
  0x24: "byte",
  0x25: "byte",
  0x26: "pair",
  0x27: "four",
  0x28: "byte",
  0x29: "byte",
  0x2a: "byte",
};

interface Properties {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
  readonly end: number;
}

function propertiesFrom(body: Uint8Array, from: number): Properties {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  if (from >= body.length) return { numbers, texts, end: from };
  const { value, end: begin } = variable(body, from);
  const end = begin + value;
  for (let place = begin; place < end;) {
    const key = at(body, place);
    place = property(body, place + 1, { key, numbers, texts });
  }
  return { numbers, texts, end };
}

/** Reads one value; gives where the next property begins. */
function property(
  body: Uint8Array,
  from: number,
  into: { key: number; numbers: Map<number, number>; texts: Map<number, string> },
): number {
  switch (propertyKinds[into.key]) {
    case "byte":
      into.numbers.set(into.key, at(body, from));
      return from + 1;
    case "two":
      into.numbers.set(into.key, two(body, from));
      return from + 2;
    case "four":
      into.numbers.set(into.key, two(body, from) * 0x10000 + two(body, from + 2));
      return from + 4;
    case "text":
    case "binary": {
      const end = from + 2 + two(body, from);
      into.texts.set(into.key, text.decode(body.subarray(from + 2, end)));
      return end;
    }
    case "pair": {
      const name = from + 2 + two(body, from);
      return name + 2 + two(body, name);
    }
    default:
      throw new Error(`The broker sent the unknown property ${into.key}`);
  }
}

function variable(body: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  for (let place = 0; place < 4; place += 1) {
    const byte = at(body, from + place);
    value += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) return { value, end: from + place + 1 };
  }
  throw new Error("The broker sent a Variable Byte Integer of more than four bytes");
}

function qosOf(first: number): QoS {
  const qos = (first >> 1) & 3;
  if (qos === 0 || qos === 1 || qos === 2) return qos;
  throw new Error("The broker sent a PUBLISH with QoS 3");
}

function two(body: Uint8Array, from: number): number {
  return at(body, from) * 0x100 + at(body, from + 1);
}

function at(body: Uint8Array, place: number): number {
  const byte = body[place];
  if (byte === undefined) throw new Error("The broker sent a packet that ends too early");
  return byte;
}
