/** The program that the peer `aedes` starts: aedes on two ports, announced as Heliograph announces itself. */
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

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

async function listen(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
}
