/**
 * The program that the peer `aedes` starts under Node.js: aedes on two ports, announced as Heliograph announces
 * itself. Copied beside the installed packages, for Node.js knows no `npm:`.
 */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";

// Named at run time, so that Deno's checks do not look for packages that only Node.js needs.
const packages = ["aedes", "ws"];
const [{ Aedes }, { createWebSocketStream, WebSocketServer }] = await Promise.all(
  packages.map((name) => import(name)),
);

const broker = await Aedes.createBroker();

const mqtt = createServer((socket) => {
  socket.setNoDelay(true);
  broker.handle(socket);
});

const http = createHttpServer();
new WebSocketServer({ server: http, path: "/mqtt" }).on("connection", (socket, request) => {
  broker.handle(createWebSocketStream(socket), request);
});

console.log(`listening mqtt ${await listen(mqtt)}`);
console.log(`listening http ${await listen(http)}`);
console.log("ready");

async function listen(server) {
  await new Promise((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve));
  const { address, port } = server.address();
  return `${address}:${port}`;
}
