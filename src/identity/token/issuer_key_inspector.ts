import { type CustomAlgorithm, ISSUER_KEY_EXPECTED, readIssuerKey } from "./issuer_key.ts";

/** Looks at keys of issuers that are to be registered. */
export class IssuerKeyInspector {
  readonly #algorithms: readonly CustomAlgorithm[];

  /** @param algorithms those that tokens may be signed with */
  constructor(algorithms: readonly CustomAlgorithm[]) {
    this.#algorithms = algorithms;
  }

  /** What would be right in place of PEM that cannot check a token; otherwise nothing. */
  async inspectIssuerKey(encoded: string): Promise<string | undefined> {
    const key = await readIssuerKey(encoded);
    const isUsable = key !== undefined && this.#algorithms.some((algorithm) => algorithm === key.algorithm);
    return isUsable ? undefined : ISSUER_KEY_EXPECTED;
  }
}
