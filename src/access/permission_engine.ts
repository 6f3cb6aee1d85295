/** A permission set and the values of its variables, in its order. */
export interface Grant {
  readonly set: number;
  readonly values: readonly string[];
}

/** What allows everything; `$` topics are ordinary ones to it. */
export const EVERYTHING: Grant = { set: 0, values: [] };

/** The core, as far as rights go. */
export interface PermissionEngine {
  /**
   * Makes a set or replaces it; sessions that have it are checked again.
   *
   * @returns the names of its variables in the order in which it wants their values
   */
  setPermissions(set: number, publish: readonly string[], subscribe: readonly string[]): readonly string[];
  /** Gives a session other rights, at once: what it may not have any more goes. */
  regrant(session: string, grant: Grant): void;
}
