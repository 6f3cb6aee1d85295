import { TextLineStream } from "./line_stream.ts";
import { PeerFailed } from "./peer.ts";

/** How long a broker may take to listen (with many passwords to hash: a minute), and to stop. */
const startMilliseconds = 180_000;
const stopMilliseconds = 10_000;

/** Lines of stderr that are kept to explain a failure. */
const linesKept = 20;

/** How a broker's process is started. */
export interface ProcessOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly directory?: string | undefined;
  /** Variables beside those that are inherited. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Which stream says that it listens. */
  readonly announcesOn: "stdout" | "stderr";
  /** Whether a line is the last of the announcement. */
  readonly isReady: (line: string) => boolean;
}

/** A broker's process, with both output streams read to their end so that it never blocks on them. */
export class BrokerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #options: ProcessOptions;
  readonly #announced = Promise.withResolvers<readonly string[]>();
  readonly #lines: string[] = [];
  readonly #tail: string[] = [];
  readonly #drained: Promise<void>;

  private constructor(options: ProcessOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    this.#child = new Deno.Command(program, {
      args,
      ...options.directory === undefined ? {} : { cwd: options.directory },
      env: { ...options.environment },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#drained = this.#drain();
  }

  /**
   * Starts a process and waits until it listens.
   *
   * @throws {PeerFailed} with its last lines if it ends or keeps silent instead
   */
  static async start(options: ProcessOptions): Promise<BrokerProcess> {
    const process = new BrokerProcess(options);
    const timer = setTimeout(() => process.#fail("is not ready in time"), startMilliseconds);
    try {
      await process.announcement();
      return process;
    } catch (error) {
      await process.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The lines up to and with the one that said "ready". */
  announcement(): Promise<readonly string[]> {
    return this.#announced.promise;
  }

  /** Ends the process, with force if it takes too long, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), stopMilliseconds);
    await this.#child.status;
    clearTimeout(timer);
    await this.#drained;
  }

  async #drain(): Promise<void> {
    const { stdout, stderr } = this.#child;
    await Promise.all([this.#read(stdout, "stdout"), this.#read(stderr, "stderr")]);
    this.#fail("ended");
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, name: "stdout" | "stderr"): Promise<void> {
    for await (const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
      this.#tail.push(line);
      if (this.#tail.length > linesKept) this.#tail.shift();
      if (name === this.#options.announcesOn) this.#listen(line);
    }
  }

  #listen(line: string): void {
    this.#lines.push(line);
    if (this.#options.isReady(line)) this.#announced.resolve([...this.#lines]);
    if (this.#lines.length > linesKept) this.#lines.shift();
  }

  #fail(what: string): void {
    const [program] = this.#options.command;
    this.#announced.reject(new PeerFailed(`${program} ${what}:\n${this.#tail.join("\n")}`));
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
