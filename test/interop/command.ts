import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { splitAddress, withinSeconds } from "../dialogue/mod.ts";

const secondsMax = 20;

/** A program of mosquitto-clients that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves with the first line of its output that holds this text. */
  says(text: string): Promise<string>;
  /** All lines so far that begin with `MSG `, without it, once it has ended by itself. */
  messages(): Promise<string[]>;
  /** Ends it as a crash does. */
  crashes(): void;
}

/** Arguments that lead to a broker: `-h HOST -p PORT`. */
export function to(address: string): string[] {
  const { host, port } = splitAddress(address);
  return ["-h", host, "-p", String(port)];
}

/** Starts a program of mosquitto-clients. `MSG ` before its format tells messages from its own words. */
export function start(program: "mosquitto_pub" | "mosquitto_sub", ...args: readonly string[]): Running {
  // Into a pipe these programs write whole blocks; `stdbuf` makes it lines.
  const child = spawn("stdbuf", ["-oL", program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const watchers: ((line: string) => void)[] = [];
  if (child.stdout === null) throw new Error(`${program} has no stdout`);
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher(line);
  });
  const ended = once(output, "close");
  const says = (text: string) =>
    new Promise<string>((resolve) => {
      const known = lines.find((line) => line.includes(text));
      if (known !== undefined) resolve(known);
      watchers.push((line) => line.includes(text) && resolve(line));
    });
  return {
    child,
    says: (text) => withinSeconds(secondsMax, says(text)),
    async messages() {
      await withinSeconds(secondsMax, ended);
      return lines.filter((line) => line.startsWith("MSG ")).map((line) => line.slice(4));
    },
    crashes() {
      if (child.pid !== undefined) process.kill(child.pid, "SIGKILL");
    },
  };
}

/** A program that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of mosquitto-clients to its end, however that is. */
export async function runs(
  program: "mosquitto_pub" | "mosquitto_sub",
  args: readonly string[],
): Promise<Ended> {
  const child = spawn(program, [...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const [stdout, stderr] = await withinSeconds(
    secondsMax,
    Promise.all([textOf(child.stdout), textOf(child.stderr)]),
  );
  await ended;
  return { code: child.exitCode, stdout, stderr };
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += new TextDecoder().decode(chunk);
  return text;
}

/**
 * Runs mosquitto_pub to its end.
 *
 * @throws {Error} if it ends with another code than 0
 */
export async function publishes(...args: readonly string[]): Promise<void> {
  const child = spawn("mosquitto_pub", [...args], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await withinSeconds(secondsMax, once(child, "exit"));
  if (code !== 0) throw new Error(`mosquitto_pub ${args.join(" ")} ended with code ${code}`);
}

/** Starts mosquitto_sub and waits until it is subscribed. Its messages are printed as `format` says. */
export async function subscriber(format: string, ...args: readonly string[]): Promise<Running> {
  const running = start("mosquitto_sub", "-d", "-W", String(secondsMax), "-F", `MSG ${format}`, ...args);
  await running.says("Subscribed (mid");
  return running;
}
