import { z } from "zod";

const summary = z.object({
  count: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
  p999Us: z.number(),
  maxUs: z.number(),
});

/** What went wrong in a run. A run with a fault has no figure. */
const faults = z.object({ count: z.number(), examples: z.array(z.string()) });

/** The generator's report of publishers and subscribers; `generator/src/load/run.rs` explains each number. */
export const loadReport = z.object({
  sent: z.number(),
  received: z.number(),
  expected: z.number(),
  seconds: z.number(),
  measured: z.number(),
  messagesPerSecond: z.number(),
  latency: summary.nullable(),
  sendLag: summary.nullable(),
  acknowledgement: summary.nullable(),
  generatorCpu: z.number(),
  othersCpu: z.number(),
  broker: z.object({
    cpuSeconds: z.number(),
    cpuUsPerMessage: z.number(),
    residentBytes: z.number(),
    peakBytes: z.number(),
    writtenBytesPerMessage: z.number().nullable(),
  }).nullable(),
  /** Added here to what the generator says, for a broker whose commits can be counted. */
  commitsPerSecond: z.number().optional(),
  faults,
});

export type LoadReport = z.infer<typeof loadReport>;

/** The generator's report in any other mode: figures of its own. */
export const modeReport = z.looseObject({ faults });

export type ModeReport = z.infer<typeof modeReport>;

/** Why a run's figures do not count, or `undefined` if they do. */
export function objection(report: LoadReport | ModeReport): string | undefined {
  const { count, examples } = report.faults;
  if (count > 0) return `${count} faults: ${examples.join("; ")}`;
  const { received, expected } = report;
  if (expected !== undefined && received !== expected) return `${received} of ${expected} messages received`;
  return undefined;
}

/** The number at `path` (as in `pingDuring.maxUs`), or `undefined` if the report has none there. */
export function figureAt(report: unknown, path: string): number | undefined {
  const found = path.split(".").reduce<unknown>(
    (value, key) => typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    report,
  );
  return typeof found === "number" ? found : undefined;
}
