import { dirname } from "node:path";

/** Begins a file under another name, which it gives; readable for nobody else. */
export async function createPart(file: string): Promise<string> {
  const part = `${file}.part`;
  await removePart(part);
  (await Deno.open(part, { createNew: true, write: true, mode: 0o600 })).close();
  return part;
}

/** Gives it its name, once it is on the disk as a whole; what had that name before is gone. */
export async function finishPart(part: string, file: string): Promise<void> {
  await sync(part);
  await Deno.rename(part, file);
  await sync(dirname(file));
}

/** Removes what was begun, and the files that SQLite has put beside it. */
export async function removePart(part: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) await removeIfThere(`${part}${suffix}`);
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const file = await Deno.open(path);
  try {
    await file.sync();
  } finally {
    file.close();
  }
}
