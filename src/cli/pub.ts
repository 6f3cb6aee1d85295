import { Buffer } from "node:buffer";
import type { Command } from "commander";
import type { IClientPublishOptions } from "mqtt";
import { addClientFlags, type ClientFlags, connectionOf } from "./client_flags.ts";
import { withClient } from "./client_session.ts";
import { exitCode } from "./exit_code.ts";
import { lines } from "./lines.ts";
import { UsageError } from "./usage_error.ts";

/** What the subcommand needs of its surroundings. */
export interface PubWorld {
  readonly stdin: () => ReadableStream<Uint8Array>;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly stderr: (line: string) => void;
}

interface PubFlags extends ClientFlags {
  readonly topic: string;
  readonly message?: string;
  readonly file?: string;
  readonly stdinLine?: boolean;
  readonly nullMessage?: boolean;
  readonly stdinFile?: boolean;
  readonly retain?: boolean;
}

/** `heliograph pub`. */
export function addPub(program: Command, world: PubWorld, exit: (code: number) => void): void {
  const command = program.command("pub").description("publish, with the flags of mosquitto_pub");
  addClientFlags(command)
    .requiredOption("-t, --topic <topic>", "topic name")
    .option("-m, --message <text>", "the message")
    .option("-f, --file <file>", "the message is this file's content")
    .option("-l, --stdin-line", "each line of stdin is a message")
    .option("-n, --null-message", "the message is empty; with -r this clears what is retained")
    .option("-s, --stdin-file", "the message is all of stdin")
    .option("-r, --retain", "have it retained")
    .action(async (flags: PubFlags) => exit(await pub(flags, world)));
}

async function pub(flags: PubFlags, world: PubWorld): Promise<number> {
  const { publishProperties, ...connection } = connectionOf(flags);
  if (/[+#]/.test(flags.topic)) {
    throw new UsageError("Cannot publish: + and # stand for topics, they are in none");
  }
  const payloads = await payloadsOf(flags, world);
  const options: IClientPublishOptions = {
    qos: flags.qos,
    retain: flags.retain ?? false,
    ...publishProperties === undefined ? {} : { properties: publishProperties },
  };
  return await withClient({ ...connection, publishProperties }, world.stderr, async (client) => {
    // One after the other: a line is read when the one before is acknowledged, however long stdin is.
    for await (const payload of payloads) {
      await client.publishAsync(flags.topic, Buffer.from(payload), options);
    }
    return exitCode.ok;
  });
}

/** A file is read before we connect, so that a wrong path costs no connection. */
async function payloadsOf(
  flags: PubFlags,
  { stdin, readFile }: PubWorld,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const { message, file, stdinLine, nullMessage, stdinFile } = flags;
  const given = [message, file, stdinLine, nullMessage, stdinFile].filter((flag) => flag !== undefined);
  if (given.length !== 1) throw new UsageError("Cannot publish: use exactly one of -m, -f, -l, -n, -s");
  if (stdinLine === true) return lines(stdin());
  if (stdinFile === true) return [new Uint8Array(await new Response(stdin()).arrayBuffer())];
  if (file !== undefined) return [await content(file, readFile)];
  return [new TextEncoder().encode(message ?? "")];
}

async function content(path: string, readFile: PubWorld["readFile"]): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`Cannot publish ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
