import { Buffer } from "node:buffer";
import type { Command } from "commander";
import type { IClientSubscribeOptions, IPublishPacket, MqttClient } from "mqtt";
import { addClientFlags, type ClientFlags, connectionOf, count } from "./client_flags.ts";
import { withClient } from "./client_session.ts";
import { exitCode } from "./exit_code.ts";

/** What the subcommand needs of its surroundings. */
export interface SubWorld {
  readonly stdoutBytes: (bytes: Uint8Array) => void;
  readonly stderr: (line: string) => void;
  /** Resolves when the user wants to stop. */
  readonly interrupted: () => Promise<void>;
}

interface SubFlags extends ClientFlags {
  readonly topic: readonly string[];
  readonly count?: number;
  readonly timeout?: number;
  readonly verbose?: boolean;
  /** `-N` */
  readonly N?: boolean;
  /** `-R` */
  readonly R?: boolean;
  readonly retainedOnly?: boolean;
}

/** `heliograph sub`. */
export function addSub(program: Command, world: SubWorld, exit: (code: number) => void): void {
  const command = program.command("sub").description("subscribe and print, with the flags of mosquitto_sub");
  addClientFlags(command)
    .requiredOption("-t, --topic <filter>", "topic filter; repeatable", (filter, before: string[] = []) => [
      ...before,
      filter,
    ])
    .option("-C, --count <messages>", "end after so many messages", count(1, Number.MAX_SAFE_INTEGER))
    .option("-W, --timeout <seconds>", "end after so many seconds, with exit code 27", count(1, 2_000_000))
    .option("-v, --verbose", "print the topic before each message")
    .option("-N", "print no line feed after a message")
    .option("-R", "leave out messages that were retained before we subscribed")
    .option("--retained-only", "print retained messages, and end with the first that is not")
    .action(async (flags: SubFlags) => exit(await sub(flags, world)));
}

async function sub(flags: SubFlags, world: SubWorld): Promise<number> {
  const connection = connectionOf(flags);
  const options = {
    qos: flags.qos,
    ...connection.subscribeProperties === undefined ? {} : { properties: connection.subscribeProperties },
  } as IClientSubscribeOptions;
  return await withClient(connection, world.stderr, async (client) => {
    // Listened for before subscribing: a retained message may come with the SUBACK.
    const enough = printed(client, flags, world.stdoutBytes);
    const granted = await client.subscribeAsync([...flags.topic], options);
    if (granted.every(({ qos }) => qos >= refused)) {
      world.stderr("Cannot subscribe: the broker refuses every filter");
      return exitCode.failed;
    }
    return await Promise.race([enough, timeOut(flags.timeout), world.interrupted().then(() => exitCode.ok)]);
  });
}

/** Codes of a SUBACK from here on are refusals: v5 §3.9.3, v3.1.1 §3.9.3. */
const refused = 0x80;

/** Prints what arrives, and resolves when that is all that was asked for. */
function printed(client: MqttClient, flags: SubFlags, write: SubWorld["stdoutBytes"]): Promise<number> {
  let left = flags.count ?? Infinity;
  return new Promise((resolve) => {
    client.on("message", (topic, payload, packet) => {
      if (flags.retainedOnly === true && !packet.retain) resolve(exitCode.ok);
      if (left === 0 || !wanted(flags, packet)) return;
      write(line(flags, topic, payload));
      left -= 1;
      if (left === 0) resolve(exitCode.ok);
    });
  });
}

function wanted({ R: leaveOutRetained, retainedOnly }: SubFlags, { retain }: IPublishPacket): boolean {
  return retain ? leaveOutRetained !== true : retainedOnly !== true;
}

function line({ verbose, N: noLineFeed }: SubFlags, topic: string, payload: Buffer): Uint8Array {
  const before = verbose === true ? `${topic} ` : "";
  return Buffer.concat([Buffer.from(before), payload, Buffer.from(noLineFeed === true ? "" : "\n")]);
}

function timeOut(seconds: number | undefined): Promise<number> {
  return new Promise((resolve) => {
    if (seconds !== undefined) setTimeout(() => resolve(exitCode.timedOut), seconds * 1000);
  });
}
