/** What the management API needs of the rooms behind it, in the words of its paths. */

import type { z } from "zod";

/** The types of resources by their names in the paths. */
export const managedTypes = [
  "namespace",
  "caCertificates",
  "clientGroups",
  "topicSpaces",
  "clients",
  "users",
  "permissionBindings",
  "roleAssignments",
] as const;

export type ManagedType = typeof managedTypes[number];

/** One version of one resource. */
export interface ManagedResource {
  readonly type: ManagedType;
  readonly name: string;
  /** Without the quotes of the header. */
  readonly etag: string;
  readonly properties: object;
}

/** A resource before and after a change. */
export interface ManagedChange {
  readonly before: ManagedResource | undefined;
  readonly after: ManagedResource | undefined;
}

/** One place of a resource that cannot be used. */
export interface ManagedFault {
  readonly code: string;
  readonly path: string;
  /** What would be right, as it stands after "use". */
  readonly expected: string;
  /** Of a query or template: the character, the first one being 0. */
  readonly position?: number;
}

/** Why a change is not made. */
export interface ManagedRefusal {
  readonly code:
    | "resource-invalid"
    | "resource-not-found"
    | "precondition-failed"
    | "resource-in-use"
    | "name-taken"
    | "resource-built-in"
    | "limit-reached";
  readonly detail: string;
  readonly faults: readonly ManagedFault[];
}

/** Tags of the headers If-Match and If-None-Match, without quotes. */
export interface Conditions {
  readonly ifMatch?: readonly string[] | "*" | undefined;
  readonly ifNoneMatch?: readonly string[] | "*" | undefined;
}

/** On whose behalf something is done. */
export interface Actor {
  /** As the audit log names them: `token 5d0b1f2a`. */
  readonly operator: string;
  /** The IP address that they called from. */
  readonly address?: string | undefined;
}

/** What changes resources. */
export interface ManagedChanges {
  put(
    type: ManagedType,
    name: string,
    wanted: { readonly properties: unknown; readonly conditions?: Conditions },
  ): Promise<ManagedChange | ManagedRefusal>;
  remove(type: ManagedType, name: string, conditions?: Conditions): Promise<ManagedChange | ManagedRefusal>;
}

/** The resources of the namespace. */
export interface ManagedResources {
  readonly resources: { get(type: ManagedType, name: string): ManagedResource | undefined };
  /** What reads the `properties` of each type. */
  readonly kinds: Readonly<Record<ManagedType, { readonly schema: z.ZodType }>>;
  list(
    type: ManagedType,
    page: {
      readonly top: number;
      readonly after?: string | undefined;
      readonly accepts?: ((resource: ManagedResource) => boolean) | undefined;
    },
  ): { readonly items: readonly ManagedResource[]; readonly next: string | undefined };
  /** What changes them for somebody, whom the audit log then names. */
  as(by: Actor): ManagedChanges;
}

/** Something that was done, as the audit log keeps it. */
export interface AuditEntry extends Actor {
  /** Unix milliseconds. */
  readonly time: number;
  /** `create`, `update`, `delete`, … */
  readonly action: string;
  /** What it was done to, as its path: `clients/sensor-1`. */
  readonly target: string;
  /** JSON, without secrets; absent where there was nothing. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Who keeps what operators have done. Changes of resources are entered by whoever makes them. */
export interface AuditLog {
  /** Enters something that was done, durably. */
  record(entry: AuditEntry): Promise<void>;
  /**
   * A part of the log, the newest first; `after` is the `next` of the part before. It takes a bounded part of the log,
   * so it may hold fewer entries than `top`, and even none, with a `next`.
   */
  list(page: {
    readonly top: number;
    readonly after?: number | undefined;
    readonly accepts?: ((target: string) => boolean) | undefined;
  }): Promise<{
    readonly items: readonly (AuditEntry & { readonly number: number })[];
    readonly next: number | undefined;
  }>;
}

/** The certificates that the TLS listeners show. */
export interface ServerCertificates {
  /** Reads all files again; connections that are open stay. */
  reload(): Promise<readonly CertificateReload[]>;
}

/** What came of reading a certificate again. */
export interface CertificateReload {
  /** The file of the certificate. */
  readonly certificate: string;
  /** Why what was read before is still in use; absent if it is not. */
  readonly fault?: string;
}

/** A text file that a caller sends along. */
export interface SentFile {
  readonly path: string;
  readonly text: string;
}

/** What applying resource files has done, or would do. */
export interface AppliedFiles {
  readonly steps: readonly {
    readonly action: "create" | "update" | "delete" | "unchanged";
    readonly type: string;
    readonly name: string;
    readonly differences: readonly {
      readonly path: string;
      readonly before: unknown;
      readonly after: unknown;
    }[];
  }[];
  /** The same for people. */
  readonly text: string;
}

/** Why resource files cannot be applied. */
export interface RefusedFiles {
  readonly faults: readonly {
    readonly code: string;
    readonly file: string;
    /** The first one of a file being 1. */
    readonly document: number | undefined;
    readonly path: string;
    readonly text: string;
  }[];
}

export interface ApplyOptions {
  /** Whether resources that no document is for are deleted. */
  readonly prune: boolean;
  /** Whether nothing is changed. */
  readonly dryRun: boolean;
  readonly by: Actor;
}

/** Who applies resource files, all of them or nothing. */
export interface ResourceFiles {
  apply(files: readonly SentFile[], options: ApplyOptions): Promise<AppliedFiles | RefusedFiles>;
}

/** Whether a name is asked for, or why the text of a filter is none. */
export type NameFilterReader = (
  text: string,
) => ((name: string) => boolean) | { readonly position: number; readonly expected: string };

/** What the namespace is called in the long paths. Compared ignoring case, as Azure does. */
export interface ArmIdentity {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly namespace: string;
}
