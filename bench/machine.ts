import { cpus, tmpdir, totalmem } from "node:os";

/** Where a record was made, without a name of its own. */
export interface Machine {
  /** A short name that says what kind it is, as in `2-vcpu-linux`: the record's folder. */
  readonly name: string;
  readonly cpus: number;
  readonly model: string;
  readonly kernel: string;
  readonly memoryGibibytes: number;
  /** TCP congestion control of the brokers' connections; some pace even on loopback. */
  readonly congestionControl: string;
  /** File system of the brokers' data, as `stat` names it. On `tmpfs` nothing that is said of disks holds. */
  readonly fileSystem: string;
}

/** Looks at this machine. */
export async function describeMachine(): Promise<Machine> {
  const count = navigator.hardwareConcurrency;
  return {
    name: `${count}-vcpu-${Deno.build.os}`,
    cpus: count,
    model: cpus()[0]?.model.trim() ?? "unknown",
    kernel: Deno.osRelease(),
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    fileSystem: await fileSystemOf(tmpdir()),
    congestionControl: await read("/proc/sys/net/ipv4/tcp_congestion_control"),
  };
}

async function fileSystemOf(folder: string): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("stat", { args: ["-f", "-c", "%T", folder] }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}

async function read(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}
