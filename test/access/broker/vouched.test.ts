/** Clients whom somebody else vouches for, at a real broker: OIDC, custom tokens, the webhook, and AUTH. */
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namespaceIdentityPreset, namespaceScope } from "../../../src/access/scope.ts";
import { tcpLink } from "../../dialogue/link.ts";
import {
  auth,
  type Client,
  connack,
  connect,
  eventually,
  fresh,
  publish,
  suback,
  subscribe,
} from "../../dialogue/mod.ts";
import { filter } from "../../dialogue/mod.ts";
import { ec, rsa, spkiPem } from "../../identity/token/custom_world.ts";
import { FakeIssuer, signed, type WantedClaims } from "../../identity/token/issuer.ts";
import { answer, FakeService } from "../../identity/webhook/service.ts";
import { importPKCS8 } from "jose";
import { NOT_AUTHORIZED, useGovernedBroker } from "./governed.ts";

const PUBLISHER = "EventGrid TopicSpaces Publisher";
const SUBSCRIBER = "EventGrid TopicSpaces Subscriber";
const NAMESPACE = namespaceScope(namespaceIdentityPreset);
const UNAVAILABLE = 0x88;
const BUSY = 0x89;
const RE_AUTHENTICATE = 0x19;
const KEPT = { cleanStart: false, properties: { sessionExpiryInterval: 600 } };

/** Clocks agree here, so that a test sees a token expire. */
const config = join(mkdtempSync(join(tmpdir(), "heliograph-vouched-")), "heliograph.yaml");
writeFileSync(config, "tokens: { clockToleranceSeconds: 0 }\n");

describe("a broker that takes other people's word", () => {
  const broker = useGovernedBroker({ flags: ["--config", config] });
  let issuer: FakeIssuer;
  let service: FakeService;

  beforeAll(async () => {
    [issuer, service] = [await FakeIssuer.start(), await FakeService.start()];
    service.behaviour = (response, { body }) => {
      const name = body.userName ?? "";
      if (!name.startsWith("hook")) {
        return answer(response, { decision: "deny", errorReason: "unknown here" });
      }
      const right = atob(body.password ?? "") === "secret";
      answer(
        response,
        right
          ? { decision: "allow", clientAuthenticationName: name, attributes: { from: "hook" } }
          : { decision: "deny" },
      );
    };
    await trust({ entra, customJwtAuthentication, webhookAuthentication });
    await broker.put("clientGroups/fleet", { query: "attributes.from IN ['hook', 'custom']" });
    const templates = ["fleet/${client.authenticationName}/#"];
    await broker.binds("fleet-in", { group: "fleet", verb: "Publisher", templates });
    await broker.binds("fleet-out", { group: "fleet", verb: "Subscriber", templates });
  });
  afterAll(async () => {
    await issuer[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  const entra = () => ({ issuer: issuer.url, jwksUri: `${issuer.url}/keys` });
  const customJwtAuthentication = () => ({
    tokenIssuer: "issuer-name",
    encodedIssuerCertificates: [
      { kid: "key1", encodedCertificate: spkiPem(rsa.publicKey).replaceAll("\n", "") },
      { kid: "key2", encodedCertificate: spkiPem(ec.publicKey) },
    ],
  });
  const webhookAuthentication = () => ({ endpointUrl: service.url });

  async function trust(ways: Readonly<Record<string, () => unknown>>): Promise<void> {
    const all = Object.entries(ways).map(([way, settings]) => [way, settings()]);
    await broker.put("namespace", {
      topicSpacesConfiguration: {
        maximumClientSessionsPerAuthenticationName: 100,
        clientAuthentication: Object.fromEntries(all),
      },
    });
  }

  async function assign(name: string, principalId: string, [role, scope]: readonly [string, string]) {
    await broker.put(`roleAssignments/${name}`, { principalId, role, scope });
  }

  function bearing(token: string, authenticationMethod = "OAUTH2-JWT") {
    return { authenticationMethod, authenticationData: token };
  }

  async function dials(): Promise<Client> {
    return await broker.dials(tcpLink, broker.address("mqtt"));
  }

  /** A principal comes in, and is told the method again (v5 [MQTT-4.12.0-5]). */
  async function joins(token: string, method = "OAUTH2-JWT", options = {}): Promise<Client> {
    const { properties = {}, ...rest }: { properties?: object } = options;
    return await (await dials()).connects({
      ...rest,
      properties: { ...properties, ...bearing(token, method) },
      answers: { authenticationMethod: method },
    });
  }

  async function custom(claims: WantedClaims = {}, key = "key1"): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const [pair, alg] = key === "key1" ? [rsa, "RS256"] as const : [ec, "ES256"] as const;
    const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const whole = {
      iss: "issuer-name",
      aud: "localhost",
      nbf: now,
      exp: now + 600,
      from: "custom",
      ...claims,
    };
    return await signed(whole, { alg, kid: key }, await importPKCS8(pkcs8, alg));
  }

  /** A topic space of the test alone. */
  async function space(): Promise<string> {
    const name = fresh("space");
    await broker.put(`topicSpaces/${name}`, { topicTemplates: [`${name}/\${client.authenticationName}/#`] });
    return name;
  }

  it("lets a principal do what its roles say, and nothing else", async () => {
    const [name, other, oid] = [await space(), await space(), fresh("oid")];
    await assign(`${name}-p`, oid, [PUBLISHER, `${NAMESPACE}/topicSpaces/${name}`]);
    await assign(`${name}-s`, oid, [SUBSCRIBER, `${NAMESPACE}/topicSpaces/${name}`]);
    const client = await joins(await issuer.token({ oid }), "OAUTH2-JWT", { userName: "anything" });
    await client.subscribes(`${name}/${oid}/+`);
    await client.publishes(`${name}/${oid}/a`, { payload: "mine" });
    await client.takes(publish(`${name}/${oid}/a`, { payload: "mine" }));
    client.sends(
      subscribe(7, [filter(`${other}/${oid}/a`), filter(`${name}/somebody/a`), filter("fleet/#")]),
    );
    await client.receives(suback(7, [NOT_AUTHORIZED, NOT_AUTHORIZED, NOT_AUTHORIZED]));
  });

  it("disconnects a principal that loses the role for what it has subscribed to", async () => {
    const [name, oid] = [await space(), fresh("oid")];
    await assign(name, oid, [SUBSCRIBER, NAMESPACE]);
    const client = await joins(await issuer.token({ oid }));
    await client.subscribes(`${name}/${oid}/+`);
    await broker.deletes(`roleAssignments/${name}`);
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("refuses bad tokens with 0x87, and tells only the log why", async () => {
    const clientId = fresh("session");
    const refused = { clientId, properties: bearing(await issuer.token({ aud: "another" })) };
    await broker.refuses(await dials(), refused);
    await broker.logsRefusal(clientId, "the token is for another audience");
  });

  it("refuses methods that nobody has, while no webhook is asked, with 0x8C", async () => {
    await trust({ entra });
    await broker.refuses(await dials(), { properties: bearing("x", "SCRAM-SHA-1") }, 0x8c);
    await broker.refuses(await dials(), { properties: bearing("x", "CUSTOM-JWT") }, 0x8c);
    await trust({ entra, customJwtAuthentication, webhookAuthentication });
  });

  it("v5 [MQTT-4.12.1-1] renews an identity by AUTH, and answers with AUTH 0x00", async () => {
    const [name, oid] = [await space(), fresh("oid")];
    await assign(name, oid, [PUBLISHER, NAMESPACE]);
    const client = await joins(await issuer.token({ oid }));
    for (let times = 0; times < 2; times += 1) {
      client.sends(auth(RE_AUTHENTICATE, bearing(await issuer.token({ oid }))));
      await client.receives(auth(0, { authenticationMethod: "OAUTH2-JWT" }));
    }
    await client.publishes(`${name}/${oid}/a`, { qos: 1 });
    await broker.deletes(`roleAssignments/${name}`);
    client.sends(publish(`${name}/${oid}/a`));
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("a renewed identity ends with the new token, and not with the old one", async () => {
    const oid = fresh("oid");
    const now = Math.floor(Date.now() / 1000);
    const client = await joins(await issuer.token({ oid, exp: now + 3 }));
    client.sends(auth(RE_AUTHENTICATE, bearing(await issuer.token({ oid, exp: now + 5 }))));
    await client.receives(auth(0, { authenticationMethod: "OAUTH2-JWT" }));
    await client.isDisconnected(NOT_AUTHORIZED);
    if (Date.now() / 1000 < now + 5) throw new Error("it ended with the old token");
  });

  it("a re-authentication to another name, with a bad token or another method ends the connection", async () => {
    const oid = fresh("oid");
    const client = await joins(await issuer.token({ oid }));
    client.sends(auth(RE_AUTHENTICATE, bearing(await issuer.token({ oid: fresh("oid") }))));
    await client.isDisconnected(NOT_AUTHORIZED);
    const second = await joins(await issuer.token({ oid }));
    second.sends(auth(RE_AUTHENTICATE, bearing(await issuer.token({ oid, aud: "another" }))));
    await second.isDisconnected(NOT_AUTHORIZED);
    const third = await joins(await issuer.token({ oid }));
    third.sends(auth(RE_AUTHENTICATE, bearing(await custom({ sub: oid }), "CUSTOM-JWT")));
    await third.isDisconnected(0x82);
  });

  it("the old identity holds until the answer to a re-authentication", async () => {
    const name = fresh("hook");
    let hold: (() => void) | undefined;
    const usual = service.behaviour;
    const client = await (await dials()).connects({
      userName: name,
      password: "secret",
      properties: bearing("1", "OWN"),
      answers: { authenticationMethod: "OWN" },
    });
    service.behaviour = (response, asked) => void (hold = () => usual(response, asked));
    const before = service.asked.length;
    client.sends(auth(RE_AUTHENTICATE, bearing("2", "OWN")));
    await service.isAsked(before + 1);
    await client.publishes(`fleet/${name}/a`, { qos: 1 });
    service.behaviour = usual;
    // It was asked with the user name and without the password, which is not kept: it denies.
    hold?.();
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("takes custom tokens of both keys, with claims for groups and templates", async () => {
    for (const key of ["key1", "key2"]) {
      const sub = fresh("Device");
      const client = await joins(await custom({ sub }, key), "CUSTOM-JWT");
      await client.subscribes(`fleet/${sub}/#`);
      await client.publishes(`fleet/${sub}/a`);
      await client.takes(publish(`fleet/${sub}/a`));
      client.sends(publish("fleet/another/a"));
      await client.isDisconnected(NOT_AUTHORIZED);
    }
  });

  it("ends connections by a key that is withdrawn, and no others", async () => {
    const [first, second] = [await custom({ sub: fresh("a") }), await custom({ sub: fresh("b") }, "key2")];
    const [gone, stays] = [await joins(first, "CUSTOM-JWT"), await joins(second, "CUSTOM-JWT")];
    const one = () => {
      const { tokenIssuer, encodedIssuerCertificates } = customJwtAuthentication();
      return { tokenIssuer, encodedIssuerCertificates: encodedIssuerCertificates.slice(1) };
    };
    await trust({ entra, customJwtAuthentication: one, webhookAuthentication });
    await gone.isDisconnected(NOT_AUTHORIZED);
    await stays.pings();
    await trust({ entra, customJwtAuthentication, webhookAuthentication });
  });

  it("keeps out whoever has the name of a client that is disabled, and ends its connection", async () => {
    const name = fresh("device");
    const client = await joins(await custom({ sub: name.toUpperCase() }), "CUSTOM-JWT");
    await broker.register(name, { state: "Enabled" });
    await client.pings();
    await broker.register(name, { state: "Disabled" });
    await client.isDisconnected(NOT_AUTHORIZED);
    await broker.refuses(await dials(), { properties: bearing(await custom({ sub: name }), "CUSTOM-JWT") });
  });

  it("keeps out whoever has the name of a user that is disabled, and ends its connection", async () => {
    const name = fresh("user");
    const user = (state: string) => broker.put(`users/${name}`, { password: "good fences", state });
    const client = await joins(await custom({ sub: name.toUpperCase() }), "CUSTOM-JWT");
    await user("Enabled");
    await client.pings();
    await user("Disabled");
    await client.isDisconnected(NOT_AUTHORIZED);
    await broker.refuses(await dials(), { properties: bearing(await custom({ sub: name }), "CUSTOM-JWT") });
    await broker.deletes(`users/${name}`);
  });

  it("ends a connection when its token expires", async () => {
    const client = await joins(
      await custom({ sub: fresh("a"), exp: Math.floor(Date.now() / 1000) + 2 }),
      "CUSTOM-JWT",
    );
    await client.isDisconnected(NOT_AUTHORIZED);
  });

  it("a token that expires while its session is parked lets nobody in", async () => {
    await using slow = await FakeIssuer.start();
    let hold: (() => void) | undefined;
    slow.behaviour = (response) => void (hold = () => slow.answers(response));
    const own = () => ({ issuer: slow.url, jwksUri: `${slow.url}/keys` });
    await trust({ entra: own, customJwtAuthentication, webhookAuthentication });
    const exp = Math.floor(Date.now() / 1000) + 2;
    const asked = slow.asked();
    const client = await dials();
    client.sends(connect({ properties: bearing(await slow.token({ exp })) }));
    await asked;
    await eventually(() => Promise.resolve(Date.now() >= exp * 1000));
    hold?.();
    await client.receives(connack({ reason: NOT_AUTHORIZED }));
    await client.isClosed();
    await trust({ entra, customJwtAuthentication, webhookAuthentication });
  });

  it("asks the webhook about users that nobody else knows, in MQTT 3.1.1 too", async () => {
    const name = fresh("hook");
    for (const version of [4, 5] as const) {
      const client = await (await dials()).connects({ version, userName: name, password: "secret" });
      await client.publishes(`fleet/${name}/a`, { qos: 1 });
    }
    await broker.refuses(await dials(), { version: 4, userName: name, password: "wrong" }, 5);
    const clientId = fresh("session");
    await broker.refuses(await dials(), { clientId, userName: "stranger", password: "secret" });
    await broker.logsRefusal(clientId, "the webhook denies: unknown here");
  });

  it("makes clients come back later while the webhook does not answer well", async () => {
    const usual = service.behaviour;
    service.says({ decision: "perhaps" });
    const [userName, password] = [fresh("hook"), "secret"];
    await broker.refuses(await dials(), { userName, password }, UNAVAILABLE);
    await broker.refuses(await dials(), { version: 4, userName, password }, 3);
    service.behaviour = usual;
    const client = await (await dials()).connects({
      userName,
      password,
      properties: bearing("1", "OWN"),
      answers: { authenticationMethod: "OWN" },
    });
    service.says({ decision: "perhaps" });
    client.sends(auth(RE_AUTHENTICATE, bearing("2", "OWN")));
    await client.isDisconnected(BUSY);
    service.behaviour = usual;
  });

  it("keeps the rights that came with a word for a session that is offline, over a restart", async () => {
    const sub = fresh("kept");
    const clientId = fresh("session");
    const first = await joins(await custom({ sub }), "CUSTOM-JWT", { clientId, ...KEPT });
    await first.subscribes(`fleet/${sub}/#`, { qos: 1 });
    await first.leaves();
    await broker.restarts();
    const sender = await joins(await custom({ sub }), "CUSTOM-JWT");
    await sender.publishes(`fleet/${sub}/a`, { qos: 1, payload: "late" });
    const again = await joins(await custom({ sub }), "CUSTOM-JWT", {
      clientId,
      ...KEPT,
      sessionPresent: true,
    });
    await again.takes(publish(`fleet/${sub}/a`, { qos: 1, payload: "late" }));
  });

  it("lets nobody take over the session of a client whose name an OIDC principal has", async () => {
    const [name, clientId] = [fresh("device"), fresh("session")];
    await broker.register(name);
    const owner = await broker.joins(name, { clientId });
    const thief = { clientId, properties: bearing(await issuer.token({ oid: name })) };
    await broker.refuses(await dials(), thief);
    await owner.pings();
  });
});
