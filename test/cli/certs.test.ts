import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { AuthorityInspector } from "../../src/identity/x509/registration.ts";
import { parseCertificate } from "../../src/identity/x509/certificate.ts";
import { Certificates } from "../../src/transport/certificates.ts";
import { TestDirectory } from "../identity/directory.ts";
import { heliograph } from "./world.ts";

describe("heliograph certs", () => {
  let folder: string;
  let out: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-certs-"));
    out = join(folder, "certs");
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function certs(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await heliograph(["certs", "--out", out, ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function refused(code: number, ...args: string[]): Promise<string> {
    const outcome = await heliograph(["certs", "--out", out, ...args]);
    assert.equal(outcome.code, code);
    return outcome.stderr;
  }

  async function read(name: string): Promise<X509Certificate> {
    return new X509Certificate(await readFile(join(out, `${name}.pem`)));
  }

  it("makes a CA, a server's and clients', that nobody else can read", async () => {
    assert.match(await certs("--client", "device1", "--client", "device2"), /device2\.pem/);
    const names = await readdir(out);
    assert.deepEqual(
      names.sort(),
      ["ca", "device1", "device2", "server"].flatMap((name) => [`${name}.key`, `${name}.pem`]),
    );
    for (const name of names) assert.equal((await stat(join(out, name))).mode & 0o777, 0o600, name);
    assert.equal((await stat(out)).mode & 0o777, 0o700);
  });

  it("makes what the broker takes", async () => {
    await certs("--client", "device1");
    const [ca, client] = await Promise.all([read("ca"), read("device1")]);
    assert.ok("expiryTimeInUtc" in await new AuthorityInspector().inspect({ certificate: ca.raw }));
    const directory = new TestDirectory();
    directory.registered = [{ name: "ca", certificate: ca.raw }];
    directory.register("device1");
    assert.equal(directory.present([client.raw], "device1")?.identified, true);
    const files = { certificate: join(out, "server.pem"), key: join(out, "server.key") };
    (await Certificates.load(files, { onWarning: assert.fail })).stop();
  });

  it("names the server as it is reached from here, and by what is given", async () => {
    await certs(
      "--host",
      "broker.example",
      "--host",
      "192.0.2.7",
      "--host",
      "2001:db8::7",
      "--host",
      "::ffff:1.2.3.4",
      "--host",
      "64:ff9b::1.2.3.4",
    );
    const server = await read("server");
    for (const host of ["localhost", "broker.example"]) assert.equal(server.checkHost(host), host);
    const { alternativeNames } = parseCertificate(server.raw).extensions;
    const addresses = alternativeNames.flatMap((name) =>
      name.type === "ip" ? [[...name.bytes].join(".")] : []
    );
    assert.deepEqual(addresses, [
      "127.0.0.1",
      "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1",
      "192.0.2.7",
      "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7",
      "1.2.3.4",
      "0.100.255.155.0.0.0.0.0.0.0.0.1.2.3.4",
    ]);
    assert.ok(server.checkIssued(await read("ca")));
  });

  it("uses its CA again, and leaves the server's alone", async () => {
    await certs();
    const before = await Promise.all([read("ca"), read("server")]);
    await certs("--client", "later");
    const after = await Promise.all([read("ca"), read("server")]);
    assert.deepEqual(
      after.map(({ fingerprint256 }) => fingerprint256),
      before.map(({ fingerprint256 }) => fingerprint256),
    );
    assert.ok((await read("later")).checkIssued(after[0]));
  });

  it("writes over nothing unless told to", async () => {
    await certs("--client", "device1");
    const before = await read("device1");
    assert.match(await refused(64, "--client", "device1"), /--force/);
    assert.match(await refused(64, "--host", "broker.example"), /server\.pem.*--force/);
    assert.equal((await read("device1")).fingerprint256, before.fingerprint256);
    await certs("--client", "device1", "--host", "broker.example", "--force");
    assert.notEqual((await read("device1")).fingerprint256, before.fingerprint256);
    assert.equal((await read("server")).checkHost("broker.example"), "broker.example");
  });

  it("is valid for as long as asked, and no longer than its CA", async () => {
    await certs("--client", "short", "--days", "1");
    const left = Date.parse((await read("short")).validTo) - Date.now();
    assert.ok(left > 86_000_000 && left <= 86_400_000);
    await certs("--client", "long", "--days", "36000");
    assert.equal((await read("long")).validTo, (await read("ca")).validTo);
  });

  it("refuses names that are none, and those of its own files", async () => {
    for (const name of ["../evil", "a/b", "", "ca", "Server", "-x", "a b"]) {
      assert.match(await refused(64, `--client=${name}`), /Cannot make a certificate/, name);
    }
    assert.match(await refused(64, "--host", "a_b/c"), /host name or an IP address/);
  });

  it("says what is wrong with half a CA", async () => {
    await certs();
    await rm(join(out, "ca.key"));
    assert.match(await refused(1, "--client", "x"), /only one is there/);
    await rm(out, { recursive: true });
    await writeFile(out, "a file");
    assert.match(await refused(1), /Cannot make certificates/);
  });
});
