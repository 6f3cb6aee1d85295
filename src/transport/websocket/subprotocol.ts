/** The sub-protocols that this broker speaks, the one it prefers first. */
export const SUBPROTOCOLS = ["mqtt", "mqttv3.1"] as const;

/** The name of MQTT's sub-protocol; the second is what clients of MQTT 3.1 offer, and some of 3.1.1 still do. */
export type Subprotocol = (typeof SUBPROTOCOLS)[number];

/**
 * Chooses from what the client offers, or nothing.
 *
 * v5 [MQTT-6.0.0-3] the client must offer `mqtt`, and v5 [MQTT-6.0.0-4] we must select it, so `mqtt` wins
 * wherever it is offered. A client that offers nothing is refused as well: a browser gives up on a connection
 * whose answer names no sub-protocol it asked for, and a client that asked for none does not speak MQTT.
 */
export function chooseSubprotocol(offered: Iterable<string>): Subprotocol | undefined {
  const names = new Set(offered);
  return SUBPROTOCOLS.find((name) => names.has(name));
}

/** The names in a `Sec-WebSocket-Protocol` header, which may be absent. */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(",").map((name) => name.trim());
}
