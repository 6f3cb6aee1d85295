import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isWithin } from "../../src/config/address_range.ts";
import { type ConfigFault, ConfigFaults } from "../../src/config/fault.ts";
import { hostNames } from "../../src/config/host_names.ts";
import { oidcOperatorsOf } from "../../src/config/operators.ts";
import { type ConfigSources, loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";

function load(sources: Partial<ConfigSources>): Config {
  const loaded = loadConfig({ env: {}, flags: [], ...sources });
  assert.ok(!(loaded instanceof ConfigFaults), String(loaded));
  return loaded;
}

function faults(sources: Partial<ConfigSources>): readonly ConfigFault[] {
  const loaded = loadConfig({ env: {}, flags: [], ...sources });
  assert.ok(loaded instanceof ConfigFaults, "a fault was expected");
  return loaded.faults;
}

function yaml(text: string): Pick<ConfigSources, "file"> {
  return { file: { path: "broker.yaml", text } };
}

function paths(found: readonly ConfigFault[]): string[] {
  return found.map(({ path }) => path);
}

describe("loadConfig()", () => {
  it("needs no file: the defaults are a broker for this machine only", () => {
    const config = load({});
    assert.deepEqual(config.listeners, {
      mqtt: [{ host: "127.0.0.1", port: 1883 }],
      mqtts: [],
      http: [{ host: "127.0.0.1", port: 8080 }],
      https: [],
    });
    assert.equal(config.anonymous, undefined);
    assert.equal(config.hostname, "localhost");
    assert.deepEqual(config.arm, {
      subscription: "00000000-0000-0000-0000-000000000000",
      resourceGroup: "heliograph",
      namespace: "ns1",
    });
    assert.equal(config.profile, "standard");
    assert.deepEqual(config.allowedOrigins, []);
  });

  it("has the defaults that the standard profile promises", () => {
    const { limits } = load({});
    assert.equal(limits.packetBytesMax, 2_000_000);
    assert.equal(limits.receiveMaximum, 1000);
    assert.equal(limits.topicAliasMaximum, 10);
    assert.equal(limits.inFlightMax, 100);
    assert.equal(limits.queueMessagesMax, 100_000);
    assert.equal(limits.queueBytesMax, 67_108_864);
    assert.equal(limits.queuePolicy, "refuse-new");
    assert.equal(limits.keepAliveSecondsMax, 65_535);
    assert.equal(limits.connectTimeoutSeconds, 10);
  });

  it("reads a file, and takes an empty one or one of comments as saying nothing", () => {
    const config = load(
      yaml("limits:\n  inFlightMax: 3\nanonymous: off\nlisteners: { mqtt: ['[::1]:0', 'localhost:1'] }"),
    );
    assert.equal(config.limits.inFlightMax, 3);
    assert.equal(config.anonymous, "off");
    assert.deepEqual(config.listeners.mqtt, [{ host: "::1", port: 0 }, { host: "localhost", port: 1 }]);
    assert.deepEqual(load(yaml("")), load({}));
    assert.deepEqual(load(yaml("# limits:\n")), load({}));
  });

  it("lets the environment win over the file, and flags over both", () => {
    const config = load({
      ...yaml("data: /file\nlog: { level: error, format: json }\nlimits: { inFlightMax: 1, qosMax: 0 }"),
      env: {
        HELIOGRAPH_DATA: "/env",
        HELIOGRAPH_LOG__LEVEL: "warn",
        HELIOGRAPH_LIMITS__IN_FLIGHT_MAX: "2",
        HOME: "/",
      },
      flags: [{ key: "data", source: "--data", value: "/flag" }],
    });
    assert.equal(config.data, "/flag");
    assert.deepEqual(config.log, { level: "warn", format: "json" });
    assert.equal(config.limits.inFlightMax, 2);
    assert.equal(config.limits.qosMax, 0);
  });

  it("reads lists, numbers and booleans from the environment", () => {
    const config = load({
      env: {
        HELIOGRAPH_LISTENERS__MQTT: "127.0.0.1:1, [::1]:2",
        HELIOGRAPH_LISTENERS__HTTP: "",
        HELIOGRAPH_LIMITS__RETAIN_AVAILABLE: "false",
        HELIOGRAPH_ALLOWED_ORIGINS: "a.example,b.example",
      },
    });
    assert.deepEqual(config.listeners, {
      mqtt: [{ host: "127.0.0.1", port: 1 }, { host: "::1", port: 2 }],
      mqtts: [],
      http: [],
      https: [],
    });
    assert.equal(config.limits.retainAvailable, false);
    assert.deepEqual(config.allowedOrigins, ["a.example", "b.example"]);
  });

  it("tells all faults at once, each with its path, source, value and what would be right", () => {
    const found = faults({
      ...yaml(
        "limits: { packetByteMax: 5, qosMax: 3, inFlightMax: many }\nlog: loud\nlisteners: { mqtt: ['1883'] }",
      ),
      env: { HELIOGRAPH_LIMITS__WORK_UNITS: "0.5", HELIOGRAPH_LIMIT__QOS_MAX: "1" },
      flags: [{ key: "profile", source: "--profile", value: "event-grid" }],
    });
    assert.deepEqual(found.toSorted((a, b) => a.path < b.path ? -1 : 1), [
      {
        code: "unknown-key",
        path: "HELIOGRAPH_LIMIT__QOS_MAX",
        source: "environment",
        value: "1",
        expected: "HELIOGRAPH_LIMITS__QOS_MAX",
      },
      {
        code: "wrong-value",
        path: "limits.inFlightMax",
        source: "broker.yaml",
        value: "many",
        expected: "a whole number from 1 to 65535 (messages)",
      },
      {
        code: "unknown-key",
        path: "limits.packetByteMax",
        source: "broker.yaml",
        value: 5,
        expected: "packetBytesMax",
      },
      {
        code: "wrong-value",
        path: "limits.qosMax",
        source: "broker.yaml",
        value: 3,
        expected: "a whole number from 0 to 2 (QoS)",
      },
      {
        code: "wrong-value",
        path: "limits.workUnits",
        source: "HELIOGRAPH_LIMITS__WORK_UNITS",
        value: "0.5",
        expected: "a whole number from 1 to 1000000 (packets, deliveries and visited nodes)",
      },
      {
        code: "wrong-value",
        path: "listeners.mqtt.0",
        source: "broker.yaml",
        value: "1883",
        expected: "HOST:PORT, such as 127.0.0.1:1883 or [::1]:1883, or a mapping such as " +
          "{address: 0.0.0.0:1883, proxyProtocol: {from: [10.0.0.0/8]}}",
      },
      {
        code: "wrong-value",
        path: "log",
        source: "broker.yaml",
        value: "loud",
        expected: "a mapping with the keys level, format",
      },
      {
        code: "wrong-value",
        path: "profile",
        source: "--profile",
        value: "event-grid",
        expected: "standard (event-grid is planned and not there yet)",
      },
    ]);
  });

  it("says where a file is not YAML, and that a key stands twice", () => {
    const [broken] = faults(yaml("data: [\n"));
    assert.equal(broken?.code, "not-yaml");
    assert.match(broken?.path ?? "", /^line \d+, column \d+$/);
    const [twice] = faults(yaml("data: a\ndata: b\n"));
    assert.match(twice?.expected ?? "", /unique/);
    assert.deepEqual(paths(faults(yaml("- 1"))), ["the whole file"]);
  });

  it("checks limits that depend on one another, also when another key is wrong", () => {
    const found = faults(
      yaml("limits: { memorySoftBytes: 8192, memoryHardBytes: 4096, preAuthBytesMax: 64, qosMax: 9 }"),
    );
    assert.deepEqual(paths(found).toSorted(), [
      "limits.connectPacketBytesMax",
      "limits.memorySoftBytes",
      "limits.qosMax",
    ]);
  });

  it("gives a TLS listener a certificate of its own, or the common one", () => {
    const text = "tls: { certificate: all.pem, key: all.key }\n" +
      "listeners: { mqtts: ['[::1]:8883', { address: '0.0.0.0:0', certificate: a.pem, key: a.key }] }";
    const config = load(yaml(text));
    assert.deepEqual(config.listeners.mqtts, [
      { host: "::1", port: 8883, certificate: undefined, key: undefined },
      { host: "0.0.0.0", port: 0, certificate: "a.pem", key: "a.key" },
    ]);
    assert.deepEqual(config.tls, { certificate: "all.pem", key: "all.key", domains: [] });
    assert.deepEqual(load({ env: { HELIOGRAPH_ANONYMOUS: "on" } }).anonymous, "on");
  });

  it("takes proxies that listeners believe, and certificates of host names", () => {
    const text = "listeners:\n" +
      "  http: [{ address: '127.0.0.1:0', proxyProtocol: { from: [10.1.2.3/8, '::1'] } }]\n" +
      "  https: [{ address: '127.0.0.1:0', certificate: a, key: b, proxyProtocol: { from: [10.0.0.1] } }]\n" +
      "hostname: Broker.example.com\n" +
      "tls: { domains: [{ host: MQTT.example.com, certificate: c, key: d }] }";
    const config = load(yaml(text));
    const [http] = config.listeners.http;
    assert.deepEqual([http?.host, http?.port], ["127.0.0.1", 0]);
    assert.ok(
      isWithin("10.9.9.9", http?.proxiesFrom ?? []) && !isWithin("11.0.0.1", http?.proxiesFrom ?? []),
    );
    assert.equal(config.listeners.https[0]?.proxiesFrom?.length, 1);
    assert.deepEqual(config.tls.domains, [{ host: "mqtt.example.com", certificate: "c", key: "d" }]);
    assert.deepEqual(hostNames(config), ["broker.example.com", "mqtt.example.com"]);
    const wrong: [string, string[]][] = [
      ["listeners: { mqtt: [{ address: 'localhost:0', proxyProtocol: { from: [] } }] }", [
        "listeners.mqtt.0",
      ]],
      ["listeners: { mqtt: [{ address: 'localhost:0', proxyProtocol: { from: [10.0.0.0/33] } }] }", [
        "listeners.mqtt.0",
      ]],
      ["listeners: { http: [{ address: 'localhost:0', proxyProtcol: {} }] }", ["listeners.http.0"]],
      ["tls: { domains: [{ host: a, certificate: c, key: d }, { host: A, certificate: c, key: d }] }", [
        "tls.domains",
      ]],
      ["tls: { domains: [{ host: 'a b', certificate: c, key: d }] }", ["tls.domains.0.host"]],
    ];
    for (const [bad, expected] of wrong) assert.deepEqual(paths(faults(yaml(bad))).toSorted(), expected, bad);
  });

  it("says which networks of proxies cannot be used, and what would be right", () => {
    const from = (range: string, rest = "") =>
      faults(
        yaml(`listeners: { https: [{ address: 'a:0', ${rest} proxyProtocol: { from: ['${range}'] } }] }`),
      )
        .map(({ expected }) => expected);
    assert.deepEqual(from("::ffff:10.0.0.0/64", "certificate: a, key: b,"), [
      "a prefix from 96 to 128 behind ::ffff:, or the IPv4 network without it, such as 10.0.0.0/8, " +
      "in proxyProtocol.from",
    ]);
    assert.match(from("here")[0] ?? "", /^an address or a network.*, in proxyProtocol\.from$/);
  });

  it("takes operators by certificate, and wants their CAs for those with a subject", () => {
    const thumbprint = Array.from({ length: 32 }, () => "AB").join(":");
    const certificates = [{ subject: "CN=ops", role: "read-only" }, { thumbprint }];
    const { operators } = load(yaml(JSON.stringify({ operators: { authorities: "ca.pem", certificates } })));
    assert.equal(oidcOperatorsOf(operators.oidc), undefined);
    assert.deepEqual({ ...operators, oidc: undefined }, {
      oidc: undefined,
      authorities: "ca.pem",
      certificates: [{ subject: "CN=ops", role: "read-only" }, { thumbprint: "ab".repeat(32), role: "full" }],
    });
    const wrong: [object, string[]][] = [
      [{ certificates: [{ subject: "CN=ops" }] }, ["operators.authorities"]],
      [{ certificates: [{ thumbprint: "ab".repeat(20) }] }, ["operators.certificates.0.thumbprint"]],
      [{ certificates: [{ thumbprint, subject: "CN=ops" }] }, ["operators.certificates.0"]],
      [{ certificates: [{ thumbprint, role: "admin" }] }, ["operators.certificates.0"]],
    ];
    wrong.push([{ oidc: { issuer: "https://login.example" } }, ["operators.oidc.issuer"]]);
    for (const [operators, expected] of wrong) {
      assert.deepEqual(
        paths(faults(yaml(JSON.stringify({ operators })))),
        expected,
        JSON.stringify(operators),
      );
    }
  });

  it("wants a certificate and its key for every TLS listener", () => {
    const wrong: [string, string[]][] = [
      ["listeners: { mqtts: ['localhost:0'] }", ["tls.certificate"]],
      ["tls: { certificate: a.pem }", ["tls.key"]],
      ["listeners: { https: [{ address: 'localhost:0', certificate: a.pem }] }", ["listeners.https.0"]],
      ["listeners: { mqtts: [{ address: 1883, certificate: a, key: b }] }", ["listeners.mqtts.0"]],
      ["anonymous: maybe\nhostname: 'a b'\narm: { namespace: x }", [
        "anonymous",
        "arm.namespace",
        "hostname",
      ]],
    ];
    for (const [text, expected] of wrong) assert.deepEqual(paths(faults(yaml(text))).toSorted(), expected);
  });

  it("wants something to listen on", () => {
    assert.deepEqual(paths(faults(yaml("listeners: { mqtt: [], http: [] }"))), ["listeners.mqtt"]);
  });

  it("does not let a mapping of the environment hide what stands in its place", () => {
    const found = faults({ ...yaml("limits: 5"), env: { HELIOGRAPH_LIMITS__QOS_MAX: "1" } });
    assert.deepEqual(paths(found), ["limits"]);
  });

  it("takes a key named like a part of every object for what it is: unknown", () => {
    assert.deepEqual(paths(faults(yaml("__proto__: { data: x }\nconstructor: 1"))).toSorted(), [
      "__proto__",
      "constructor",
    ]);
  });
});

describe("ConfigFaults", () => {
  it("is one line for each fault, whatever the value holds", () => {
    const text = String(loadConfig({
      env: {},
      flags: [
        { key: "profile", source: "--profile", value: "a\nready" },
        { key: "data", source: "--data", value: 7 },
      ],
    }));
    assert.equal(
      text,
      'Cannot use 7 for data (--data): use the path of a folder\nCannot use "a\\nready" for profile (--profile): use ' +
        "standard (event-grid is planned and not there yet)",
    );
  });
});
