import { z } from "zod";
import { HttpProblem } from "../problem.ts";
import { conditionsOf, isKnown, quoted } from "./conditions.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import { listQueryOf, nextLink } from "./list_query.ts";
import { mergePatch } from "./merge_patch.ts";
import {
  type Conditions,
  type ManagedChange,
  type ManagedChanges,
  type ManagedResource,
  type ManagedResources,
  type ManagedType,
  managedTypes,
  type NameFilterReader,
} from "./ports.ts";
import { isRefusal, problemOfRefusal } from "./refusal.ts";
import { representationOf, type Shown } from "./representation.ts";

/** What the desk needs. */
export interface ResourceDeskOptions extends Shown {
  readonly registry: ManagedResources;
  readNameFilter: NameFilterReader;
  /** The keys of a patch as resources have them. */
  spelledProperties(patch: unknown): unknown;
}

/** How often a merge patch is tried when others change the resource under it. */
const PATCH_ATTEMPTS_MAX = 5;

/**
 * What stands around `properties`. What Azure's answers add is passed over, so that an answer can be sent back; so are
 * the tags, the SKU and the identity of a namespace, which mean nothing on one machine.
 */
const envelope = z.strictObject({
  properties: z.unknown().optional(),
  ...Object.fromEntries(
    ["id", "name", "type", "systemData", "location", "tags", "sku", "identity"].map((
      key,
    ) => [key, z.unknown().optional()]),
  ),
});

/** Reads and changes resources, whatever address they are asked for under. */
export class ResourceDesk {
  readonly #options: ResourceDeskOptions;

  constructor(options: ResourceDeskOptions) {
    this.#options = options;
  }

  /** Answers a request for all resources of a type. */
  async list(type: ManagedType, request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "GET") refuseMethod("GET, HEAD");
    const { registry, readNameFilter } = this.#options;
    const { top, after, accepts } = listQueryOf(request.search, readNameFilter);
    const page = registry.list(type, { top, after, accepts: accepts && (({ name }) => accepts(name)) });
    const value = page.items.map((resource) => this.#show(resource));
    const next = page.next === undefined
      ? {}
      : { nextLink: nextLink(request.address, request.search, page.next) };
    return await Promise.resolve({ status: 200, body: { value, ...next } });
  }

  /** Answers a request for one resource. */
  async one(type: ManagedType, name: string, request: AdminRequest): Promise<AdminAnswer> {
    switch (request.method) {
      case "GET":
        return this.#get(type, name, request);
      case "PUT":
        return await this.#put(type, name, request);
      case "PATCH":
        return await this.#patch(type, name, request);
      case "DELETE":
        return await this.#remove(type, name, request);
      default:
        return refuseMethod("GET, HEAD, PUT, PATCH, DELETE");
    }
  }

  #get(type: ManagedType, name: string, request: AdminRequest): AdminAnswer {
    const resource = this.#find(type, name);
    const headers = { etag: quoted(resource.etag) };
    if (isKnown(conditionsOf(request.header), resource.etag)) return { status: 304, headers };
    return { status: 200, body: this.#show(resource), headers };
  }

  async #put(type: ManagedType, name: string, request: AdminRequest): Promise<AdminAnswer> {
    const conditions = conditionsOf(request.header);
    const properties = propertiesOf(await request.json()) ?? {};
    const answer = await this.#for(request).put(type, name, { properties, conditions });
    if (isRefusal(answer)) throw problemOfRefusal(answer);
    return this.#changed(answer);
  }

  /** Applies a merge patch (RFC 7396) to the version that is there, again if somebody else was faster. */
  async #patch(type: ManagedType, name: string, request: AdminRequest): Promise<AdminAnswer> {
    const asked = conditionsOf(request.header);
    const patch = this.#options.spelledProperties(propertiesOf(await request.json()) ?? {});
    for (let attempt = 1;; attempt += 1) {
      const before = this.#find(type, name);
      const properties = mergePatch(this.#options.visibleProperties(before), patch);
      const conditions = { ...asked, ifMatch: narrowed(asked.ifMatch, before.etag) };
      const answer = await this.#for(request).put(type, name, { properties, conditions });
      if (!isRefusal(answer)) return this.#changed(answer);
      const outrun = answer.code === "precondition-failed" && this.#find(type, name) !== before;
      if (!outrun || attempt === PATCH_ATTEMPTS_MAX) throw problemOfRefusal(answer);
    }
  }

  async #remove(type: ManagedType, name: string, request: AdminRequest): Promise<AdminAnswer> {
    const answer = await this.#for(request).remove(type, name, conditionsOf(request.header));
    if (isRefusal(answer)) throw problemOfRefusal(answer);
    return { status: 204 };
  }

  #for({ by }: AdminRequest): ManagedChanges {
    return this.#options.registry.as(by);
  }

  #find(type: ManagedType, name: string): ManagedResource {
    const resource = this.#options.registry.resources.get(type, name);
    if (resource !== undefined) return resource;
    throw new HttpProblem("resource-not-found", { detail: `Cannot find ${type}/${name}` });
  }

  #changed({ before, after }: ManagedChange): AdminAnswer {
    if (after === undefined) throw new Error("Cannot answer a write: it has left nothing");
    return {
      status: before === undefined ? 201 : 200,
      body: this.#show(after),
      headers: { etag: quoted(after.etag) },
    };
  }

  #show(resource: ManagedResource): object {
    return representationOf(resource, this.#options);
  }
}

/** The type that a segment of a path names, ignoring case as Azure does. */
export function managedTypeOf(segment: string): ManagedType | undefined {
  return managedTypes.find((type) => type.toLowerCase() === segment.toLowerCase());
}

/** That the version is still the one that was patched, if that is one that was asked for. */
function narrowed(asked: Conditions["ifMatch"], etag: string): Conditions["ifMatch"] {
  return asked === undefined || asked === "*" || asked.includes(etag) ? [etag] : asked;
}

/** The properties of a body, unchecked; `undefined` if it has none. */
function propertiesOf(body: unknown): unknown {
  const read = envelope.safeParse(body);
  if (read.success) return read.data.properties;
  const expected =
    'a mapping such as {"properties": {…}}, with nothing beside properties but what answers have';
  throw new HttpProblem("body-invalid", { detail: `Cannot read the body: use ${expected}` });
}
