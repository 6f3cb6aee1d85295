/** What a message is about: the load, a retained value, or a will. */
export type PayloadKind = "load" | "retained" | "will";

/** What a payload says of itself. */
export interface Label {
  readonly kind: PayloadKind;
  /** The publisher. */
  readonly source: number;
  readonly sequence: number;
}

const kinds: readonly PayloadKind[] = ["load", "retained", "will"];
const labelBytes = 7;

/** Of every message so many, one is large, to go the way of large bodies in a broker. */
const largeEvery = 251;
const largeBytes = 12_000;

/** A payload whose length and every byte follow from its label. */
export function payload(label: Label): Uint8Array {
  const bytes = new Uint8Array(lengthOf(label)).fill(fillerOf(label));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kinds.indexOf(label.kind));
  view.setUint16(1, label.source);
  view.setUint32(3, label.sequence);
  return bytes;
}

/** The label of a payload; `undefined` if a byte is not as it was sent. */
export function labelOf(bytes: Uint8Array): Label | undefined {
  if (bytes.length < labelBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = kinds[view.getUint8(0)];
  if (kind === undefined) return undefined;
  const label = { kind, source: view.getUint16(1), sequence: view.getUint32(3) };
  const filler = fillerOf(label);
  const isWhole = bytes.length === lengthOf(label) &&
    bytes.subarray(labelBytes).every((byte) => byte === filler);
  return isWhole ? label : undefined;
}

/** A number for each label, and one for what has none. */
export function keyOf(bytes: Uint8Array): number {
  const label = labelOf(bytes);
  if (label === undefined) return -1;
  return (kinds.indexOf(label.kind) * 0x10000 + label.source) * 0x1_0000_0000 + label.sequence;
}

function lengthOf({ source, sequence }: Label): number {
  const mixed = (sequence * 31 + source * 7) % 1009;
  return mixed % largeEvery === 1 ? largeBytes + mixed : labelBytes + mixed % 200;
}

function fillerOf({ source, sequence }: Label): number {
  return (sequence * 17 + source) & 0xff;
}
