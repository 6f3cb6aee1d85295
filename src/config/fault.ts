/** Something in the configuration that cannot be used. */
export interface ConfigFault {
  readonly code: "not-yaml" | "unknown-key" | "wrong-value";
  /** The key, with a list's index behind it: `listeners.mqtt.0`. Of a file that is not YAML, `line 3, column 7`. */
  readonly path: string;
  /** Where it was said: the file's path, a variable's name, a flag. */
  readonly source: string;
  readonly value: unknown;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
}

/** Why a configuration cannot be used: all of it, not only the first fault. */
export class ConfigFaults {
  readonly code = "config-faults";

  constructor(readonly faults: readonly ConfigFault[]) {}

  /** One line for each fault. */
  toString(): string {
    return this.faults.map(line).join("\n");
  }
}

const valueCharactersMax = 80;

function line({ code, path, source, value, expected }: ConfigFault): string {
  switch (code) {
    case "not-yaml":
      return `Cannot read ${source} at ${path}: ${expected}`;
    case "unknown-key":
      return `Cannot use the key ${path} (${source}): use ${expected}`;
    case "wrong-value":
      return `Cannot use ${shown(value)} for ${path} (${source}): use ${expected}`;
  }
}

/** JSON escapes control characters, so that a value cannot pretend to be a line of its own. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}…`;
}
