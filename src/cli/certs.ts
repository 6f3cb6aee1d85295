import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Command } from "commander";
import { count } from "./client_flags.ts";
import { exitCode } from "./exit_code.ts";
import type { CertificateRequest, IssuedCertificate } from "./issue_certificate.ts";
import { UsageError } from "./usage_error.ts";

/** What the subcommand needs of its surroundings. */
export interface CertsWorld {
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
}

interface CertsFlags {
  readonly out: string;
  readonly host: readonly string[];
  readonly client: readonly string[];
  readonly days: number;
  readonly force?: boolean;
}

/** Hosts that a server certificate always names. */
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "::1"];
const CA_DAYS = 3650;
const CLIENT_DAYS = 365;
const DAYS_MAX = 36_500;
/** A resource name of the registry, which is also a file's. */
const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** `heliograph certs`: a CA, a server and clients, to try TLS and mutual TLS with. */
export function addCerts(program: Command, world: CertsWorld, exit: (code: number) => void): void {
  program.command("certs")
    .description("make certificates for development: a CA, one for the server, and one for each client")
    .option("--out <dir>", "where the files are, and the CA of an earlier call", "certs")
    .option("--host <name>", "a name or address of the server, beside this machine's; repeatable", append, [])
    .option("--client <name>", "a client, whose authentication name this is; repeatable", append, [])
    .option(
      "--days <days>",
      "how long the server's and the clients' are valid",
      count(1, DAYS_MAX),
      CLIENT_DAYS,
    )
    .option("--force", "make those again that are there; the CA stays")
    .action(async (flags: CertsFlags) => exit(await certs(flags, world)));
}

async function certs(flags: CertsFlags, world: CertsWorld): Promise<number> {
  assertNames(flags);
  try {
    await makeAll(flags, world);
    return exitCode.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    world.stderr(
      `Cannot make certificates in ${flags.out}: ${error instanceof Error ? error.message : error}`,
    );
    return exitCode.failed;
  }
}

async function makeAll(flags: CertsFlags, { stdout }: CertsWorld): Promise<void> {
  const { out, host, client, days, force = false } = flags;
  const hasServer = await isThere(out, "server");
  const makesServer = force || !hasServer;
  if (hasServer && !force && host.length > 0) throw exists(out, "server");
  if (!force) { for (const name of client) if (await isThere(out, name)) throw exists(out, name); }
  await mkdir(out, { recursive: true, mode: 0o700 });
  const issuer = await authority(out, stdout);
  if (makesServer) {
    const hosts = [...new Set([...LOCAL_HOSTS, ...host])];
    const purpose = { kind: "server", hosts } as const;
    await write(out, "server", await issue({ commonName: hosts.at(-1) ?? "", purpose, days, issuer }));
    stdout(`server  ${join(out, "server.pem")}  for ${hosts.join(", ")}`);
  }
  for (const name of client) {
    await write(out, name, await issue({ commonName: name, purpose: { kind: "client" }, days, issuer }));
    stdout(`client  ${join(out, `${name}.pem`)}  for ${name}`);
  }
}

/** Loads what it takes when it is needed: whoever publishes a message should not wait for it. */
async function issue(request: CertificateRequest): Promise<IssuedCertificate> {
  const { issueCertificate } = await import("./issue_certificate.ts");
  return issueCertificate(request);
}

/** The CA of an earlier call, or a new one. */
async function authority(out: string, stdout: (line: string) => void): Promise<IssuedCertificate> {
  const [certificate, key] = await Promise.all([textOf(join(out, "ca.pem")), textOf(join(out, "ca.key"))]);
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined || key !== undefined) {
    throw new Error("of ca.pem and ca.key only one is there; both are needed, or neither for a new CA");
  }
  // Told apart by name, so that a client's certificate says which one it is of.
  const commonName = `Heliograph development CA ${randomBytes(3).toString("hex")}`;
  const made = await issue({ commonName, purpose: { kind: "ca" }, days: CA_DAYS });
  await write(out, "ca", made);
  stdout(`CA      ${join(out, "ca.pem")}  ${commonName}`);
  return made;
}

/** Nobody but their owner reads them. A file that is there is not written into: it could have other readers. */
async function write(out: string, name: string, { certificate, key }: IssuedCertificate): Promise<void> {
  for (const [ending, text] of [["key", key], ["pem", certificate]] as const) {
    const path = join(out, `${name}.${ending}`);
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  }
}

function assertNames({ host, client }: CertsFlags): void {
  for (const name of host) {
    if (isIP(name) === 0 && !HOST_NAME.test(name)) {
      throw new UsageError(`Cannot name the server ${name}: use a host name or an IP address`);
    }
  }
  for (const name of client) {
    if (!CLIENT_NAME.test(name) || ["ca", "server"].includes(name.toLowerCase())) {
      throw new UsageError(
        `Cannot make a certificate for client ${name}: use 1 to 128 of A-Z a-z 0-9 . _ : - and not "ca" or "server"`,
      );
    }
  }
}

function exists(out: string, name: string): UsageError {
  return new UsageError(`Cannot make ${join(out, `${name}.pem`)}: it is there; --force makes it again`);
}

async function isThere(out: string, name: string): Promise<boolean> {
  const found = await Promise.all(["pem", "key"].map((ending) => {
    return stat(join(out, `${name}.${ending}`)).then(() => true, () => false);
  }));
  return found.includes(true);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
