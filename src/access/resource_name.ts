import { foldName, isText } from "./authentication_name.ts";
import type { ResourceType } from "./resource.ts";

/** What the names of one type look like, and when two are the same. */
export interface NameRule {
  /** What would be right, as it stands after "use". */
  readonly expected: string;
  readonly accepts: (name: string) => boolean;
  /** Equal for two names exactly if they name the same resource. */
  readonly key: (name: string) => string;
}

/**
 * Client groups, topic spaces, permission bindings and CA certificates. event-grid: specification §3.2, §4; that case
 * does not tell two names apart is the rule of Azure's resource names.
 */
export const shortName: NameRule = {
  expected: "3 to 50 letters, digits and hyphens",
  accepts: (name) => /^[A-Za-z0-9-]{3,50}$/.test(name),
  key: (name) => name.toLowerCase(),
};

/** Clients: case tells them apart. event-grid: specification §3.1. `.` and `..` would be steps in a URL's path. */
export const clientName: NameRule = {
  expected: "1 to 128 letters, digits and - : . _, other than . and ..",
  accepts: (name) => /^[A-Za-z0-9:._-]{1,128}$/.test(name) && name !== "." && name !== "..",
  key: (name) => name,
};

/** Users: the name is what a client sends as its user name, so it is compared as authentication names are. */
export const userName: NameRule = {
  expected: "1 to 128 characters without control characters, other than . and ..",
  accepts: isUserName,
  key: foldName,
};

function isUserName(name: string): boolean {
  const characters = [...name].length;
  const inBounds = characters >= 1 && characters <= 128 && name !== "." && name !== "..";
  return inBounds && isText(name) && !/\p{Cc}/u.test(name);
}

/** The namespace: there is one, so every name means it. event-grid: specification §1. */
export const namespaceName: NameRule = {
  expected: "3 to 50 letters, digits and hyphens, not beginning with Microsoft, System or EventGrid",
  accepts: (name) => /^(?!microsoft|system|eventgrid)[a-z0-9-]{3,50}$/i.test(name),
  key: () => "",
};

/** How the resources of each type are named. */
export const nameRules: Readonly<Record<ResourceType, NameRule>> = {
  namespace: namespaceName,
  caCertificates: shortName,
  clientGroups: shortName,
  topicSpaces: shortName,
  clients: clientName,
  users: userName,
  permissionBindings: shortName,
  /** GUIDs in Azure, which fit. */
  roleAssignments: shortName,
};
