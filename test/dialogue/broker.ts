import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll } from "@std/testing/bdd";
import type { ConnectOptions } from "./build.ts";
import { Client, dial, type Dialer } from "./client.ts";
import { type Address, webSocketLink } from "./link.ts";

/** How the broker of one test file is configured. */
export interface BrokerOptions {
  /** The version that `joins` speaks unless told otherwise. */
  readonly version?: 3 | 4 | 5;
  /** Keys of `limits` in the configuration, passed as `HELIOGRAPH_LIMITS__…`. */
  readonly limits?: Readonly<Record<string, number | string | boolean>>;
  /** Variables of the runtime, beside those of the test. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More flags of `serve`. */
  readonly flags?: readonly string[];
  /** The data directory, which stays; otherwise it is a new one, which goes. */
  readonly data?: string;
}

/** A broker that was started. */
export interface StartedBroker {
  readonly mqtt: Address;
  readonly http: Address;
  /** By protocol, as the broker has named them. */
  readonly listeners: ReadonlyMap<string, Address>;
  /** Told only at the first start with a data directory. */
  readonly operatorToken: string | undefined;
  readonly process: BrokerProcess;
}

/** A broker that runs for the tests of one file. */
export interface Broker {
  readonly mqtt: Address;
  /** HTTP and WebSocket. */
  readonly http: Address;
  readonly process: BrokerProcess | undefined;
  /** Dials and gets a session. */
  joins(options?: Parameters<Client["connects"]>[0]): Promise<Client>;
  /** Dials over WebSocket, without CONNECT. */
  dialsWebSocket(protocol?: string): Promise<Client>;
}

/** A broker process that this test started. */
export interface BrokerProcess {
  readonly child: ChildProcess;
  /** Everything that it wrote to stderr so far. */
  log(): string;
  /** Stops it with a signal; resolves with its exit code. */
  stops(signal: "SIGTERM" | "SIGINT"): Promise<number | null>;
}

const startSecondsMax = 30;
const stopSecondsMax = 10;

/**
 * One broker process for the tests around this call: started before the first, stopped after the last.
 *
 * To try the tests on another broker, name it in the environment: `HELIOGRAPH_TEST_BROKER=HOST:PORT`
 * and, for WebSocket, `HELIOGRAPH_TEST_BROKER_HTTP=HOST:PORT`.
 */
export function useBroker(options: BrokerOptions = {}): Broker {
  const running = new RunningBroker(options);
  beforeAll(() => running.start());
  afterAll(() => running.stop());
  return running;
}

class RunningBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #clients: Client[] = [];
  #addresses: { mqtt: Address; http: Address } | undefined;
  process: BrokerProcess | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  get mqtt(): Address {
    return this.#started().mqtt;
  }

  get http(): Address {
    return this.#started().http;
  }

  async start(): Promise<void> {
    const foreign = process.env.HELIOGRAPH_TEST_BROKER;
    if (foreign !== undefined) {
      this.#addresses = { mqtt: foreign, http: process.env.HELIOGRAPH_TEST_BROKER_HTTP ?? foreign };
      return;
    }
    const started = await startBroker(this.#options);
    this.process = started.process;
    this.#addresses = started;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.cuts();
    const code = await this.process?.stops("SIGTERM");
    if (code !== 0 && code !== undefined) {
      throw new Error(`The broker ended with code ${code}: ${this.process?.log()}`);
    }
  }

  async joins(options: Parameters<Client["connects"]>[0] = {}): Promise<Client> {
    const client = await dial(this);
    this.#clients.push(client);
    const request: ConnectOptions = { version: this.#options.version ?? 5, ...options };
    return await client.connects({ ...options, ...request });
  }

  async dialsWebSocket(protocol = "mqtt"): Promise<Client> {
    const dialer: Dialer = (address, events) => webSocketLink(address, events, protocol);
    const client = await Client.over(this.http, dialer);
    this.#clients.push(client);
    return client;
  }

  #started(): { mqtt: Address; http: Address } {
    if (this.#addresses === undefined) throw new Error("The broker has not started: use it inside a test");
    return this.#addresses;
  }
}

/**
 * Starts a broker on ports that the system chooses, with an empty data directory.
 *
 * @throws {Error} with the broker's log if it does not say `ready` in time
 */
export async function startBroker(options: BrokerOptions = {}): Promise<StartedBroker> {
  const { flags = [] } = options;
  const data = options.data ?? await mkdtemp(joinPath(tmpdir(), "heliograph-test-"));
  const child = spawn(process.execPath, [...taskArguments(), ...serveFlags, ...flags, "--data", data], {
    cwd: root,
    env: { ...process.env, ...limitVariables(options.limits ?? {}), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = logOf(child);
  const exited = once(child, "exit").finally(() => {
    if (options.data === undefined) return rm(data, { recursive: true, force: true });
  });
  const brokerProcess = { child, log, stops: (signal: "SIGTERM" | "SIGINT") => stop(child, signal, exited) };
  const addresses = await withinSeconds(
    startSecondsMax,
    Promise.race([
      announced(child),
      exited.then(([code]) => Promise.reject(new Error(`it ended with code ${code}`))),
    ]),
  ).catch((error) => {
    child.kill("SIGKILL");
    throw new Error(`Cannot start the broker: ${error.message}\n${log()}`);
  });
  return { ...addresses, process: brokerProcess };
}

const root = new URL("../../", import.meta.url);
const serveFlags = ["serve", "--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];

/** What the task `heliograph` runs, so that the broker has the permissions here that it has for its users. */
function taskArguments(): string[] {
  const { tasks } = JSON.parse(readFileSync(new URL("deno.json", root), "utf8"));
  const words: string[] = tasks.heliograph.command.split(/\s+/);
  return words.slice(1).map((word) => word.replaceAll("'", ""));
}

/** `receiveMaximum` becomes `HELIOGRAPH_LIMITS__RECEIVE_MAXIMUM`. */
function limitVariables(limits: Readonly<Record<string, number | string | boolean>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of Object.entries(limits)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    variables[`HELIOGRAPH_LIMITS__${name}`] = String(value);
  }
  return variables;
}

/** Reads stdout until `ready`; the lines before it name the listeners. */
async function announced(child: ChildProcess): Promise<Omit<StartedBroker, "process">> {
  if (child.stdout === null) throw new Error("it has no stdout");
  const listeners = new Map<string, Address>();
  let operatorToken: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    operatorToken ??= /^operator token: (\S+)$/.exec(line)?.[1];
    const [word, protocol = "", address = ""] = line.split(" ");
    if (word === "listening") listeners.set(protocol, address);
    if (word === "ready") break;
  }
  child.stdout.resume();
  const mqtt = listeners.get("mqtt");
  const http = listeners.get("http");
  if (mqtt === undefined || http === undefined) throw new Error("it did not name its listeners");
  return { mqtt, http, listeners, operatorToken };
}

function logOf(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    text = (text + piece).slice(-100_000);
  });
  return () => text;
}

async function stop(
  child: ChildProcess,
  signal: "SIGTERM" | "SIGINT",
  exited: Promise<unknown[]>,
): Promise<number | null> {
  // Not `child.kill`, after which Deno no longer tells the exit code.
  if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, signal);
  const [code] = await withinSeconds(stopSecondsMax, exited).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return code as number | null;
}

/** @throws {Error} when `seconds` have passed before `promise` is settled */
export async function withinSeconds<Value>(seconds: number, promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
