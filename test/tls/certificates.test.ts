import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Certificates, type TlsContext } from "../../src/transport/certificates.ts";
import { LinkTaker } from "../contract/driven_link.ts";
import { ecKeys, type Made, makeCertificate, pem } from "../identity/certificates.ts";
import { serverCertificate, ServerFiles, TlsListening } from "./adapter.ts";
import { TlsPeer } from "./tls_peer.ts";

describe("Certificates", () => {
  let files: ServerFiles;
  let made: Made;
  let certificates: Certificates | undefined;
  let warnings: string[];

  beforeEach(async () => {
    made = serverCertificate();
    files = await ServerFiles.make(made);
    certificates = undefined;
    warnings = [];
  });

  afterEach(async () => {
    certificates?.stop();
    await files[Symbol.asyncDispose]();
  });

  async function load(periodMilliseconds = 60_000, onReloaded?: () => void): Promise<Certificates> {
    certificates = await Certificates.load(files.files, {
      onWarning: (warning) => warnings.push(warning),
      periodMilliseconds,
      ...onReloaded === undefined ? {} : { onReloaded },
    });
    return certificates;
  }

  it("loads a pair that fits", async () => {
    const { context } = await load();
    assert.equal(context.cert, pem(made.der));
    assert.equal(context.minVersion, "TLSv1.2");
    assert.deepEqual(warnings, []);
  });

  it("refuses a key of another certificate, and names both files", async () => {
    await files.write(made, serverCertificate());
    await assert.rejects(load(), ({ code, message }) => {
      assert.equal(code, "tls-certificate-unusable");
      return message.includes(files.certificate) && message.includes(files.key);
    });
  });

  it("refuses files that are not there or hold something else, by name", async () => {
    await writeFile(files.key, "no key");
    await assert.rejects(load(), ({ message }) => message.includes(`${files.key} holds no private key`));
    await files.write(made);
    await writeFile(files.certificate, "no certificate");
    await assert.rejects(
      load(),
      ({ message }) => message.includes(`${files.certificate} holds no certificate`),
    );
    await rm(files.certificate);
    await assert.rejects(load(), ({ message }) => message.includes(`cannot read ${files.certificate}`));
  });

  it("refuses keys with which every handshake would fail", async () => {
    for (const keys of [ecKeys("secp256k1"), generateKeyPairSync("rsa", { modulusLength: 1024 })]) {
      const signature = "asymmetricKeyType" in keys.publicKey && keys.publicKey.asymmetricKeyType === "rsa"
        ? "rsa"
        : "ecdsa";
      await files.write(makeCertificate({ keys, signature }));
      await assert.rejects(
        load(),
        ({ message }) => message.includes(`the key in ${files.key} is none that works`),
      );
    }
  });

  it("refuses a certificate that is not for the host that it is to be shown for", async () => {
    const wanted = { host: "mqtt.example.com", onWarning: assert.fail };
    await files.write(serverCertificate("mqtt.example.com", "other.example.com"));
    await assert.rejects(Certificates.load(files.files, wanted), ({ code, message }) => {
      return code === "tls-certificate-unusable" && message.includes("is not for mqtt.example.com");
    });
    for (const name of ["mqtt.example.com", "*.example.com"]) {
      await files.write(serverCertificate("any", name));
      (await Certificates.load(files.files, wanted)).stop();
    }
  });

  it("warns of a certificate that has expired", async () => {
    await files.write(makeCertificate({ notAfter: new Date(Date.now() - 60_000) }));
    await load();
    assert.match(warnings.join(), /has expired/);
  });

  it("reload() gives followers the new pair, and none to those who have left", async () => {
    const loaded = await load();
    const seen: TlsContext[] = [];
    loaded.follow({ setSecureContext: (context) => void seen.push(context) });
    loaded.follow({ setSecureContext: () => assert.fail("it had left") })();
    const next = serverCertificate();
    await files.write(next);
    await loaded.reload();
    assert.deepEqual(seen.map(({ cert }) => cert), [pem(next.der)]);
    assert.equal(loaded.context.cert, pem(next.der));
  });

  it("reload() keeps what it has when the new pair cannot be used, and warns", async () => {
    const loaded = await load();
    loaded.follow({ setSecureContext: () => assert.fail("nothing is new") });
    await files.write(serverCertificate(), made);
    const fault = await loaded.reload();
    assert.match(fault?.message ?? "", /is not that of the certificate/);
    assert.equal(loaded.context.cert, pem(made.der));
    assert.match(warnings.join(), /is not that of the certificate.*keep what they have/);
  });

  it("sees by itself that the files have changed, when both have", async () => {
    const reloaded = Promise.withResolvers<void>();
    const loaded = await load(10, reloaded.resolve);
    const next = serverCertificate();
    const other = await ServerFiles.make(next);
    await rename(other.key, files.key);
    await rename(other.certificate, files.certificate);
    await other[Symbol.asyncDispose]();
    await reloaded.promise;
    assert.equal(loaded.context.cert, pem(next.der));
  });
});

describe("a TLS listener whose certificate changes", () => {
  it("shows the new one to new connections, and keeps the old connections", async () => {
    const taker = new LinkTaker();
    const listening = await TlsListening.start(taker.accept);
    const [link, before] = await Promise.all([taker.next(), TlsPeer.connect(listening.port)]);
    const next = serverCertificate("renewed");
    await listening.files.write(next);
    await listening.certificates.reload();
    const [, after] = await Promise.all([taker.next(), TlsPeer.connect(listening.port)]);
    assert.deepEqual(Buffer.from(after.socket.getPeerCertificate().raw), next.der);
    // The client's certificate is still asked for.
    const leaf = makeCertificate();
    const [again, third] = await Promise.all([
      taker.next(),
      TlsPeer.connect(listening.port, { chain: [leaf] }),
    ]);
    assert.equal(again.link.peer.tls?.certificates.length, 1);
    before.send(Buffer.of(5));
    assert.equal(await link.read(new Uint8Array(1)), 1);
    for (const peer of [before, after, third]) peer.cut();
    await listening.close();
  });
});
