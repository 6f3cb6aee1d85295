/**
 * What comes of work that several wait for, for one of them: it waits so long and no longer, and the work goes on.
 *
 * @param late makes what is thrown when the time is over
 */
export async function waitFor<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), milliseconds);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
