/** The broker as a process, started by a command line as a user would type it. */
import { TextLineStream } from "./text_lines.ts";

/** A process that was started here; disposing of it ends it, whatever state it is in. */
export interface Started extends AsyncDisposable {
  /** The lines of stdout up to and with the first that `last` accepts. */
  linesUntil(last: (line: string) => boolean): Promise<string[]>;
  /** Everything on stderr, once the process has ended. */
  readonly stderr: Promise<string>;
  /** The exit code, once the process has ended. */
  readonly code: Promise<number>;
  signal(name: "SIGINT" | "SIGTERM"): void;
}

const root = new URL("../../", import.meta.url);

/** Runs Deno with `args` in the root of the project, with `env` beside the present environment. */
export function deno(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const lines = child.stdout.pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  return {
    linesUntil: (last) => collect(lines, last),
    stderr: new Response(child.stderr).text(),
    code: child.status.then(({ code }) => code),
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      end(child);
      await child.status;
    },
  };
}

/** The flags of the task `start`, up to the entry file, as `deno.json` has them. */
export async function startFlags(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const [, ...words] = (tasks.heliograph.command as string).replaceAll("'", "").split(" ");
  return words;
}

async function collect(lines: AsyncIterator<string>, last: (line: string) => boolean): Promise<string[]> {
  const collected: string[] = [];
  while (true) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`The process ended after ${JSON.stringify(collected)}`);
    collected.push(value);
    if (last(value)) return collected;
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}
