/** Whether a topic filter, not a shared one, matches a topic name without `$`; both versions §4.7. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#") {
    const before = wanted.slice(0, -1);
    return levels.length >= before.length && before.every((level, place) => one(level, levels[place]));
  }
  return wanted.length === levels.length && wanted.every((level, place) => one(level, levels[place]));
}

function one(wanted: string, level: string | undefined): boolean {
  return wanted === "+" || wanted === level;
}

const sharePrefix = "$share/";

/** The filter inside `$share/GROUP/FILTER` (v5 §4.8.2), or the filter itself. */
export function plainFilter(filter: string): string {
  return filter.startsWith(sharePrefix) ? filter.slice(filter.indexOf("/", sharePrefix.length) + 1) : filter;
}
