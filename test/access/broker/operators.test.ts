/** Operators by certificate, host names with certificates of their own, and the audit log, in a real process. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { splitAddress } from "../../dialogue/link.ts";
import { type Made, makeAuthority, makeCertificate, makeClient, pem } from "../../identity/certificates.ts";
import { serverCertificate, ServerFiles } from "../../tls/adapter.ts";
import { TlsPeer } from "../../tls/tls_peer.ts";
import { credentialsOf, GovernedBroker } from "./governed.ts";
import { statusOverHttps } from "./https.ts";

const HOST = "mqtt.example.com";

describe("a broker with operators and host names in its configuration", () => {
  const authority = makeAuthority({ subject: "Operators CA" });
  const own = makeCertificate({ subject: "own", ca: false });
  let folder: string;
  let ofHost: ServerFiles;
  let broker: GovernedBroker;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-operators-"));
    ofHost = await ServerFiles.make(serverCertificate("of the host", HOST));
    const [config, authorities] = [join(folder, "broker.yaml"), join(folder, "operators.pem")];
    await writeFile(authorities, `# the CAs of operators\n${pem(makeAuthority().der)}${pem(authority.der)}`);
    const thumbprint = createHash("sha256").update(own.der).digest("hex");
    await writeFile(
      config,
      JSON.stringify({
        operators: {
          authorities,
          certificates: [{ subject: "ops" }, { subject: "auditor", role: "read-only" }, { thumbprint }],
        },
        tls: { domains: [{ host: HOST, ...ofHost.files }] },
      }),
    );
    broker = new GovernedBroker({ flags: ["--config", config] });
    await broker.start();
  });

  afterAll(async () => {
    await broker.end();
    await ofHost[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Asks over HTTPS, with a certificate and no token. */
  function asks(
    certificate: Made | undefined,
    method: string,
    path = "/v1/topicSpaces/space",
  ): Promise<number> {
    return statusOverHttps(broker.address("https"), {
      method,
      path,
      credentials: credentialsOf(certificate),
      ...method === "PUT" ? { body: JSON.stringify({ properties: { topicTemplates: ["a"] } }) } : {},
    });
  }

  async function audit(): Promise<{ number: number; operator: string; target: string; action: string }[]> {
    return (await broker.request("GET", "/v1/audit")).body.value;
  }

  it("lets operators in by certificate, with their roles", async () => {
    assert.equal(await asks(makeClient(authority, { subject: "ops" }), "PUT"), 201);
    assert.equal(await asks(makeClient(authority, { subject: "auditor" }), "GET"), 200);
    assert.equal(await asks(makeClient(authority, { subject: "auditor" }), "DELETE"), 403);
    assert.equal(await asks(own, "DELETE"), 204);
    const [removed, made] = await audit();
    assert.deepEqual([made?.operator, made?.action], ["certificate ops", "create"]);
    assert.match(removed?.operator ?? "", /^certificate [0-9a-f]{64}$/);
  });

  it("lets operators publish by certificate, with the role full", async () => {
    const publishes = (certificate: Made | undefined) => asks(certificate, "POST", "/mqtt/messages?topic=a");
    assert.equal(await publishes(makeClient(authority, { subject: "ops" })), 204);
    assert.equal(await publishes(own), 204);
    assert.equal(await publishes(makeClient(authority, { subject: "auditor" })), 403);
    assert.equal(await publishes(makeClient(broker.root, { subject: "ops" })), 401);
    assert.equal(await publishes(undefined), 401);
  });

  it("lets nobody else in, whatever their certificates say", async () => {
    assert.equal(await asks(undefined, "GET"), 401);
    // The CA of clients is registered, and can make no operators.
    assert.equal(await asks(makeClient(broker.root, { subject: "ops" }), "GET"), 401);
    assert.equal(await asks(makeClient(authority, { subject: "device" }), "GET"), 401);
    assert.equal(await asks(makeCertificate({ subject: "ops", ca: false }), "GET"), 401);
  });

  it("shows host names their certificates on all TLS listeners, and new ones when it is asked to", async () => {
    for (const protocol of ["mqtts", "https"] as const) {
      assert.deepEqual(await shown(protocol, HOST), await ofHost.der());
      assert.notDeepEqual(await shown(protocol, "unknown.example.com"), await ofHost.der());
    }
    await ofHost.write(serverCertificate("renewed", HOST));
    const { status, body } = await broker.request("POST", "/v1/certificates/reload");
    assert.deepEqual([status, body.value.map(({ fault }: { fault?: string }) => fault)], [200, [
      undefined,
      undefined,
    ]]);
    assert.deepEqual(await shown("mqtts", HOST), await ofHost.der());
    await ofHost.write(serverCertificate("of another host", "other.example.com"));
    const { body: refused } = await broker.request("POST", "/v1/certificates/reload");
    assert.match(JSON.stringify(refused.value), /is not for mqtt\.example\.com/);
    assert.notDeepEqual(await shown("mqtts", HOST), await ofHost.der());
    await ofHost.write(serverCertificate("of the host", HOST));
    await broker.request("POST", "/v1/certificates/reload");
  });

  async function shown(protocol: "mqtts" | "https", serverName: string): Promise<Buffer> {
    const { port } = splitAddress(broker.address(protocol));
    const peer = await TlsPeer.connect(port, { serverName });
    const { raw } = peer.socket.getPeerCertificate();
    peer.cut();
    return Buffer.from(raw);
  }

  it("keeps the audit log over a restart", async () => {
    await broker.binds("kept", { verb: "Publisher", templates: ["a"] });
    const before = await audit();
    assert.deepEqual(before.slice(0, 2).map(({ target }) => target), [
      "permissionBindings/kept",
      "topicSpaces/kept",
    ]);
    await broker.restarts();
    assert.deepEqual(await audit(), before);
    await broker.deletes("permissionBindings/kept");
    assert.equal((await audit())[0]?.number, (before[0]?.number ?? 0) + 1);
  });
});
