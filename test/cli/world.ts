/** A command line without a system around it: what it says is kept, what it reads is given. */
import { runCommandLine, type World } from "../../src/cli/command_line.ts";
import type { ServeOptions } from "../../src/cli/serve.ts";

/** What a command line is given. */
export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly interrupted?: Promise<void>;
  readonly serve?: (options: ServeOptions) => Promise<number>;
}

/** What came of it. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `heliograph ARGS`. */
export async function heliograph(args: readonly string[], given: Given = {}): Promise<Outcome> {
  const said = { stdout: "", stderr: "" };
  const serve = given.serve ?? (() => Promise.resolve(0));
  const code = await runCommandLine(args, { serve, management: true }, worldOf(given, said));
  return { code, ...said };
}

function worldOf(
  { env = {}, files = {}, stdin = "", interrupted }: Given,
  said: { stdout: string; stderr: string },
): World {
  async function readTextFile(path: string): Promise<string> {
    await Promise.resolve();
    const text = files[path];
    if (text === undefined) throw new Error("there is no such file");
    return text;
  }
  return {
    env,
    readTextFile,
    readFile: async (path) => new TextEncoder().encode(await readTextFile(path)),
    stdin: () => ReadableStream.from([new TextEncoder().encode(stdin)]),
    stdout: (line) => said.stdout += `${line}\n`,
    stdoutBytes: (bytes) => said.stdout += new TextDecoder().decode(bytes),
    stderr: (line) => said.stderr += `${line}\n`,
    interrupted: () => interrupted ?? new Promise(() => {}),
  };
}
