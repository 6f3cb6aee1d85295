/** Something that was done, as it is kept; the same shape as in the ports of `src/access` and `src/http`. */
export interface AuditRow {
  /** Unix milliseconds. */
  readonly time: number;
  readonly operator: string;
  readonly address?: string | undefined;
  readonly action: string;
  readonly target: string;
  /** JSON. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** One of them, with its place in the log. */
export interface NumberedAuditRow extends AuditRow {
  readonly number: number;
}
