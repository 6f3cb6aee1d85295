/**
 * A way to wait until the runtime has looked at its sockets.
 *
 * A byte that we send to ourselves arrives only when it has: the read is asked for before the byte is there, so it
 * cannot succeed at once, and what tells that it can is the same look that tells of every other socket.
 *
 * @returns a function to call as often as is wanted, one call after the other
 */
export async function socketPoll(): Promise<() => Promise<void>> {
  const [sender, receiver] = await connectedPair();
  const byte = new Uint8Array(1);
  const inbox = new Uint8Array(2);
  return async () => {
    const arrived = receiver.read(inbox);
    await Promise.all([sender.write(byte), arrived]);
  };
}

/** Two ends of one connection on this machine. */
async function connectedPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const sender = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    for (;;) {
      const receiver = await listener.accept();
      // Anybody on this machine may connect first.
      if (receiver.remoteAddr.port === sender.localAddr.port) {
        sender.setNoDelay(true);
        return [sender, receiver];
      }
      receiver.close();
    }
  } finally {
    listener.close();
  }
}
