import { type LogFormat, type LogLevel, logLevels } from "../config/schema.ts";

/** What a line tells beside its message. Names are camelCase, with a unit where there is one: `durationMs`. */
export type Fields =
  & { readonly [name: string]: string | number | bigint | boolean | undefined }
  & { readonly time?: never; readonly level?: never; readonly message?: never };

/**
 * Structured logging. Messages are fixed texts, so that lines can be counted and searched; what varies is a field.
 *
 * Strings may come from a peer as they are: control characters are escaped and long ones are cut.
 */
export type Logger = {
  readonly [Level in LogLevel]: (message: string, fields?: Fields) => void;
};

export interface LoggerOptions {
  /** Lines below it are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line, without its line feed. */
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

/** The most that is written of one value, in UTF-16 units, before escaping. */
export const valueLengthMax = 512;

/** A logger that writes lines of one format, down to one level. */
export function createLogger({ level, format, write, now = () => new Date() }: LoggerOptions): Logger {
  const line = format === "json" ? jsonLine : textLine;
  const least = logLevels.indexOf(level);
  function writer(of: LogLevel): Logger[LogLevel] {
    if (logLevels.indexOf(of) < least) return () => {};
    return (message, fields = {}) => write(line({ time: now().toISOString(), level: of, message }, fields));
  }
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}

interface Head {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
}

function jsonLine(head: Head, fields: Fields): string {
  const cut = Object.entries({ ...head, ...fields }).map(([name, value]) => [name, plain(value)]);
  return escapeInvisible(JSON.stringify(Object.fromEntries(cut)));
}

function textLine({ time, level, message }: Head, fields: Fields): string {
  const words = [time, level.padEnd(5), escapeInvisible(String(plain(message)))];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) words.push(`${name}=${textValue(plain(value))}`);
  }
  return words.join(" ");
}

/** Quoted unless it can be told from its neighbours without. */
function textValue(value: string | number | boolean | undefined): string {
  if (typeof value !== "string") return String(value);
  return /^[\w.:/@+$#*-]+$/.test(value) ? value : escapeInvisible(JSON.stringify(value));
}

/** What JSON can hold. */
function plain(value: Fields[string]): string | number | boolean | undefined {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "string" || value.length <= valueLengthMax) return value;
  return `${value.slice(0, valueLengthMax)}…`;
}

/**
 * Escapes what JSON lets through and a terminal or a reader might obey: control characters of both sets, line and
 * paragraph separators, and format characters that turn the direction of writing.
 */
function escapeInvisible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape);
}

function escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
