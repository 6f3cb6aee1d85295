import assert from "node:assert/strict";
import { beforeEach, describe, it } from "@std/testing/bdd";
import type { AnonymousAccess } from "../../src/access/anonymous.ts";
import { EVERYTHING } from "../../src/access/permission_engine.ts";
import { principalText } from "../../src/access/principal_text.ts";
import { AccessControl } from "../../src/broker/access_control.ts";
import type { Authenticator, Credentials, Verdict } from "../../src/identity/authenticator.ts";
import type { Identity } from "../../src/identity/identifier.ts";
import type { Fields } from "../../src/observe/log.ts";
import { CoreDouble } from "../access/core_double.ts";
import { caClient, put, remove, type World, world } from "../access/world.ts";

/** The core, as far as access control calls it. */
class Core {
  readonly double = new CoreDouble();
  readonly disconnected: string[] = [];

  setPermissions(set: number, publish: readonly string[], subscribe: readonly string[]): readonly string[] {
    return this.double.setPermissions(set, publish, subscribe);
  }

  regrant(clientId: string, set: number, values: readonly string[]): void {
    this.double.regrant(clientId, { set, values });
  }

  disconnect(clientId: string): void {
    this.disconnected.push(clientId);
  }
}

/** Takes whoever it has not been told to refuse. */
class Authority implements Authenticator {
  readonly refused = new Set<string>();
  asked: string[] = [];

  methodOf(): string {
    throw new Error("nobody brings a bare token here");
  }

  authenticate(): Verdict {
    throw new Error("nobody authenticates here");
  }

  confirm(identity: Identity | undefined): Verdict {
    return this.reconsider(identity);
  }

  reconsider(identity: Identity | undefined): Verdict {
    const name = identity?.authenticationName ?? "";
    this.asked.push(name);
    return this.refused.has(name)
      ? { accepted: false, reason: 0x87, cause: "refused" }
      : { accepted: true, identity };
  }
}

describe("AccessControl", () => {
  let its: World;
  let core: Core;
  let authority: Authority;
  let anonymous: AnonymousAccess;
  let access: AccessControl;
  let warnings: (string | undefined)[];

  beforeEach(async () => {
    its = await world();
    core = new Core();
    authority = new Authority();
    anonymous = "off";
    warnings = [];
    const warn = (_: string, fields: Fields = {}) => void warnings.push(String(fields["clientId"]));
    access = new AccessControl(
      { resources: its.registry.resources, authenticator: authority, anonymous: () => anonymous },
      {
        core,
        now: () => 0,
        inTurn: (call) => void setTimeout(call, 0),
        log: { debug: () => {}, info: () => {}, warn, error: () => {} },
      },
    );
    its.registry.listen((changes) => access.apply(changes));
    await put(its, "topicSpaces", "all", { topicTemplates: ["a/${client.authenticationName}"] });
    const properties = { clientGroupName: "$all", topicSpaceName: "all", permission: "Publisher" };
    await put(its, "permissionBindings", "bind", properties);
  });

  function identity(authenticationName: string, rest: Partial<Identity> = {}): Identity {
    return {
      kind: "client",
      authenticationName,
      authenticationType: "CACertificate",
      source: "UserName",
      authorities: ["ca-1"],
      expiresAt: undefined,
      ...rest,
    };
  }

  function credentials(clientId: string, address = "192.0.2.1"): Credentials {
    const peer = { carrier: "tcp", address, port: 1, loopback: false } as const;
    const password = new Uint8Array(1);
    return {
      peer,
      clientId,
      username: undefined,
      password,
      authenticationMethod: undefined,
      authenticationData: undefined,
    };
  }

  /** A client comes in under a session name. */
  function connect(session: string, who: Identity | undefined, address?: string): void {
    const admitted = access.admit(who);
    core.double.accept(session, admitted.admission);
    access.connected(session, admitted, credentials(session, address));
  }

  it("says on what terms a client comes in", async () => {
    await put(its, "clients", "Tank", caClient);
    const { admission } = access.admit(identity("Tank"));
    assert.deepEqual({ ...admission, set: 0 }, {
      set: 0,
      values: ["Tank"],
      owner: "tank",
      principal: principalText({ kind: "client", authenticationName: "Tank" }),
      sessionsMax: 1,
      expirySecondsMax: 3600,
    });
    const nobody = access.admit(undefined).admission;
    assert.deepEqual([nobody.owner, nobody.principal, nobody.sessionsMax], ["", "", 0]);
  });

  it("gives a session the rights of whoever has it last, and takes them when it ends", async () => {
    for (const name of ["a", "b"]) await put(its, "clients", name, caClient);
    connect("s", identity("a"));
    connect("s", identity("b"));
    await remove(its, "permissionBindings", "bind");
    assert.deepEqual(core.double.rights("s"), []);
    access.disconnected("s");
    access.ended("s");
    core.double.calls.length = 0;
    await put(its, "clients", "b", { ...caClient, attributes: { x: 1 } });
    assert.ok(!core.double.calls.includes("regrant s"));
  });

  it("keeps nothing of a client that the core refuses", async () => {
    await put(its, "clients", "a", caClient);
    access.notConnected(access.admit(identity("a")));
    core.double.calls.length = 0;
    await remove(its, "clients", "a");
    assert.deepEqual(core.double.calls.filter((call) => call.startsWith("regrant")), []);
  });

  it("lends a client without a session its rights, and keeps nothing of it", async () => {
    await put(its, "clients", "Tank", caClient);
    let rights: string[] = [];
    access.withRightsOf(identity("tank"), (grant) => {
      core.double.accept("host", grant);
      rights = core.double.rights("host");
    });
    assert.deepEqual(rights, ["publish a/Tank"]);
    await put(its, "topicSpaces", "all", { topicTemplates: ["b/${client.authenticationName}"] });
    const templates = [...core.double.sets.values()].flatMap(({ publish }) => publish);
    assert.deepEqual(templates, [], "a set is kept for a client that is gone");
  });

  it("regrants sessions that were kept, but for those that may do everything", async () => {
    await put(its, "clients", "a", caClient);
    access.restore({ clientId: "s1", principal: principalText({ kind: "client", authenticationName: "a" }) });
    access.restore({ clientId: "s2", principal: "written by a newer version" });
    assert.deepEqual(core.double.rights("s1"), ["publish a/a"]);
    assert.deepEqual(core.double.rights("s2"), []);
    anonymous = "loopback";
    access.apply([]);
    access.restore({ clientId: "s3", principal: "" });
    assert.ok(!core.double.calls.includes("regrant s3"));
    anonymous = "off";
    access.apply([]);
    assert.deepEqual(core.double.rights("s3"), []);
    assert.notDeepEqual(core.double.sessions.get("s3"), EVERYTHING);
  });

  it("looks at those again whose proof a change touches, and ends whose proof is none any more", async () => {
    for (const name of ["a", "b"]) await put(its, "clients", name, caClient);
    connect("s1", identity("a"));
    connect("s2", identity("b", { authorities: ["ca-2"] }));
    authority.refused.add("a");
    await put(its, "clients", "a", { ...caClient, state: "Disabled" });
    assert.deepEqual(authority.asked, ["a"]);
    assert.deepEqual(core.disconnected, ["s1"]);
    assert.deepEqual(warnings, ["s1"]);
  });

  it("ends a connection once, whatever a change says against it", async () => {
    await put(its, "clients", "a", caClient);
    connect("s1", identity("a", { source: "ClientCertificateDns" }), "192.0.2.1");
    authority.refused.add("a");
    await its.registry.change([
      { type: "clients", name: "a", wanted: { properties: { ...caClient, state: "Disabled" } } },
      {
        type: "namespace",
        name: "ns1",
        wanted: {
          properties: {
            inboundIpRules: [{ ipMask: "198.51.100.0/24" }],
            topicSpacesConfiguration: {
              clientAuthentication: { alternativeAuthenticationNameSources: ["ClientCertificateUri"] },
            },
          },
        },
      },
    ]);
    assert.deepEqual([core.disconnected, warnings], [["s1"], ["s1"]]);
  });

  it("asks of all anonymous clients where they may not come any more, and of none that has gone meanwhile", async () => {
    for (let index = 0; index < 100; index += 1) connect(`s${index}`, undefined);
    authority.refused.add("");
    anonymous = "on";
    core.disconnect = (session) => {
      core.disconnected.push(session);
      access.disconnected("s99");
    };
    await access.apply([]);
    assert.equal(core.disconnected.length, 99);
    assert.ok(!core.disconnected.includes("s99"));
    access.stop();
  });

  it("ends whoever comes from where nobody may come any more, and asks nobody else", async () => {
    for (let index = 0; index < 2500; index += 1) connect(`s${index}`, undefined, `192.0.2.${index % 4}`);
    const rules = (...masks: string[]) =>
      put(its, "namespace", "ns1", { inboundIpRules: masks.map((ipMask) => ({ ipMask })) });
    await rules("192.0.2.0/30");
    assert.equal(core.disconnected.length, 0);
    await rules("192.0.2.0/31", "192.0.2.2");
    assert.ok(core.disconnected.every((session) => Number(session.slice(1)) % 4 === 3));
    assert.equal(core.disconnected.length, 625);
    assert.deepEqual(authority.asked, []);
    assert.ok(!access.allows({ address: "192.0.2.3", loopback: false }));
    access.stop();
  });

  it("asks again when a proof has ended", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    core.disconnect = () => resolve();
    authority.refused.add("a");
    connect("s1", identity("a", { expiresAt: Date.now() - 1000 }));
    connect("s2", identity("b", { expiresAt: Date.now() + 60_000 }));
    await promise;
    assert.deepEqual(authority.asked, ["a"]);
    access.stop();
  });
});
