/** What the subcommands that manage a broker have in common: where it is, by which token, and how it answers. */
import type { Command } from "commander";
import { exitCode } from "./exit_code.ts";
import { UsageError } from "./usage_error.ts";

/** What these subcommands need of their surroundings. */
export interface ManagementWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly stdin: () => ReadableStream<Uint8Array>;
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

export interface ManagementFlags {
  readonly url: string;
  readonly tokenFile?: string;
  readonly cafile?: string;
}

/** A request to the management API. */
export interface ManagementRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** From the root, with its query; or a whole address that an answer has named. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Gives the JSON that the broker answers with, `undefined` where there is none. */
export type Manage = (request: ManagementRequest) => Promise<unknown>;

/** The broker does not do what it was asked for, or cannot be reached. The message is for people. */
export class ManagementFailure extends Error {
  override readonly name = "ManagementFailure";

  constructor(message: string, readonly exitCode: number) {
    super(message);
  }
}

/** Adds the flags that say which broker is meant, and who asks. */
export function addManagementFlags(command: Command): Command {
  return command
    .option("--url <url>", "where the broker serves HTTP", "http://127.0.0.1:8080")
    .option("--token-file <file>", "the operator token is this file's content; HELIOGRAPH_TOKEN otherwise")
    .option("--cafile <file>", "trust this CA (PEM), for https");
}

/**
 * Runs what a subcommand does with a broker.
 *
 * @returns the code to exit with; a failure has been told on stderr then
 * @throws {UsageError} if there is no token, or no URL
 */
export async function withManagement(
  flags: ManagementFlags,
  world: ManagementWorld,
  action: (manage: Manage) => Promise<void>,
): Promise<number> {
  const root = rootOf(flags.url);
  const token = await tokenOf(flags, world);
  const authority = flags.cafile === undefined ? undefined : await fileText(flags.cafile, world);
  const client = authority === undefined ? undefined : Deno.createHttpClient({ caCerts: [authority] });
  try {
    await action((request) => ask(request, { root, token, client }));
    return exitCode.ok;
  } catch (error) {
    if (!(error instanceof ManagementFailure)) throw error;
    world.stderr(error.message);
    return error.exitCode;
  } finally {
    client?.close();
  }
}

/** The content of a file that a flag names. */
export async function fileText(path: string, { readTextFile }: ManagementWorld): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Access {
  readonly root: URL;
  readonly token: string;
  readonly client: Deno.HttpClient | undefined;
}

async function ask(
  { method, path, body, headers = {} }: ManagementRequest,
  access: Access,
): Promise<unknown> {
  const { root, token, client } = access;
  // A token is for one broker: what an answer names elsewhere does not get it.
  const { pathname, search } = new URL(path, root);
  const url = new URL(pathname + search, root);
  const init: RequestInit & { client?: Deno.HttpClient } = {
    method,
    redirect: "error",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
    ...client === undefined ? {} : { client },
  };
  const response = await reached(url, () => fetch(url, init));
  const text = await reached(url, () => response.text());
  if (!response.ok) throw new ManagementFailure(failureText(response.status, text), exitCode.failed);
  return text === "" ? undefined : parsed(text);
}

async function reached<Result>(url: URL, attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ManagementFailure(`Cannot reach the broker at ${url.origin}: ${reason}`, exitCode.unavailable);
  }
}

/** A problem document, as far as it is told. */
interface Problem {
  readonly detail?: string;
  readonly faults?: readonly {
    readonly parameter?: string;
    readonly detail?: string;
    readonly file?: string;
    readonly document?: number;
  }[];
}

/** Of resource files every fault has a line of its own; all else is told by its detail. */
function failureText(status: number, text: string): string {
  const { detail, faults = [] } = (parsed(text) ?? {}) as Problem;
  const inFiles = faults.filter(({ file }) => file !== undefined).map(({ file, document, detail: fault }) =>
    document === undefined ? `${file}: ${fault}` : `${file}, document ${document}: ${fault}`
  );
  return inFiles.length > 0 ? inFiles.join("\n") : detail ?? `The broker answered with status ${status}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rootOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(
    `Cannot use ${JSON.stringify(text)} for --url: use http://HOST:PORT or https://HOST:PORT`,
  );
}

async function tokenOf({ tokenFile }: ManagementFlags, world: ManagementWorld): Promise<string> {
  const text = tokenFile === undefined ? world.env["HELIOGRAPH_TOKEN"] : await fileText(tokenFile, world);
  const token = text?.trim() ?? "";
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    "Cannot manage a broker without an operator token: use --token-file or HELIOGRAPH_TOKEN",
  );
}
