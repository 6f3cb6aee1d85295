import { isTree } from "../config/override.ts";
import { type AnyResource, isResourceType } from "./resource.ts";
import type { StoredResource } from "./resource_store.ts";

/** The store gave what no registry of this version has put there. Ours or the disk's fault; never the client's. */
export class StoredResourceUnreadable extends Error {
  readonly code = "stored-resource-unreadable";

  constructor({ type, name }: StoredResource) {
    super(
      `Cannot read the stored resource ${type}/${name}: use the version of Heliograph that has written it`,
    );
    this.name = "StoredResourceUnreadable";
  }
}

/** The resource that was stored. Its properties were checked when they were written. */
export function restore(stored: StoredResource): AnyResource {
  const { type, name, etag, json } = stored;
  const properties = parsed(json);
  if (!isResourceType(type) || !isTree(properties)) throw new StoredResourceUnreadable(stored);
  return { type, name, etag, properties } as unknown as AnyResource;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
