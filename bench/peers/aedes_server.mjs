/**
 * The program that the peer `aedes` starts under Node.js: aedes on two ports, announced as Heliograph announces
 * itself. Copied beside the installed packages, for Node.js knows no `npm:`. Given a folder, it keeps sessions there.
 */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { argv } from "node:process";

// Named at run time, so that Deno's checks do not look for packages that only Node.js needs.
const packages = ["aedes", "ws"];
const [{ Aedes }, { createWebSocketStream, WebSocketServer }] = await Promise.all(
  packages.map((name) => import(name)),
);

const [, , folder] = argv;
const broker = await Aedes.createBroker(folder === undefined ? {} : { persistence: await inLevel(folder) });

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

/** The package's own entry point speaks in callbacks, which this aedes refuses; the class behind it does not. */
async function inLevel(folder) {
  const packages = ["aedes-persistence-level/asyncPersistence.js", "classic-level"];
  const [{ default: Persistence }, { ClassicLevel }] = await Promise.all(
    packages.map((name) => import(name)),
  );
  return new Persistence(new ClassicLevel(folder));
}

async function listen(server) {
  await new Promise((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve));
  const { address, port } = server.address();
  return `${address}:${port}`;
}
