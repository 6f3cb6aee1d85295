import { listenTcp } from "../../src/transport/tcp/listen.ts";
import { SocketPeer } from "../contract/byte_peer.ts";
import type { LinkAdapter } from "../contract/link_adapter.ts";

/** MQTT over TCP, for the contract suite. */
export const tcpAdapter: LinkAdapter = {
  carrier: "tcp",
  listen(accept) {
    const listener = listenTcp({
      host: "127.0.0.1",
      port: 0,
      accept,
      onWarning: (message) => {
        throw new Error(message);
      },
    });
    return Promise.resolve({
      connect: () => SocketPeer.connect(listener.port),
      close: () => listener.close(),
    });
  },
};
