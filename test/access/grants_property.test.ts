/** Rights against a model that knows no sets: it looks at every binding for every session, every time. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { AnonymousAccess } from "../../src/access/anonymous.ts";
import type { ChangeRequest } from "../../src/access/change_request.ts";
import type { ReadonlyDirectory, ResourceChange } from "../../src/access/directory.ts";
import { GrantTable, type Holder } from "../../src/access/grants.ts";
import type { Principal } from "../../src/access/principal.ts";
import type { Registry } from "../../src/access/registry.ts";
import { CoreDouble, filled } from "./core_double.ts";
import { caClient, world } from "./world.ts";

/** The only queries of this world, and what they mean. */
const meanings: Readonly<
  Record<string, (name: string, attributes: Readonly<Record<string, unknown>>) => boolean>
> = {
  "true": () => true,
  "attributes.x = 'one'": (_, { x }) => x === "one",
  "attributes.x != 'one'": (_, { x }) => typeof x === "string" && x !== "one",
  "authenticationName = 'A'": (name) => name.toLowerCase() === "a",
};
const templates = [
  "plain/#",
  "name/${client.authenticationName}",
  "x/${client.attributes.x}/${client.authenticationName|.f}",
  "y/${client.attributes.y}",
];
const names = ["a", "b"] as const;
const groups = ["group-1", "group-2", "$all", "$anonymous"] as const;
const spaces = ["space-1", "space-2"] as const;

const attributes = fc.record({
  x: fc.constantFrom("one", "two", "a/b"),
  y: fc.oneof(fc.constant(1), fc.constant(["list"])),
}, { requiredKeys: [] });

type Coming =
  | { readonly does: "connect"; readonly session: string; readonly principal: Principal }
  | { readonly does: "end"; readonly session: string };

interface Change {
  readonly does: "change";
  readonly requests: readonly ChangeRequest[];
  readonly access: AnonymousAccess;
  /** Who comes and goes while it is put into force: one after each step. */
  readonly meanwhile: readonly Coming[];
}

type Step = Change | Coming;

function request<Properties>(
  type: ChangeRequest["type"],
  name: fc.Arbitrary<string>,
  properties: fc.Arbitrary<Properties>,
): fc.Arbitrary<ChangeRequest> {
  const wanted = fc.oneof(
    { weight: 3, arbitrary: properties.map((properties) => ({ properties })) },
    { weight: 1, arbitrary: fc.constant("removed" as const) },
  );
  return fc.record({ type: fc.constant(type), name, wanted });
}

const requests = fc.oneof(
  request(
    "clients",
    fc.constantFrom(...names),
    attributes.map((attributes) => ({ ...caClient, attributes })),
  ),
  request(
    "users",
    fc.constantFrom("A", "u"),
    attributes.map((attributes) => ({ password: "x", attributes })),
  ),
  request(
    "clientGroups",
    fc.constantFrom("group-1", "group-2"),
    fc.constantFrom(...Object.keys(meanings)).map((query) => ({ query })),
  ),
  request(
    "topicSpaces",
    fc.constantFrom(...spaces),
    fc.uniqueArray(fc.constantFrom(...templates), { minLength: 1 }).map((topicTemplates) => ({
      topicTemplates,
    })),
  ),
  request(
    "permissionBindings",
    fc.constantFrom("bind-1", "bind-2", "bind-3"),
    fc.record({
      clientGroupName: fc.constantFrom(...groups),
      topicSpaceName: fc.constantFrom(...spaces),
      permission: fc.constantFrom("Publisher", "Subscriber"),
    }),
  ),
);

const principal: fc.Arbitrary<Principal> = fc.oneof(
  fc.constantFrom(...names).map((authenticationName): Principal => ({ kind: "client", authenticationName })),
  fc.constantFrom("a", "u").map((authenticationName): Principal => ({ kind: "user", authenticationName })),
  attributes.map((attributes): Principal => ({ kind: "external", authenticationName: "A", attributes })),
  fc.constant<Principal>({ kind: "anonymous" }),
);
const session = fc.constantFrom("s1", "s2", "s3");
const coming: fc.Arbitrary<Coming> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("connect" as const), session, principal }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("end" as const), session }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant("change" as const),
    requests: fc.array(requests, { minLength: 1, maxLength: 3 }),
    access: fc.constantFrom("on" as const, "on" as const, "off" as const, "loopback" as const),
    meanwhile: fc.array(coming, { maxLength: 3 }),
  }),
  coming,
);

/** What a principal may do, read from the bindings one by one. */
function expected(resources: ReadonlyDirectory, principal: Principal, access: AnonymousAccess): string[] {
  if (principal.kind === "anonymous" && access === "loopback") return ["everything"];
  const known = entry(resources, principal);
  const values = new Map<string, string>();
  if (known !== undefined) values.set("client.authenticationName", known.name);
  for (const [key, value] of Object.entries(known?.attributes ?? {})) {
    if (!Array.isArray(value)) values.set(`client.attributes.${key}`, String(value));
  }
  const rights = new Set<string>();
  for (const { properties } of resources.all("permissionBindings")) {
    const { clientGroupName, topicSpaceName, permission } = properties;
    if (!belongs(resources, clientGroupName, principal, access)) continue;
    const granted = resources.get("topicSpaces", topicSpaceName)?.properties.topicTemplates ?? [];
    const verb = permission === "Publisher" ? "publish" : "subscribe";
    for (const right of filled(verb, granted, values)) rights.add(right);
  }
  return [...rights].toSorted();
}

function entry(resources: ReadonlyDirectory, principal: Principal) {
  if (principal.kind === "anonymous") return undefined;
  const { authenticationName: name } = principal;
  if (principal.kind === "external") return { name, attributes: principal.attributes };
  if (principal.kind === "client") {
    const [found] = [...resources.all("clients")].filter(({ properties }) =>
      properties.authenticationName.toLowerCase() === name.toLowerCase()
    );
    return found && { name: found.properties.authenticationName, attributes: found.properties.attributes };
  }
  const [found] = [...resources.all("users")].filter((user) =>
    user.name.toLowerCase() === name.toLowerCase()
  );
  return found && { name: found.name, attributes: found.properties.attributes };
}

function belongs(
  resources: ReadonlyDirectory,
  group: string,
  principal: Principal,
  access: AnonymousAccess,
): boolean {
  if (principal.kind === "anonymous") return group === "$anonymous" && access === "on";
  const known = entry(resources, principal);
  if (known === undefined || group === "$anonymous") return false;
  if (group === "$all") return true;
  const query = resources.get("clientGroups", group)?.properties.query ?? "";
  return meanings[query]?.(known.name, known.attributes) ?? false;
}

/** Enough to begin with that most changes meet something. */
const beginning: readonly ChangeRequest[] = [
  ...names.map((name) => ({ type: "clients", name, wanted: { properties: caClient } }) as const),
  { type: "clientGroups", name: "group-1", wanted: { properties: { query: "attributes.x = 'one'" } } },
  { type: "clientGroups", name: "group-2", wanted: { properties: { query: "true" } } },
  { type: "topicSpaces", name: "space-1", wanted: { properties: { topicTemplates: templates.slice(0, 2) } } },
  { type: "topicSpaces", name: "space-2", wanted: { properties: { topicTemplates: templates.slice(2) } } },
];

/** Sessions that come and go while changes are put into force, step by step, held against the model all the time. */
class Play {
  readonly #core = new CoreDouble();
  readonly #held = new Map<string, Holder>();
  readonly #registry: Registry;
  readonly #table: GrantTable;
  #access: AnonymousAccess = "loopback";
  #before: Map<string, string>;

  constructor(registry: Registry, private readonly idleTemplatesMax: number) {
    this.#registry = registry;
    this.#table = new GrantTable({
      resources: registry.resources,
      engine: this.#core,
      anonymous: () => this.#access,
      idleTemplatesMax,
    });
    this.#before = this.#rights();
  }

  async do(step: Step): Promise<void> {
    if (step.does === "change") await this.#change(step);
    else this.#come(step);
    for (const [session, rights] of this.#rights()) {
      assert.equal(this.#core.rights(session).join(), rights, session);
    }
    const used = new Set([...this.#held.values()].map(({ grant }) => grant.set).filter((set) => set !== 0));
    if (this.idleTemplatesMax === 0) assert.equal(this.#table.sets, used.size, "sets that nobody has");
  }

  async #change({ requests, access, meanwhile }: Change): Promise<void> {
    this.#before = this.#rights();
    this.#access = access;
    const left = [...meanwhile];
    const leave = this.#registry.listen((changes) => this.#putIntoForce(changes, left));
    await this.#registry.change(requests);
    leave();
    // A change that was refused, or changed nothing, is not told; the access may be another nevertheless.
    this.#putIntoForce([], left);
  }

  /** At no moment may a session do anything but what it might before, or may afterwards. */
  #putIntoForce(changes: readonly ResourceChange[], meanwhile: Coming[]): void {
    this.#core.onChange = () => this.#check();
    for (const _ of this.#table.apply(changes)) {
      const next = meanwhile.shift();
      if (next === undefined) continue;
      this.#come(next);
      // Whoever comes now may do from the beginning what the change says.
      this.#before = new Map([...this.#before, ...this.#rights(next.session)]);
      this.#check();
    }
    this.#core.onChange = () => {};
  }

  #come(step: Coming): void {
    const { session } = step;
    const holder = this.#held.get(session);
    if (step.does === "connect") {
      const holder = this.#table.hold(step.principal);
      this.#core.accept(session, holder.grant);
      this.#held.set(session, holder);
      this.#table.attach(holder, session);
    } else if (holder !== undefined) {
      this.#held.delete(session);
      this.#core.sessions.delete(session);
      this.#table.release(holder);
    }
  }

  #check(): void {
    const after = this.#rights();
    for (const [session] of this.#held) {
      const now = this.#core.rights(session).join();
      assert.ok(
        now === this.#before.get(session) || now === after.get(session),
        `${session} may ${now} in between`,
      );
    }
  }

  /** What sessions may do by the resources as they are. */
  #rights(only?: string): Map<string, string> {
    const held = [...this.#held].filter(([session]) => only === undefined || session === only);
    return new Map(held.map(([session, { principal }]) => [
      session,
      expected(this.#registry.resources, principal, this.#access).join(),
    ]));
  }
}

async function run(steps: readonly Step[], idleTemplatesMax: number): Promise<void> {
  const { registry } = await world();
  await registry.change(beginning);
  const play = new Play(registry, idleTemplatesMax);
  for (const step of steps) await play.do(step);
}

describe("GrantTable", () => {
  it("agrees with a model after every change, and is never in between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), fc.constantFrom(0, 5, 1000), run),
      { numRuns: 300 },
    );
  });
});
