import { HttpProblem, type ProblemCode } from "./problem.ts";

/** Reason codes from here on are errors (v5 §2.4). */
const FIRST_ERROR = 0x80;
/** What a caller is told to wait when the broker cannot say it better. */
const RETRY_AFTER_SECONDS = "1";

/** What each reason code that a publish can end with means over HTTP, in the order of v5 §2.4. */
const PROBLEMS: ReadonlyMap<number, ProblemCode> = new Map([
  [0x80, "internal-error"],
  // Implementation specific error: ours is a store that cannot keep what a QoS 1 acknowledgement promises.
  [0x83, "degraded"],
  [0x87, "not-authorized"],
  [0x88, "degraded"],
  [0x89, "busy"],
  [0x8b, "shutting-down"],
  [0x90, "topic-invalid"],
  [0x95, "payload-too-large"],
  [0x96, "quota-exceeded"],
  [0x97, "quota-exceeded"],
  [0x99, "payload-format-invalid"],
  [0x9a, "message-refused"],
  [0x9b, "message-refused"],
]);

const RETRYABLE: ReadonlySet<ProblemCode> = new Set(["quota-exceeded", "degraded", "busy", "shutting-down"]);

const DETAILS: Readonly<Partial<Record<ProblemCode, string>>> = {
  "degraded": "Cannot publish now: the broker could not keep the message, try again later",
  "not-authorized": "Cannot publish to this topic: no permission allows it",
  "topic-invalid": "Cannot publish to this topic: the broker does not take its name",
  "quota-exceeded": "Cannot publish now: a quota is used up, try again later",
  "payload-too-large": "Cannot publish this message: it is larger than the broker takes",
};

/** The problem that a reason code stands for; none for success, with or without subscribers (0x00, 0x10). */
export function problemOfReason(reasonCode: number): HttpProblem | undefined {
  if (reasonCode < FIRST_ERROR) return undefined;
  const code = PROBLEMS.get(reasonCode) ?? "internal-error";
  return new HttpProblem(code, {
    detail: DETAILS[code] ?? `Cannot publish: the broker answered with reason 0x${reasonCode.toString(16)}`,
    reasonCode,
    headers: RETRYABLE.has(code) ? { "retry-after": RETRY_AFTER_SECONDS } : undefined,
  });
}
