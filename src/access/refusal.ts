import { faultText, type ResourceFault } from "./fault.ts";
import type { ResourceType } from "./resource.ts";

/** Why a change is not made. The names are stable: programs go by them. */
export type RefusalCode =
  /** The body or the name breaks a rule; `faults` says which. */
  | "resource-invalid"
  | "resource-not-found"
  /** It is not the version that If-Match or If-None-Match asked for. */
  | "precondition-failed"
  /** Something else refers to it; `detail` names what. */
  | "resource-in-use"
  /** Another resource has the name, which must be unique; `detail` names it. */
  | "name-taken"
  /** `$all`, `$anonymous` and the namespace are always there. */
  | "resource-built-in"
  /** There are as many of the type as there may be. */
  | "limit-reached";

/** Which resource, without what it says. */
export interface ResourceId {
  readonly type: ResourceType;
  readonly name: string;
}

/** A change that was not made. Nothing of it was, nor of what was to be made together with it. */
export class Refusal {
  readonly code: RefusalCode;
  readonly resource: ResourceId;
  /** What was attempted, and what would be right. */
  readonly detail: string;
  /** Every fault of the resource, not only the first. */
  readonly faults: readonly ResourceFault[];

  constructor(
    code: RefusalCode,
    resource: ResourceId,
    detail: string,
    faults: readonly ResourceFault[] = [],
  ) {
    this.code = code;
    this.resource = { type: resource.type, name: resource.name };
    this.detail = detail;
    this.faults = faults;
  }

  /** A resource that breaks rules of its own. */
  static invalid(resource: ResourceId, faults: readonly ResourceFault[]): Refusal {
    return new Refusal("resource-invalid", resource, faults.map(faultText).join("\n"), faults);
  }

  toString(): string {
    return this.detail;
  }
}
