import { benchUser } from "./access.ts";
import { programOf } from "./peers/heliograph_program.ts";
import { PeerFailed } from "./peers/peer.ts";

/** Files in PEM, which every user of this machine can read: a broker may drop root's rights before it reads them. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What is shown over TLS. */
export interface Certificates {
  /** The brokers'. */
  readonly server: CertificateFiles;
  /** All clients', where they have one. */
  readonly client: CertificateFiles;
  /** The file of the CA of both. */
  readonly ca: string;
  /** Removes them; no broker must be running any more. */
  remove(): Promise<void>;
}

/**
 * Makes certificates with `heliograph certs`, the same for all brokers.
 *
 * @throws {PeerFailed} if the checkout cannot
 */
export async function makeCertificates(checkout: string): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ prefix: "heliograph-bench-certificates-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  const [program = "", ...args] = [
    ...programOf(checkout),
    ...["certs", "--out", folder, "--client", benchUser.name],
  ];
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) {
    await remove();
    throw new PeerFailed(`Cannot make certificates: ${new TextDecoder().decode(stderr).trim()}`);
  }
  await Deno.chmod(folder, 0o755);
  const [server, client] = [await filesOf(folder, "server"), await filesOf(folder, benchUser.name)];
  const ca = `${folder}/ca.pem`;
  await Deno.chmod(ca, 0o644);
  return { server, client, ca, remove };
}

async function filesOf(folder: string, name: string): Promise<CertificateFiles> {
  const files = { certificate: `${folder}/${name}.pem`, key: `${folder}/${name}.key` };
  await Promise.all(Object.values(files).map((file) => Deno.chmod(file, 0o644)));
  return files;
}
