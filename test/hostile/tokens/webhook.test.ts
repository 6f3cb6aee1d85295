/** Webhooks that must not let anybody in or bring the broker down. */
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ClientCredentials } from "../../../src/identity/webhook/client_credentials.ts";
import { AttemptLimiter } from "../../../src/identity/rate_limit.ts";
import {
  DENIALS,
  WEBHOOK_LIMITS,
  type WebhookLimits,
} from "../../../src/identity/webhook/webhook_identifier.ts";
import { withinSeconds } from "../../dialogue/mod.ts";
import { credentials } from "../../identity/directory.ts";
import { refusalOf } from "../../identity/token/world.ts";
import { answer, type Behaviour, FakeService, WebhookWorld } from "../../identity/webhook/service.ts";

const ALLOW = { decision: "allow", clientAuthenticationName: "device1" };

/** What a client is told, and the log, by a service that behaves so. */
async function outcome(behaviour: Behaviour, limits: Partial<WebhookLimits> = {}): Promise<[number, string]> {
  await using service = await FakeService.start();
  service.behaviour = behaviour;
  return await refusalOf(new WebhookWorld(service.url, limits).identifier, credentials({}));
}

function says(body: unknown, status = 200): Behaviour {
  return (response) =>
    void response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
}

describe("a hostile webhook", () => {
  it("that hangs makes clients come back later, within the time", async () => {
    const [reason, cause] = await outcome(() => {}, { milliseconds: 200 });
    assert.equal(reason, 0x88);
    // What is left of the time when the webhook is asked.
    assert.match(cause, /^the webhook did not answer within (1\d\d|200) ms$/);
  });

  it("that answers a byte at a time is given up within the time", async () => {
    const [reason, cause] = await outcome((response) => {
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    }, { milliseconds: 300 });
    assert.equal(reason, 0x88);
    assert.match(cause, /^the webhook did not answer within/);
  });

  it("that redirects is not followed, wherever it leads", async () => {
    await using elsewhere = await FakeService.start();
    elsewhere.says(ALLOW);
    for (const status of [301, 302, 303, 307, 308]) {
      const behaviour: Behaviour = (response) =>
        void response.writeHead(status, { location: elsewhere.url }).end();
      assert.deepEqual(await outcome(behaviour), [0x88, `the webhook answers with the status ${status}`]);
    }
    assert.equal(elsewhere.asked.length, 0);
  });

  it("that answers 10 MB is read to the first 64 KiB", async () => {
    const behaviour = says({ ...ALLOW, more: "x".repeat(10 * 1024 * 1024) });
    assert.deepEqual(await outcome(behaviour), [0x88, "the webhook answers more than 65536 bytes"]);
  });

  it("that answers garbage lets nobody in", async () => {
    const garbage = [
      "",
      "allow",
      "[]",
      "null",
      "true",
      "{",
      "<html>",
      '"allow"',
      "\ufeff",
      '{"decision":"allow"',
    ];
    for (const text of garbage) {
      const [reason, cause] = await outcome(says(text));
      assert.equal(reason, 0x88, text);
      assert.match(cause, /what is no decision/);
    }
  });

  it("whose decision is missing or none lets nobody in", async () => {
    const decisions = [undefined, null, "", "ALLOW", "Allow", "allowed", true, 1, ["allow"], { allow: true }];
    for (const decision of decisions) {
      const [reason] = await outcome(says({ ...ALLOW, decision }));
      assert.equal(reason, 0x88, JSON.stringify(decision));
    }
  });

  it("that allows without a name, or with one that nobody can have, lets nobody in", async () => {
    const names = [undefined, null, "", "x".repeat(129), "a\0b", "\ud800", 1, ["device1"]];
    for (const clientAuthenticationName of names) {
      assert.deepEqual(await outcome(says({ ...ALLOW, clientAuthenticationName })), [
        0x88,
        "the webhook answers with what is no decision: clientAuthenticationName is wrong",
      ]);
    }
  });

  it("that allows with another status than 200 lets nobody in", async () => {
    for (const status of [201, 202, 400, 401, 403, 404, 500, 503]) {
      assert.equal((await outcome(says(ALLOW, status)))[0], 0x88, String(status));
    }
  });

  it("that gives attributes which none can be lets nobody in", async () => {
    const wrong = [
      { a: 0.5 },
      { a: 2 ** 31 },
      { a: true },
      { a: null },
      { a: { b: 1 } },
      { a: ["b", 1] },
      { "a b": "c" },
      { a: "x".repeat(4096) },
      [],
      "attributes",
    ];
    for (const attributes of wrong) {
      assert.equal((await outcome(says({ ...ALLOW, attributes })))[0], 0x88, JSON.stringify(attributes));
    }
  });

  it("that gives an attribute __proto__ gives nobody an attribute", async () => {
    await using service = await FakeService.start();
    service.says(
      '{"decision":"allow","clientAuthenticationName":"device1","attributes":{"__proto__":{"a":"b"}}}',
    );
    const found = await new WebhookWorld(service.url).identifier.identify(credentials({}));
    assert.ok(found?.identified);
    assert.deepEqual(found.identity.attributes, {});
    assert.equal((found.identity.attributes as Record<string, unknown>)["a"], undefined);
  });

  it("that gives an expiration in the past, or none that is a time, lets nobody in", async () => {
    assert.deepEqual(await outcome(says({ ...ALLOW, expiration: 1 })), [
      0x87,
      "what the webhook has allowed has expired",
    ]);
    for (const expiration of [-1, 0.5, "tomorrow", "", "1e99", true, [4_000_000_000], 1e300]) {
      assert.equal((await outcome(says({ ...ALLOW, expiration })))[0], 0x88, JSON.stringify(expiration));
    }
  });

  it("that gives a reason of 60 KB has it cut for the log", async () => {
    const [reason, cause] = await outcome(says({ decision: "deny", errorReason: "x".repeat(60_000) }));
    assert.equal(reason, 0x87);
    assert.ok(cause.length < 300);
  });

  it("that nobody listens for, or that closes the connection, makes clients come back later", async () => {
    const service = await FakeService.start();
    const world = new WebhookWorld(service.url);
    await service[Symbol.asyncDispose]();
    assert.deepEqual(await refusalOf(world.identifier, credentials({})), [
      0x88,
      "the webhook cannot be reached",
    ]);
    assert.equal((await outcome((response) => void response.destroy()))[0], 0x88);
  });

  it("elsewhere is not asked without a credential, nor told a password", async () => {
    let asked = 0;
    const world = new WebhookWorld("https://auth.example.com/hook");
    world.fetch = () => {
      asked += 1;
      return Promise.resolve(Response.json(ALLOW));
    };
    assert.deepEqual(await refusalOf(world.identifier, credentials({ username: "u", password: "p" })), [
      0x88,
      "the webhook is not on this machine, and there is no credential for it",
    ]);
    assert.equal(asked, 0);
  });

  it("whose authorization server hangs, denies or talks nonsense makes clients come back later", async () => {
    await using service = await FakeService.start();
    service.says(ALLOW);
    await using authority = await FakeService.start();
    const credential = () =>
      new ClientCredentials({ tokenUrl: authority.url, clientId: "a", clientSecret: "b", fetch });
    const cause = async () => {
      const { identifier } = new WebhookWorld(service.url, { milliseconds: 300 }, {
        credential: credential(),
      });
      return (await refusalOf(identifier, credentials({})))[1];
    };
    authority.behaviour = () => {};
    assert.match(await cause(), /^the authorization server did not answer within/);
    authority.says({ error: "invalid_client" }, 401);
    assert.equal(await cause(), "the authorization server answers with the status 401");
    for (
      const body of ["", "{}", { access_token: "" }, { access_token: "a\r\nX-Evil: 1" }, { access_token: 5 }]
    ) {
      authority.says(body);
      assert.equal(await cause(), "the authorization server answers with what is no token");
    }
    assert.equal(service.asked.length, 0);
  });

  it("whose authorization server hangs keeps nobody longer than it would wait, whoever has asked first", async () => {
    await using authority = await FakeService.start();
    const held = Promise.withResolvers<() => void>();
    authority.behaviour = (response) =>
      held.resolve(() => answer(response, { access_token: "late", expires_in: 3600 }));
    const credential = new ClientCredentials({
      tokenUrl: authority.url,
      clientId: "a",
      clientSecret: "b",
      fetch,
    });
    const waits = (milliseconds: number) => ({ milliseconds, gone: undefined });
    const patient = credential.bearer(undefined, waits(60_000));
    await assert.rejects(
      credential.bearer(undefined, waits(20)),
      /^WebhookFault: .* did not answer within 20 ms$/,
    );
    (await held.promise)();
    assert.equal(await patient, "late");
    assert.equal(await credential.bearer(undefined, waits(20)), "late");
    assert.equal(authority.asked.length, 1);
  });

  it("10,000 connections that all wait for one are bounded, and none waits longer than the time", async () => {
    await using service = await FakeService.start();
    service.behaviour = () => {};
    const limits = { milliseconds: 1_000, runningMax: 64, waitingMax: 1_024 };
    const { identifier } = new WebhookWorld(service.url, limits);
    const begun = performance.now();
    const clients = Array.from(
      { length: 10_000 },
      (_, index) =>
        credentials({ address: `2001:db8:${index.toString(16)}::1`, username: "u", password: "p" }),
    );
    const refusals = await Promise.all(clients.map((client) => refusalOf(identifier, client)));
    assert.ok(performance.now() - begun < 5_000, "somebody waited too long");
    assert.ok(refusals.every(([reason]) => reason === 0x88));
    const sentAway = refusals.filter(([, cause]) => cause === "too many clients wait for the webhook");
    assert.ok(sentAway.length >= 10_000 - 64 - 1_024);
    assert.ok(service.asked.length <= 64 + 1_024, `${service.asked.length} were asked`);
    service.says(ALLOW);
    const found = await identifier.identify(credentials({}));
    assert.equal(found?.identified, true);
  });

  it("is not made to try passwords without end", async () => {
    await using service = await FakeService.start();
    const { identifier } = new WebhookWorld(service.url);
    for (let index = 0; index < 80; index += 1) {
      await refusalOf(identifier, credentials({ username: "u", password: `guess${index}` }));
    }
    assert.ok(service.asked.length <= DENIALS.burst + 2, `${service.asked.length} guesses`);
    const [reason, cause] = await refusalOf(identifier, credentials({ username: "u", password: "x" }));
    assert.deepEqual([reason, cause], [0x87, "there were too many failed attempts from this address"]);
    service.says(ALLOW);
    const elsewhere = await identifier.identify(credentials({ address: "192.0.2.77" }));
    assert.equal(elsewhere?.identified, true);
  });

  it("is not made to try more of them by guesses that come all at once", async () => {
    await using service = await FakeService.start();
    const { identifier } = new WebhookWorld(service.url);
    const guesses = Array.from(
      { length: 500 },
      (_, index) => refusalOf(identifier, credentials({ username: "u", password: `guess${index}` })),
    );
    const refusals = await Promise.all(guesses);
    assert.ok(service.asked.length <= DENIALS.burst + 5, `${service.asked.length} guesses`);
    const denied = refusals.filter(([, cause]) => cause === "the webhook denies");
    assert.equal(denied.length, service.asked.length);
    assert.deepEqual(await refusalOf(identifier, credentials({ username: "u", password: "x" })), [
      0x87,
      "there were too many failed attempts from this address",
    ]);
  });

  it("that takes its time keeps none of those apart whom it allows, though they share an address", async () => {
    await using service = await FakeService.start();
    const held: (() => void)[] = [];
    service.behaviour = (response) => void held.push(() => answer(response, ALLOW));
    const { identifier } = new WebhookWorld(service.url);
    const fleet = Array.from({ length: 200 }, (_, index) => credentials({ username: `device${index}` }));
    const finding = fleet.map((device) => identifier.identify(device));
    await withinSeconds(10, service.isAsked(WEBHOOK_LIMITS.runningMax));
    service.says(ALLOW);
    for (const allow of held) allow();
    const found = await Promise.all(finding);
    assert.deepEqual(found.filter((one) => one?.identified !== true), []);
  });

  it("lets those come back who would be too many guesses if all that it is asked were wrong", async () => {
    await using service = await FakeService.start();
    const denials = new AttemptLimiter({ burst: 2, perSecond: 0, keysMax: 8 });
    const { identifier } = new WebhookWorld(service.url, {}, { denials });
    const device = credentials({ username: "u", password: "p" });
    assert.equal((await refusalOf(identifier, device))[0], 0x87);
    const held = Promise.withResolvers<() => void>();
    service.behaviour = (response) => held.resolve(() => answer(response, ALLOW));
    const first = identifier.identify(device);
    const allow = await held.promise;
    assert.deepEqual(await refusalOf(identifier, device), [
      0x88,
      "too many attempts from this address are under way",
    ]);
    allow();
    assert.equal((await first)?.identified, true);
    service.says(ALLOW);
    assert.equal((await identifier.identify(device))?.identified, true);
  });
});
