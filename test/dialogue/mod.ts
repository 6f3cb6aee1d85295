/**
 * Tests as dialogues over a real socket.
 *
 * ```ts ignore
 * const broker = useBroker();
 * it("…", async () => {
 *   const client = await dial(broker);
 *   client.sends(connect({ clientId: "me" }));
 *   await client.receives(connack());
 *   client.sends(publish("a", { qos: 1, id: 7 }));
 *   await client.receives(puback(7, 0x10));
 * });
 * ```
 */
export { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
export { TopicAliases } from "./aliases.ts";
export {
  type Broker,
  type BrokerOptions,
  startBroker,
  type StartedBroker,
  useBroker,
  withinSeconds,
} from "./broker.ts";
export { secondsPass } from "./broker_clock.ts";
export * from "./build.ts";
export { bytes, hex } from "./bytes.ts";
export { Client, dial } from "./client.ts";
export { encode } from "./encode.ts";
export { type Address, splitAddress } from "./link.ts";
export { endsOn, forEach, refuses } from "./refusal.ts";
export type { Properties, ProtocolVersion, Publish, QualityOfService } from "./packet.ts";
export { eventually, together } from "./together.ts";
