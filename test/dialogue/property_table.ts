import type { Properties } from "./packet.ts";

/** How a property's value is laid out; v5 §2.2.2.2. */
export type PropertyLayout = "byte" | "two" | "four" | "variable" | "text" | "binary" | "pair";

/** Where a property may stand: a packet type, or `will` for the Will Properties. */
export type PropertyPlace =
  | "connect"
  | "connack"
  | "publish"
  | "will"
  | "puback"
  | "pubrec"
  | "pubrel"
  | "pubcomp"
  | "subscribe"
  | "suback"
  | "unsubscribe"
  | "unsuback"
  | "disconnect"
  | "auth";

export interface PropertyRow {
  readonly identifier: number;
  readonly name: keyof Properties;
  readonly layout: PropertyLayout;
  readonly places: readonly PropertyPlace[];
}

const acknowledgements = ["puback", "pubrec", "pubrel", "pubcomp", "suback", "unsuback"] as const;
const everywhere = [
  "connect",
  "connack",
  "publish",
  "will",
  ...acknowledgements,
  "subscribe",
  "unsubscribe",
  "disconnect",
  "auth",
] as const;

/** Table 2-4 of version 5: each property, its layout, and the packets that may carry it. */
export const propertyTable: readonly PropertyRow[] = [
  { identifier: 0x01, name: "payloadFormatIndicator", layout: "byte", places: ["publish", "will"] },
  { identifier: 0x02, name: "messageExpiryInterval", layout: "four", places: ["publish", "will"] },
  { identifier: 0x03, name: "contentType", layout: "text", places: ["publish", "will"] },
  { identifier: 0x08, name: "responseTopic", layout: "text", places: ["publish", "will"] },
  { identifier: 0x09, name: "correlationData", layout: "binary", places: ["publish", "will"] },
  { identifier: 0x0b, name: "subscriptionIdentifiers", layout: "variable", places: ["publish", "subscribe"] },
  {
    identifier: 0x11,
    name: "sessionExpiryInterval",
    layout: "four",
    places: ["connect", "connack", "disconnect"],
  },
  { identifier: 0x12, name: "assignedClientIdentifier", layout: "text", places: ["connack"] },
  { identifier: 0x13, name: "serverKeepAlive", layout: "two", places: ["connack"] },
  { identifier: 0x15, name: "authenticationMethod", layout: "text", places: ["connect", "connack", "auth"] },
  { identifier: 0x16, name: "authenticationData", layout: "binary", places: ["connect", "connack", "auth"] },
  { identifier: 0x17, name: "requestProblemInformation", layout: "byte", places: ["connect"] },
  { identifier: 0x18, name: "willDelayInterval", layout: "four", places: ["will"] },
  { identifier: 0x19, name: "requestResponseInformation", layout: "byte", places: ["connect"] },
  { identifier: 0x1a, name: "responseInformation", layout: "text", places: ["connack"] },
  { identifier: 0x1c, name: "serverReference", layout: "text", places: ["connack", "disconnect"] },
  {
    identifier: 0x1f,
    name: "reasonString",
    layout: "text",
    places: ["connack", ...acknowledgements, "disconnect", "auth"],
  },
  { identifier: 0x21, name: "receiveMaximum", layout: "two", places: ["connect", "connack"] },
  { identifier: 0x22, name: "topicAliasMaximum", layout: "two", places: ["connect", "connack"] },
  { identifier: 0x23, name: "topicAlias", layout: "two", places: ["publish"] },
  { identifier: 0x24, name: "maximumQoS", layout: "byte", places: ["connack"] },
  { identifier: 0x25, name: "retainAvailable", layout: "byte", places: ["connack"] },
  { identifier: 0x26, name: "userProperties", layout: "pair", places: everywhere },
  { identifier: 0x27, name: "maximumPacketSize", layout: "four", places: ["connect", "connack"] },
  { identifier: 0x28, name: "wildcardSubscriptionAvailable", layout: "byte", places: ["connack"] },
  { identifier: 0x29, name: "subscriptionIdentifiersAvailable", layout: "byte", places: ["connack"] },
  { identifier: 0x2a, name: "sharedSubscriptionAvailable", layout: "byte", places: ["connack"] },
];
