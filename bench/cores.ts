/** How to start a program on some cores only. */
export interface Cores {
  /** What stands before the generator's command: the last core. */
  readonly generator: readonly string[];
  /** What stands before a broker's command: all other cores. */
  readonly broker: readonly string[];
  /** For people. */
  readonly text: string;
}

/**
 * Gives the generator a core of its own, so that the two never share one: left alone, the system moves them together
 * because they wake each other.
 */
export async function separateCores(): Promise<Cores> {
  const count = navigator.hardwareConcurrency;
  if (count < 2 || !await hasTaskset()) {
    return { generator: [], broker: [], text: "broker and generator share all cores" };
  }
  const brokers = count === 2 ? "0" : `0-${count - 2}`;
  return {
    generator: ["taskset", "-c", String(count - 1)],
    broker: ["taskset", "-c", brokers],
    text: `brokers on core ${brokers}, generator on core ${count - 1}`,
  };
}

async function hasTaskset(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("taskset", { args: ["-V"], stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
