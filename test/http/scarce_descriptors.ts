/** A server for `accept_watch.test.ts`, to be run with few descriptors. Says its port, then each recovery. */

import { createServer } from "node:http";
import { AcceptWatch } from "../../src/http/accept_watch.ts";

const server = createServer((_, response) => void response.end("ok"));
server.on("error", (error) => console.log(`error ${error.message}`));
server.listen(0, "127.0.0.1", () => {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("not an IP address");
  console.log(`port ${bound.port}`);
  new AcceptWatch(server, { ...bound, onRecovered: () => console.log("recovered"), periodMilliseconds: 50 });
});
