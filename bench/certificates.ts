import { programOf } from "./peers/heliograph_program.ts";
import { PeerFailed } from "./peers/peer.ts";

/** What brokers show over TLS. */
export interface Certificates {
  /** A PEM file. */
  readonly certificate: string;
  /** A PEM file, which every user of this machine can read: a broker may drop root's rights before it does. */
  readonly key: string;
  /** Removes them; no broker must be running any more. */
  remove(): Promise<void>;
}

/**
 * Makes a server's certificate with `heliograph certs`, the same for all brokers.
 *
 * @throws {PeerFailed} if the checkout cannot
 */
export async function makeCertificates(checkout: string): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-bench-certificates-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  const [program = "", ...args] = [...programOf(checkout), "certs", "--out", folder];
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) {
    await remove();
    throw new PeerFailed(`Cannot make certificates: ${new TextDecoder().decode(stderr).trim()}`);
  }
  const [certificate, key] = [`${folder}/server.pem`, `${folder}/server.key`];
  await Promise.all([Deno.chmod(folder, 0o755), Deno.chmod(certificate, 0o644), Deno.chmod(key, 0o644)]);
  return { certificate, key, remove };
}
