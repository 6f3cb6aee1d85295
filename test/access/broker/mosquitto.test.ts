/** The way of the README: development certificates, a client registered, mosquitto's clients with mutual TLS. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { deno, startFlags } from "../../cli/process.ts";
import { splitAddress, startBroker } from "../../dialogue/mod.ts";
import { runs } from "../../interop/command.ts";

describe("mosquitto_pub with mutual TLS", () => {
  it("is allowed as a registered client, and refused as anybody else with the reason in the log", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heliograph-mosquitto-"));
    const certs = join(folder, "certs");
    await using made = deno([
      ...await startFlags(),
      ...["certs", "--out", certs, "--client", "sensor1", "--client", "stranger"],
    ]);
    assert.equal(await made.code, 0, await made.stderr);
    const broker = await startBroker({
      flags: [
        ...["--mqtts", "127.0.0.1:0"],
        ...["--tls-cert", join(certs, "server.pem"), "--tls-key", join(certs, "server.key")],
      ],
    });
    const put = async (path: string, properties: object) => {
      const answer = await fetch(`http://${broker.http}/v1/${path}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${broker.operatorToken}` },
        body: JSON.stringify({ properties }),
      });
      assert.equal(answer.status, 201, await answer.text());
    };
    await put("caCertificates/dev", { encodedCertificate: await readFile(join(certs, "ca.pem"), "utf8") });
    await put("clients/sensor1", {
      clientCertificateAuthentication: { validationScheme: "SubjectMatchesAuthenticationName" },
    });
    await put("topicSpaces/sensors", { topicTemplates: ["sensors/${client.authenticationName}/#"] });
    for (const permission of ["Publisher", "Subscriber"]) {
      const properties = { clientGroupName: "$all", topicSpaceName: "sensors", permission };
      await put(`permissionBindings/sensors-${permission}`, properties);
    }
    const { host, port } = splitAddress(broker.listeners.get("mqtts") ?? "");
    const as = (name: string, clientId: string) => [
      ...["-h", host, "-p", String(port), "--cafile", join(certs, "ca.pem"), "-u", name, "-i", clientId],
      ...["--cert", join(certs, `${name}.pem`), "--key", join(certs, `${name}.key`)],
    ];
    const pub = (name: string, topic: string) =>
      runs("mosquitto_pub", [
        ...as(name, `${name}-1`),
        "-V",
        "5",
        "-q",
        "1",
        "-r",
        "-t",
        topic,
        "-m",
        "21",
      ]);
    const allowed = await pub("sensor1", "sensors/sensor1/temp");
    assert.deepEqual([allowed.code, allowed.stderr], [0, ""]);
    const received = await runs("mosquitto_sub", [
      ...as("sensor1", "sensor1-1"),
      ...["-t", "sensors/sensor1/#", "-C", "1", "-W", "5"],
    ]);
    assert.equal(received.stdout, "21\n");
    const refused = await pub("stranger", "sensors/stranger/temp");
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /not authori[sz]ed/i);
    const log = broker.process.log();
    assert.match(
      log,
      /event=connect_refused clientId=stranger-1 address=127\.0\.0\.1 reason="Client could not be found"/,
    );
    const elsewhere = await pub("sensor1", "sensors/other/temp");
    assert.match(elsewhere.stderr, /not authori[sz]ed/i);
    await broker.process.stops("SIGTERM");
    await rm(folder, { recursive: true });
  });
});
