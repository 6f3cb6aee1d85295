/**
 * Another's judgement of the same chains: whatever we accept, OpenSSL accepts. It may accept more; what it refuses
 * and we accept would be a hole. Chains are made at random from a seed, well and badly.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import {
  dnsName,
  ecKeys,
  extension,
  KEY_USAGE,
  type KeyPair,
  type Made,
  makeAuthority,
  makeClient,
  nameConstraints,
  OID,
  pem,
  type Wanted,
} from "./certificates.ts";
import { integer } from "./der_writer.ts";
import { TestDirectory } from "./directory.ts";

const CHAINS = 150;
const SEED = 20_261_124;
const DAY = 86_400_000;

/** Faults and harmless peculiarities of one certificate; most certificates have none. */
const PECULIARITIES: readonly Wanted[] = [
  { ca: false },
  { ca: undefined },
  { ca: true },
  { pathLength: 0 },
  { pathLength: 1 },
  { keyUsage: KEY_USAGE.digitalSignature },
  { keyUsage: KEY_USAGE.keyCertSign },
  { extendedKeyUsage: [OID.serverAuth] },
  { extendedKeyUsage: [OID.clientAuth] },
  { extendedKeyUsage: [OID.clientAuth, OID.serverAuth] },
  { notAfter: new Date(Date.now() - DAY / 2) },
  { notBefore: new Date(Date.now() + DAY / 2) },
  { extensions: [extension("1.2.3.4", integer(1), true)] },
  { extensions: [extension("1.2.3.4", integer(1))] },
  { extensions: [nameConstraints([dnsName("example.com")])] },
  { extensions: [nameConstraints([], [dnsName("example.com")])] },
  { names: [dnsName("a.example.com")] },
  { names: [dnsName("example.org")] },
  { signer: ecKeys().privateKey },
  { version: 1 },
];

describe("chains that we accept", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-chains-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("OpenSSL accepts too", async () => {
    const random = randomFrom(SEED);
    const directory = new TestDirectory();
    directory.register("device1");
    const keys = Array.from({ length: 4 }, () => ecKeys());
    let both = 0;
    for (let count = 0; count < CHAINS; count++) {
      const { leaf, between, anchor } = makeChain(random, keys);
      directory.trust(anchor);
      const ours = directory.present([leaf, ...between].map(({ der }) => der), "device1");
      if (ours?.identified !== true) continue;
      both += 1;
      const theirs = await openssl(anchor, between, leaf);
      assert.equal(theirs, "", `chain ${count} of seed ${SEED}`);
    }
    // Else it would say nothing.
    assert.ok(both > CHAINS / 10, `only ${both} of ${CHAINS} chains were accepted`);
    assert.ok(both < CHAINS, "every chain was accepted");
  });

  /** Empty if OpenSSL accepts, otherwise what it says. */
  async function openssl(anchor: Made, between: readonly Made[], leaf: Made): Promise<string> {
    const files = {
      anchor: join(folder, "anchor.pem"),
      between: join(folder, "between.pem"),
      leaf: join(folder, "leaf.pem"),
    };
    await Promise.all([
      writeFile(files.anchor, pem(anchor.der)),
      writeFile(files.between, between.map(({ der }) => pem(der)).join("")),
      writeFile(files.leaf, pem(leaf.der)),
    ]);
    const untrusted = between.length === 0 ? [] : ["-untrusted", files.between];
    const { status, stdout, stderr, error } = spawnSync(
      "openssl",
      [
        "verify",
        "-partial_chain",
        "-purpose",
        "sslclient",
        "-trusted",
        files.anchor,
        ...untrusted,
        files.leaf,
      ],
      { encoding: "utf8" },
    );
    if (error !== undefined) throw error;
    return status === 0 ? "" : `${stdout}${stderr}`;
  }
});

/** A chain of up to three CAs, in which now and then something is odd. */
function makeChain(
  random: (below: number) => number,
  keys: readonly KeyPair[],
): { leaf: Made; between: Made[]; anchor: Made } {
  const odd = (): Wanted => random(4) === 0 ? PECULIARITIES[random(PECULIARITIES.length)] ?? {} : {};
  const authorities: Made[] = [];
  for (let depth = 0; depth <= random(3); depth++) {
    const issuer = authorities.at(-1);
    const pair = keys[depth];
    authorities.push(makeAuthority({
      subject: `CA ${depth}`,
      ...issuer === undefined ? {} : { issuer },
      ...pair === undefined ? {} : { keys: pair },
      ...odd(),
    }));
  }
  const [anchor, ...between] = authorities;
  const issuer = authorities.at(-1);
  const pair = keys.at(-1);
  if (anchor === undefined || issuer === undefined || pair === undefined) {
    throw new Error("there is always one CA");
  }
  return { anchor, between: between.reverse(), leaf: makeClient(issuer, { keys: pair, ...odd() }) };
}

/** A small generator (mulberry32), so that a failing chain can be made again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
