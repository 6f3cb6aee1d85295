import { type DerElement, TAG } from "./der.ts";
import { CertificateFault } from "./fault.ts";

/** The only forms that RFC 5280 §4.1.2.5 allows: to the second, in UTC. */
const FORM = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
/** RFC 5280 §4.1.2.5.1: two digits from here on are of the last century. */
const CENTURY_TURNS = 50;

/**
 * Milliseconds since 1970 of a UTCTime or a GeneralizedTime.
 *
 * @throws {CertificateFault} `malformed`
 */
export function readTime(element: DerElement | undefined): number {
  const text = String.fromCharCode(...element?.content ?? []);
  const digits = element?.tag === TAG.utcTime ? 2 : element?.tag === TAG.generalizedTime ? 4 : 0;
  const [, yearText = "", ...rest] = FORM.exec(text) ?? [];
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  const time = Date.UTC(fullYear(yearText), month - 1, day, hour, minute, second);
  const said = new Date(time);
  // A date that does not exist (the 31st of June) is not the next one.
  const exists = said.getUTCMonth() === month - 1 && said.getUTCDate() === day &&
    said.getUTCSeconds() === second &&
    said.getUTCMinutes() === minute && said.getUTCHours() === hour;
  if (yearText.length !== digits || !exists) {
    throw new CertificateFault("malformed", "the encoding has no time where one belongs");
  }
  return time;
}

function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 4) return year;
  return year < CENTURY_TURNS ? 2000 + year : 1900 + year;
}
