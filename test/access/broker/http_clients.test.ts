/** MQTT clients that publish over HTTP by their own token (specification §8), at a real broker. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { namespaceIdentityPreset, namespaceScope } from "../../../src/access/scope.ts";
import { SocketPeer } from "../../contract/byte_peer.ts";
import { type Client, eventually, fresh, publish, splitAddress } from "../../dialogue/mod.ts";
import { problemOf, receiveResponse } from "../../http/served.ts";
import { CustomWorld, rsa, spkiPem } from "../../identity/token/custom_world.ts";
import { AUDIENCE, FakeIssuer, keyPair, unsigned } from "../../identity/token/issuer.ts";
import type { RawResponse } from "../../websocket/raw_web_socket.ts";
import { CUSTOM, customJwtAuthentication, joinsBearing, OIDC } from "./bearer.ts";
import { GovernedBroker, NOT_AUTHORIZED } from "./governed.ts";

const PUBLISHER = "EventGrid TopicSpaces Publisher";
const SUBSCRIBER = "EventGrid TopicSpaces Subscriber";
const NAMESPACE = namespaceScope(namespaceIdentityPreset);
const OPERATORS = "api://heliograph";
const FULL = "Heliograph.Operator";
const SERVER_UNAVAILABLE = 0x88;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

const seconds = () => Math.floor(Date.now() / 1000);

describe("HTTP Publish by a client's token", () => {
  const tokens = new CustomWorld();
  let folder: string;
  let issuer: FakeIssuer;
  let broker: GovernedBroker;
  /** Hears everything. */
  let watcher: Client;
  /** A principal that may publish under its own name. */
  let oid: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heliograph-http-clients-"));
    issuer = await FakeIssuer.start();
    const config = join(folder, "heliograph.json");
    const oidc = { issuer: issuer.url, jwksUri: `${issuer.url}/keys`, audience: [OPERATORS] };
    // Clocks agree here, so that a test sees a token expire; and operators have the clients' issuer.
    await writeFile(config, JSON.stringify({ tokens: { clockToleranceSeconds: 0 }, operators: { oidc } }));
    broker = await GovernedBroker.started({ flags: ["--config", config] });
    await trusts();
    await broker.register("watcher");
    await broker.put("clientGroups/watchers", { query: "authenticationName = 'watcher'" });
    await broker.binds("watching", { group: "watchers", verb: "Subscriber", templates: ["#"] });
    await broker.put("clientGroups/trucks", { query: "attributes.kind = 'truck'" });
    await broker.binds("trucking", {
      group: "trucks",
      verb: "Publisher",
      templates: ["trucks/${client.attributes.number}/${client.authenticationName|.log}"],
    });
    await broker.put("topicSpaces/principals", {
      topicTemplates: ["principals/${client.authenticationName}/#"],
    });
    watcher = await broker.joins("watcher");
    await watcher.subscribes("#");
  });

  afterAll(async () => {
    await broker.end();
    await issuer[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    oid = fresh("oid");
    await assign(oid, PUBLISHER);
  });

  /** Both issuers, and one session for each name. */
  async function trusts(
    ways: Readonly<Record<string, unknown>> = { entra: entraOf(issuer), customJwtAuthentication },
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 1,
        clientAuthentication: ways,
        ...more,
      },
    });
  }

  function entraOf({ url }: FakeIssuer) {
    return { issuer: url, jwksUri: `${url}/keys` };
  }

  async function assign(principalId: string, role: string): Promise<void> {
    await broker.put(`roleAssignments/${principalId}`, {
      principalId,
      role,
      scope: `${NAMESPACE}/topicSpaces/principals`,
    });
  }

  /** A custom token of truck 7. */
  async function truck(sub: string, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return await tokens.token({ sub, kind: "truck", number: 7, ...claims });
  }

  /** What is asked for with this `Authorization`, the body held back until `meanwhile` is over. */
  async function answer(
    authorization: string | undefined,
    topic: string,
    meanwhile?: () => Promise<void>,
  ): Promise<RawResponse> {
    const peer = await SocketPeer.connect(splitAddress(broker.address("http")).port);
    const said = authorization === undefined ? "" : `authorization: ${authorization}\r\n`;
    const expects = meanwhile === undefined ? "" : "expect: 100-continue\r\n";
    peer.send(
      `POST /mqtt/messages?topic=${encodeURIComponent(topic)} HTTP/1.1\r\nhost: localhost\r\n` +
        `${said}${expects}content-length: 2\r\n\r\n`,
    );
    if (meanwhile !== undefined) {
      // It has been admitted once when it is asked for its body.
      assert.equal(new TextDecoder().decode(await peer.receive(CONTINUE.length)), CONTINUE);
      await meanwhile();
    }
    peer.send("hi");
    const response = await receiveResponse(peer);
    peer.cut();
    return response;
  }

  async function publishes(token: string, topic: string): Promise<void> {
    const { status, body } = await answer(`Bearer ${token}`, topic);
    assert.equal(status, 204, body);
    await watcher.takes(publish(topic, { payload: "hi" }));
  }

  /** Nothing of it is delivered. */
  async function isRefused(response: RawResponse, expected: readonly [number, string]): Promise<string> {
    const { status, code, detail } = problemOf(response);
    assert.deepEqual([status, code], expected, detail);
    assert.equal(response.headers.get("www-authenticate"), status === 401 ? "Bearer" : undefined);
    await watcher.receivesNothing();
    return detail;
  }

  async function isForbidden(token: string, topic: string): Promise<void> {
    const response = await answer(`Bearer ${token}`, topic);
    await isRefused(response, [403, "not-authorized"]);
    assert.equal(problemOf(response).reasonCode, NOT_AUTHORIZED);
  }

  const trucks = (sub: string, number: number | string = 7) => `trucks/${number}/${sub}.log`;
  const own = () => `principals/${oid}/state`;

  it("takes an OIDC principal for what its role lets it publish, under its own name", async () => {
    const token = await issuer.token({ oid });
    await publishes(token, own());
    await isForbidden(token, `principals/${fresh("other")}/state`);
    await isForbidden(token, trucks(oid));
    await isForbidden(token, "$SYS/anything");
  });

  it("takes a principal that has no role, or only the subscriber's, for nothing", async () => {
    await isForbidden(await issuer.token({ oid: fresh("stranger") }), "principals/stranger/state");
    await assign(oid, SUBSCRIBER);
    await isForbidden(await issuer.token({ oid }), own());
    await assign(oid, PUBLISHER);
    await publishes(await issuer.token({ oid }), own());
  });

  it("fills a template's variables with the name and the attributes of a custom token", async () => {
    const sub = fresh("driver");
    await publishes(await truck(sub), trucks(sub));
    await publishes(await truck(sub, { number: "8é" }), trucks(sub, "8é"));
    await isForbidden(await truck(sub), trucks(sub, 8));
    await isForbidden(await truck(sub), trucks("somebody"));
    await isForbidden(await truck(sub, { number: undefined }), trucks(sub));
    await isForbidden(await truck(sub, { number: undefined }), trucks(sub, ""));
    await isForbidden(await truck(sub, { kind: "car" }), trucks(sub));
  });

  it("answers 401 to a token that does not hold, says why, and delivers nothing", async () => {
    const expired = { iat: undefined, nbf: seconds() - 20, exp: seconds() - 10 };
    const bad: [token: string, detail: RegExp][] = [
      [await issuer.token({ oid, ...expired }), /has expired/],
      [await issuer.token({ oid, nbf: seconds() + 600 }), /not valid yet/],
      [await issuer.token({ oid, aud: "https://example.com/" }), /another audience/],
      [await issuer.token({ oid, iss: "https://example.com/" }), /no issuer that is trusted/],
      [await issuer.token({ oid }, { key: await keyPair("key1") }), /signature is wrong/],
      [await issuer.token({ oid: undefined }), /no claim oid/],
      [await truck("driver", expired), /has expired/],
      [await truck("driver", { aud: "elsewhere.example" }), /another audience/],
      // Each issuer vouches for its own alone.
      [await truck("driver", { iss: issuer.url }), /unknown key|signature is wrong/],
      [await issuer.token({ iss: "issuer-name", sub: "driver", aud: "localhost" }), /signature is wrong/],
    ];
    for (const [token, detail] of bad) {
      const said = await isRefused(await answer(`Bearer ${token}`, own()), [401, "credentials-invalid"]);
      assert.match(said, detail);
      assert.ok(!said.includes(token));
    }
  });

  it("answers 401 to what is not signed, signed with a public key, or no token at all", async () => {
    const claims = {
      iss: "issuer-name",
      sub: "driver",
      aud: "localhost",
      nbf: seconds(),
      exp: seconds() + 60,
    };
    const header = { alg: "HS256", typ: "JWT", kid: "key1" };
    const signed = unsigned({ ...claims, kind: "truck", number: 7 }, header).slice(0, -1);
    const mac = createHmac("sha256", spkiPem(rsa.publicKey)).update(signed).digest("base64url");
    for (
      const authorization of [
        `Bearer ${unsigned(claims, { alg: "none" })}`,
        `Bearer ${unsigned(claims, { alg: "none" }, "AA")}`,
        `Bearer ${unsigned({ ...claims, iss: issuer.url, aud: AUDIENCE, oid }, { alg: "none" }, "AA")}`,
        `Bearer ${signed}.${mac}`,
        `Bearer ${await tokens.token({ sub: "driver", filler: "x".repeat(9000) })}`,
        "Bearer a.b.c",
        "Bearer garbage",
        "Bearer",
        `Basic ${btoa("watcher:secret")}`,
        await truck("driver"),
      ]
    ) await isRefused(await answer(authorization, trucks("driver")), [401, "credentials-invalid"]);
  });

  it("answers 401 without credentials", async () => {
    await isRefused(await answer(undefined, trucks("driver")), [401, "authentication-required"]);
  });

  it("does not take a registered client that is disabled, as MQTT does not", async () => {
    const sub = fresh("disabled");
    await broker.register(sub, { state: "Disabled" });
    const said = await isRefused(await answer(`Bearer ${await truck(sub)}`, trucks(sub)), [
      401,
      "credentials-invalid",
    ]);
    assert.match(said, /the client is disabled/);
    await broker.deletes(`clients/${sub}`);
    await publishes(await truck(sub), trucks(sub));
  });

  it("answers 503 for an issuer that says nothing, and the other one's tokens still count", async () => {
    await using silent = await FakeIssuer.start();
    silent.behaviour = (response) => response.destroy();
    await trusts({ entra: entraOf(silent), customJwtAuthentication });
    const response = await answer(`Bearer ${await silent.token({ oid })}`, own());
    await isRefused(response, [503, "identity-unavailable"]);
    assert.equal(response.headers.get("retry-after"), "5");
    await publishes(await truck("driver"), trucks("driver"));
    await trusts();
  });

  it("answers 503 while MQTT is disabled in the namespace, where a CONNECT is told 0x88", async () => {
    await trusts(undefined, { state: "Disabled" });
    const client = await broker.dials(broker.dialer("watcher"));
    await broker.refuses(client, { userName: "watcher" }, SERVER_UNAVAILABLE);
    await isRefused(await answer(`Bearer ${await truck("driver")}`, trucks("driver")), [
      503,
      "identity-unavailable",
    ]);
    await trusts();
  });

  it("opens no session and takes none, and leaves the client's own with the rights it has", async () => {
    const sub = fresh("driver");
    const connected = await joinsBearing(broker, [CUSTOM, await truck(sub)], { clientId: sub });
    const before = (await broker.request("GET", "/v1/sessions")).body.value;
    await publishes(await truck(sub, { number: 8 }), trucks(sub, 8));
    await publishes(await issuer.token({ oid }), own());
    assert.deepEqual((await broker.request("GET", "/v1/sessions")).body.value, before);
    assert.deepEqual(before.map(({ clientId }: { clientId: string }) => clientId).includes(sub), true);
    connected.sends(publish(trucks(sub, 7), { payload: "mine" }));
    await watcher.takes(publish(trucks(sub, 7), { payload: "mine" }));
    connected.sends(publish(trucks(sub, 8)));
    await connected.isDisconnected(NOT_AUTHORIZED);
  });

  it("judges a token again that expires before the body has come", async () => {
    const token = await issuer.token({ oid, exp: seconds() + 2 });
    // Whoever is connected by it is told when it has expired.
    const connected = await joinsBearing(broker, [OIDC, token]);
    const response = await answer(`Bearer ${token}`, own(), () => connected.isDisconnected(NOT_AUTHORIZED));
    assert.match(await isRefused(response, [401, "credentials-invalid"]), /has expired/);
  });

  it("judges a client again that is disabled before the body has come", async () => {
    const sub = fresh("driver");
    const disable = () => broker.register(sub, { state: "Disabled" });
    const response = await answer(`Bearer ${await truck(sub)}`, trucks(sub), disable);
    await isRefused(response, [401, "credentials-invalid"]);
  });

  it("judges a client again whose issuer is trusted no more before the body has come", async () => {
    const response = await answer(`Bearer ${await truck("driver")}`, trucks("driver"), () => trusts({}));
    assert.match(await isRefused(response, [401, "credentials-invalid"]), /not trusted/);
    await trusts();
  });

  it("looks rights up once the body has come", async () => {
    const token = await issuer.token({ oid });
    const lost = await answer(`Bearer ${token}`, own(), () => assign(oid, SUBSCRIBER));
    await isRefused(lost, [403, "not-authorized"]);
    const won = await answer(`Bearer ${token}`, own(), () => assign(oid, PUBLISHER));
    assert.equal(won.status, 204);
    await watcher.takes(publish(own(), { payload: "hi" }));
  });

  it("logs why a publisher was refused, and not what it had sent", async () => {
    const token = await truck("driver", { aud: "logged.example" });
    await answer(`Bearer ${token}`, trucks("driver"));
    const log = () => broker.started.process.log();
    const isIt = (line: string) =>
      line.includes("event=publish_refused") && line.includes("another audience") &&
      line.includes("address=127.0.0.1");
    await eventually(() => Promise.resolve(log().split("\n").some(isIt)));
    // The log cuts what is long, so its beginning is looked for.
    assert.ok(!log().includes(token.slice(0, 60)));
  });

  it("leaves operators what they may, by their own token and by one of the clients' issuer", async () => {
    await publishes(broker.token, "any/topic");
    await publishes(await issuer.token({ oid, aud: OPERATORS, roles: [FULL] }), "any/topic");
    await isForbidden(await issuer.token({ oid, roles: [FULL] }), "any/topic");
    const reader = await issuer.token({ oid, aud: OPERATORS, roles: ["Heliograph.Reader"] });
    await isRefused(await answer(`Bearer ${reader}`, own()), [403, "operator-read-only"]);
  });

  it("gives no client the management API", async () => {
    for (const token of [await issuer.token({ oid }), await truck("driver")]) {
      assert.equal((await broker.request("GET", "/v1/sessions", undefined, token)).status, 401);
    }
  });
});

describe("HTTP Publish where anybody may publish something", () => {
  it("never takes a token that does not hold for none", async () => {
    await using broker = await GovernedBroker.started({ flags: ["--anonymous", "on"] });
    await broker.put("namespace", {
      topicSpacesConfiguration: { clientAuthentication: { customJwtAuthentication } },
    });
    await broker.binds("open", { group: "$anonymous", verb: "Publisher", templates: ["open/#"] });
    const tokens = new CustomWorld();
    const statusOf = async (token?: string): Promise<number> => {
      const response = await fetch(`http://${broker.address("http")}/mqtt/messages?topic=open/a`, {
        method: "POST",
        body: "x",
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await statusOf(), 204);
    assert.equal(await statusOf(await tokens.token({ aud: "elsewhere.example" })), 401);
    assert.equal(await statusOf(await tokens.token({ iss: "nobody" })), 401);
    // Who it is, it has proven; and no binding is for it.
    assert.equal(await statusOf(await tokens.token()), 403);
  });
});
