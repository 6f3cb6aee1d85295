import { join } from "node:path";

/** Folders of a Cargo workspace whose files never reach the artefact. */
const outside: ReadonlySet<string> = new Set(["target", "tests", "benches", "examples", "fuzz", "corpus"]);

/**
 * The SHA-256 of everything that the artefact is made from: `*.rs`, `Cargo.toml` and `Cargo.lock` under `root`, and
 * `recipe`. Each file goes in with its path and its length, so that no two sets of files run into the same bytes.
 *
 * @param root the Cargo workspace
 * @param recipe how it is built, as `recipeText` tells
 * @returns 64 hexadecimal digits
 */
export async function hashSources(root: string, recipe: string): Promise<string> {
  const parts: BlobPart[] = [`recipe\0${recipe}\0`];
  for (const path of await sourcePaths(root)) {
    const bytes = await Deno.readFile(join(root, path));
    parts.push(`${path}\0${bytes.length}\0`, bytes);
  }
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return new Uint8Array(digest).toHex();
}

/** The files that count, relative to `root`, with `/` on every system, in one order everywhere. */
export async function sourcePaths(root: string): Promise<string[]> {
  const found: string[] = [];
  await collect(root, "", found);
  return found.sort();
}

async function collect(root: string, folder: string, found: string[]): Promise<void> {
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !outside.has(entry.name)) await collect(root, path, found);
    if (entry.isFile && isSource(entry.name)) found.push(path);
  }
}

function isSource(name: string): boolean {
  return name.endsWith(".rs") || name === "Cargo.toml" || name === "Cargo.lock";
}
