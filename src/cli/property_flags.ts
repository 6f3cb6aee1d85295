/**
 * The MQTT 5 properties of a command line, as mosquitto's clients take them:
 * `-D COMMAND PROPERTY VALUE`, and `-D COMMAND user-property NAME VALUE`.
 */
import { Buffer } from "node:buffer";
import { UsageError } from "./usage_error.ts";

/** The packets that take properties here. */
export type PropertyCommand = "connect" | "publish" | "subscribe" | "will";

/** Properties under the names that MQTT.js has for them. */
export type Properties = { [name: string]: unknown } & { userProperties?: { [name: string]: string[] } };

type Kind = "number" | "switch" | "text" | "bytes" | "pair";

const message = {
  "payload-format-indicator": "switch",
  "message-expiry-interval": "number",
  "content-type": "text",
  "response-topic": "text",
  "correlation-data": "bytes",
  "user-property": "pair",
} as const satisfies Readonly<Record<string, Kind>>;

const known: Readonly<Record<PropertyCommand, Readonly<Record<string, Kind>>>> = {
  connect: {
    "session-expiry-interval": "number",
    "receive-maximum": "number",
    "maximum-packet-size": "number",
    "topic-alias-maximum": "number",
    "request-response-information": "switch",
    "request-problem-information": "switch",
    "authentication-method": "text",
    "authentication-data": "bytes",
    "user-property": "pair",
  },
  publish: { ...message, "topic-alias": "number" },
  subscribe: { "subscription-identifier": "number", "user-property": "pair" },
  will: { ...message, "will-delay-interval": "number" },
};

/**
 * Reads the words behind all `-D` flags of a command line, in their order.
 *
 * @throws {UsageError} if a word is missing or is none of those that are known
 */
export function parseProperties(words: readonly string[]): Partial<Record<PropertyCommand, Properties>> {
  const found: Partial<Record<PropertyCommand, Properties>> = {};
  const rest = [...words];
  while (rest.length > 0) {
    const command = commandOf(next(rest, "a command"));
    const name = next(rest, "a property");
    addProperty(found[command] ??= {}, { name, kind: kindOf(command, name), rest });
  }
  return found;
}

interface Named {
  readonly name: string;
  readonly kind: Kind;
  readonly rest: string[];
}

function addProperty(properties: Properties, { name, kind, rest }: Named): void {
  const value = next(rest, `a value for ${name}`);
  if (kind !== "pair") {
    properties[camelCase(name)] = valueOf(name, kind, value);
    return;
  }
  const userProperties = properties.userProperties ??= {};
  (userProperties[value] ??= []).push(next(rest, `a value for the user property ${value}`));
}

function valueOf(name: string, kind: Exclude<Kind, "pair">, text: string): unknown {
  if (kind === "text") return text;
  if (kind === "bytes") return Buffer.from(text);
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (kind === "number" && number <= 0xffff_ffff) return number;
  if (kind === "switch" && number <= 1) return number === 1;
  const expected = kind === "number" ? "a whole number" : "0 or 1";
  throw new UsageError(`Cannot use ${JSON.stringify(text)} for ${name}: use ${expected}`);
}

function commandOf(word: string): PropertyCommand {
  if (word in known) return word as PropertyCommand;
  throw new UsageError(`Cannot use -D ${word}: use one of ${Object.keys(known).join(", ")}`);
}

function kindOf(command: PropertyCommand, name: string): Kind {
  const kind = known[command][name];
  if (kind !== undefined) return kind;
  throw new UsageError(
    `Cannot use -D ${command} ${name}: use one of ${Object.keys(known[command]).join(", ")}`,
  );
}

function next(rest: string[], what: string): string {
  const word = rest.shift();
  if (word === undefined) throw new UsageError(`Cannot use -D: ${what} is missing`);
  return word;
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
