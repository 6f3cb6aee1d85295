import { connect, createServer, type Server, type Socket } from "node:net";
import { splitAddress } from "../dialogue/link.ts";
import { ipv4, version1, version2 } from "./headers.ts";

/** A load balancer in front of a listener, with clients at one address as it says. */
export class Proxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Begins each connection to `target` with a header that claims `address`. */
  static async start(target: string, address: string, version: 1 | 2 = 2): Promise<Proxy> {
    const header = version === 1 ? version1(address) : version2({ rest: ipv4(address) });
    const server = createServer((client) => {
      const behind = connect({ ...splitAddress(target), noDelay: true });
      for (const socket of [client, behind]) {
        proxy.#sockets.add(socket);
        socket.on("error", () => {});
        socket.once("close", () => proxy.#sockets.delete(socket));
      }
      behind.write(header);
      client.pipe(behind).pipe(client);
      client.once("close", () => behind.destroy());
      behind.once("close", () => client.end());
    });
    const proxy = new Proxy(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Where clients connect to. */
  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("The proxy does not listen");
    return `${bound.address}:${bound.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
