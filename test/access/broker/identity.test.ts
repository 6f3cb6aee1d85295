/** Who comes in, over real sockets. */
import { createHash } from "node:crypto";
import { describe, it } from "@std/testing/bdd";
import { tcpLink } from "../../dialogue/link.ts";
import { connack, connect, fresh } from "../../dialogue/mod.ts";
import { dnsName, makeAuthority, makeClient } from "../../identity/certificates.ts";
import { NOT_AUTHORIZED, secureWebSocketDialer, tlsDialer, useGovernedBroker } from "./governed.ts";

describe("identity of a broker with resources", () => {
  const broker = useGovernedBroker({ namespace: { maximumClientSessionsPerAuthenticationName: 100 } });

  it("takes a registered client with its certificate, over MQTT and WebSocket", async () => {
    const name = fresh("device");
    await broker.register(name);
    await broker.joins(name, { clientId: fresh("session") });
    const over = secureWebSocketDialer(makeClient(broker.root, { subject: name }));
    const client = await broker.dials(over, broker.address("https"));
    await client.connects({ userName: name });
  });

  it("refuses everybody else with 0x87, and says why in the log alone", async () => {
    const name = fresh("device");
    await broker.register(name);
    const stranger = makeAuthority({ subject: "governed root" });
    const cases: [string, string, Parameters<typeof broker.dials>[0]][] = [
      ["nobody", "Client could not be found", broker.dialer("nobody")],
      [name, "no certificate", tlsDialer()],
      [name, "signature", broker.dialer(name, stranger)],
      [name, "does not carry", broker.dialer("another")],
    ];
    for (const [userName, cause, dialer] of cases) {
      const clientId = fresh("refused");
      await broker.refuses(await broker.dials(dialer), { userName, clientId });
      await broker.logsRefusal(clientId, new RegExp(cause));
    }
  });

  it("answers version 3.1.1 with return code 5", async () => {
    const client = await broker.dials(tlsDialer());
    await broker.refuses(client, { version: 4, clientId: fresh("old") }, 5);
  });

  it("takes a client by its thumbprint", async () => {
    const name = fresh("thumb");
    const certificate = makeClient(makeAuthority({ subject: "unknown" }), { subject: "whatever" });
    const allowedThumbprints = [createHash("sha256").update(certificate.der).digest("hex")];
    const clientCertificateAuthentication = { validationScheme: "ThumbprintMatch", allowedThumbprints };
    await broker.register(name, { clientCertificateAuthentication });
    const client = await broker.dials(tlsDialer(certificate));
    await client.connects({ userName: name });
  });

  it("takes the name from the certificate where that is configured, the first source with a value deciding", async () => {
    const name = fresh("named");
    await broker.register(name, {
      clientCertificateAuthentication: { validationScheme: "DnsMatchesAuthenticationName" },
    });
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 100,
        clientAuthentication: {
          alternativeAuthenticationNameSources: ["ClientCertificateDns", "ClientCertificateSubject"],
        },
      },
    });
    const certificate = makeClient(broker.root, { subject: "other", names: [dnsName(name)] });
    await (await broker.dials(tlsDialer(certificate))).connects();
    const another = makeClient(broker.root, { subject: name, names: [dnsName("other")] });
    await broker.refuses(await broker.dials(tlsDialer(another)), { clientId: fresh("refused") });
    await broker.put("namespace", {
      topicSpacesConfiguration: { maximumClientSessionsPerAuthenticationName: 100 },
    });
  });

  it("takes a user with the right password, with TLS and without", async () => {
    const userName = fresh("user");
    await broker.put(`users/${userName}`, { password: "secret" });
    await (await broker.dials(tlsDialer())).connects({ userName, password: "secret" });
    await (await broker.dials(tcpLink, broker.address("mqtt"))).connects({ userName, password: "secret" });
    for (
      const [who, password, cause] of [[userName, "guess", "wrong"], ["nobody", "x", "could not be found"]]
    ) {
      const clientId = fresh("refused");
      const client = await broker.dials(tlsDialer());
      await broker.refuses(client, { userName: who, password, clientId });
      await broker.logsRefusal(clientId, new RegExp(cause ?? ""));
    }
  });

  it("takes nobody without credentials, from this machine neither", async () => {
    const clientId = fresh("anybody");
    await broker.refuses(await broker.dials(tcpLink, broker.address("mqtt")), { clientId });
    await broker.logsRefusal(clientId, "anonymous");
    const listening = broker.address("https");
    const client = await broker.dials(secureWebSocketDialer(), listening);
    client.sends(connect({ clientId: fresh("anybody") }));
    await client.receives(connack({ reason: NOT_AUTHORIZED }));
  });
});
