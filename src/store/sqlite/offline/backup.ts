import { backup as backUp } from "node:sqlite";
import { StoreUnusable } from "../../store_error.ts";
import { dataPaths } from "../data_directory.ts";
import { reasonOf } from "../database.ts";
import { createPart, exists, finishPart, removePart } from "./part_file.ts";
import { openStoreFile } from "./store_file.ts";

/** All pages in one step: with more than one, each commit of the broker would make it begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the store of a data directory, beside the broker that uses it: one state, as it was at one commit.
 *
 * While it runs, the broker's write-ahead log cannot be begun anew and grows.
 *
 * @param file must not be there yet; it is there when it is whole
 * @throws {StoreUnusable} if there is no store, or the copy cannot be written
 */
export async function backup(directory: string, file: string): Promise<void> {
  if (await exists(file)) throw new StoreUnusable(`Cannot write the backup ${file}: it is there already`);
  const database = openStoreFile(dataPaths(directory).database, { readOnly: true });
  try {
    const part = await createPart(file);
    try {
      await backUp(database, part, { rate: ALL_PAGES });
      await finishPart(part, file);
    } catch (error) {
      await removePart(part);
      throw error;
    }
  } catch (error) {
    if (error instanceof StoreUnusable) throw error;
    throw new StoreUnusable(`Cannot write the backup ${file}: ${reasonOf(error)}`, { cause: error });
  } finally {
    database.close();
  }
}
