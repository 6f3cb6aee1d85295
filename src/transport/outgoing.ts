import { readFile } from "node:fs/promises";

/** Asks other servers; like the runtime's, but for whom it trusts. */
export type OutgoingFetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * What asks other servers. The system's CAs are trusted, those of `DENO_CERT`, and those of a file.
 *
 * @param authorities PEM
 * @throws the system's error if the file cannot be read
 */
export async function outgoingFetch(authorities: string | undefined): Promise<OutgoingFetch> {
  if (authorities === undefined) return fetch;
  const client = Deno.createHttpClient({ caCerts: [await readFile(authorities, "utf8")] });
  return (url, init) => fetch(url, { ...init, client } as RequestInit);
}
