/** The flags that `pub` and `sub` have in common: mosquitto's, as far as they are there. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { IClientOptions } from "mqtt";
import { formatSocketAddress } from "../config/socket_address.ts";
import { parseProperties, type Properties } from "./property_flags.ts";
import { UsageError } from "./usage_error.ts";

export interface ClientFlags {
  readonly host: string;
  readonly port: number;
  readonly url?: string;
  readonly qos: 0 | 1 | 2;
  readonly id?: string;
  readonly username?: string;
  readonly pw?: string;
  readonly protocolVersion?: ProtocolVersion;
  readonly keepalive: number;
  readonly disableCleanSession?: boolean;
  readonly sessionExpiryInterval?: number;
  readonly property?: readonly string[];
  readonly willTopic?: string;
  readonly willPayload?: string;
  readonly willQos?: 0 | 1 | 2;
  readonly willRetain?: boolean;
}

/** The number of the protocol on the wire: 3 is MQTT 3.1, 4 is 3.1.1. */
export type ProtocolVersion = 3 | 4 | 5;

/** Where to connect and how, and which properties the packets after CONNECT carry. */
export interface Connection {
  readonly url: string;
  readonly options: IClientOptions;
  readonly publishProperties: Properties | undefined;
  readonly subscribeProperties: Properties | undefined;
}

const protocolVersions: Readonly<Record<string, ProtocolVersion>> = {
  mqttv31: 3,
  31: 3,
  mqttv311: 4,
  311: 4,
  mqttv5: 5,
  5: 5,
};

const neverExpires = 0xffff_ffff;

/** Adds the flags to a subcommand. `-h` is the host, as mosquitto has it, so help is `--help` alone. */
export function addClientFlags(command: Command): Command {
  return command
    .helpOption("--help", "print this help")
    .option("-h, --host <host>", "where the broker is", "127.0.0.1")
    .option("-p, --port <port>", "its port", count(1, 65_535), 1883)
    .option("-L, --url <url>", "instead of both: mqtt://HOST:PORT or ws://HOST:PORT/mqtt")
    .option("-q, --qos <0|1|2>", "quality of service", qos, 0)
    .option("-i, --id <id>", "client identifier; the broker assigns one unless told otherwise")
    .option("-u, --username <name>", "user name")
    .option("-P, --pw <password>", "password")
    .addOption(
      new Option("-V, --protocol-version <version>", "mqttv5, mqttv311 (default) or mqttv31")
        .argParser(protocolVersion),
    )
    .option("-k, --keepalive <seconds>", "keep alive", count(0, 65_535), 60)
    .option("-c, --disable-clean-session", "take up, and leave behind, the session of this --id")
    .option(
      "-x, --session-expiry-interval <seconds>",
      "how long that is kept; implies mqttv5",
      count(0, neverExpires),
    )
    .option("-D, --property <words...>", "COMMAND PROPERTY VALUE; implies mqttv5; repeatable")
    .option("--will-topic <topic>", "topic of the will")
    .option("--will-payload <text>", "its message")
    .option("--will-qos <0|1|2>", "its quality of service", qos)
    .option("--will-retain", "have it retained");
}

/**
 * What the flags say together.
 *
 * @throws {UsageError} if they contradict one another
 */
export function connectionOf(flags: ClientFlags): Connection {
  const properties = parseProperties(flags.property ?? []);
  const version = versionOf(flags);
  if (flags.disableCleanSession === true && flags.id === undefined) {
    throw new UsageError("Cannot use -c without --id: a session is found again by its client identifier");
  }
  if (
    flags.willTopic === undefined && (flags.willPayload ?? flags.willQos ?? flags.willRetain) !== undefined
  ) {
    throw new UsageError("Cannot use a will without --will-topic");
  }
  return {
    url: flags.url ?? `mqtt://${formatSocketAddress({ host: flags.host, port: flags.port })}`,
    options: {
      ...identityOf(flags, version),
      ...versionOptions(version),
      ...version === 5 ? { properties: connectProperties(flags, properties.connect) } : {},
      ...willOf(flags, properties.will),
      keepalive: flags.keepalive,
      clean: flags.disableCleanSession !== true,
      reconnectPeriod: 0,
    },
    publishProperties: properties.publish,
    subscribeProperties: properties.subscribe,
  };
}

function versionOf({ protocolVersion, property, sessionExpiryInterval }: ClientFlags): ProtocolVersion {
  const needed = property !== undefined || sessionExpiryInterval !== undefined ? 5 : undefined;
  if (needed !== undefined && protocolVersion !== undefined && protocolVersion !== needed) {
    throw new UsageError("Cannot use -D or -x with this -V: only mqttv5 has properties");
  }
  return protocolVersion ?? needed ?? 4;
}

function versionOptions(version: ProtocolVersion): IClientOptions {
  return version === 3
    ? { protocolVersion: 3, protocolId: "MQIsdp" }
    : { protocolVersion: version, protocolId: "MQTT" };
}

/** MQTT 3.1 knows no assigned identifiers: there the client has to think of one. */
function identityOf({ id, username, pw }: ClientFlags, version: ProtocolVersion): IClientOptions {
  const assigned = version === 3 ? `heliograph-${crypto.randomUUID().slice(0, 8)}` : "";
  return {
    clientId: id ?? assigned,
    ...username === undefined ? {} : { username },
    ...pw === undefined ? {} : { password: pw },
  };
}

function connectProperties(flags: ClientFlags, given: Properties | undefined): Properties {
  const kept = flags.disableCleanSession === true ? neverExpires : undefined;
  const sessionExpiryInterval = flags.sessionExpiryInterval ?? kept;
  return { ...sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval }, ...given };
}

function willOf(flags: ClientFlags, properties: Properties | undefined): Pick<IClientOptions, "will"> {
  if (flags.willTopic === undefined) return {};
  return {
    will: {
      topic: flags.willTopic,
      payload: flags.willPayload ?? "",
      qos: flags.willQos ?? 0,
      retain: flags.willRetain ?? false,
      ...properties === undefined ? {} : { properties },
    },
  };
}

/** A parser of whole numbers for commander. */
export function count(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Use a whole number from ${min} to ${max}.`);
  };
}

function qos(text: string): 0 | 1 | 2 {
  if (text === "0" || text === "1" || text === "2") return Number(text) as 0 | 1 | 2;
  throw new InvalidArgumentError("Use 0, 1 or 2.");
}

function protocolVersion(text: string): ProtocolVersion {
  const version = protocolVersions[text];
  if (version !== undefined) return version;
  throw new InvalidArgumentError(`Use one of ${Object.keys(protocolVersions).join(", ")}.`);
}
