/**
 * Seeds that have found a fault, by what it was: they stay, so that it does not come back unnoticed. The same number
 * makes another world once the simulation itself changes, so each was found again, by taking its repair out, when the
 * simulation last changed.
 */

/** A seed with the fault that it finds. */
export interface NamedSeed {
  readonly seed: bigint;
  readonly steps: number;
  readonly fault: string;
}

/** All of them. */
export const namedSeeds: readonly NamedSeed[] = [
  { seed: 1164n, steps: 3000, fault: "a share group is owed a message that the store has dropped" },
  { seed: 116n, steps: 3000, fault: "a broker dies between the taking of a will and its publication" },
];
