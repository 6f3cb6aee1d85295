import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** The fields of one line of the log in the text format, with its `level`. */
export type LogLine = Readonly<Record<string, string>>;

/** What a line begins with: time and level. */
const HEAD = /^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info |warn |error) /;
const FIELD = / (\w+)=("(?:[^"\\]|\\.)*"|\S+)/g;

/** What a broker process writes to stderr from now on. */
export class ProcessLog {
  readonly #lines: LogLine[] = [];
  /** What is no line of the log: the first steps for people, or a fault that nobody caught. */
  readonly #others: string[] = [];
  readonly #waiting = new Set<(line: LogLine) => void>();

  constructor(child: ChildProcess) {
    if (child.stderr === null) throw new Error("The process has no stderr");
    createInterface({ input: child.stderr }).on("line", (text) => this.#take(text));
  }

  /** What no client may cause: lines of level `error`, and what the runtime says of a fault. */
  get faults(): string[] {
    const errors = this.#lines.filter(({ level }) => level === "error").map((line) => JSON.stringify(line));
    return [...errors, ...this.#others.filter((text) => /error|uncaught|panicked/i.test(text))];
  }

  /** Every line so far of which `isIt` holds. */
  all(isIt: (line: LogLine) => boolean): LogLine[] {
    return this.#lines.filter(isIt);
  }

  /** The first line of which `isIt` holds, which may still be to come. */
  line(isIt: (line: LogLine) => boolean): Promise<LogLine> {
    const there = this.#lines.find(isIt);
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => {
      const look = (line: LogLine) => {
        if (!isIt(line)) return;
        this.#waiting.delete(look);
        resolve(line);
      };
      this.#waiting.add(look);
    });
  }

  #take(text: string): void {
    const level = HEAD.exec(text)?.[1]?.trim();
    if (level === undefined) {
      this.#others.push(text);
      return;
    }
    const line = { ...fieldsOf(text), level };
    this.#lines.push(line);
    for (const look of [...this.#waiting]) look(line);
  }
}

function fieldsOf(text: string): Record<string, string> {
  const fields = [...text.matchAll(FIELD)].map(([, name = "", value = ""]) => {
    return [name, value.startsWith('"') ? JSON.parse(value) : value];
  });
  return Object.fromEntries(fields);
}
