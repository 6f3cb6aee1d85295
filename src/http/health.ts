import { Hono } from "hono";
import type { HttpEnvironment } from "./environment.ts";
import { methodNotAllowed } from "./method.ts";
import type { Exposition, Health } from "./ports.ts";

/**
 * What supervisors and Prometheus ask: `/healthz` (the process answers), `/readyz` (it can serve; 503 with the
 * reasons if not), `/metrics`. All are open to whoever reaches the port.
 */
export function healthRoutes(health: Health, exposition: Exposition): Hono<HttpEnvironment> {
  return new Hono<HttpEnvironment>()
    .use(async (context, next) => {
      await next();
      context.header("cache-control", "no-store");
    })
    .get("/healthz", (context) => context.json({ status: "ok" }))
    .get("/readyz", (context) => {
      const reasons = health.readiness();
      return reasons.length === 0
        ? context.json({ status: "ready" })
        : context.json({ status: "unready", reasons }, 503);
    })
    .get("/metrics", async (context) => {
      return context.body(await exposition.text(), 200, { "content-type": exposition.contentType });
    })
    .on("ALL", ["/healthz", "/readyz", "/metrics"], () => methodNotAllowed("GET, HEAD"));
}
