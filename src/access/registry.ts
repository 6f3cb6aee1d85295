import { type Actor, auditEntries } from "./audit.ts";
import { type ChangeRequest, type Completion, readBody, refuseBuiltIn } from "./change_request.ts";
import { type CountsMax, type Operation, performAll, refusalsOf } from "./consistency.ts";
import { Directory, keyOf, type ReadonlyDirectory, type ResourceChange } from "./directory.ts";
import { equalJson } from "./equal.ts";
import type { ResourceFault } from "./fault.ts";
import type { AccessLimits } from "./limits.ts";
import { defaultNamespace, INITIAL_ETAG } from "./namespace.ts";
import { type Preconditions, unmet } from "./precondition.ts";
import { Refusal } from "./refusal.ts";
import { type Experts, type ResourceKinds, resourceKinds } from "./resource_kind.ts";
import { type AnyResource, type Resource, type ResourceType, resourceTypes } from "./resource.ts";
import type { ResourceStore, StoredChange } from "./resource_store.ts";
import { restore } from "./restore.ts";
import { type NamespaceIdentity, namespaceIdentityPreset } from "./scope.ts";
import type { PasswordHasher } from "./user.ts";

export interface RegistryOptions extends Experts {
  readonly store: ResourceStore;
  readonly limits: AccessLimits;
  /** What the namespace is called. */
  readonly identity?: NamespaceIdentity;
  /** A tag that no version ever had; random unless a test wants to know it. */
  readonly newEtag?: () => string;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** All that was done by one call, in the order of the requests; what was wanted already has `before === after`. */
export type Outcomes = readonly ResourceChange[];

/**
 * Is told of changes after they are durable and in the directory, in their order. Whoever asked for them is answered,
 * and the next ones are told, when it has resolved. Must not throw or reject.
 */
export type ChangeListener = (changes: Outcomes) => void | Promise<void>;

/** A page of a list. */
export interface Page<Type extends ResourceType> {
  readonly items: readonly Resource<Type>[];
  /** Where the next page begins, as `after`; `undefined` behind the last one. */
  readonly next: string | undefined;
}

export interface PageRequest<Type extends ResourceType> {
  /** Items on the page at most, 1 or more. */
  readonly top: number;
  readonly after?: string | undefined;
  readonly accepts?: ((resource: Resource<Type>) => boolean) | undefined;
}

/** What changes resources. */
export type RegistryChanges = Pick<Registry, "change" | "put" | "remove">;

/** Who changes what the broker changes by itself. */
const NOBODY: Actor = { operator: "broker" };

/**
 * The resources of a namespace: read in memory, changed one after another.
 *
 * A change is checked, made durable, then in force, then told to the listeners; what is refused changes nothing.
 */
export class Registry {
  readonly #directory: Directory;
  readonly #store: ResourceStore;
  readonly #kinds: ResourceKinds;
  /** The same, but that no password is hashed only to be looked at. */
  readonly #previewKinds: ResourceKinds;
  readonly #countsMax: CountsMax;
  readonly #newEtag: () => string;
  readonly #now: () => number;
  readonly #listeners = new Set<ChangeListener>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(directory: Directory, options: RegistryOptions) {
    const { store, newEtag = () => crypto.randomUUID(), now = Date.now } = options;
    const kindOptions = { ...options, identity: directory.identity };
    this.#directory = directory;
    this.#store = store;
    this.#kinds = resourceKinds(kindOptions);
    this.#previewKinds = resourceKinds({ ...kindOptions, passwords: withoutHashing(options.passwords) });
    this.#countsMax = countsMax(this.#kinds);
    this.#newEtag = newEtag;
    this.#now = now;
  }

  /**
   * The registry of what a store holds.
   *
   * @throws {StoredResourceUnreadable} if the store gives what no registry has put there
   * @throws what the store throws
   */
  static async open(options: RegistryOptions): Promise<Registry> {
    const { identity = namespaceIdentityPreset } = options;
    const directory = new Directory(identity);
    directory.put({
      type: "namespace",
      name: identity.namespace,
      etag: INITIAL_ETAG,
      properties: defaultNamespace,
    });
    for (const stored of await options.store.load()) directory.put(restore(stored));
    return new Registry(directory, options);
  }

  /** What is in force now. It is the live directory, not a copy. */
  get resources(): ReadonlyDirectory {
    return this.#directory;
  }

  /** The schemas of all types, for whoever describes them. */
  get kinds(): ResourceKinds {
    return this.#kinds;
  }

  /** Reads resources in the order of their names. */
  list<Type extends ResourceType>(type: Type, { top, after, accepts }: PageRequest<Type>): Page<Type> {
    const items: Resource<Type>[] = [];
    for (const resource of this.#directory.from(type, after)) {
      if (accepts?.(resource) === false) continue;
      if (items.length === top) return { items, next: items.at(-1)?.name };
      items.push(resource);
    }
    return { items, next: undefined };
  }

  /** The same for somebody, whom the audit log then names. */
  as(by: Actor): RegistryChanges {
    return {
      change: (requests) => this.change(requests, by),
      put: (type, name, { properties, conditions }) =>
        this.#changeOne({ type, name, wanted: { properties }, conditions }, by),
      remove: (type, name, conditions) => this.#changeOne({ type, name, wanted: "removed", conditions }, by),
    };
  }

  /**
   * Makes or replaces a resource.
   *
   * @param properties the body of Azure's API, unchecked
   * @throws what the store throws; nothing is changed then
   */
  put(
    type: ResourceType,
    name: string,
    { properties, conditions }: { readonly properties: unknown; readonly conditions?: Preconditions },
  ): Promise<ResourceChange | Refusal> {
    return this.#changeOne({ type, name, wanted: { properties }, conditions });
  }

  /** Deletes a resource that is there. */
  remove(type: ResourceType, name: string, conditions?: Preconditions): Promise<ResourceChange | Refusal> {
    return this.#changeOne({ type, name, wanted: "removed", conditions });
  }

  /**
   * Does what several requests want, or nothing if one of them is refused. Only the state behind all of them has to be
   * consistent, and nobody sees one in between.
   *
   * @param by whom the audit log names
   * @returns what was done, or every refusal
   */
  change(requests: readonly ChangeRequest[], by: Actor = NOBODY): Promise<Outcomes | Refusal[]> {
    return this.#inTurn(async () => {
      const planned = await this.#plan(requests, this.#kinds);
      if (isRefused(planned)) return planned;
      const changes = planned.filter(isChange);
      if (changes.length > 0) await this.#commit(changes, by);
      return planned;
    });
  }

  /** What {@linkcode change} would do now, without doing it; of a new password it has no hash. */
  preview(requests: readonly ChangeRequest[]): Promise<Outcomes | Refusal[]> {
    return this.#inTurn(() => this.#plan(requests, this.#previewKinds));
  }

  /** Tells `listener` of every change from now on, until the returned function is called. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #changeOne(request: ChangeRequest, by?: Actor): Promise<ResourceChange | Refusal> {
    const [done] = await this.change([request], by);
    if (done === undefined) throw new Error("Cannot answer one request: there was no outcome");
    return done;
  }

  /** What the requests come to, as it would be told, or why not. Changes nothing. */
  async #plan(requests: readonly ChangeRequest[], kinds: ResourceKinds): Promise<Outcomes | Refusal[]> {
    const planned = await Promise.all(requests.map((request) => this.#planOne(request, kinds)));
    const refused = planned.filter((outcome) => outcome instanceof Refusal);
    const changes = planned.filter((outcome): outcome is ResourceChange => !(outcome instanceof Refusal));
    const operations = changes.filter(isChange).map(operationOf);
    const refusals = [
      ...repeated(requests),
      ...refused,
      ...refusalsOf(this.#directory, operations, {
        countsMax: this.#countsMax,
        wanted: wantedKeys(requests),
      }),
    ];
    return refusals.length > 0 ? refusals : changes;
  }

  async #planOne(request: ChangeRequest, kinds: ResourceKinds): Promise<ResourceChange | Refusal> {
    const { type, name, wanted, conditions = {} } = request;
    const before = this.#directory.get(type, name) as AnyResource | undefined;
    const completion = wanted === "removed" ? undefined : readBody(kinds, request, wanted.properties);
    if (completion instanceof Refusal) return completion;
    const refusal = refuseBuiltIn(request) ?? refuseVersion(request, conditions, before);
    if (refusal !== undefined) return refusal;
    if (completion !== undefined) return await this.#complete(request, completion, before);
    if (before === undefined) return notFound(request);
    return { type, name: before.name, before, after: undefined };
  }

  async #complete(
    request: ChangeRequest,
    completion: Completion,
    before: AnyResource | undefined,
  ): Promise<ResourceChange | Refusal> {
    const properties = await completion(before);
    if (isFault(properties)) return Refusal.invalid(request, [properties]);
    const { type, name } = { type: request.type, name: before?.name ?? request.name };
    if (before !== undefined && equalJson(before.properties, properties)) {
      return { type, name, before, after: before };
    }
    const after = { type, name, etag: this.#newEtag(), properties } as AnyResource;
    return { type, name, before, after };
  }

  async #commit(planned: Outcomes, by: Actor): Promise<void> {
    const operations = planned.map(operationOf);
    await this.#store.write(operations.map(storedChange), auditEntries(planned, by, this.#now()));
    const changes = performAll(this.#directory, operations);
    await Promise.all([...this.#listeners].map((listener) => listener(changes)));
  }

  /** Runs `action` when everything that was asked for before it has ended. */
  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Whether the answer to several requests is that they were refused. */
export function isRefused(answer: Outcomes | Refusal[]): answer is Refusal[] {
  return answer[0] instanceof Refusal;
}

/** Whether an outcome changed anything. */
export function isChange({ before, after }: ResourceChange): boolean {
  return before !== after;
}

function operationOf({ before, after }: ResourceChange): Operation {
  if (after !== undefined) return { resource: after, action: "put" };
  if (before === undefined) throw new Error("Cannot make an operation of a change from nothing to nothing");
  return { resource: before, action: "remove" };
}

function storedChange({ resource, action }: Operation): StoredChange {
  const { type, name, etag, properties } = resource;
  return action === "put"
    ? { type, name, etag, json: JSON.stringify(properties) }
    : { type, name, json: undefined };
}

function refuseVersion(
  { type, name }: ChangeRequest,
  conditions: Preconditions,
  before: AnyResource | undefined,
): Refusal | undefined {
  const expected = unmet(conditions, before?.etag);
  if (expected === undefined) return undefined;
  return new Refusal(
    "precondition-failed",
    { type, name },
    `Cannot change ${type}/${name} in this version: use ${expected}`,
  );
}

function notFound({ type, name }: ChangeRequest): Refusal {
  return new Refusal("resource-not-found", { type, name }, `Cannot find ${type}/${name}`);
}

/** Requests for a resource that another one is for already: they have no order. */
function repeated(requests: readonly ChangeRequest[]): Refusal[] {
  const seen = new Set<string>();
  return requests.filter(({ type, name }) => {
    const key = `${type}/${keyOf(type, name)}`;
    return seen.has(key) || !seen.add(key);
  }).map((request) =>
    Refusal.invalid(request, [
      { code: "name-invalid", path: "name", value: request.name, expected: "each resource once" },
    ])
  );
}

/** What requests want to be there, whether they can have it or not: that it is missing is one fault, not several. */
function wantedKeys(requests: readonly ChangeRequest[]): ReadonlySet<string> {
  const puts = requests.filter(({ wanted }) => wanted !== "removed");
  return new Set(puts.map(({ type, name }) => `${type}/${keyOf(type, name)}`));
}

function isFault(value: object): value is ResourceFault {
  return "expected" in value && "code" in value;
}

/** Tells whether a password is another one, and makes nothing of it. */
function withoutHashing(passwords: PasswordHasher): PasswordHasher {
  return {
    hash: () => Promise.resolve("another"),
    verify: (password, hash) => passwords.verify(password, hash),
  };
}

function countsMax(kinds: ResourceKinds): CountsMax {
  return Object.fromEntries(resourceTypes.map((type) => [type, kinds[type].countMax])) as Record<
    ResourceType,
    number
  >;
}
