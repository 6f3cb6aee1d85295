import type { Properties } from "./packet.ts";
import { type PropertyPlace, type PropertyRow, propertyTable } from "./property_table.ts";
import { IllegalPacket, type Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

type PropertyValue = number | string | readonly [string, string];

/** Writes properties, length first, in the order in which the test named them. */
export function writeProperties(writer: Writer, properties: Properties): void {
  const inside = new Writer();
  for (const [name, value] of Object.entries(properties)) {
    const row = propertyTable.find((candidate) => candidate.name === name);
    if (row === undefined) throw new TypeError(`Cannot write property ${name}: it is not in the table`);
    for (const one of isRepeated(row) ? value : [value]) writeProperty(inside, row, one);
  }
  const written = inside.finish();
  writer.variable(written.length).raw(written);
}

/**
 * Reads properties, length first.
 *
 * @throws {IllegalPacket} for a property that is unknown, may not stand in this place, or stands twice
 */
export function readProperties(reader: Reader, place: PropertyPlace): Properties {
  const inside = reader.inner();
  const read: Record<string, unknown> = {};
  while (inside.left > 0) {
    const row = rowFor(inside.variable(), place);
    const value = readProperty(inside, row);
    checkRange(row, value);
    if (isRepeated(row)) read[row.name] = [...(read[row.name] as PropertyValue[] ?? []), value];
    else if (row.name in read) throw new IllegalPacket(`${row.name} stands twice`);
    else read[row.name] = value;
  }
  return read as Properties;
}

function rowFor(identifier: number, place: PropertyPlace): PropertyRow {
  const row = propertyTable.find((candidate) => candidate.identifier === identifier);
  if (row === undefined) throw new IllegalPacket(`property 0x${identifier.toString(16)} does not exist`);
  if (!row.places.includes(place)) throw new IllegalPacket(`${row.name} may not stand in ${place}`);
  return row;
}

const flags: readonly (keyof Properties)[] = [
  "payloadFormatIndicator",
  "requestProblemInformation",
  "requestResponseInformation",
  "maximumQoS",
  "retainAvailable",
  "wildcardSubscriptionAvailable",
  "subscriptionIdentifiersAvailable",
  "sharedSubscriptionAvailable",
];

const neverZero: readonly (keyof Properties)[] = [
  "receiveMaximum",
  "maximumPacketSize",
  "topicAlias",
  "subscriptionIdentifiers",
];

function checkRange(row: PropertyRow, value: PropertyValue): void {
  if (flags.includes(row.name) && Number(value) > 1) throw new IllegalPacket(`${row.name} is ${value}`);
  if (neverZero.includes(row.name) && value === 0) throw new IllegalPacket(`${row.name} is 0`);
}

function isRepeated(row: PropertyRow): boolean {
  return row.name === "userProperties" || row.name === "subscriptionIdentifiers";
}

function writeProperty(writer: Writer, row: PropertyRow, value: PropertyValue): void {
  writer.variable(row.identifier);
  switch (row.layout) {
    case "byte":
      writer.byte(value as number);
      break;
    case "two":
      writer.two(value as number);
      break;
    case "four":
      writer.four(value as number);
      break;
    case "variable":
      writer.variable(value as number);
      break;
    case "text":
      writer.text(value as string);
      break;
    case "binary":
      writer.binary(Uint8Array.from(value as string, (character) => character.charCodeAt(0)));
      break;
    case "pair":
      writer.text((value as readonly [string, string])[0]).text((value as readonly [string, string])[1]);
  }
}

function readProperty(reader: Reader, row: PropertyRow): PropertyValue {
  switch (row.layout) {
    case "byte":
      return reader.byte();
    case "two":
      return reader.two();
    case "four":
      return reader.four();
    case "variable":
      return reader.variable();
    case "text":
      return reader.text();
    case "binary":
      return String.fromCharCode(...reader.binary());
    case "pair":
      return [reader.text(), reader.text()];
  }
}
