import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Metric } from "prom-client";
import { Metrics } from "../../src/observe/metrics.ts";
import { WebhookMetrics } from "../../src/observe/webhook_metrics.ts";
import { credentials } from "../identity/directory.ts";
import { FakeIssuer } from "../identity/token/issuer.ts";
import { OidcWorld, refusalOf } from "../identity/token/world.ts";
import { FakeService, WebhookWorld } from "../identity/webhook/service.ts";

/** What is shown of some metrics, beside those of every broker: a series and its value on each line. */
async function shown({ metrics }: { readonly metrics: readonly Metric[] }): Promise<Map<string, number>> {
  const text = await new Metrics({ snapshot: () => new Map() }, metrics).text();
  const lines = text.split("\n").filter((line) => /^heliograph_(webhook|key_set)_/.test(line));
  return new Map(lines.map((line) => {
    const space = line.lastIndexOf(" ");
    return [line.slice("heliograph_".length, space), Number(line.slice(space))];
  }));
}

describe("WebhookMetrics (specification §19.1)", () => {
  it("counts decisions, and how long they took", async () => {
    await using service = await FakeService.start();
    const world = new WebhookWorld(service.url);
    service.says({ decision: "allow", clientAuthenticationName: "device1" });
    for (let count = 0; count < 2; count += 1) await world.identifier.identify(credentials({}));
    service.says({ decision: "deny", errorReason: "no such device" });
    await world.identifier.identify(credentials({}));
    const series = await shown(world.metrics);
    assert.equal(series.get('webhook_requests_successful_total{decision="allow"}'), 2);
    assert.equal(series.get('webhook_requests_successful_total{decision="deny"}'), 1);
    assert.equal(series.get("webhook_request_duration_seconds_count"), 3);
    assert.equal(series.get('webhook_request_duration_seconds_bucket{le="+Inf"}'), 3);
    assert.ok((series.get("webhook_request_duration_seconds_sum") ?? 0) > 0);
  });

  it("counts failures by the status and by what is wrong", async () => {
    const service = await FakeService.start();
    const world = new WebhookWorld(service.url, { milliseconds: 500 });
    const fails = () => refusalOf(world.identifier, credentials({}));
    service.says({}, 503);
    await fails();
    service.says({ decision: "perhaps" });
    await fails();
    service.says("x".repeat(70_000));
    await fails();
    service.behaviour = () => {};
    await fails();
    await service[Symbol.asyncDispose]();
    await fails();
    world.endpoint = { url: "https://auth.example.com/", scope: undefined };
    await fails();
    const failed = [...await shown(world.metrics)].filter(([name]) => name.includes("failed"));
    assert.deepEqual(failed, [
      ['webhook_requests_failed_total{status="503",error="status"}', 1],
      ['webhook_requests_failed_total{status="200",error="no_decision"}', 1],
      ['webhook_requests_failed_total{status="",error="too_large"}', 1],
      ['webhook_requests_failed_total{status="",error="timeout"}', 1],
      ['webhook_requests_failed_total{status="",error="unreachable"}', 1],
      ['webhook_requests_failed_total{status="",error="credential"}', 1],
    ]);
  });

  it("shows how many are asked about and wait now, and counts who finds no room", async () => {
    await using service = await FakeService.start();
    service.behaviour = () => {};
    const world = new WebhookWorld(service.url, { milliseconds: 500, runningMax: 1, waitingMax: 1 });
    const asked = [1, 2, 3].map(() => refusalOf(world.identifier, credentials({})));
    await service.isAsked(1);
    const during = await shown(world.metrics);
    assert.equal(during.get('webhook_requests{state="running"}'), 1);
    assert.equal(during.get('webhook_requests{state="waiting"}'), 1);
    await Promise.all(asked);
    const after = await shown(world.metrics);
    assert.equal(after.get('webhook_requests{state="running"}'), 0);
    assert.equal(after.get('webhook_requests{state="waiting"}'), 0);
    assert.equal(after.get('webhook_requests_failed_total{status="",error="busy"}'), 2);
    assert.equal(after.get("webhook_request_duration_seconds_count"), 1);
  });

  it("makes one series of all numbers that are no status codes", async () => {
    const metrics = new WebhookMetrics();
    for (let status = 200; status < 600; status += 1) metrics.failed({ code: "status", status });
    const series = [...(await shown(metrics)).keys()].filter((name) => name.includes("failed"));
    assert.ok(series.length < 70, `${series.length} series`);
    assert.ok(series.includes('webhook_requests_failed_total{status="other",error="status"}'));
  });
});

describe("KeySetMetrics", () => {
  it("counts the fetches of an issuer's keys by their outcome", async () => {
    await using issuer = await FakeIssuer.start();
    const world = new OidcWorld([issuer], { milliseconds: 500, bytesMax: 4096 });
    const token = await issuer.token();
    const forgets = (): void => void (world.later += 2 * 60 * 60_000);
    const outcomes: [string, () => void][] = [
      ["status", () => issuer.behaviour = (response) => void response.writeHead(500).end()],
      ["no_key_set", () => issuer.behaviour = (response) => void response.end("{}")],
      ["too_large", () => issuer.behaviour = (response) => void response.end("x".repeat(5000))],
      ["timeout", () => issuer.behaviour = () => {}],
      ["unreachable", () => issuer.behaviour = (response) => void response.destroy()],
    ];
    for (const [outcome, misbehave] of outcomes) {
      misbehave();
      await world.refuses(token);
      forgets();
      const series = await shown(world.metrics);
      assert.ok((series.get(`key_set_fetches_total{outcome="${outcome}"}`) ?? 0) > 0, outcome);
      assert.equal(series.get('key_set_fetches_total{outcome="fetched"}'), 0);
    }
    issuer.behaviour = (response) => issuer.answers(response);
    world.later = 100 * 60 * 60_000;
    await world.nameOf(await issuer.token({ exp: 4_000_000_000 }));
    assert.equal((await shown(world.metrics)).get('key_set_fetches_total{outcome="fetched"}'), 1);
  });
});
