/**
 * Heliograph, the program: the only file that knows every adapter.
 */
import { stopSignal } from "./transport/signal.ts";
import { Broker } from "./broker/broker.ts";
import { exitCode } from "./cli/exit_code.ts";
import { runCommandLine } from "./cli/command_line.ts";
import type { ServeOptions } from "./cli/serve.ts";
import { version } from "./cli/version.ts";
import type { Config } from "./config/schema.ts";
import { limitNumbers } from "./config/limits.ts";
import type { SocketAddress } from "./config/socket_address.ts";
import { formatSocketAddress } from "./config/socket_address.ts";
import { createApp } from "./http/app.ts";
import { HTTP_SERVER_LIMITS, listenHttp } from "./http/server.ts";
import { AnonymousAuthenticator } from "./identity/anonymous/mod.ts";
import type { Logger } from "./observe/log.ts";
import { Metrics } from "./observe/metrics.ts";
import { MemoryStore } from "./store/memory/memory_store.ts";
import { backup } from "./store/sqlite/offline/backup.ts";
import { check } from "./store/sqlite/offline/check.ts";
import { restore } from "./store/sqlite/offline/restore.ts";
import { SqliteStore } from "./store/sqlite/sqlite_store.ts";
import type { Store } from "./store/store.ts";
import { StoreLocked, StoreUnusable } from "./store/store_error.ts";
import { connectionsWithin } from "./transport/descriptors.ts";
import type { Accept, Listener } from "./transport/listener.ts";
import { listenTcp } from "./transport/tcp/listen.ts";
import { socketPoll } from "./transport/tcp/socket_poll.ts";
import { FRAME_LIMITS } from "./transport/websocket/frame_budget.ts";
import { webSocketUpgrade } from "./transport/websocket/upgrade.ts";

/** Bytes of HTTP bodies that are being received, all together. */
const BODIES_BYTES_MAX = 64 * 1024 * 1024;

/** Serves until it is told to stop; gives the code to exit with. */
async function serve({ config, log, announce }: ServeOptions): Promise<number> {
  const store = await openStore(config);
  if (store instanceof Error) return refuseStore(store, log);
  const broker = new Broker({
    version: `heliograph version ${version}`,
    limits: coreLimits(config),
    authenticator: new AnonymousAuthenticator(config.anonymous),
    store,
    pollSockets: await socketPoll(),
    log,
    onFailure: (error) => fail(error, log),
  });
  try {
    await broker.recover();
  } catch (error) {
    return refuseStore(error, log);
  }
  const listeners: Listener[] = [];
  try {
    for await (const listener of listen(config, broker, log)) {
      listeners.push(listener);
      announce.listening(listener);
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    return refuseStart(error, log);
  }
  const stopped = stopSignal();
  announce.ready();
  const signal = await stopped;
  log.info("stopping", { signal });
  await Promise.all([...listeners.map((listener) => listener.close()), broker.stop()]);
  log.info("stopped");
  return exitCode.ok;
}

/** Runs the benchmark, which is loaded only for that. */
async function bench(args: readonly string[]): Promise<number> {
  if ((await Deno.permissions.query({ name: "run" })).state !== "granted") {
    console.error("Cannot start other brokers without the permission to run programs: use `deno task bench`");
    return exitCode.usage;
  }
  const { runBench } = await import("../bench/bench.ts");
  return await runBench(args);
}

/** The store that the configuration asks for, or why it cannot be used. */
async function openStore({ data, durability }: Config): Promise<Store | Error> {
  if (durability === "memory") return new MemoryStore();
  try {
    return await SqliteStore.open({ directory: data, durability });
  } catch (error) {
    if (error instanceof StoreLocked || error instanceof StoreUnusable) return error;
    throw error;
  }
}

function refuseStore(error: unknown, log: Logger): number {
  log.error(error instanceof Error ? error.message : String(error));
  return error instanceof StoreLocked ? exitCode.unavailable : exitCode.store;
}

/** The limits of the core, with as many connections as there are descriptors for, and a journal if one is kept. */
function coreLimits({ limits, durability }: Config): Iterable<readonly [string, number]> {
  const numbers = new Map<string, number>(limitNumbers(limits));
  return numbers
    .set("connectionsMax", connectionsWithin(limits.connectionsMax))
    .set("journal", durability === "memory" ? 0 : 1);
}

async function* listen(config: Config, broker: Broker, log: Logger): AsyncGenerator<Listener> {
  const accept: Accept = (link) => broker.accept(link);
  const onWarning = (message: string): void => log.warn(message);
  for (const address of config.listeners.mqtt) {
    yield await at(address, () => listenTcp({ ...address, accept, onWarning }));
  }
  if (config.listeners.http.length === 0) return;
  const parts = httpParts(config, broker, log);
  for (const address of config.listeners.http) {
    yield await at(address, () => listenHttp({ ...address, ...parts, onWarning }));
  }
}

function httpParts(config: Config, broker: Broker, log: Logger) {
  const { packetBytesMax, connectPacketBytesMax, preAuthBytesMax } = config.limits;
  const rules = { anonymous: () => config.anonymous, allowedOrigins: config.allowedOrigins };
  const metrics = new Metrics(broker);
  const app = createApp({
    publisher: broker,
    rules,
    limits: { bodyBytesMax: packetBytesMax, bodiesBytesMax: BODIES_BYTES_MAX },
    health: broker,
    exposition: metrics,
    onFailure: (error) => log.error("request failed", { error: String(error) }),
  });
  const frames = {
    ...FRAME_LIMITS,
    messageBytesMax: packetBytesMax,
    strangerBytesMax: connectPacketBytesMax,
    strangersBytesMax: preAuthBytesMax,
  };
  const upgrade = webSocketUpgrade((link) => broker.accept(link), frames);
  return { app, rules, upgrade, limits: HTTP_SERVER_LIMITS };
}

/** Says which address it was, when one cannot be listened on. */
async function at(address: SocketAddress, bind: () => Listener | Promise<Listener>): Promise<Listener> {
  try {
    return await bind();
  } catch (cause) {
    throw new Unavailable(`Cannot listen on ${formatSocketAddress(address)}: ${reasonOf(cause)}`, { cause });
  }
}

class Unavailable extends Error {
  override readonly name = "Unavailable";
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the address is in use";
  return error instanceof Error ? error.message : String(error);
}

function refuseStart(error: unknown, log: Logger): number {
  if (!(error instanceof Unavailable)) throw error;
  log.error(error.message);
  return exitCode.unavailable;
}

/** A core that has panicked cannot go on, and half a broker is worse than none: the supervisor starts another. */
function fail(error: unknown, log: Logger): never {
  log.error("the broker has failed", {
    error: error instanceof Error ? error.stack ?? error.message : String(error),
  });
  Deno.exit(exitCode.internal);
}

// The last line, so that everything above is there when it runs.
if (import.meta.main) {
  Deno.exit(await runCommandLine(Deno.args, { serve, bench, store: { backup, restore, check } }));
}
