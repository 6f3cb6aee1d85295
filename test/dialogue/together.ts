import { it } from "@std/testing/bdd";

/**
 * Tests that must see time pass, run at the same time: the first of them to run starts them all, and
 * each then waits for its own end. So ten tests of a second take a second.
 */
export function together(tests: Readonly<Record<string, () => Promise<void>>>): void {
  let started: Map<string, Promise<void>> | undefined;
  const startAll = () => {
    const runs = Object.entries(tests).map(([name, run]) => {
      const result = run();
      result.catch(() => {}); // Its own test tells of it, maybe later.
      return [name, result] as const;
    });
    return new Map(runs);
  };
  for (const name of Object.keys(tests)) {
    it(name, async () => {
      started ??= startAll();
      await started.get(name);
    });
  }
}

/**
 * Asks again until the answer is yes: for what the broker lets happen after a while and tells nobody.
 *
 * @throws {Error} after ten seconds
 */
export async function eventually(question: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await question())) {
    if (performance.now() > deadline) throw new Error("it did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
