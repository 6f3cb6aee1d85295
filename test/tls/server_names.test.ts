/** Which certificate a client is shown, by the host that it asks for. */

import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Certificates } from "../../src/transport/certificates.ts";
import { ServerNames } from "../../src/transport/tls/server_names.ts";
import { type DrivenLink, LinkTaker } from "../contract/driven_link.ts";
import { type Made, makeCertificate } from "../identity/certificates.ts";
import { serverCertificate, ServerFiles, TlsListening } from "./adapter.ts";
import { TlsPeer, type TlsPeerOptions } from "./tls_peer.ts";

const HOST = "mqtt.example.com";

describe("a TLS listener with certificates by host name", () => {
  let taker: LinkTaker;
  let ofHost: Made;
  let files: ServerFiles;
  let certificates: Certificates;
  let names: ServerNames;
  let listening: TlsListening;
  let peers: TlsPeer[];

  beforeEach(async () => {
    taker = new LinkTaker();
    peers = [];
    ofHost = serverCertificate("of the host", HOST);
    files = await ServerFiles.make(ofHost);
    certificates = await Certificates.load(files.files, { host: HOST, onWarning: () => {} });
    names = new ServerNames(new Map([[HOST, certificates]]));
    listening = await TlsListening.start(taker.accept, { names });
  });

  afterEach(async () => {
    for (const peer of peers) peer.cut();
    names.stop();
    certificates.stop();
    await listening.close();
    await files[Symbol.asyncDispose]();
  });

  async function connect(
    options: TlsPeerOptions,
  ): Promise<{ peer: TlsPeer; link: DrivenLink; shown: Buffer }> {
    const [link, peer] = await Promise.all([taker.next(), TlsPeer.connect(listening.port, options)]);
    peers.push(peer);
    return { link, peer, shown: Buffer.from(peer.socket.getPeerCertificate().raw) };
  }

  function preset(): Buffer {
    const [first = ""] = listening.certificates.context.cert.split("-----END");
    return Buffer.from(first.replace(/-----BEGIN CERTIFICATE-----|\s/g, ""), "base64");
  }

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    it(`shows that of the host that is asked for, in any case (${maxVersion})`, async () => {
      for (const serverName of [HOST, "MQTT.Example.com"]) {
        const { shown, link } = await connect({ serverName, maxVersion });
        assert.deepEqual(shown, ofHost.der);
        assert.equal(link.link.peer.tls?.serverName?.toLowerCase(), HOST);
      }
    });
  }

  it("shows the listener's own for an unknown host, for one that is longer, and for none", async () => {
    const hosts = ["unknown.example.com", `a.${HOST}`, "a".repeat(63), "__proto__", "constructor", ""];
    for (const serverName of hosts) {
      const { shown } = await connect({ serverName });
      assert.deepEqual(shown, preset(), serverName);
    }
  });

  it("asks for the client's certificate under every name", async () => {
    const leaf = makeCertificate();
    for (const serverName of [HOST, "unknown.example.com"]) {
      const { link } = await connect({ serverName, chain: [leaf] });
      assert.deepEqual(link.link.peer.tls?.certificates.map((der) => Buffer.from(der)), [leaf.der]);
    }
  });

  it("shows a new one once its files are read again, and keeps the connections", async () => {
    const before = await connect({ serverName: HOST });
    const next = serverCertificate("renewed", HOST);
    await files.write(next);
    await certificates.reload();
    assert.deepEqual((await connect({ serverName: HOST })).shown, next.der);
    assert.deepEqual((await connect({ serverName: "" })).shown, preset());
    before.peer.send(Buffer.of(5));
    assert.equal(await before.link.read(new Uint8Array(1)), 1);
  });

  it("keeps what it has when the new one is for another host", async () => {
    await files.write(serverCertificate("another", "other.example.com"));
    assert.match((await certificates.reload())?.message ?? "", /is not for mqtt.example.com/);
    assert.deepEqual((await connect({ serverName: HOST })).shown, ofHost.der);
  });

  it("speaks MQTT to whoever offers it or offers nothing, and nothing to whoever offers only others", async () => {
    for (const serverName of [HOST, ""]) {
      const { peer } = await connect({ serverName, protocols: ["http/1.1", "mqtt"] });
      assert.equal(peer.socket.alpnProtocol, "mqtt");
      const other = TlsPeer.connect(listening.port, { serverName, protocols: ["http/1.1"] });
      await assert.rejects(other, /ended the handshake/);
    }
  });
});
