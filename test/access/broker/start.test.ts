/** How a broker with access control starts, and what stops it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { eventually, splitAddress, startBroker } from "../../dialogue/mod.ts";
import { pem } from "../../identity/certificates.ts";
import { serverCertificate, ServerFiles } from "../../tls/adapter.ts";
import { GovernedBroker, tlsDialer } from "./governed.ts";

const anyPorts = ["--mqtt", "127.0.0.1:0", "--http", "127.0.0.1:0"];

function isReady(line: string): boolean {
  return line === "ready" || line === '{"event":"ready"}';
}

describe("the start of a broker with access control", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-start-"));
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  async function serve(...flags: readonly string[]): Promise<string[]> {
    return [...await startFlags(), "serve", ...anyPorts, ...flags];
  }

  it("tells the operator token once, on stdout and not in the log, also where nothing is kept", async () => {
    const data = join(folder, "token");
    for (const [format, expected] of [["text", 1], ["text", 0]] as const) {
      await using broker = deno(await serve("--data", data, "--log-format", format));
      const lines = await broker.linesUntil(isReady);
      assert.equal(lines.filter((line) => /^operator token: [\w.~+/-]+$/.test(line)).length, expected);
      broker.signal("SIGTERM");
      assert.equal(await broker.code, 0);
      assert.doesNotMatch(await broker.stderr, /hgo_/);
    }
    await using memory = deno(await serve("--log-format", "json"), { HELIOGRAPH_DURABILITY: "memory" });
    const events = (await memory.linesUntil(isReady)).map((line) => JSON.parse(line));
    assert.equal(
      events.filter(({ event, token }) => event === "operator token" && token.length > 20).length,
      1,
    );
  });

  it("takes the token of the environment, and ends with 78 for one that no header could hold", async () => {
    const data = join(folder, "given");
    await using broker = deno(await serve("--data", data), {
      HELIOGRAPH_OPERATOR_TOKEN: "given-by-a-test-here",
    });
    const lines = await broker.linesUntil(isReady);
    assert.ok(!lines.some((line) => line.startsWith("operator token")));
    const [, address = ""] = /^listening http (.*)$/m.exec(lines.join("\n")) ?? [];
    const answer = await fetch(`http://${address}/v1/clients`, {
      headers: { authorization: "Bearer given-by-a-test-here" },
    });
    assert.deepEqual(await answer.json(), { value: [] });
    await using refused = deno(await serve("--data", join(folder, "bad")), {
      HELIOGRAPH_OPERATOR_TOKEN: "a token with spaces",
    });
    assert.equal(await refused.code, 78);
  });

  it("puts a resource file into force before anybody is let in, and keeps what it says", async () => {
    const data = join(folder, "resources");
    const text = [
      "type: permissionBindings\nname: read\nproperties: { clientGroupName: $all, topicSpaceName: all, permission: Subscriber }",
      "type: topicSpaces\nname: all\nproperties: { topicTemplates: ['a/#'] }",
      "type: users\nname: ann\nproperties: { password: secret }",
    ].join("\n---\n");
    const resources = await file("namespace.yaml", text);
    const first = await startBroker({ data, flags: ["--resources", resources] });
    const get = async (started: typeof first) => {
      const headers = { authorization: `Bearer ${first.operatorToken}` };
      const answer = await fetch(`http://${started.http}/v1/users/ann`, { headers });
      return await answer.json();
    };
    const { etag: _, ...ann } = await get(first);
    assert.equal(ann.name, "ann");
    await first.process.stops("SIGTERM");
    const second = await startBroker({ data });
    assert.deepEqual(await get(second), ann);
    await second.process.stops("SIGTERM");
  });

  it("ends with 78 and names every fault of a resource file by file, document and path", async () => {
    const resources = await file(
      "faults.yaml",
      "type: clients\nname: device\nproperties: { stat: Disabled }\n---\n" +
        "type: permissionBindings\nname: read\n" +
        "properties: { clientGroupName: $all, topicSpaceName: missing, permission: Subscriber }\n",
    );
    await using broker = deno(await serve("--data", join(folder, "faults"), "--resources", resources));
    assert.equal(await broker.code, 78);
    const log = await broker.stderr;
    assert.match(
      log,
      /faults\.yaml" document=1 path=properties\.stat|faults\.yaml document=1 path=properties\.stat/,
    );
    assert.match(log, /document=1 path=properties\.clientCertificateAuthentication/);
    await using missing = deno(
      await serve("--data", join(folder, "x"), "--resources", join(folder, "no.yaml")),
    );
    assert.equal(await missing.code, 78);
    assert.match(await missing.stderr, /no\.yaml/);
  });

  it("ends with 78 for a certificate that cannot be used", async () => {
    await using files = await ServerFiles.make();
    await files.write(serverCertificate(), serverCertificate("another"));
    const tls = ["--mqtts", "127.0.0.1:0", "--tls-cert", files.certificate, "--tls-key", files.key];
    await using broker = deno(await serve("--data", join(folder, "tls"), ...tls));
    assert.equal(await broker.code, 78);
    assert.match(await broker.stderr, /is not that of the certificate/);
    await using without = deno(await serve("--data", join(folder, "tls"), "--https", "127.0.0.1:0"));
    assert.equal(await without.code, 78);
    assert.match(await without.stderr, /tls\.certificate/);
  });

  it("shows the certificate that a listener names, and the common one elsewhere", async () => {
    await using common = await ServerFiles.make(serverCertificate("common"));
    await using own = await ServerFiles.make(serverCertificate("own"));
    const config = await file(
      "listeners.yaml",
      `tls: { certificate: ${common.certificate}, key: ${common.key} }\n` +
        "listeners:\n  mqtts: ['127.0.0.1:0']\n" +
        `  https: [{ address: '127.0.0.1:0', certificate: ${own.certificate}, key: ${own.key} }]\n`,
    );
    const started = await startBroker({ flags: ["--config", config] });
    const shown = await Promise.all(["mqtts", "https"].map((protocol) => {
      return shownBy(started.listeners.get(protocol) ?? "");
    }));
    const expected = [common, own].map(({ certificate }) => Deno.readTextFile(certificate));
    assert.deepEqual(shown, await Promise.all(expected));
    assert.equal(await started.process.stops("SIGTERM"), 0);
  });

  it("shows each new certificate after SIGHUP, and leaves connections as they are", async () => {
    await using broker = await GovernedBroker.started({ flags: ["--anonymous", "on"] });
    const client = await (await broker.dials(tlsDialer())).connects();
    const renewed = serverCertificate("renewed");
    await broker.files.write(renewed);
    const { pid } = broker.started.process.child;
    assert.ok(pid !== undefined);
    Deno.kill(pid, "SIGHUP");
    for (const protocol of ["mqtts", "https"] as const) {
      await eventually(async () => await shownBy(broker.address(protocol)) === pem(renewed.der));
    }
    await client.pings();
  });
});

/** The certificate that a listener shows, in PEM. */
function shownBy(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...splitAddress(address), rejectUnauthorized: false });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(pem(socket.getPeerCertificate().raw));
      socket.destroy();
    });
  });
}
