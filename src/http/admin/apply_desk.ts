import { z } from "zod";
import { HttpProblem } from "../problem.ts";
import { type AdminAnswer, type AdminRequest, refuseMethod } from "./exchange.ts";
import type { ResourceFiles } from "./ports.ts";

/** Resource files as they are sent. */
export const applySchema = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), text: z.string() })),
  prune: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

const EXPECTED =
  '{"files": [{"path": "namespace.yaml", "text": "…"}]}, with "prune" and "dryRun" if they are wanted';

/** Applies resource files: all of what they say, or nothing. */
export class ApplyDesk {
  readonly #files: ResourceFiles;

  constructor(files: ResourceFiles) {
    this.#files = files;
  }

  /** @throws {HttpProblem} 400 with every fault by file, document and path */
  async answer(request: AdminRequest): Promise<AdminAnswer> {
    if (request.method !== "POST") refuseMethod("POST");
    const body = applySchema.safeParse(await request.json());
    if (!body.success) {
      throw new HttpProblem("body-invalid", { detail: `Cannot read the body: use ${EXPECTED}` });
    }
    const { files, prune, dryRun } = body.data;
    const outcome = await this.#files.apply(files, { prune, dryRun, by: request.by });
    if (!("faults" in outcome)) {
      const { steps, text } = outcome;
      return { status: 200, body: { applied: !dryRun, steps, text } };
    }
    throw new HttpProblem("resource-files-invalid", {
      detail: "Cannot apply the resource files: nothing was changed",
      faults: outcome.faults.map(({ code, file, document, path, text }) => ({
        parameter: path,
        detail: text,
        code,
        file,
        ...document === undefined ? {} : { document },
      })),
    });
  }
}
