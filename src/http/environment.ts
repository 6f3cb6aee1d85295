import type { HttpBindings } from "@hono/node-server";

/** What every route can reach beside the request: node's own request and response. */
export interface HttpEnvironment {
  Bindings: HttpBindings;
}
