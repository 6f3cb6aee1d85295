import { readFile } from "node:fs/promises";

/** Asks other servers; like the runtime's, but for whom it trusts. */
export type OutgoingFetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * What asks other servers. Trusted are the CAs that the runtime trusts (Mozilla's, unless `DENO_TLS_CA_STORE` says
 * `system`), those of its `DENO_CERT`, and those of a file.
 *
 * @param authorities PEM
 * @throws the system's error if the file cannot be read, the runtime's if a certificate in it cannot
 */
export async function outgoingFetch(authorities: string | undefined): Promise<OutgoingFetch> {
  if (authorities === undefined) return fetch;
  const text = await readFile(authorities, "utf8");
  // The runtime passes over whatever else there is, and trusts nobody then.
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("there is no certificate in it");
  const client = Deno.createHttpClient({ caCerts: [text] });
  return (url, init) => fetch(url, { ...init, client } as RequestInit);
}
