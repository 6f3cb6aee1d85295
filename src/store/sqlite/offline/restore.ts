import { StoreUnusable } from "../../store_error.ts";
import { DataDirectory } from "../data_directory.ts";
import { reasonOf } from "../database.ts";
import { checkInvariants, type CheckReport } from "../invariants.ts";
import { createPart, exists, finishPart, removeIfThere, removePart } from "./part_file.ts";
import { withStoreFile } from "./store_file.ts";

/** What a restore has done. */
export interface Restored {
  readonly report: CheckReport;
  /** Where the store is that was there before; absent if there was none. */
  readonly replaced?: string;
}

/**
 * Puts a backup in the place of what a data directory holds, if it is whole. The store that was there is kept under
 * another name, in the place of one that an earlier restore has kept.
 *
 * @throws {StoreLocked} if a broker uses the directory
 * @throws {StoreUnusable} if the backup is damaged, of a newer version, or cannot be copied; nothing has changed then
 */
export async function restore(directory: string, file: string): Promise<Restored> {
  const data = await DataDirectory.take(directory);
  try {
    return await restoreInto(data.paths.database, file);
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`Cannot restore ${file}: ${reasonOf(error)}`, { cause: error });
  } finally {
    data.release();
  }
}

async function restoreInto(database: string, file: string): Promise<Restored> {
  const part = await createPart(database);
  try {
    await Deno.copyFile(file, part);
    await Deno.chmod(part, 0o600);
    const report = withStoreFile(part, checkInvariants);
    if (report.faults.length > 0) throw damaged(file, report);
    const replaced = await setAside(database);
    await finishPart(part, database);
    return { report, ...replaced === undefined ? {} : { replaced } };
  } finally {
    await removePart(part);
  }
}

/**
 * Gives what is there a second name, and leaves nothing beside it that would be taken for the new one's log. At every
 * moment one whole store has its right name.
 */
async function setAside(database: string): Promise<string | undefined> {
  if (!await exists(database)) return undefined;
  const replaced = `${database}.replaced`;
  for (const suffix of ["", "-wal"]) await removeIfThere(`${replaced}${suffix}`);
  writeBackLog(database);
  // Only a store that cannot be opened still has a log here.
  if (await exists(`${database}-wal`)) await Deno.rename(`${database}-wal`, `${replaced}-wal`);
  await removeIfThere(`${database}-shm`);
  await Deno.link(database, replaced);
  return replaced;
}

/** To open and close it is enough. */
function writeBackLog(database: string): void {
  try {
    withStoreFile(database, () => {});
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error;
  }
}

function damaged(file: string, { faults }: CheckReport): StoreUnusable {
  return new StoreUnusable(`Cannot restore ${file}: ${faults.join("; ")}`);
}
