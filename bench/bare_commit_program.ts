/** The program that `bare_commit.ts` starts: times commits into the database that it is given, and prints JSON. */
import { DatabaseSync } from "node:sqlite";

const [path = ":memory:"] = Deno.args;

/** Before those that count, for the file and its log to be there. */
const warmUpCommits = 50;
const commits = 500;

/** As much as the benchmark's messages carry. */
const payload = new Uint8Array(64);

const database = new DatabaseSync(path);
database.exec("PRAGMA journal_mode = WAL");
database.exec("PRAGMA synchronous = FULL");
database.exec("CREATE TABLE message (number INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT");
const insert = database.prepare("INSERT INTO message (payload) VALUES (?)");

const microseconds = Array.from({ length: warmUpCommits + commits }, timedCommit).slice(warmUpCommits);
database.close();
microseconds.sort((left, right) => left - right);
const acknowledgement = {
  count: commits,
  p50Us: quantile(0.5),
  p99Us: quantile(0.99),
  p999Us: quantile(0.999),
  maxUs: quantile(1),
};
console.log(JSON.stringify({ acknowledgement, faults: { count: 0, examples: [] } }));

/** One row, one transaction. */
function timedCommit(): number {
  const began = performance.now();
  insert.run(payload);
  return (performance.now() - began) * 1000;
}

function quantile(share: number): number {
  return microseconds[Math.ceil(share * microseconds.length) - 1] ?? 0;
}
