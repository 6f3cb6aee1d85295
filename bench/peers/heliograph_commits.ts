import { DatabaseSync } from "node:sqlite";

/**
 * How many batches Heliograph has committed, read beside it: each is one transaction and raises the sequence by one.
 *
 * @returns `undefined` if it keeps nothing in that folder
 */
export function commitsIn(dataFolder: string): number | undefined {
  try {
    const database = new DatabaseSync(`${dataFolder}/heliograph.db`, { readOnly: true });
    try {
      const sequence = database.prepare("SELECT sequence FROM store").get()?.sequence;
      return typeof sequence === "number" ? sequence : undefined;
    } finally {
      database.close();
    }
  } catch {
    // No store there, or one of another commit that is laid out differently: the table then shows no figure.
    return undefined;
  }
}
