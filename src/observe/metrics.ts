import process from "node:process";
import { Counter, Gauge, type Metric, Registry } from "prom-client";
import { METRIC_TABLE, type MetricRow, PREFIX } from "./metric_table.ts";

/** Where the numbers come from. */
export interface Counters {
  /** All numbers as they are now, by the keys of the metric table. A key that is missing counts 0. */
  snapshot(): ReadonlyMap<string, number>;
}

const MICROSECONDS_PER_SECOND = 1_000_000;

/** The broker's metrics in Prometheus' text format. */
export class Metrics {
  readonly #counters: Counters;
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Counter | Gauge>();

  /** @param others that count by themselves */
  constructor(counters: Counters, others: readonly Metric[] = []) {
    this.#counters = counters;
    for (const row of METRIC_TABLE) {
      if (!this.#metrics.has(row.name)) this.#metrics.set(row.name, metricOf(row, this.#registry));
    }
    for (const metric of others) this.#registry.registerMetric(metric);
    addProcessMetrics(this.#registry);
  }

  /** The media type of `text`, with its version. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, from one snapshot, so that they agree with each other. */
  text(): Promise<string> {
    const snapshot = this.#counters.snapshot();
    for (const metric of this.#metrics.values()) metric.reset();
    for (const row of METRIC_TABLE) {
      this.#metrics.get(row.name)?.inc(labelsOf(row), snapshot.get(row.key) ?? 0);
    }
    return this.#registry.metrics();
  }
}

function metricOf(row: MetricRow, registry: Registry): Counter | Gauge {
  const labelNames = Object.keys(labelsOf(row));
  const configuration = { name: PREFIX + row.name, help: row.help, labelNames, registers: [registry] };
  return row.type === "counter" ? new Counter(configuration) : new Gauge(configuration);
}

function labelsOf({ label }: MetricRow): Record<string, string> {
  return label === undefined ? {} : { [label[0]]: label[1] };
}

/** The process itself, under the names that every Prometheus client uses; the cheap ones, without permissions. */
function addProcessMetrics(registry: Registry): void {
  const startSeconds = Date.now() / 1000 - process.uptime();
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since 1970",
    registers,
    collect() {
      this.set(startSeconds);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time of the process, user and system",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS_PER_SECOND);
    },
  });
}
