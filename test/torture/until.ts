const lookEveryMilliseconds = 20;

/**
 * Looks again and again whether something that other clients bring about has become true.
 *
 * @returns whether it has, within `patienceMilliseconds`
 */
export async function until(isTrue: () => boolean, patienceMilliseconds: number): Promise<boolean> {
  const deadline = performance.now() + patienceMilliseconds;
  while (!isTrue()) {
    if (performance.now() > deadline) return false;
    await milliseconds(lookEveryMilliseconds);
  }
  return true;
}

/** Resolves after `count` milliseconds. */
export function milliseconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count));
}

/** @throws {Error} naming `what` when it takes longer than `limit` milliseconds */
export async function within<Value>(limit: number, promise: Promise<Value>, what: string): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} took more than ${limit / 1000} s`)), limit);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
