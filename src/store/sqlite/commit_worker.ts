/** The worker that has the database: it applies batches, and answers what is asked of what they left. */
import { JournalFault } from "../store_error.ts";
import { BodyLoader } from "./body_loader.ts";
import type { CommitCalls, OpenRequest, RecoveryStep } from "./calls.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Ledger } from "./ledger.ts";
import { Listings } from "./listings.ts";
import { mustGrow, truncateLog } from "./log_limit.ts";
import { serveCalls } from "./worker/serve_calls.ts";

/** What is there while the database is open. */
interface Opened {
  readonly ledger: Ledger;
  readonly loader: BodyLoader;
  readonly listings: Listings;
  readonly housekeeping: Housekeeping;
}

let opened: Opened | undefined;
let recovery: Iterator<RecoveryStep> | undefined;

const calls: CommitCalls = {
  open(request) {
    close({ failed: request.failures > 0 });
    opened = open(request);
    const { ledger } = opened;
    return { sequence: ledger.sequence, certain: request.failures === 0 || tryTruncate(ledger, request) };
  },
  recover() {
    const { ledger, housekeeping } = use();
    recovery ??= ledger.recover();
    const step = recovery.next();
    if (step.done === true) throw new Error("the recovery is over");
    if ("recovered" in step.value) housekeeping.wake();
    return step.value;
  },
  commit(batch) {
    const { ledger, housekeeping } = use();
    recovery?.return?.();
    closingOnFailure(() => ledger.commit(batch, housekeeping.aliveAt));
    housekeeping.committed();
  },
  load: (bodies) => closingOnFailure(() => use().loader.load(bodies)),
  alive: (wall) => use().housekeeping.alive(wall),
  sessions: (page) => closingOnFailure(() => use().listings.sessions(page, use().ledger.references.owned)),
  queue: ({ owner, ...page }) => closingOnFailure(() => use().listings.queue(owner, page)),
  retained: (page) => closingOnFailure(() => use().listings.retained(page)),
  close: () => close({ failed: false }),
};

serveCalls(calls, () => opened?.housekeeping.afterAnswer());

function open(request: OpenRequest): Opened {
  const ledger = new Ledger(request);
  const { database } = ledger;
  const housekeeping = new Housekeeping(ledger, request);
  return { ledger, loader: new BodyLoader(database), listings: new Listings(database), housekeeping };
}

/**
 * Writes everything again that may not be on the disk, and gives the log's space back.
 *
 * On a full disk that helps where the database has room for what is in the log. Where it has to get longer first, it
 * would take the little space that a commit needs; there it comes every second time.
 */
function tryTruncate({ database }: Ledger, { path, failures }: OpenRequest): boolean {
  try {
    if (mustGrow(database, path) && failures % 2 === 1) return false;
    return truncateLog(database);
  } catch {
    return false;
  }
}

function use(): Opened {
  if (opened === undefined) throw new Error("the database is not open");
  return opened;
}

/** After an error of the disk nothing that SQLite has in memory is trusted: the database is opened again. */
function closingOnFailure<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof JournalFault)) close({ failed: true });
    throw error;
  }
}

function close({ failed }: { failed: boolean }): void {
  const closing = opened;
  opened = undefined;
  recovery = undefined;
  closing?.housekeeping.stop();
  if (!failed) closing?.housekeeping.finish();
  try {
    closing?.ledger.close();
  } catch {
    // What is not closed in order is recovered from the log when it is opened again.
  }
}
