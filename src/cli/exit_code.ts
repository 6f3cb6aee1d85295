/** What the process ends with, where it has a meaning of its own; from 64 on as in BSD's `sysexits.h`. */
export const exitCode = {
  /** Done, or stopped by a signal. */
  ok: 0,
  /** `pub` and `sub`, as mosquitto's clients: anything without a reason code. */
  failed: 1,
  /** `sub`, as mosquitto's: the time given with `-W` is over. */
  timedOut: 27,
  /** The command line cannot be used. */
  usage: 64,
  /** An address or the data directory is in use. */
  unavailable: 69,
  /** A fault of ours. */
  internal: 70,
  /** The store refuses to keep what was promised. */
  store: 74,
  /** The configuration cannot be used. */
  config: 78,
} as const;

export type ExitCode = typeof exitCode[keyof typeof exitCode];
