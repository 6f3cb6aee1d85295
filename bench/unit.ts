import type { Unit } from "./scenario.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A number as it stands in a table; `–` for none. */
export function format(value: number | undefined, unit: Unit): string {
  if (value === undefined) return "–";
  switch (unit) {
    case "count":
    case "perSecond":
      return whole.format(value);
    case "bytes":
      return `${whole.format(value)} B`;
    case "mebibytes":
      return `${threeDigits.format(value / 2 ** 20)} MiB`;
    case "seconds":
      return `${threeDigits.format(value)} s`;
    case "milliseconds":
      // The generator counts latency in microseconds.
      return `${threeDigits.format(value / 1000)} ms`;
    case "share":
      return `${whole.format(value * 100)} %`;
    case "ratio":
      return threeDigits.format(value);
  }
}
