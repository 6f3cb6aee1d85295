/** Why no file system could be mounted. */
class NoFileSystem extends Error {
  override readonly name = "NoFileSystem";
}

/** How large a file system is, in bytes. */
export interface Size {
  readonly free: number;
  /** Taken by a file that can be removed, so that a disk that was full has room again. */
  readonly ballast: number;
}

/** A file system of a few MiB in memory, seen only by processes that enter its mount namespace (Linux, as root). */
export class SmallFileSystem implements AsyncDisposable {
  /** Where it is mounted. */
  readonly directory: string;
  readonly #keeper: Deno.ChildProcess;

  private constructor(directory: string, keeper: Deno.ChildProcess) {
    this.directory = directory;
    this.#keeper = keeper;
  }

  /** Why this machine allows no mount; `undefined` if it does. */
  static async impossible(): Promise<string | undefined> {
    try {
      await using _files = await SmallFileSystem.mount({ free: 65_536, ballast: 65_536 });
      return undefined;
    } catch (error) {
      if (error instanceof NoFileSystem) return error.message;
      throw error;
    }
  }

  /** @throws {NoFileSystem} if this machine does not allow it */
  static async mount({ free, ballast }: Size): Promise<SmallFileSystem> {
    const directory = await Deno.makeTempDir({ prefix: "heliograph-small-" });
    try {
      const keeper = new Deno.Command("unshare", {
        args: ["--mount", "sh", "-c", keep, directory, String(free + ballast), String(ballast)],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      await mounted(keeper);
      return new SmallFileSystem(directory, keeper);
    } catch (error) {
      await Deno.remove(directory);
      throw error instanceof Deno.errors.NotFound ? new NoFileSystem("there is no `unshare`") : error;
    }
  }

  /** What a command begins with that is to see the file system. */
  get prefix(): readonly string[] {
    const directory = `--wd=${Deno.cwd()}`;
    return ["nsenter", `--target=${this.#keeper.pid}`, "--mount", directory, "--"];
  }

  /** Removes the ballast. */
  async makeRoom(): Promise<void> {
    await this.#run("rm", `${this.directory}/${ballastName}`);
  }

  /** What `df` says, for the message of a failed test. */
  async usage(): Promise<string> {
    return await this.#run("df", "--block-size=1K", this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper.stdin.close();
    await Promise.all([this.#keeper.stderr.cancel(), this.#keeper.status]);
    await Deno.remove(this.directory);
  }

  async #run(...command: string[]): Promise<string> {
    const [program = "", ...args] = [...this.prefix, ...command];
    const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
    if (!success) throw new Error(`${command.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}

const ballastName = "ballast";

/** Mounts, and holds the namespace until its stdin ends. */
const keep = `
mount -t tmpfs -o size="$1" tmpfs "$0" && head -c "$2" /dev/zero > "$0/${ballastName}" && echo mounted && exec cat`;

async function mounted(keeper: Deno.ChildProcess): Promise<void> {
  const reader = keeper.stdout.getReader();
  const { done } = await reader.read();
  void drain(reader);
  if (!done) return;
  const { stderr } = keeper;
  throw new NoFileSystem((await new Response(stderr).text()).trim());
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
