import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { RegisteredUser } from "../../src/identity/directory.ts";
import type { Identification } from "../../src/identity/identifier.ts";
import { PasswordIdentifier } from "../../src/identity/password/mod.ts";
import { PasswordHasher, SCRYPT_COST } from "../../src/identity/password/password_hasher.ts";
import { parseHash } from "../../src/identity/password/phc.ts";
import { WorkQueue } from "../../src/identity/password/work_queue.ts";
import { credentials } from "./directory.ts";

/** So little work that a test can do it often. */
const CHEAP = { logN: 4, r: 1, p: 1 };

describe("PasswordHasher", () => {
  it("makes PHC strings of the cost that it says, each with a salt of its own", async () => {
    const hasher = new PasswordHasher(CHEAP);
    const [first, second] = await Promise.all([hasher.hash("secret"), hasher.hash("secret")]);
    assert.match(first, /^\$scrypt\$ln=4,r=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(first, second);
    const known = parseHash(first);
    assert.ok(known !== undefined);
    assert.deepEqual(scryptSync("secret", known.salt, 32, { N: 16, r: 1, p: 1 }), known.hash);
  });

  it("tells right passwords from wrong ones, as text or bytes", async () => {
    const hasher = new PasswordHasher(CHEAP);
    const hash = await hasher.hash("gehöim");
    assert.ok(await hasher.verify("gehöim", hash));
    assert.ok(await hasher.verify(new TextEncoder().encode("gehöim"), hash));
    for (const wrong of ["", "gehoim", "gehöim ", "gehöim\0", "GEHÖIM"]) {
      assert.ok(!await hasher.verify(wrong, hash), wrong);
    }
  });

  it("reads hashes of another cost, and none that would be too much work", async () => {
    const hash = await new PasswordHasher({ logN: 6, r: 2, p: 2 }).hash("secret");
    assert.ok(await new PasswordHasher(CHEAP).verify("secret", hash));
    const bad = [
      hash.replace("ln=6", "ln=24"),
      hash.replace("ln=6", "ln=0"),
      hash.replace("ln=6,r=2,p=2", "ln=20,r=8,p=9"),
      hash.replace("p=2", "p=0"),
      hash.replace("scrypt", "argon2id"),
      `${hash}$`,
      hash.slice(0, -30),
      "",
    ];
    for (const text of bad) assert.equal(parseHash(text), undefined, text);
    assert.ok(!await new PasswordHasher(CHEAP).verify("secret", ""));
  });

  it("hashes in the cost that is held to be enough, beside the event loop", async () => {
    assert.ok(2 ** SCRYPT_COST.logN * SCRYPT_COST.r * SCRYPT_COST.p >= 2 ** 17 * 5);
    let turns = 0;
    const timer = setInterval(() => turns += 1, 1);
    const hasher = new PasswordHasher();
    assert.ok(await hasher.verify("secret", await hasher.hash("secret")));
    clearInterval(timer);
    assert.ok(turns > 10, `the event loop turned ${turns} times`);
  });
});

describe("PasswordIdentifier", () => {
  const hasher = new PasswordHasher(CHEAP);
  let users: Map<string, RegisteredUser>;
  let identifier: PasswordIdentifier;
  /** How often a password was hashed. */
  let hashed: number;

  beforeEach(async () => {
    users = new Map();
    await add("alice", "secret");
    hashed = 0;
    identifier = new PasswordIdentifier(
      { hasUsers: () => users.size > 0, findUser: (name) => users.get(name.toLowerCase()) },
      counting(),
    );
  });

  function counting(): PasswordHasher {
    return Object.assign(Object.create(hasher), {
      dummy: hasher.dummy,
      verify: (password: Uint8Array, hash: string) => {
        hashed += 1;
        return hasher.verify(password, hash);
      },
    });
  }

  async function add(name: string, password: string, enabled = true): Promise<void> {
    users.set(name, { name, enabled, passwordHash: await hasher.hash(password) });
  }

  async function identify(username?: string, password?: string): Promise<Identification | undefined> {
    return await identifier.identify(
      credentials({ username, ...password === undefined ? {} : { password } }),
    );
  }

  async function causeOf(username: string, password: string): Promise<string> {
    const found = await identify(username, password);
    assert.equal(found?.identified, false);
    assert.equal(found.reason, 0x87);
    return found.cause;
  }

  it("accepts the right password, under the name as it was registered", async () => {
    assert.deepEqual(await identify("ALICE", "secret"), {
      identified: true,
      identity: {
        kind: "user",
        authenticationName: "alice",
        authenticationType: "Password",
        source: "UserName",
        authorities: [],
        expiresAt: undefined,
        passwordHash: users.get("alice")?.passwordHash,
      },
    });
  });

  it("refuses a wrong password, an empty one, and one that is too long", async () => {
    assert.match(await causeOf("alice", "Secret"), /wrong/);
    assert.match(await causeOf("alice", ""), /wrong/);
    assert.match(await causeOf("alice", "x".repeat(5000)), /longer/);
  });

  it("does the same work for a name that nobody has", async () => {
    assert.match(await causeOf("mallory", "secret"), /could not be found/);
    assert.equal(hashed, 1);
  });

  it("is not asked without a user name, a password, or any user", async () => {
    assert.equal(await identify(undefined, "secret"), undefined);
    assert.equal(await identify("", "secret"), undefined);
    assert.equal(await identify("alice"), undefined);
    users.clear();
    assert.equal(await identify("alice", "secret"), undefined);
  });

  it("remembers a password that was right, and none that was wrong", async () => {
    for (let time = 0; time < 3; time++) await identify("alice", "secret");
    assert.equal(hashed, 1);
    for (let time = 0; time < 3; time++) await causeOf("alice", "guess");
    assert.equal(hashed, 4);
  });

  it("forgets it with a new password, also with the same one hashed anew", async () => {
    await identify("alice", "secret");
    await add("alice", "other");
    assert.match(await causeOf("alice", "secret"), /wrong/);
    await add("alice", "secret");
    assert.ok((await identify("alice", "secret"))?.identified);
    assert.equal(hashed, 3);
  });

  it("refuses a disabled user, though the password is right and known", async () => {
    await identify("alice", "secret");
    await add("alice", "secret", false);
    assert.match(await causeOf("alice", "secret"), /disabled/);
  });

  it("looks at the user again when the hash is done", async () => {
    const pending = identify("alice", "secret");
    users.clear();
    const found = await pending;
    assert.ok(found?.identified === false && /changed/.test(found.cause));
  });

  it("refuses for now when too many wait, and fails closed when hashing fails", async () => {
    const busy = new PasswordIdentifier(
      { hasUsers: () => true, findUser: (name) => users.get(name) },
      hasher,
      { runningMax: 1, waitingMax: 1 },
    );
    const all = ["a", "b", "c"].map((password) =>
      busy.identify(credentials({ username: "alice", password }))
    );
    const reasons = (await Promise.all(all)).map((found) => found?.identified === false && found.reason);
    assert.deepEqual(reasons, [0x87, 0x87, 0x88]);
    const failing = new PasswordIdentifier(
      { hasUsers: () => true, findUser: (name) => users.get(name) },
      Object.assign(Object.create(hasher), { verify: () => Promise.reject(new Error("out of memory")) }),
    );
    const found = await failing.identify(credentials({ username: "alice", password: "secret" }));
    assert.ok(found?.identified === false && found.reason === 0x88);
  });
});

describe("WorkQueue", () => {
  it("does not do what waits for somebody who is gone", async () => {
    const queue = new WorkQueue({ runningMax: 1, waitingMax: 1 });
    const first = Promise.withResolvers<string>();
    const leaving = new AbortController();
    const running = queue.run(() => first.promise);
    const gone = queue.run(() => assert.fail("the work was done"), { gone: leaving.signal });
    leaving.abort();
    assert.equal(await gone, undefined);
    assert.equal(queue.size, 1);
    first.resolve("first");
    assert.equal(await running, "first");
    assert.equal(queue.size, 0);
  });

  it("runs so many at once, in order, and goes on after failures", async () => {
    const queue = new WorkQueue({ runningMax: 2, waitingMax: 10 });
    const done: number[] = [];
    let running = 0;
    const works = Array.from({ length: 6 }, (_, index) =>
      queue.run(async () => {
        running += 1;
        assert.ok(running <= 2);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        done.push(index);
        if (index === 1) throw new Error("failed");
      }));
    const results = await Promise.allSettled(works);
    assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(results.map(({ status }) => status === "rejected"), [
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    assert.equal(queue.size, 0);
  });
});
