import { FileFaults } from "../access/file_fault.ts";
import { applyPlan, type Plan, planFiles, planText } from "../access/plan.ts";
import type { Registry } from "../access/registry.ts";
import type { TextFile } from "../config/yaml_file.ts";
import type { ResourceFiles } from "../http/admin/ports.ts";

/** Resource files of the management API, in front of a registry. */
export function resourceFiles(registry: Registry): ResourceFiles {
  return {
    async apply(files, { prune, dryRun, by }) {
      const plan = await planFiles(registry, files, { prune });
      if (plan instanceof FileFaults) return plan;
      const done = dryRun ? [] : await applyPlan(registry.as(by), plan);
      return done instanceof FileFaults ? done : { steps: plan.steps, text: planText(plan) };
    },
  };
}

/** Puts the file of the start into force, all of it or nothing. Nothing is deleted. */
export async function applyAtStart(registry: Registry, file: TextFile): Promise<Plan | FileFaults> {
  const plan = await planFiles(registry, [file], { prune: false });
  if (plan instanceof FileFaults) return plan;
  const done = await applyPlan(registry.as({ operator: "start" }), plan);
  return done instanceof FileFaults ? done : plan;
}
