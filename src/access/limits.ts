/** How much of what a namespace may hold. A profile is a row of numbers, so that a test can shrink the world. */
export interface AccessLimits {
  readonly caCertificatesMax: number;
  readonly clientsMax: number;
  readonly clientGroupsMax: number;
  readonly topicSpacesMax: number;
  readonly permissionBindingsMax: number;
  readonly usersMax: number;
  readonly roleAssignmentsMax: number;
  /** Topic templates in one topic space. */
  readonly templatesPerSpaceMax: number;
  readonly templateBytesMax: number;
  readonly templateLevelsMax: number;
  /** A client group's query. */
  readonly queryBytesMax: number;
  /** Parentheses within parentheses. It also bounds the stack, so it is a few hundred at most. */
  readonly queryDepthMax: number;
}

/** Whose numbers hold. */
export type AccessProfile = "standard" | "event-grid";

/** What Azure does not say: its documents know no bound of a query, nor users. */
const ours = { usersMax: 1_000_000, queryBytesMax: 65_536, queryDepthMax: 100 };

export const accessLimits: Readonly<Record<AccessProfile, AccessLimits>> = {
  /** As many as one machine serves well; templates as large as the standard's topic filters. */
  standard: {
    ...ours,
    caCertificatesMax: 1_000,
    clientsMax: 1_000_000,
    clientGroupsMax: 10_000,
    topicSpacesMax: 10_000,
    permissionBindingsMax: 100_000,
    roleAssignmentsMax: 100_000,
    templatesPerSpaceMax: 1_000,
    templateBytesMax: 65_535,
    templateLevelsMax: 128,
  },
  /** event-grid: specification §4, §5.1; `clientsMax` is that of one throughput unit. */
  "event-grid": {
    ...ours,
    caCertificatesMax: 10,
    clientsMax: 10_000,
    clientGroupsMax: 10,
    topicSpacesMax: 10,
    permissionBindingsMax: 100,
    /** Azure's for a subscription. */
    roleAssignmentsMax: 4_000,
    templatesPerSpaceMax: 10,
    templateBytesMax: 256,
    templateLevelsMax: 15,
  },
};
