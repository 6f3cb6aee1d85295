/** The resource files of Heliograph that scenarios with access control need. */
import type { User } from "./peers/peer.ts";

/** Whom all clients say that they are. The generator's topics begin with its name. */
export const benchUser: User = { name: "bench", password: "a password of the benchmark" };

/** Topics that the generator uses in these scenarios: `bench/0` to `bench/9`. */
const topicsMax = 10;

/** As many sessions as one name may have. */
const sessionsMax = 100;

/**
 * One user, who may publish and subscribe in each of `topicSpaces` topic spaces with one template each.
 *
 * One space alone holds all topics of the generator. Of more, ten hold one topic each, spread over them with one at the
 * end, and the others hold none of them. Templates have a variable, since those are what takes time to match.
 */
export function userResources(topicSpaces: number): string {
  const { name, password } = benchUser;
  const topicSpacesConfiguration = { maximumClientSessionsPerAuthenticationName: sessionsMax };
  const templates = Array.from({ length: topicSpaces }, (_, index) => templateAt(index, topicSpaces));
  return documents([
    { type: "namespace", properties: { topicSpacesConfiguration } },
    { type: "users", name, properties: { password } },
    ...templates.flatMap((template, index) => topicSpace(`space-${index}`, template, "$all")),
  ]);
}

/** Everyone who says nothing about himself may publish and subscribe to all topics of the generator. */
export function anonymousResources(): string {
  return documents(topicSpace("bench", "bench/#", "$anonymous"));
}

/** The same for whoever shows a certificate of this CA (PEM), as the user whom its subject names. */
export function certificateResources(ca: string): string {
  const clientAuthentication = { alternativeAuthenticationNameSources: ["ClientCertificateSubject"] };
  const topicSpacesConfiguration = {
    maximumClientSessionsPerAuthenticationName: sessionsMax,
    clientAuthentication,
  };
  const validationScheme = "SubjectMatchesAuthenticationName";
  return documents([
    { type: "namespace", properties: { topicSpacesConfiguration } },
    { type: "caCertificates", name: "bench", properties: { encodedCertificate: ca.trim() } },
    {
      type: "clients",
      name: benchUser.name,
      properties: { clientCertificateAuthentication: { validationScheme } },
    },
    ...topicSpace("bench", "bench/#", "$all"),
  ]);
}

/**
 * Users for the generator's mode `changes`: `member-0` and so on, who may subscribe to topics of their own, the first of
 * them to some more; `probe`, who is one of them; and the user of the publisher and subscriber whose messages are timed,
 * whom no change there concerns.
 *
 * All have the same password. A user has many sessions, so that few passwords are hashed for many connections.
 */
export function membersResources(members: number): string {
  const topicSpacesConfiguration = { maximumClientSessionsPerAuthenticationName: sessionsMax };
  const partOf = (index: number) => index === 0 ? "few" : "many";
  return documents([
    { type: "namespace", properties: { topicSpacesConfiguration } },
    userOfPart(benchUser.name, "steady"),
    userOfPart("probe", "many"),
    ...Array.from({ length: members }, (_, index) => userOfPart(`member-${index}`, partOf(index))),
    clientGroup("steady", "attributes.part = 'steady'"),
    clientGroup("members", "attributes.part IN ['few', 'many']"),
    clientGroup("few", "attributes.part = 'few'"),
    ...topicSpace("steady", "bench/+", "steady"),
    space("members", "members/${client.authenticationName}/#"),
    space("few", "few/#"),
    space("news", "news/#"),
    subscribers("members", "members"),
    subscribers("few", "few"),
  ]);
}

/** The connections that so many members may open, with some room for those whose messages are timed. */
export function connectionsOf(members: number): number {
  return (members + 1) * sessionsMax;
}

function templateAt(index: number, topicSpaces: number): string {
  if (topicSpaces < topicsMax) return "${client.authenticationName}/+";
  const spacing = Math.floor(topicSpaces / topicsMax);
  const fromEnd = topicSpaces - 1 - index;
  const topic = fromEnd / spacing;
  if (fromEnd % spacing === 0 && topic < topicsMax) return `\${client.authenticationName}/${topic}`;
  return index % 2 === 0 ? `sites/${index}/\${client.authenticationName}/#` : `sites/${index}/+/state`;
}

interface Document {
  readonly type: string;
  readonly name?: string;
  readonly properties: unknown;
}

/** A topic space and the bindings that let a client group publish and subscribe in it. */
function topicSpace(name: string, template: string, clientGroupName: string): readonly Document[] {
  const binding = (permission: string): Document => ({
    type: "permissionBindings",
    name: `${name}-${permission}`,
    properties: { clientGroupName, topicSpaceName: name, permission },
  });
  return [space(name, template), binding("Publisher"), binding("Subscriber")];
}

function space(name: string, template: string): Document {
  return { type: "topicSpaces", name, properties: { topicTemplates: [template] } };
}

function userOfPart(name: string, part: string): Document {
  return { type: "users", name, properties: { password: benchUser.password, attributes: { part } } };
}

function clientGroup(name: string, query: string): Document {
  return { type: "clientGroups", name, properties: { query } };
}

/** Lets a group subscribe in a topic space, by a binding of the group's name. */
function subscribers(clientGroupName: string, topicSpaceName: string): Document {
  const properties = { clientGroupName, topicSpaceName, permission: "Subscriber" };
  return { type: "permissionBindings", name: clientGroupName, properties };
}

/** JSON is YAML. */
function documents(all: readonly Document[]): string {
  return all.map((document) => `---\n${JSON.stringify(document)}\n`).join("");
}
