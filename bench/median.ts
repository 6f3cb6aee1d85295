/** The middle of some numbers; of two middles, their mean. `undefined` if there are none. */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
