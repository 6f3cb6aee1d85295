import { TextLineStream } from "../../cli/text_lines.ts";

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Told every line of stdout and stderr. */
  readonly onLine: (line: string) => void;
}

const logLinesMax = 40;

/** A child process that is ended with force. */
export class ChildProcess {
  readonly #child: Deno.ChildProcess;
  readonly #log: string[] = [];
  readonly #code: Promise<number>;
  readonly #options: ProcessOptions;
  #hasEnded = false;
  /** Once it is gone and all its output was read. */
  readonly gone: Promise<void>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    this.#child = new Deno.Command(program, {
      args,
      cwd: new URL("../../../", import.meta.url),
      env: { ...options.env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#code = this.#child.status.then(({ code }) => code);
    this.gone = this.#drain();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get pid(): number {
    return this.#child.pid;
  }

  log(): string {
    return this.#log.join("\n");
  }

  freeze(): void {
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.gone;
  }

  /** Asks it to end; resolves with its exit code once it has. */
  async stop(): Promise<number> {
    this.#signal("SIGTERM");
    await this.gone;
    return await this.#code;
  }

  async #drain(): Promise<void> {
    const { stdout, stderr } = this.#child;
    await Promise.all([this.#read(stdout), this.#read(stderr), this.#code]);
    this.#hasEnded = true;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const line of stream.pipeThrough(new TextLineStream())) {
      this.#log.push(line);
      if (this.#log.length > logLinesMax) this.#log.shift();
      this.#options.onLine(line);
    }
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}
