/**
 * What lies in the kernel's queues between the clients and a broker on this machine, from Linux's table of TCP sockets.
 */

/**
 * How many bytes that clients have written the broker's process may not have read yet, by the client's local port: what
 * waits to be sent or is not confirmed on the client's side, and what waits to be read on the broker's. Bytes that have
 * arrived and are not yet confirmed are counted twice, so this is never too few.
 *
 * @param port the broker's
 */
export function unreadBytes(port: number): ReadonlyMap<number, number> {
  const unread = new Map<number, number>();
  for (const line of table().split("\n").slice(1)) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    if (queues === undefined) continue;
    const [sending = 0, receiving = 0] = queues.split(":").map((digits) => parseInt(digits, 16));
    if (portOf(local) === port) add(unread, portOf(remote), receiving);
    else if (portOf(remote) === port) add(unread, portOf(local), sending);
  }
  return unread;
}

/** Through `cat`: Deno reads nothing below /proc without all permissions. */
function table(): string {
  const { stdout } = new Deno.Command("cat", { args: ["/proc/net/tcp"] }).outputSync();
  return new TextDecoder().decode(stdout);
}

function portOf(address: string | undefined): number {
  return parseInt(address?.split(":")[1] ?? "0", 16);
}

function add(to: Map<number, number>, port: number, bytes: number): void {
  to.set(port, (to.get(port) ?? 0) + bytes);
}
