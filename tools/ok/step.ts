import { noTests, type Tally } from "./tally.ts";

/** One check of `deno task ok`. */
export interface Step {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reads how many tests ran out of what the command printed; absent where the command runs none. */
  readonly tally?: (output: string) => Tally | Promise<Tally>;
}

/** What came of a step. */
export interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  readonly tally: Tally;
}

/** Runs a step and shows what it prints while it does; what counts as tests is read from it afterwards. */
export async function runStep(step: Step): Promise<Outcome> {
  const [program = "", ...args] = step.command;
  const started = performance.now();
  const child = new Deno.Command(program, {
    args,
    env: { ...step.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const [stdout, stderr, { success }] = await Promise.all([
    shown(child.stdout, Deno.stdout),
    shown(child.stderr, Deno.stderr),
    child.status,
  ]);
  const counted = await step.tally?.(stdout + stderr) ?? noTests;
  // A run that fails without naming a test, because a file does not load, say, is one failure all the same.
  const tally = success || counted.failed > 0 || step.tally === undefined
    ? counted
    : { ...counted, failed: 1 };
  return { step, passed: success, seconds: (performance.now() - started) / 1000, tally };
}

async function shown(stream: ReadableStream<Uint8Array>, output: typeof Deno.stdout): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    for (let written = 0; written < chunk.length;) written += output.writeSync(chunk.subarray(written));
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
