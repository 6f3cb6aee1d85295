import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** What a socket of the runtime has inside, as far as it is reached for here. */
interface Handle {
  readStart(): number;
  readStop(): number;
}

/**
 * Makes a TLS socket that is paused stop reading.
 *
 * The runtime's does not (Deno 2.9.6): its handle forgets to tell the handle below, so a peer that is not listened to
 * can have us hold whatever it sends, also behind `ws` and `node:http`, whose limits all rest on pausing. Nothing
 * public reaches what has to be stopped, since `http` pauses the handle and not the socket.
 *
 * @returns whether it could; a connection that cannot be paused must not be kept
 */
export function stopReadingWhilePaused(socket: TLSSocket, bare: Socket): boolean {
  const [above, below] = [handleOf(socket), handleOf(bare)];
  if (above === undefined || below === undefined) return false;
  const [start, stop] = [above.readStart.bind(above), above.readStop.bind(above)];
  above.readStart = () => {
    const result = start();
    below.readStart();
    return result;
  };
  above.readStop = () => {
    below.readStop();
    return stop();
  };
  return true;
}

function handleOf(socket: Socket): Handle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<Handle> | null };
  const usable = typeof handle?.readStart === "function" && typeof handle.readStop === "function";
  return usable ? handle as Handle : undefined;
}
