import type { ChangeRequest } from "./change_request.ts";
import { type Difference, differenceLines, differences } from "./difference.ts";
import type { ResourceChange } from "./directory.ts";
import { type FileFault, FileFaults, refusalAt } from "./file_fault.ts";
import { readResourceFiles, type ResourceDocument, resourceKey } from "./files.ts";
import type { TextFile } from "../config/yaml_file.ts";
import type { Preconditions } from "./precondition.ts";
import type { Refusal } from "./refusal.ts";
import { isChange, isRefused, type Outcomes, type Registry, type RegistryChanges } from "./registry.ts";
import { type AnyResource, type ResourceType, resourceTypes, visibleProperties } from "./resource.ts";

/** What applying documents would do. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** What to ask of the registry; refused if somebody has changed one of these resources meanwhile. */
  readonly requests: readonly ChangeRequest[];
  readonly documents: readonly ResourceDocument[];
}

export interface PlanStep {
  readonly action: "create" | "update" | "delete" | "unchanged";
  readonly type: ResourceType;
  readonly name: string;
  readonly differences: readonly Difference[];
}

export interface PlanOptions {
  /** Whether resources that no document is for are deleted; of every type but the namespace, which stays. */
  readonly prune: boolean;
}

/**
 * What it would take to make the registry say what resource files say, or all the reasons why that cannot be. Documents
 * may come in any order.
 */
export async function planFiles(
  registry: Registry,
  files: readonly TextFile[],
  { prune }: PlanOptions,
): Promise<Plan | FileFaults> {
  const { documents, faults } = readResourceFiles(files);
  const puts = documents.map(({ type, name, properties }) => ({ type, name, wanted: { properties } }));
  // What cannot be read may be what another document refers to: that is one fault, and nothing is pruned for it.
  const wanted = [...puts, ...prune && faults.length === 0 ? removals(registry, documents) : []];
  const outcomes = await registry.preview(wanted);
  const refused = isRefused(outcomes) ? faultsFor(documents, outcomes) : [];
  if (faults.length > 0) {
    return new FileFaults([...faults, ...refused.filter(({ code }) => code !== "reference-missing")]);
  }
  if (isRefused(outcomes)) return new FileFaults(refused);
  return { steps: outcomes.map(stepOf), requests: changing(wanted, outcomes), documents };
}

/** Does what was planned, all of it or nothing. */
export async function applyPlan(
  registry: Pick<RegistryChanges, "change">,
  { requests, documents }: Plan,
): Promise<Outcomes | FileFaults> {
  const outcomes = await registry.change(requests);
  return isRefused(outcomes) ? new FileFaults(faultsFor(documents, outcomes)) : outcomes;
}

/** The plan as lines for people: each resource that changes with its differences, and how many do not. */
export function planText({ steps }: Plan): string {
  const changing = steps.filter(({ action }) => action !== "unchanged");
  const lines = changing.flatMap(({ action, type, name, differences }) => [
    `${action} ${type}/${name}`,
    ...differences.flatMap(differenceLines).map((line) => `    ${line}`),
  ]);
  const count = (counted: PlanStep["action"]) => steps.filter(({ action }) => action === counted).length;
  const summary = `${count("create")} to create, ${count("update")} to update, ` +
    `${count("delete")} to delete, ${count("unchanged")} unchanged`;
  return [...lines, summary].join("\n");
}

/** Requests to delete what no document is for. */
function removals(registry: Registry, documents: readonly ResourceDocument[]): ChangeRequest[] {
  const kept = new Set(documents.map(resourceKey));
  return resourceTypes.filter((type) => type !== "namespace").flatMap((type) =>
    [...registry.resources.all(type)]
      .filter((resource) => !kept.has(resourceKey(resource)))
      .map(({ name }): ChangeRequest => ({ type, name, wanted: "removed" }))
  );
}

/** The requests that change something, each bound to the version that it was planned with. */
function changing(requests: readonly ChangeRequest[], outcomes: Outcomes): ChangeRequest[] {
  return requests.flatMap((request, index) => {
    const outcome = outcomes[index];
    return outcome !== undefined && isChange(outcome) ? [{ ...request, conditions: stillAs(outcome) }] : [];
  });
}

function stillAs({ before }: ResourceChange): Preconditions {
  return before === undefined ? { ifNoneMatch: "*" } : { ifMatch: [before.etag] };
}

function stepOf({ type, name, before, after }: ResourceChange): PlanStep {
  return { action: actionOf(before, after), type, name, differences: visibleDifferences(before, after) };
}

function actionOf(before: AnyResource | undefined, after: AnyResource | undefined): PlanStep["action"] {
  if (before === after) return "unchanged";
  if (before === undefined) return "create";
  return after === undefined ? "delete" : "update";
}

/** The differences that may be told: that a password is another, and not which. */
function visibleDifferences(before: AnyResource | undefined, after: AnyResource | undefined): Difference[] {
  const found = differences(before && visibleProperties(before), after && visibleProperties(after));
  return hashOf(before) === hashOf(after) ? found : [
    ...found,
    { path: "password", before: hashOf(before) && "(hidden)", after: hashOf(after) && "(hidden)" },
  ];
}

function hashOf(resource: AnyResource | undefined): string | undefined {
  return resource?.type === "users" ? resource.properties.passwordHash : undefined;
}

/** Refusals by the documents that they are about. */
function faultsFor(documents: readonly ResourceDocument[], refusals: readonly Refusal[]): FileFault[] {
  const places = new Map(documents.map((place) => [resourceKey(place), place]));
  return refusals.flatMap((refusal) => {
    const place = places.get(resourceKey(refusal.resource));
    return refusalAt(place ?? { file: "--prune", document: undefined }, refusal);
  });
}
