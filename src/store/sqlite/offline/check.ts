import { DataDirectory } from "../data_directory.ts";
import { checkInvariants, type CheckReport } from "../invariants.ts";
import { withStoreFile } from "./store_file.ts";

/**
 * Looks for damage in a data directory that no broker uses.
 *
 * @throws {StoreLocked} if one does
 * @throws {StoreUnusable} if there is no store in it that this version can read
 */
export async function check(directory: string): Promise<CheckReport> {
  const data = await DataDirectory.take(directory, { create: false });
  try {
    return withStoreFile(data.paths.database, checkInvariants);
  } finally {
    data.release();
  }
}
