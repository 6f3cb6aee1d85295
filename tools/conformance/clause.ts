/** Whom a normative statement binds. What a client must do, a server must often check: then it is `both`. */
export type Bound = "client" | "server" | "both";

/**
 * A normative statement: its number, whom it binds, what it says in our words, and, where a server is bound and
 * no test can name it, why not.
 */
export type Clause = readonly [id: string, bound: Bound, statement: string, untested?: string];

/** One of the two standards, as the tests name it. */
export interface Standard {
  /** The word before the number in a test's name: `v5` in `v5 [MQTT-4.3.3-10]`. */
  readonly tag: "v3.1.1" | "v5";
  readonly title: string;
  readonly clauses: readonly Clause[];
}
