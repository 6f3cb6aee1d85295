/** How long somebody waits. */
export interface Patience {
  readonly milliseconds: number;
  /** Aborted when it is gone before. */
  readonly gone: AbortSignal | undefined;
}

/**
 * What comes of work that several wait for, for one of them: it waits so long and no longer, and the work goes on.
 *
 * @param late makes what is thrown when the time is over
 */
export async function waitFor<T>(
  work: Promise<T>,
  { milliseconds, gone }: Patience,
  late: () => Error,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(late());
  const timer = setTimeout(giveUp, milliseconds);
  gone?.addEventListener("abort", giveUp);
  if (gone?.aborted) giveUp();
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    gone?.removeEventListener("abort", giveUp);
  }
}
