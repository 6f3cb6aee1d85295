import { z } from "zod";
import { textFault, topicNameFault } from "./mqtt_text.ts";
import type { HostPublish } from "./ports.ts";
import { HttpProblem, type ParameterFault } from "./problem.ts";
import { queryParameter } from "./query.ts";
import { parseUserProperties } from "./user_properties.ts";

/** Everything of a message but its body and its publisher. */
export type PublishParameters = Omit<HostPublish, "payload" | "principal">;

/** Binary data and strings have a length of 16 bits (v5 §1.5.6). */
const BINARY_BYTES_MAX = 65_535;
/** The Message Expiry Interval is a four byte integer (v5 §3.3.2.3.3). */
const EXPIRY_SECONDS_MAX = 0xffff_ffff;

const bit = z.enum(["0", "1"], { error: "must be 0 or 1" }).transform((digit) => digit === "1" ? 1 : 0);

const base64 = z.string().transform((text, context) => {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return refuse(context, "must be Base64 with its padding");
  }
});

const seconds = z.string()
  .regex(/^\d{1,10}$/, { error: `must be a number of seconds from 0 to ${EXPIRY_SECONDS_MAX}`, abort: true })
  .transform(Number)
  .pipe(z.number().max(EXPIRY_SECONDS_MAX, { error: `must be at most ${EXPIRY_SECONDS_MAX} seconds` }));

const contentType = z.string().superRefine((text, context) => {
  const fault = textFault(text);
  if (fault !== undefined) refuse(context, `cannot be used: ${fault}`);
});

const responseTopic = z.string().transform((text, context) => {
  const topic = percentDecoded(text);
  if (topic === undefined) return refuse(context, "must be percent-encoded UTF-8");
  const fault = topicNameFault(topic);
  return fault === undefined ? topic : refuse(context, `cannot be used: ${fault}`);
});

const correlationData = base64.refine((bytes) => bytes.length <= BINARY_BYTES_MAX, {
  error: `must be at most ${BINARY_BYTES_MAX} bytes`,
});

const userProperties = base64.transform((json, context) =>
  parseUserProperties(json) ??
    refuse(context, 'must be a JSON array of objects with one string each, as [{"Urgency":"alert"}]')
);

/** The parameters by the names that callers know them by, so that a fault can say which one it is. */
const parameters = z.object({
  topic: z.string({ error: "is missing" }),
  "mqtt-qos": bit.default(1),
  "mqtt-retain": bit.default(0),
  "mqtt-response-topic": responseTopic.optional(),
  "mqtt-correlation-data": correlationData.optional(),
  "mqtt-user-properties": userProperties.default([]),
  "content-type": contentType.optional(),
  "mqtt-message-expiry": seconds.optional(),
  "mqtt-payload-format-indicator": bit.default(0),
});

/** Headers that a query parameter of another name stands in for, and wins over. */
const QUERY_NAMES: Readonly<Record<string, string>> = { "mqtt-qos": "qos", "mqtt-retain": "retain" };

/**
 * Reads the query and the headers of HTTP Publish (specification §8).
 *
 * @param search the query string, without its question mark; `api-version` and unknown names are let pass
 * @param header looks up a header by its lower-case name
 * @throws {HttpProblem} 400 with all faults, 403 if the topic cannot be published to
 */
export function parsePublish(
  search: string,
  header: (name: string) => string | undefined,
): PublishParameters {
  const raw: Record<string, string | undefined> = { topic: queryParameter(search, "topic") };
  for (const name of Object.keys(parameters.shape)) {
    if (name === "topic") continue;
    const queryName = QUERY_NAMES[name];
    raw[name] = (queryName === undefined ? undefined : queryParameter(search, queryName)) ?? header(name);
  }
  const parsed = parameters.safeParse(raw);
  if (!parsed.success) throw parametersInvalid(parsed.error);
  const fault = topicNameFault(parsed.data.topic);
  if (fault !== undefined) {
    throw new HttpProblem("topic-invalid", { detail: `Cannot publish to this topic: ${fault}` });
  }
  return inOurWords(parsed.data);
}

function inOurWords(data: z.infer<typeof parameters>): PublishParameters {
  return {
    topic: data.topic,
    qos: data["mqtt-qos"],
    retain: data["mqtt-retain"] === 1,
    responseTopic: data["mqtt-response-topic"],
    correlationData: data["mqtt-correlation-data"],
    userProperties: data["mqtt-user-properties"],
    contentType: data["content-type"],
    messageExpirySeconds: data["mqtt-message-expiry"],
    payloadFormat: data["mqtt-payload-format-indicator"],
  };
}

function parametersInvalid(error: z.ZodError): HttpProblem {
  const faults = error.issues.map((issue): ParameterFault => {
    const parameter = String(issue.path[0]);
    return { parameter, detail: `${parameter} ${issue.message}` };
  });
  return new HttpProblem("parameter-invalid", {
    detail: `Cannot publish: ${faults.map(({ detail }) => detail).join("; ")}`,
    faults,
  });
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
