import { faultText, type ResourceFault } from "./fault.ts";
import type { Refusal, RefusalCode } from "./refusal.ts";

/** Something in a resource file that cannot be used, or that keeps it from being applied. */
export interface FileFault {
  readonly code: ResourceFault["code"] | RefusalCode | "not-yaml" | "repeated-document";
  /** The path of the file; `--prune` for what a file would have deleted. */
  readonly file: string;
  /** The place of the document in its file, the first one being 1. */
  readonly document: number | undefined;
  /** The key within the document: `properties.query`. Of a file that is not YAML, `line 3, column 7`. */
  readonly path: string;
  /** What was attempted, and what would be right. */
  readonly text: string;
}

/** Why resource files cannot be used: all of it, not only the first fault. */
export class FileFaults {
  readonly code = "resource-files-invalid";

  constructor(readonly faults: readonly FileFault[]) {}

  /** One line for each fault. */
  toString(): string {
    return this.faults.map(line).join("\n");
  }
}

function line({ file, document, text }: FileFault): string {
  return document === undefined ? `${file}: ${text}` : `${file}, document ${document}: ${text}`;
}

/** Where a document stands. */
export interface DocumentPlace {
  readonly file: string;
  readonly document: number | undefined;
}

/** The faults of one document's resource. */
export function faultsAt(place: DocumentPlace, faults: readonly ResourceFault[]): FileFault[] {
  const { file, document } = place;
  return faults.map((fault) => ({
    code: fault.code,
    file,
    document,
    path: fault.path,
    text: faultText(fault),
  }));
}

/** Why the registry does not take what one document wants. */
export function refusalAt(place: DocumentPlace, refusal: Refusal): FileFault[] {
  if (refusal.faults.length > 0) return faultsAt(place, refusal.faults);
  const { file, document } = place;
  return [{ code: refusal.code, file, document, path: "name", text: refusal.detail }];
}
