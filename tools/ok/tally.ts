/** How many tests passed and failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** The names of those that failed with what they said, as far as the report tells. */
  readonly failures: readonly string[];
}

/** Where no tests ran. */
export const noTests: Tally = { passed: 0, failed: 0, failures: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...a.failures, ...b.failures],
  }), noTests);
}

/**
 * The tests of a `deno test` run, from its JUnit report.
 *
 * A suite is a test case too there, with its tests named `suite > test`; only cases without such children are counted.
 */
export function denoTally(junit: string): Tally {
  const cases = [...junit.matchAll(/<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)];
  const names = cases.map(([, name = ""]) => name);
  const suites = new Set(names.flatMap(ancestors));
  const leaves = cases.filter(([, name = "", body = ""]) => !suites.has(name) && !body.includes("<skipped"));
  const failed = cases.filter(([, name = "", body = ""]) =>
    body.includes("<failure") && !hidden(name, body, suites)
  );
  const passed = leaves.filter(([, , body = ""]) => !body.includes("<failure"));
  return {
    passed: passed.length,
    failed: failed.length,
    failures: failed.map(([, name = "", body = ""]) => plain(`${name}\n${said(body)}`)),
  };
}

/** How many lines of what a failed test said are told again. */
const linesMax = 20;

/** What the error says, without where it came from. */
function said(body: string): string {
  const [, text = ""] = /<failure[^>]*>([\s\S]*?)<\/failure>/.exec(body) ?? [];
  const lines = text.split("\n");
  const trace = lines.findIndex((line) => /^ {4}at /.test(line));
  return lines.slice(0, trace < 0 ? linesMax : Math.min(trace, linesMax)).map((line) => `    ${line}`).join(
    "\n",
  );
}

/** Without the references of XML. */
function plain(text: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(\w+);/g, (reference, name: string) => characters[name] ?? reference);
}

/** A suite fails because of its tests, which are counted themselves, or on its own, in a hook. */
function hidden(name: string, body: string, suites: ReadonlySet<string>): boolean {
  return suites.has(name) && /\d+ test steps? failed/.test(body);
}

/** `a` and `a &gt; b` of `a &gt; b &gt; c`. */
function ancestors(name: string): string[] {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" &gt; "));
}

/** The tests of a `cargo test` run: one line for each crate, kind of test and documentation. */
export function cargoTally(output: string): Tally {
  const lines = output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm);
  return sum(
    [...lines].map(([, passed, failed]) => ({ ...noTests, passed: Number(passed), failed: Number(failed) })),
  );
}
