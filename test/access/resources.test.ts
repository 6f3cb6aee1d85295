import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { accessLimits } from "../../src/access/limits.ts";
import { defaultNamespace } from "../../src/access/namespace.ts";
import { resourceTypes, visibleProperties } from "../../src/access/resource.ts";
import { faultsOfBody, pem, put, refused, remove, type World, world } from "./world.ts";

const group = { query: "attributes.type = 'sensor'" };
const space = { topicTemplates: ["vehicles/#"] };

describe("names of groups, spaces, bindings and CA certificates (specification §3.2, §4)", () => {
  it("have 3 to 50 letters, digits and hyphens", async () => {
    const its = await world();
    for (const name of ["abc", "A-1", "-".repeat(50)]) await put(its, "topicSpaces", name, space);
    for (const name of ["", "ab", "a".repeat(51), "a_b", "a.b", "abc\n", "abç", "a b", "$all"]) {
      assert.deepEqual(await faultsOfBody(its, "topicSpaces", space, name), ["name-invalid name"], name);
    }
  });

  it("are the same in any case, and stay as they were written first", async () => {
    const its = await world();
    await put(its, "clientGroups", "Sensors", group);
    const { name, before, after } = await put(its, "clientGroups", "sensORS", { query: "true" });
    assert.equal(name, "Sensors");
    assert.equal(before?.name, "Sensors");
    assert.deepEqual(after?.properties, { query: "true" });
    assert.equal(its.registry.resources.count("clientGroups"), 1);
    assert.equal(its.registry.resources.get("clientGroups", "SENSORS")?.name, "Sensors");
    await remove(its, "clientGroups", "sensors");
    assert.equal(its.registry.resources.count("clientGroups"), 0);
  });
});

describe("clientGroups (specification §4.1)", () => {
  it("refuse a query that cannot be read, with the character at which it stops", async () => {
    const its = await world();
    const wanted = { properties: { query: "attributes.type = sensor" } };
    const { faults: [fault], detail } = await refused(
      its.registry.put("clientGroups", "group1", wanted),
      "resource-invalid",
    );
    assert.equal(fault?.code, "query-invalid");
    assert.equal(fault?.path, "properties.query");
    assert.equal(fault?.position, 18);
    assert.equal(
      detail,
      'Cannot use "attributes.type = sensor" for properties.query at character 19: use a text in quotes or a whole ' +
        "number",
    );
    for (const query of [undefined, null, 5]) {
      const [found] = await faultsOfBody(its, "clientGroups", { query });
      assert.match(found ?? "", /^(missing|wrong)-value properties.query$/);
    }
    assert.deepEqual(await faultsOfBody(its, "clientGroups", { query: "" }), [
      "query-invalid properties.query",
    ]);
  });

  it("leave the built-in groups alone", async () => {
    const its = await world();
    for (const name of ["$all", "$anonymous", "$ALL"]) {
      await refused(its.registry.put("clientGroups", name, { properties: group }), "resource-built-in");
      await refused(its.registry.remove("clientGroups", name), "resource-built-in");
    }
  });
});

describe("topicSpaces (specification §4.2)", () => {
  it("name each template that is none, and where", async () => {
    const its = await world();
    const topicTemplates = ["a/#", "a/#/b", "b/${client.name}", "$SYS/x"];
    const { faults } = await refused(
      its.registry.put("topicSpaces", "space1", { properties: { topicTemplates } }),
      "resource-invalid",
    );
    assert.deepEqual(faults.map(({ code, path, position }) => [code, path, position]), [
      ["template-invalid", "properties.topicTemplates.1", 2],
      ["template-invalid", "properties.topicTemplates.2", 4],
      ["template-invalid", "properties.topicTemplates.3", 0],
    ]);
  });

  it("hold 1 template at least, and as many as the profile allows", async () => {
    const its = await world({ limits: accessLimits["event-grid"] });
    const templates = (count: number) => ({
      topicTemplates: Array.from({ length: count }, (_, index) => `a/${index}`),
    });
    await put(its, "topicSpaces", "space1", templates(10));
    for (const body of [templates(0), templates(11), {}, { topicTemplates: "a/#" }]) {
      const [found] = await faultsOfBody(its, "topicSpaces", body);
      assert.match(found ?? "", /^(missing|wrong)-value properties.topicTemplates$/);
    }
  });

  it("hold templates to the topic limits of profile event-grid", async () => {
    const its = await world({ limits: accessLimits["event-grid"] });
    await put(its, "topicSpaces", "space1", { topicTemplates: ["a/".repeat(14) + "a", "é".repeat(128)] });
    for (const template of ["a/".repeat(15) + "a", "é".repeat(128) + "a"]) {
      assert.deepEqual(await faultsOfBody(its, "topicSpaces", { topicTemplates: [template] }), [
        "template-invalid properties.topicTemplates.0",
      ]);
    }
  });

  it("pass over subscriptionSupport, which a stale sample still sends", async () => {
    const its = await world();
    const { after } = await put(its, "topicSpaces", "space1", { ...space, subscriptionSupport: "LowFanout" });
    assert.deepEqual(after?.properties, space);
  });
});

describe("permissionBindings (specification §4.3)", () => {
  const binding = { clientGroupName: "group1", topicSpaceName: "space1", permission: "Publisher" };

  async function bound(): Promise<World> {
    const its = await world();
    await put(its, "clientGroups", "group1", group);
    await put(its, "topicSpaces", "space1", space);
    return its;
  }

  it("refer to a group and a space that exist, whatever the case", async () => {
    const its = await bound();
    await put(its, "permissionBindings", "binding1", { ...binding, clientGroupName: "GROUP1" });
    await put(its, "permissionBindings", "binding2", { ...binding, clientGroupName: "$all" });
    await put(its, "permissionBindings", "binding3", { ...binding, clientGroupName: "$anonymous" });
    const missing = { ...binding, clientGroupName: "group2", topicSpaceName: "space2" };
    assert.deepEqual(await faultsOfBody(its, "permissionBindings", missing), [
      "reference-missing properties.clientGroupName",
      "reference-missing properties.topicSpaceName",
    ]);
    assert.equal(its.registry.resources.count("permissionBindings"), 3);
  });

  it("refuse other permissions and names that nothing can have", async () => {
    const its = await bound();
    assert.deepEqual(
      await faultsOfBody(its, "permissionBindings", {
        clientGroupName: "$none",
        topicSpaceName: "a",
        permission: "publisher",
      }),
      [
        "wrong-value properties.clientGroupName",
        "wrong-value properties.topicSpaceName",
        "wrong-value properties.permission",
      ],
    );
    assert.deepEqual(await faultsOfBody(its, "permissionBindings", {}), [
      "missing-value properties.clientGroupName",
      "missing-value properties.topicSpaceName",
      "missing-value properties.permission",
    ]);
  });

  it("keep the group and the space from being deleted, and are named", async () => {
    const its = await bound();
    for (const name of ["bind1", "bind2", "bind3", "bind4"]) {
      await put(its, "permissionBindings", name, binding);
    }
    const refusal = await refused(its.registry.remove("clientGroups", "Group1"), "resource-in-use");
    assert.equal(
      refusal.detail,
      "Cannot delete clientGroups/group1: delete permission bindings bind1, bind2, bind3 and 1 more first",
    );
    await refused(its.registry.remove("topicSpaces", "space1"), "resource-in-use");
    for (const name of ["bind1", "bind2", "bind3", "bind4"]) await remove(its, "permissionBindings", name);
    await remove(its, "clientGroups", "group1");
    await remove(its, "topicSpaces", "space1");
  });
});

describe("caCertificates (specification §3.2)", () => {
  it("take the PEM of the sample scripts, in one line", async () => {
    const its = await world();
    const encodedCertificate = pem().replaceAll("\n", "");
    const { after } = await put(its, "caCertificates", "Intermediate01", { encodedCertificate });
    assert.deepEqual(after?.properties, {
      encodedCertificate,
      issueTimeInUtc: "2026-01-01T00:00:00Z",
      expiryTimeInUtc: "2036-01-01T00:00:00Z",
    });
  });

  it("take what the API gave before, and ignore the times in it", async () => {
    const its = await world();
    const { after } = await put(its, "caCertificates", "ca-1", {
      encodedCertificate: pem(),
      description: "ours",
    });
    const again = await put(its, "caCertificates", "ca-1", { ...after?.properties, issueTimeInUtc: "never" });
    assert.equal(again.after, after);
  });

  it("refuse what is no certificate, or none that may sign", async () => {
    const its = await world();
    const wrong = [
      "",
      "good",
      btoa("good"),
      pem("good", "PRIVATE KEY"),
      pem() + pem(),
      pem().replace("BEGIN", "BEGINN"),
      "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
      "-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----",
      pem("x".repeat(300_000)),
      pem("bad"),
    ];
    for (const encodedCertificate of wrong) {
      assert.deepEqual(await faultsOfBody(its, "caCertificates", { encodedCertificate }), [
        "certificate-invalid properties.encodedCertificate",
      ], encodedCertificate.slice(0, 60));
    }
    assert.deepEqual(await faultsOfBody(its, "caCertificates", {}), [
      "missing-value properties.encodedCertificate",
    ]);
  });

  it("take a revocation list, as an extension", async () => {
    const its = await world();
    const body = { encodedCertificate: pem(), encodedCertificateRevocationList: pem("list", "X509 CRL") };
    await put(its, "caCertificates", "ca-1", body);
    for (const list of [pem("list"), pem("bad", "X509 CRL")]) {
      assert.deepEqual(
        await faultsOfBody(its, "caCertificates", { ...body, encodedCertificateRevocationList: list }),
        ["certificate-invalid properties.encodedCertificateRevocationList"],
      );
    }
  });
});

describe("users", () => {
  it("keep a hash and never show it", async () => {
    const its = await world();
    const { after } = await put(its, "users", "Jörg K.", {
      password: "secret",
      attributes: { role: "operator" },
    });
    assert.ok(after !== undefined);
    assert.deepEqual(visibleProperties(after), { state: "Enabled", attributes: { role: "operator" } });
    const [stored] = its.store.kept.values();
    assert.match(stored?.json ?? "", /turned:terces/);
    assert.doesNotMatch(stored?.json ?? "", /secret/);
  });

  it("need a password to be made, and keep it when a change brings none", async () => {
    const its = await world();
    assert.deepEqual(await faultsOfBody(its, "users", {}), ["missing-value properties.password"]);
    await put(its, "users", "ann", { password: "secret" });
    const { after } = await put(its, "users", "ANN", { state: "Disabled" });
    assert.deepEqual(after?.properties, { passwordHash: "turned:terces", state: "Disabled", attributes: {} });
  });

  it("are not changed by the password that they have", async () => {
    const its = await world();
    const made = await put(its, "users", "ann", { password: "secret" });
    assert.equal((await put(its, "users", "ann", { password: "secret" })).after, made.after);
    assert.notEqual((await put(its, "users", "ann", { password: "other" })).after, made.after);
  });

  it("have names without control characters, the same in any case", async () => {
    const its = await world();
    await put(its, "users", "Änne", { password: "x" });
    assert.equal(its.registry.resources.get("users", "äNNE")?.name, "Änne");
    for (const name of ["", "a\nb", "a\0", "\u0085", "x".repeat(129), "..", "\ud800"]) {
      assert.deepEqual(await faultsOfBody(its, "users", { password: "x" }, name), ["name-invalid name"]);
    }
  });

  it("tell nothing of a password that is refused", async () => {
    const its = await world();
    const refusal = await refused(
      its.registry.put("users", "ann", { properties: { password: "s".repeat(1025), passwrd: "swordfish" } }),
      "resource-invalid",
    );
    assert.doesNotMatch(JSON.stringify(refusal), /sss|swordfish/);
    const whole = await refused(
      its.registry.put("users", "ann", { properties: "secret" }),
      "resource-invalid",
    );
    assert.doesNotMatch(JSON.stringify(whole), /secret/);
    assert.deepEqual(await faultsOfBody(its, "users", { password: 12345 }, "ann"), [
      "wrong-value properties.password",
    ]);
  });
});

describe("namespace (specification §2.3, §2.4, §3.2)", () => {
  const configuration = (topicSpacesConfiguration: unknown) => ({ topicSpacesConfiguration });

  it("is always there, under any name, with one session per name for one hour", async () => {
    const its = await world();
    const found = its.registry.resources.get("namespace", "whatever");
    assert.equal(found?.name, "ns1");
    assert.deepEqual(found?.properties, defaultNamespace);
    assert.deepEqual(
      defaultNamespace,
      configuration({
        state: "Enabled",
        maximumClientSessionsPerAuthenticationName: 1,
        maximumSessionExpiryInHours: 1,
      }),
    );
    await refused(its.registry.remove("namespace", "ns1"), "resource-built-in");
  });

  it("takes 1 to 100 sessions per name, 1 to 8 hours, and name sources in order", async () => {
    const its = await world();
    const wanted = {
      maximumClientSessionsPerAuthenticationName: 100,
      maximumSessionExpiryInHours: 8,
      clientAuthentication: {
        alternativeAuthenticationNameSources: ["ClientCertificateDns", "ClientCertificateSubject"],
      },
    };
    const { after } = await put(its, "namespace", "other", configuration({ ...wanted, hostname: "ignored" }));
    assert.equal(after?.name, "ns1");
    assert.deepEqual(after?.properties, configuration({ state: "Enabled", ...wanted }));
    for (
      const [key, values] of [["maximumClientSessionsPerAuthenticationName", [0, 101, 1.5, "3"]], [
        "maximumSessionExpiryInHours",
        [0, 9, -1, 0.5],
      ]] as const
    ) {
      for (const value of values) {
        assert.deepEqual(await faultsOfBody(its, "namespace", configuration({ [key]: value })), [
          `wrong-value properties.topicSpacesConfiguration.${key}`,
        ]);
      }
    }
    const sources =
      "properties.topicSpacesConfiguration.clientAuthentication.alternativeAuthenticationNameSources";
    const twice = ["ClientCertificateDns", "ClientCertificateDns"];
    for (const [list, place] of [[["clientcertificatedns"], ".0"], [twice, ""]] as const) {
      const clientAuthentication = { alternativeAuthenticationNameSources: list };
      assert.deepEqual(await faultsOfBody(its, "namespace", configuration({ clientAuthentication })), [
        `wrong-value ${sources}${place}`,
      ]);
    }
  });

  it("takes what Azure gives of an untouched namespace", async () => {
    const its = await world();
    await put(its, "namespace", "ns1", {
      isZoneRedundant: true,
      publicNetworkAccess: "Enabled",
      inboundIpRules: [],
      minimumTlsVersionAllowed: "1.2",
      provisioningState: "Succeeded",
      privateEndpointConnections: [],
      topicsConfiguration: { hostname: "ns1.example.net", customDomains: [] },
      topicSpacesConfiguration: {
        state: "Enabled",
        hostname: "ns1.ts.example.net",
        routeTopicResourceId: null,
        routingEnrichments: { static: [], dynamic: [] },
        routingIdentityInfo: { type: "None" },
        clientAuthentication: null,
        customDomains: [],
      },
    });
  });

  it("refuses what would have no effect here, rather than pretend", async () => {
    const its = await world();
    assert.deepEqual(
      await faultsOfBody(its, "namespace", {
        publicNetworkAccess: "Disabled",
        topicSpacesConfiguration: {
          routeTopicResourceId: "/subscriptions/x",
          clientAuthentication: {
            customJwtAuthentication: {
              tokenIssuer: "issuer",
              issuerCertificates: [{ certificateUrl: "https://vault/certificates/a/1" }],
            },
          },
        },
      }),
      [
        "wrong-value properties.publicNetworkAccess",
        "not-supported properties.topicSpacesConfiguration.clientAuthentication.customJwtAuthentication.issuerCertificates",
        "missing-value properties.topicSpacesConfiguration.clientAuthentication.customJwtAuthentication.encodedIssuerCertificates",
        "not-supported properties.topicSpacesConfiguration.routeTopicResourceId",
      ],
    );
  });
});

describe("Registry.kinds", () => {
  it("can be described as JSON Schema, each body with the keys that it takes", async () => {
    const its = await world();
    const described = resourceTypes.map((type) => {
      const schema = z.toJSONSchema(its.registry.kinds[type].schema as z.ZodType, { io: "input" });
      return [type, Object.keys(schema.properties ?? {})];
    });
    assert.deepEqual(Object.fromEntries(described), {
      namespace: [
        "isZoneRedundant",
        "publicNetworkAccess",
        "minimumTlsVersionAllowed",
        "inboundIpRules",
        "topicsConfiguration",
        "topicSpacesConfiguration",
      ],
      caCertificates: ["description", "encodedCertificate", "encodedCertificateRevocationList"],
      clientGroups: ["description", "query"],
      topicSpaces: ["description", "topicTemplates"],
      clients: [
        "description",
        "authenticationName",
        "state",
        "clientCertificateAuthentication",
        "attributes",
      ],
      users: ["password", "state", "attributes"],
      permissionBindings: ["description", "clientGroupName", "topicSpaceName", "permission"],
      roleAssignments: ["description", "principalId", "role", "scope"],
    });
  });
});
