/** Resource files: YAML documents of `type`, `name` and `properties`, the last exactly the body of Azure's API. */
import { type Document, parseAllDocuments } from "yaml";
import { z } from "zod";
import type { TextFile } from "../config/yaml_file.ts";
import { keyOf } from "./directory.ts";
import type { ResourceFault } from "./fault.ts";
import { type DocumentPlace, faultsAt, type FileFault } from "./file_fault.ts";
import { faultsOf } from "./issue.ts";
import { mapping, word } from "./mapping.ts";
import { type ResourceType, resourceTypes } from "./resource.ts";

/** One document that says which resource it is; what it says of that, the registry reads. */
export interface ResourceDocument extends DocumentPlace {
  readonly document: number;
  readonly type: ResourceType;
  readonly name: string;
  readonly properties: unknown;
}

/** What files say, as far as it can be read. */
export interface ReadFiles {
  /** Each resource once, in the order of the files. */
  readonly documents: readonly ResourceDocument[];
  /** Why there are not more of them. */
  readonly faults: readonly FileFault[];
}

/** Reads resource files that somebody else has opened. */
export function readResourceFiles(files: readonly TextFile[]): ReadFiles {
  const read = files.flatMap(readFile);
  const documents = read.filter((one): one is ResourceDocument => !isFault(one));
  const groups = [...Map.groupBy(documents, resourceKey).values()];
  const repeated = groups.flatMap(([first, ...others]) => others.map((other) => repetition(other, first)));
  const once = groups.flatMap(([first]) => first ?? []);
  return { documents: once, faults: [...read.filter(isFault), ...repeated] };
}

function readFile({ path, text }: TextFile): (ResourceDocument | FileFault)[] {
  const documents: readonly Document.Parsed[] = parseAllDocuments(text, { prettyErrors: true });
  return documents.flatMap((document, index) => {
    const place = { file: path, document: index + 1 };
    const errors = document.errors.map((error) => notYaml(place, error));
    return errors.length > 0 ? errors : readDocument(place, document);
  });
}

function readDocument(
  place: ResourceDocument | Numbered,
  document: Document.Parsed,
): (ResourceDocument | FileFault)[] {
  const value = plainValue(document);
  if (value instanceof Error) return [notYaml(place, value)];
  if (value === null || value === undefined) return [];
  const parsed = documentSchema.safeParse(value);
  if (parsed.success) {
    const { type, name = type, properties } = parsed.data;
    return [{ ...place, type, name, properties }];
  }
  const body = { value, root: "" };
  const faults = faultsOf(parsed.error.issues, body)
    .map((fault) => withoutSecret({ ...fault, path: fault.path.replace(/^\./, "") || "the document" }));
  return faultsAt(place, faults);
}

/** What stands in place of a user's properties may be the password. */
function withoutSecret(fault: ResourceFault): ResourceFault {
  const isThere = fault.value !== undefined && fault.value !== null;
  return fault.path === "properties" && isThere ? { ...fault, value: "(hidden)" } : fault;
}

type Numbered = DocumentPlace & { readonly document: number };

const NAME_EXPECTED = "the name of the resource, in quotes if it looks like a number";

/** The namespace needs no name: there is one. */
const documentSchema = mapping({
  type: word(resourceTypes),
  name: z.string({ error: NAME_EXPECTED }).optional(),
  properties: z.record(z.string(), z.unknown(), { error: "a mapping, the body of the resource" }),
}).superRefine(({ type, name }, context) => {
  if (name === undefined && type !== "namespace") {
    context.addIssue({ code: "custom", path: ["name"], message: NAME_EXPECTED });
  }
});

/** What a document says, or why it can't be said: aliases that unfold too far, or without end. */
function plainValue(document: Document.Parsed): unknown {
  try {
    const value: unknown = document.toJS();
    return endsSomewhere(value) ? value : new Error("an alias stands within what it stands for");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function endsSomewhere(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

function notYaml(
  place: Numbered,
  error: Error & { linePos?: readonly { line: number; col: number }[] },
): FileFault {
  const [start] = error.linePos ?? [];
  const path = start === undefined ? "the document" : `line ${start.line}, column ${start.col}`;
  // The library's message goes on with the position and a drawing of the line.
  const [reason] = error.message.split(" at line ");
  return { ...place, code: "not-yaml", path, text: `Cannot read ${path}: ${reason}` };
}

/** A document for a resource that an earlier one is for already. */
function repetition(repeated: ResourceDocument, earlier: ResourceDocument | undefined): FileFault {
  const { type, name, file, document } = repeated;
  const text =
    `Cannot use ${type}/${name} twice: it is document ${earlier?.document} of ${earlier?.file} already`;
  return { code: "repeated-document", file, document, path: "name", text };
}

/** Equal for two documents exactly if they are for the same resource. */
export function resourceKey({ type, name }: { readonly type: ResourceType; readonly name: string }): string {
  return `${type}/${keyOf(type, name)}`;
}

function isFault(read: ResourceDocument | FileFault): read is FileFault {
  return "code" in read;
}
