/** MQTT Control Packet types; both versions §2.1.2 and §2.2.1. */
export const packetType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  disconnect: 14,
} as const;

/** MQTT 3.1.1 or MQTT 5, as their CONNECT numbers them. */
export type Version = 4 | 5;

export type QoS = 0 | 1 | 2;
