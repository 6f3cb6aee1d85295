import { Hono } from "hono";
import { callerOf, refuseAddress } from "./caller.ts";
import { docsRoutes } from "./docs.ts";
import type { HttpEnvironment } from "./environment.ts";
import { healthRoutes } from "./health.ts";
import type { Exposition, Health } from "./ports.ts";
import { HttpProblem } from "./problem.ts";
import { type PublishRouteOptions, publishRoutes } from "./publish.ts";

/** What the routes need. */
export interface AppOptions extends PublishRouteOptions {
  readonly health: Health;
  readonly exposition: Exposition;
  /** The routes of the management API (`adminRoutes`), where there is one. */
  readonly admin?: Hono<HttpEnvironment>;
  /** Told of every failure that is ours; the caller is told only that there was one. */
  readonly onFailure: (error: unknown) => void;
}

/** The HTTP side: a table of routes, and one answer for whatever they throw. */
export function createApp(options: AppOptions): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>();
  app.use((context, next) => {
    refuseAddress(callerOf(context.env.incoming), options.rules);
    return next();
  });
  app.route("/", healthRoutes(options.health, options.exposition));
  app.route("/", publishRoutes(options));
  if (options.admin !== undefined) {
    app.route("/", options.admin);
    app.route("/", docsRoutes());
  }
  app.notFound(() => {
    return new HttpProblem("not-found", { detail: "Cannot find anything at this path" }).toResponse();
  });
  app.onError((error) => {
    if (error instanceof HttpProblem) return error.toResponse();
    options.onFailure(error);
    return new HttpProblem("internal-error", { detail: "Cannot serve the request: see the broker's log" })
      .toResponse();
  });
  return app;
}
