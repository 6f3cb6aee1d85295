import type { Publish } from "./packet.ts";

/** The topic aliases of one connection as its receiver must read them; v5 §3.3.2.3.4. */
export class TopicAliases {
  readonly #topics = new Map<number, string>();

  /**
   * The PUBLISH with its topic and without the alias.
   *
   * @throws {Error} for an alias that was never set
   */
  resolve(packet: Publish): Publish {
    const { topicAlias, ...properties } = packet.properties;
    if (topicAlias === undefined) return packet;
    if (packet.topic !== "") this.#topics.set(topicAlias, packet.topic);
    const topic = this.#topics.get(topicAlias);
    if (topic === undefined) throw new Error(`topic alias ${topicAlias} was never set`);
    return { ...packet, topic, properties };
  }
}
