/** Identities over real TLS connections: what comes in with a certificate, and the ways around it that must not work. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { Identification } from "../../src/identity/identifier.ts";
import type { Peer } from "../../src/transport/listener.ts";
import { type DrivenLink, LinkTaker } from "../contract/driven_link.ts";
import {
  ecKeys,
  type Made,
  makeAuthority,
  makeCertificate,
  makeClient,
  makeRevocationList,
} from "../identity/certificates.ts";
import { TestDirectory } from "../identity/directory.ts";
import { TlsListening } from "./adapter.ts";
import { forge, type Ticket } from "./forging_client.ts";
import { TlsPeer, type TlsPeerOptions } from "./tls_peer.ts";

describe("identity over TLS", () => {
  let directory: TestDirectory;
  let root: Made;
  let taker: LinkTaker;
  let listening: TlsListening;
  let peers: { cut(): void }[];

  beforeEach(async () => {
    directory = new TestDirectory();
    root = makeAuthority({ subject: "root" });
    directory.trust(root);
    directory.register("device1");
    taker = new LinkTaker();
    listening = await TlsListening.start(taker.accept);
    peers = [];
  });

  afterEach(async () => {
    for (const peer of peers) peer.cut();
    await listening.close();
  });

  async function connect(options: TlsPeerOptions = {}): Promise<[DrivenLink, TlsPeer]> {
    const [link, peer] = await Promise.all([taker.next(), TlsPeer.connect(listening.port, options)]);
    peers.push(peer);
    return [link, peer];
  }

  function identify({ link }: DrivenLink, username = "device1"): Identification | undefined {
    return directory.identifier.identify(connectOf(link.peer, username));
  }

  function accepted(link: DrivenLink): boolean {
    return identify(link)?.identified === true;
  }

  function causeOf(link: DrivenLink): string {
    const found = identify(link);
    return found?.identified === false ? found.cause : "";
  }

  /** Connects as it should be done, and takes the ticket. */
  async function ticketOf(leaf: Made, port = listening.port): Promise<Ticket> {
    const forged = await forge(port, { chain: [leaf.der], key: leaf.privateKey });
    assert.ok(forged !== undefined);
    peers.push(forged.peer);
    const [ticket] = await Promise.all([forged.ticket(), taker.next()]);
    return ticket;
  }

  /** Connects, and comes back with nothing but the ticket of that connection, which the server must take. */
  async function resume(leaf: Made): Promise<DrivenLink> {
    const ticket = await ticketOf(leaf);
    const forged = await forge(listening.port, { chain: [], ticket });
    assert.ok(forged?.resumed, "the session was not resumed");
    peers.push(forged.peer);
    return await taker.next();
  }

  it("a chain is handed on as it was presented, own certificate first", async () => {
    const first = makeAuthority({ subject: "int1", issuer: root });
    const second = makeAuthority({ subject: "int2", issuer: first });
    const leaf = makeClient(second);
    const [link] = await connect({ chain: [leaf, second.der, first.der], serverName: "broker.example" });
    const { tls } = link.link.peer;
    assert.deepEqual(
      tls?.certificates.map((der) => [...der]),
      [leaf, second, first].map(({ der }) => [...der]),
    );
    assert.deepEqual([tls?.version, tls?.serverName], ["TLSv1.3", "broker.example"]);
    assert.ok(accepted(link));
  });

  it("a self-signed certificate is handed on alone", async () => {
    const leaf = makeCertificate({ ca: true });
    const [link] = await connect({ chain: [leaf] });
    assert.equal(link.link.peer.tls?.certificates.length, 1);
  });

  it("TLS 1.2 does as well", async () => {
    const [link] = await connect({ chain: [makeClient(root)], maxVersion: "TLSv1.2" });
    assert.equal(link.link.peer.tls?.version, "TLSv1.2");
    assert.ok(accepted(link));
  });

  it("no certificate is needed for the handshake, and is no identity", async () => {
    const [link] = await connect();
    assert.deepEqual(link.link.peer.tls?.certificates, []);
    assert.equal(identify(link), undefined);
  });

  it("certificates that nobody trusts get through the handshake, and are refused", async () => {
    const expired = { notBefore: new Date(1), notAfter: new Date(Date.now() - 1000) };
    for (
      const leaf of [
        makeCertificate(),
        makeClient(root, expired),
        makeClient(makeAuthority({ subject: "root" })),
      ]
    ) {
      const [link] = await connect({ chain: [leaf] });
      assert.equal(identify(link)?.identified, false);
    }
  });

  describe("a resumed session", () => {
    it("is accepted while its certificate is", async () => {
      assert.ok(accepted(await resume(makeClient(root))));
    });

    it("does not make a self-signed certificate good", async () => {
      assert.match(causeOf(await resume(makeCertificate({ ca: false }))), /no registered CA/);
    });

    it("is refused once its certificate has expired", async () => {
      const link = await resume(makeClient(root, { notAfter: new Date(Date.now() + 60_000) }));
      assert.ok(accepted(link));
      directory.later = 61_000;
      assert.match(causeOf(link), /has expired/);
    });

    it("is refused once its CA is removed", async () => {
      const link = await resume(makeClient(root));
      directory.trust(makeAuthority({ subject: "other" }));
      assert.match(causeOf(link), /no registered CA/);
    });

    it("is refused once its certificate is revoked", async () => {
      const leaf = makeClient(root);
      const link = await resume(leaf);
      directory.trust({ made: root, revocationList: makeRevocationList(root, { revoked: [leaf.serial] }) });
      assert.match(causeOf(link), /has revoked/);
    });

    it("is refused once its client is disabled", async () => {
      const link = await resume(makeClient(root));
      directory.register("device1", { enabled: false });
      assert.match(causeOf(link), /disabled/);
    });

    it("is not another client's", async () => {
      const link = await resume(makeClient(root));
      directory.register("device2");
      assert.equal(identify(link, "device2")?.identified, false);
    });

    it("with the ticket of another listener is judged as any", async () => {
      const other = await TlsListening.start(taker.accept);
      try {
        const ticket = await ticketOf(makeClient(root), other.port);
        const forged = await forge(listening.port, { chain: [], ticket });
        assert.ok(forged?.resumed, "the session was not resumed");
        peers.push(forged.peer);
        const link = await taker.next();
        assert.ok(accepted(link));
        directory.trust(makeAuthority({ subject: "other" }));
        assert.match(causeOf(link), /no registered CA/);
      } finally {
        await other.close();
      }
    });
  });

  describe("a forged proof", () => {
    /** Whether a client comes in that presents `chain` and signs with `key`. */
    async function getsIn(chain: readonly Uint8Array[], key: Made["privateKey"]): Promise<boolean> {
      const forged = await forge(listening.port, {
        chain,
        key,
      });
      if (forged === undefined) return false;
      peers.push(forged.peer);
      const link = await Promise.race([taker.next(), forged.peer.ended]);
      return link !== undefined && identify(link)?.identified === true;
    }

    it("is what the forging client can make look right, with the right key", async () => {
      const leaf = makeClient(root);
      assert.ok(await getsIn([leaf.der], leaf.privateKey));
    });

    it("with the key of another does not get in", async () => {
      assert.equal(await getsIn([makeClient(root).der], ecKeys().privateKey), false);
      const self = makeCertificate();
      directory.register("device1", { validationScheme: "ThumbprintMatch", allowedThumbprints: [] });
      assert.equal(await getsIn([self.der], ecKeys().privateKey), false);
    });

    it("does not get in with X.509 version 1 or 2, by a CA or by thumbprint", async () => {
      for (const version of [1, 2] as const) {
        const leaf = makeClient(root, { version });
        assert.equal(await getsIn([leaf.der], ecKeys().privateKey), false);
        const thumbprint = createHash("sha256").update(leaf.der).digest("hex");
        directory.register("device1", {
          validationScheme: "ThumbprintMatch",
          allowedThumbprints: [thumbprint],
        });
        assert.equal(await getsIn([leaf.der], ecKeys().privateKey), false);
        directory.register("device1");
      }
    });

    it("does not get in with a true certificate in an encoding that others may take", async () => {
      const { der } = makeClient(root);
      const key = ecKeys().privateKey;
      const variants = [
        new Uint8Array([...der, 0]),
        new Uint8Array([...der, ...der]),
        new Uint8Array([0x30, 0x83, 0, ...der.subarray(2)]),
        new Uint8Array([0x30, 0x80, ...der.subarray(4), 0, 0]),
        new Uint8Array(0),
        der.subarray(0, der.length - 1),
      ];
      for (const variant of variants) assert.equal(await getsIn([variant], key), false);
    });

    it("does not get in with keys that the TLS stack may not know", async () => {
      for (const curve of ["P-384", "P-521", "secp256k1"]) {
        const leaf = makeClient(root, { keys: ecKeys(curve) });
        assert.equal(await getsIn([leaf.der], ecKeys().privateKey), false, curve);
      }
    });
  });
});

function connectOf(peer: Peer, username: string) {
  return {
    peer,
    clientId: "session1",
    username,
    password: undefined,
    authenticationMethod: undefined,
    authenticationData: undefined,
  };
}
