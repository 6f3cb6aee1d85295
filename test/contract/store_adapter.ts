import { MemoryStore } from "../../src/store/memory/memory_store.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite_store.ts";
import type { Store } from "../../src/store/store.ts";
import { FailingStore } from "../store/failing_store.ts";

/** One implementation of `Store`, as the contract suite drives it. */
export interface StoreAdapter {
  readonly name: string;
  /** Whether what was committed is there after it was closed and opened again. */
  readonly keeps: boolean;
  open(directory: string): Promise<Store>;
}

export const storeAdapters: readonly StoreAdapter[] = [
  { name: "memory", keeps: false, open: () => Promise.resolve(new MemoryStore()) },
  {
    name: "sqlite, strict",
    keeps: true,
    open: (directory) => SqliteStore.open({ directory, durability: "strict" }),
  },
  {
    name: "sqlite, relaxed, behind the decorator that fails",
    keeps: true,
    open: async (directory) => new FailingStore(await SqliteStore.open({ directory, durability: "relaxed" })),
  },
];
