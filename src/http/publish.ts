import { type Context, Hono } from "hono";
import { type BodyLimits, BodyReader } from "./body.ts";
import { admitPublisher, callerOf, type CallerRules, refuseAddress } from "./caller.ts";
import type { HttpEnvironment } from "./environment.ts";
import { methodNotAllowed } from "./method.ts";
import { OPERATOR, type Publisher } from "./ports.ts";
import { parsePublish } from "./publish_request.ts";
import { problemOfReason } from "./reason.ts";
import { problemOfRefusal } from "./token_client.ts";

/** What HTTP Publish needs. */
export interface PublishRouteOptions {
  readonly publisher: Publisher;
  readonly rules: CallerRules;
  readonly limits: BodyLimits;
}

/** `POST /mqtt/messages`: HTTP Publish (specification §8). 204 once the broker has the message. */
export function publishRoutes({ publisher, rules, limits }: PublishRouteOptions): Hono<HttpEnvironment> {
  const bodies = new BodyReader(limits);
  return new Hono<HttpEnvironment>()
    .post("/mqtt/messages", async (context) => {
      const admitted = await admitPublisher(context.env.incoming, rules);
      const parameters = parsePublish(searchOf(context), (name) => context.req.header(name));
      const payload = await bodies.read(context.env);
      // The body may be under way for half a minute, and the operator be one no longer; of a client the broker says so.
      refuseAddress(callerOf(context.env.incoming), rules);
      const principal = admitted === OPERATOR ? await admitPublisher(context.env.incoming, rules) : admitted;
      const outcome = await publisher.publish({ ...parameters, payload, principal });
      const problem = typeof outcome === "number" ? problemOfReason(outcome) : problemOfRefusal(outcome);
      if (problem !== undefined) throw problem;
      return context.body(null, 204);
    })
    .all("/mqtt/messages", () => methodNotAllowed("POST"));
}

/** The query string without its question mark; empty if there is none. */
function searchOf(context: Context): string {
  const { url } = context.req;
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start + 1);
}
