/**
 * Writes `docs/CONFIGURATION.md` from the schema (`deno task config:reference`). A test fails when the page and the
 * schema disagree.
 */
import { variableOf } from "../src/config/environment.ts";
import { type Key, keys } from "../src/config/key_tree.ts";

const page = new URL("../docs/CONFIGURATION.md", import.meta.url);

const introduction = `# Configuration

<!-- Written by \`deno task config:reference\` from src/config. Change it there. -->

Three places can set a key; what stands later in this list wins:

1. a YAML file, named with \`--config FILE\`; [\`examples/heliograph.yaml\`](../examples/heliograph.yaml) is one to start from
2. environment variables: \`${
  variableOf("limits.packetBytesMax")
}\` is \`limits.packetBytesMax\`. Lists are separated
   by commas
3. flags of \`heliograph serve\` (\`--mqtt\`, \`--mqtts\`, \`--http\`, \`--https\`, \`--tls-cert\`, \`--tls-key\`,
   \`--hostname\`, \`--anonymous\`, \`--resources\`, \`--data\`, \`--profile\`, \`--log-level\`, \`--log-format\`)

An unknown key or variable, or a value that cannot be used, stops the start with exit code 78; all faults are told at
once. \`heliograph serve --check\` tells them and ends.
`;

const limitsIntroduction = `## Limits

Every bound of the broker has a name, and something definite happens to whoever reaches it. Keys stand under \`limits\`.
Reason codes are those of MQTT 5; "closed" means that the connection ends without one.
`;

/** The page as it ought to be. */
export function configurationPage(): string {
  const limits = keys.filter(({ name }) => name.startsWith("limits."));
  const others = keys.filter(({ name }) => !name.startsWith("limits."));
  return [
    introduction,
    "## Keys\n",
    table(["Key", "Default", "Values", "Meaning"], others.map(row)),
    limitsIntroduction,
    table(["Limit", "Default", "Values", "What for", "At the limit"], limits.map(limitRow)),
  ].join("\n");
}

function row({ name, preset, notes }: Key): string[] {
  return [`\`${name}\``, notes.unsaid ?? shown(preset), notes.expected, notes.reason];
}

function limitRow(key: Key): string[] {
  const [name = "", ...cells] = row(key);
  return [name.replace("limits.", ""), ...cells, key.notes.result ?? ""];
}

function shown(preset: unknown): string {
  if (Array.isArray(preset)) return preset.length === 0 ? "none" : preset.map(shown).join(", ");
  return `\`${preset}\``;
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) await Deno.writeTextFile(page, configurationPage());
